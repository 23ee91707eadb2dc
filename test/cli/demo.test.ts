// The demo as a newcomer runs it: a whole rollup, real answers, and nothing left behind.

import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../support/program.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-demo-test-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Command lines of processes that use a path of the demo's temporary folder. */
function processesIn(path: string): readonly string[] {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.includes(path) && !line.startsWith('ps '))
}

// The loader of TypeScript keeps a cache of its own, which is none of the demo's.
const environment = () => ({ TMPDIR: folder, TSX_DISABLE_CACHE: '1' })
const limits = { timeout: 180_000 }

describe('the demo', () => {
  it('runs lines, numbers included, ends with 0, and leaves no process and no file', limits, async () => {
    const lines = ['/trace {committed}', '/trace batch {batch}', '/whoami', '7', 'no-such-command']
    const words = ['demo', '--as', 'mei', ...lines.flatMap((line) => ['--run', line])]
    const { code, out, log } = await runProgram(words, { environment: environment(), timeoutMs: 170_000 })
    expect(code).toBe(0)
    expect(out).toMatch(/> \/trace 0x[0-9a-f]{64}\n\n.+ is (committed|proven|executed)/)
    expect(out).toMatch(/operator, by the entry terminal:mei/)
    expect(out).toContain('There is no action 7')
    expect(out).toContain('/help')
    expect(log).toBe('Starting a small rollup: PostgreSQL, an L1 and an L2 node …\n')
    expect(await readdir(folder)).toEqual([])
    expect(processesIn(folder)).toEqual([])
  })

  it('opens a chat that says what to try, and cleans up when it is interrupted', limits, async () => {
    const { code, out } = await runProgram(['demo'], {
      environment: environment(),
      keepInput: true,
      when: { says: '/help what else there is', do: (child) => child.kill('SIGINT') },
      timeoutMs: 170_000,
    })
    expect(code).toBe(0)
    expect(out).toMatch(/\/trace 0x[0-9a-f]{64}/)
    expect(await readdir(folder)).toEqual([])
    expect(processesIn(folder)).toEqual([])
  })

  it('knows its scenarios', async () => {
    const { code, log } = await runProgram(['demo', '--scenario', 'nonsense'], { environment: environment() })
    expect(code).toBe(1)
    expect(log).toMatch(/There are:\n {2}steady +an ordinary day/)
  })
})
