// The program as a whole: facts on stdout, logs on stderr, the exit codes that scripts go by, and no secret anywhere.

import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/program.ts'

const observer = { CHAIN_PRESET: 'era-mainnet' }
/** Nothing listens there: sources that refuse at once. */
const nowhere = {
  L1_RPC_URLS: 'https://user:sekret-pass1@127.0.0.1:1/v2/SekretKey0123456789',
  L2_RPC_URLS: 'http://127.0.0.1:1/SekretKey0123456789',
  CORE_DATABASE_URL: 'postgres://reader:sekret-pass1@127.0.0.1:1/core',
}
const hash = `0x${'ab'.repeat(32)}`

describe('the program', () => {
  it('explains itself and says its version without any setting', async () => {
    const { code, out, log } = await runProgram(['--help'])
    expect(out).toContain('rollcall <command> words…')
    expect({ code, log }).toEqual({ code: 0, log: '' })
    expect((await runProgram(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('says what is wrong with the words, and ends with 1', async () => {
    const { code, out, log } = await runProgram(['start', 'now'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(log).toContain('rollcall --help lists the calls.')
  })

  it('reports every fault of the configuration at once, and ends with 2', async () => {
    const environment = { CHAIN_PRESET: 'nowhere', HTTP_PORT: 'x' }
    const { code, out, log } = await runProgram(['trace', hash], { environment })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(log).toMatch(/2 settings need fixing:\n- CHAIN_PRESET: .+\n- HTTP_PORT: .+/)
  })

  it('prints such faults as an error for scripts too', async () => {
    const { code, out } = await runProgram(['trace', hash, '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'not-configured' } })
  })

  it('answers on stdout, without colour, from the settings of a .env file', async () => {
    const { code, out } = await runProgram(['whoami'], { dotEnv: 'CHAIN_PRESET=era-mainnet\n' })
    expect(code).toBe(0)
    expect(out).toContain('terminal:')
    expect(out).not.toContain('\x1b')
  })

  it('prints facts for scripts, and nothing else on stdout', async () => {
    const { code, out, log } = await runProgram(['whoami', '--json'], { environment: observer })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ account: expect.stringMatching(/^terminal:/) })
    // Where no bot keeps records, the log is the record: one line of it.
    expect(JSON.parse(log)).toMatchObject({ command: 'whoami', decision: 'started', outcome: 'answered' })
  })

  it('ends with 1 for a mistake of the asker', async () => {
    const { code, out } = await runProgram(['trace', '0x12', '--json'], { environment: observer })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'bad-input' } })
  })

  it('refuses a chain that is not configured', async () => {
    const { code, log } = await runProgram(['whoami', '--chain', 'x'], { environment: observer })
    expect(code).toBe(1)
    expect(log).toContain('Only one is configured: leave --chain out.')
  })

  it('ends with 3 when no part could answer, and shows no secret even at the finest log level', async () => {
    const environment = { ...nowhere, LOG_LEVEL: 'trace' }
    const { code, out, log } = await runProgram(['trace', hash, '--json'], { environment })
    expect(code).toBe(3)
    expect(() => JSON.parse(out)).not.toThrow()
    expect(out + log).not.toMatch(/sekret/i)
    for (const line of log.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  it('does not start where there is nobody to talk to', async () => {
    const { code, log } = await runProgram(['start'], { environment: observer })
    expect(code).toBe(2)
    expect(log).toContain('Set DISCORD_TOKEN or TELEGRAM_TOKEN')
  })

  it('starts, and ends with 0 when it is told to', async () => {
    const { code, log } = await runProgram(['start'], {
      environment: { ...observer, HTTP_PORT: '0', STATE_DATABASE_URL: 'postgres://x:sekret-pass1@127.0.0.1:1/x' },
      when: { says: '"msg":"started"', do: (child) => child.kill('SIGTERM') },
    })
    expect(code).toBe(0)
    expect(log).toContain('"msg":"ending"')
    expect(log).not.toMatch(/sekret/)
  })

  it('names each setting that does not work, and ends with 2', async () => {
    const { code, out, log } = await runProgram(['doctor'], { environment: nowhere })
    expect(code).toBe(2)
    for (const name of Object.keys(nowhere)) expect(out).toContain(name)
    expect(out + log).not.toMatch(/sekret/i)
  })

  it('holds a chat through a pipe', async () => {
    const environment = { ...observer, STATE_DATABASE_URL: 'postgres://x@127.0.0.1:1/x', LOG_LEVEL: 'silent' }
    const { code, out } = await runProgram(['chat'], { environment, input: '/whoami\nhelp trace\nexit\n' })
    expect(code).toBe(0)
    expect(out).toContain('terminal:')
    expect(out).toContain('/trace')
  })

  it('ends the chat without a word when nobody reads it any more', async () => {
    const environment = { ...observer, STATE_DATABASE_URL: 'postgres://x@127.0.0.1:1/x', LOG_LEVEL: 'silent' }
    const { code, log } = await runProgram(['chat'], {
      environment,
      input: '/help\n'.repeat(200),
      when: { says: 'Rollcall in this terminal', do: (child) => child.closeOutput() },
    })
    expect({ code, log }).toEqual({ code: 0, log: '' })
  })
})
