// Runbooks are found, served and safe; and every step in ours that can be tried here is tried.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import runbookCommand from '../../commands/runbook.ts'
import type { SchemaName } from '../../sandbox/database/schema.ts'
import { commandList } from '../../src/command-list.ts'
import { findCommand } from '../../src/core/help.ts'
import { createRunbooks, type Runbook } from '../../src/knowledge/runbooks.ts'
import { presentRunbook } from '../../src/present/runbook.ts'
import type { Reading } from '../../src/services.ts'
import { golden, insertGoldenRows } from '../rollup/golden-rows.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { replyText } from '../support/reply-text.ts'

const log = pino({ level: 'silent' })
const ours = (await createRunbooks({ own: null, log }).shelf()).runbooks
const ask = (topic: string | undefined, own: string | null = null) =>
  runbookCommand.run({ topic }, { runbooks: createRunbooks({ own, log }) } as unknown as Reading)

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'runbooks-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('asking', () => {
  it('lists all of ours, each with a title', async () => {
    const facts = await ask(undefined)
    expect(facts.runbooks.map(({ name }) => name)).toEqual([
      'changing-a-submodule-address',
      'choosing-a-prover-image',
      'explorer-or-chain',
      'frozen-reverted-or-moved',
      'l1-sender-down',
      'stuck-or-out-of-order-proofs',
      'tracing-a-withdrawal-by-hand',
    ])
    await expect(replyText(presentRunbook(facts))).toMatchFileSnapshot('../golden/runbook-list.txt')
  })

  it.each([
    ['stuck-or-out-of-order-proofs', 'stuck-or-out-of-order-proofs'],
    ['l1-sender', 'l1-sender-down'],
    ['stuck proofs', 'stuck-or-out-of-order-proofs'],
    ['SUBMODULE', 'changing-a-submodule-address'],
    ['explorer-or-chain.md', 'explorer-or-chain'],
    ['has_failed reverts', 'l1-sender-down'],
  ])('finds %j', async (topic, name) => {
    expect((await ask(topic)).runbook?.name).toBe(name)
  })

  it('offers all that fit where several do', async () => {
    const facts = await ask('on L1')
    expect(facts.runbook).toBeNull()
    expect(facts.runbooks.length).toBeGreaterThan(1)
  })

  it('says what to type where none fits', async () => {
    await expect(ask('zebra')).rejects.toThrow('Try: /runbook')
  })

  it.each(['../package.json', '/etc/passwd', '..', '../docs/permissions'])(
    'never leaves its folders for %j',
    async (topic) => {
      await expect(ask(topic)).rejects.toThrow('No runbook')
    },
  )

  it('serves one as blocks', async () => {
    const facts = await ask('choosing-a-prover-image')
    await expect(replyText(presentRunbook(facts))).toMatchFileSnapshot('../golden/runbook-prover-image.txt')
  })
})

describe('a team’s own folder', () => {
  it('adds to ours, replaces one of the same name, and is read anew each time', async () => {
    const own = temporaryFolder()
    writeFileSync(path.join(own, 'paging-the-owner.md'), '# Paging the owner\n\nCall Mei.')
    writeFileSync(path.join(own, 'l1-sender-down.md'), '# Our sender\n\nSee the wiki.')
    expect((await ask('paging', own)).runbook).toMatchObject({ title: 'Paging the owner', own: true })
    expect((await ask('l1-sender-down', own)).runbook?.title).toBe('Our sender')
    writeFileSync(path.join(own, 'paging-the-owner.md'), '# Paging Ana\n\nCall Ana.')
    expect((await ask('paging', own)).runbook?.title).toBe('Paging Ana')
  })

  it('that can’t be read costs a line, not the answer', async () => {
    const facts = await ask(undefined, path.join(temporaryFolder(), 'missing'))
    expect(facts.runbooks).toHaveLength(7)
    expect(replyText(presentRunbook(facts))).toContain('RUNBOOKS_DIR')
  })

  it('with a file that can’t be read is named, and ours are still there', async () => {
    const own = temporaryFolder()
    symlinkSync(path.join(own, 'nowhere'), path.join(own, 'broken.md'))
    expect(await ask(undefined, own)).toMatchObject({ unreadable: 'RUNBOOKS_DIR' })
  })

  it('with a file without end is cut, and served', async () => {
    const own = temporaryFolder()
    writeFileSync(path.join(own, 'long.md'), `# Long\n\n${'a line\n'.repeat(100_000)}`)
    expect((await ask('long', own)).runbook?.markdown.length).toBe(128 * 1024)
  })
})

/** Fenced pieces of our runbooks by the words behind the fence: ```sql 2023 core. */
function pieces(
  kind: string,
): readonly { readonly runbook: string; readonly on: readonly string[]; readonly body: string }[] {
  return ours.flatMap(({ name, markdown }) =>
    [...markdown.matchAll(/^```(\w+) ([\w -]+)\n([\s\S]*?)^```/gm)]
      .filter((match) => match[1] === kind)
      .map((match) => ({ runbook: name, on: (match[2] as string).split(' '), body: match[3] as string })),
  )
}

describe('the queries', () => {
  const databases = new Map<SchemaName, { readonly database: TestDatabase; readonly client: pg.Client }>()
  beforeAll(async () => {
    for (const schema of ['2023', 'core', 'prover'] as const) {
      const database = await createTestDatabase(schema)
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      databases.set(schema, { database, client })
    }
    await insertGoldenRows(databases.get('2023')?.client as pg.Client)
  }, 60_000)
  afterAll(async () => {
    for (const { database, client } of databases.values()) {
      await client.end()
      await database.drop()
    }
  })

  it.each(pieces('sql').flatMap(({ runbook, on, body }) => on.map((schema) => ({ runbook, schema, body }))))(
    'of $runbook run on $schema: $body',
    async ({ schema, body }) => {
      await expect(databases.get(schema as SchemaName)?.client.query(body)).resolves.toBeDefined()
    },
  )

  it('for a withdrawal lead from the notes’ transaction to its hash on L1', async () => {
    const client = databases.get('2023')?.client as pg.Client
    const steps = pieces('sql').filter(({ runbook }) => runbook === 'tracing-a-withdrawal-by-hand')
    const answers = []
    for (const { body } of steps) answers.push((await client.query(body)).rows)
    expect(answers).toMatchObject([
      [{ miniblock_number: '15841' }],
      [{ l1_batch_number: '7670' }],
      [{ eth_commit_tx_id: 41073, eth_prove_tx_id: 41148, eth_execute_tx_id: 41151 }],
      [{ nonce: '41091', tx_type: 'CommitBlocks', has_failed: false, confirmed_eth_tx_history_id: 43194 }],
      [{ eth_tx_id: 41073, tx_hash: golden.commitHash }],
      [{ tx_type: 'CommitBlocks' }, { tx_type: 'PublishProofBlocksOnchain' }, { tx_type: 'ExecuteBlocks' }],
    ])
  })
})

it('the submodule steps move a real repository to the new address', () => {
  const folder = temporaryFolder()
  const environment = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'file',
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'test'],
        [`GIT_${who}_EMAIL`, 'test@example.org'],
      ]),
    ),
  }
  const run = (command: string, more: Record<string, string> = {}) =>
    execFileSync('sh', ['-ec', command], { cwd: folder, env: { ...environment, ...more }, stdio: 'pipe' }).toString()
  run(`git init -q -b main old && git -C old commit -q --allow-empty -m one && git clone -q --bare old new
    git init -q -b main project && cd project && git submodule --quiet add "${folder}/old" contracts && git commit -q -m add`)
  run('rm -rf old')
  const [steps] = pieces('sh').filter(({ on }) => on.includes('submodule'))
  run(`cd project\n${steps?.body}`, { NEW_URL: `${folder}/new` })
  expect(run('cd project && git config submodule.contracts.url').trim()).toBe(`${folder}/new`)
  expect(run('cd project/contracts && git fetch && git log -1 --format=%s').trim()).toBe('one')
}, 60_000)

it('the commands that our runbooks and documents name are real ones', () => {
  const documents = [...ours.map(({ markdown }: Runbook) => markdown), readFileSync('docs/commands.md', 'utf8')]
  const named = new Set(
    documents.flatMap((text) => [...text.matchAll(/`\/([a-z-]+)/g)].map((match) => match[1] as string)),
  )
  // Not on offer in every version of the list yet; the document has a row for each.
  for (const name of named) expect(findCommand(commandList, name), name).toBeTruthy()
})

it('docs/commands.md has a row for every command', () => {
  const rows = readFileSync('docs/commands.md', 'utf8')
  for (const { name, role } of commandList)
    expect(rows).toMatch(new RegExp(`^\\| \`/${name}\` \\| .* \\| ${role} \\| `, 'm'))
})
