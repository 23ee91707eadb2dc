// The least-privilege login of docs/requeue.md: its statements are run as they stand there, under a name of its own.

import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import { uniqueName } from './postgres.ts'

export interface ControlRole {
  readonly name: string
  readonly url: string
  drop(): Promise<void>
}

export async function createControlRole(owner: pg.Client, url: string): Promise<ControlRole> {
  const [create, remove] = await statements()
  const name = uniqueName('rollcall_control')
  const own = (text: string): string => text.replaceAll('rollcall_control', name)
  await owner.query(own(create))
  const address = new URL(url)
  address.username = name
  address.password = 'choose-a-long-one'
  return {
    name,
    url: address.href,
    drop: async () => void (await owner.query(own(remove))),
  }
}

async function statements(): Promise<readonly [create: string, remove: string]> {
  const page = await readFile(new URL('../../docs/requeue.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```sql\n(.*?)```/gs)].map((match) => match[1])
  const [create, remove] = blocks
  if (create === undefined || remove === undefined) throw new Error('docs/requeue.md lacks its statements')
  return [create, remove]
}
