// Log lines are data, and no secret comes through: not in fields, errors, stacks or bindings.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLogger, type Logger } from '../src/logging.ts'

const token = '1234567890:AAHs9aKq02mXkQ4zz-AAHs9aKq02mXkQ4zz'
const password = 'p@ss "w0rd\\'
const database = `postgres://reader:${encodeURIComponent(password)}@db.example/core`

function logged(say: (log: Logger) => void, secrets: readonly string[] = [token, database]): string[] {
  const lines: string[] = []
  say(createLogger({ level: 'trace', secrets, write: (line) => lines.push(line) }))
  return lines
}

function only(say: (log: Logger) => void): Record<string, unknown> {
  const lines = logged(say)
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] as string) as Record<string, unknown>
}

describe('a log line', () => {
  test('is one JSON object with level, time and text', () => {
    const line = only((log) => log.info({ batch: 7670, amount: 12n }, 'traced'))
    expect(line).toMatchObject({ level: 'info', batch: 7670, amount: '12', msg: 'traced' })
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(line).not.toHaveProperty('hostname')
  })

  test('keeps big numbers and fractions exactly as they were', () => {
    const lines = logged((log) => log.info({ seconds: 0.1, height: 13641404, small: -1e-7 }))
    expect(lines[0]).toContain('"seconds":0.1,"height":13641404,"small":-1e-7')
  })

  test('shows errors wherever they stand, with cause and stack', () => {
    const error = new Error('outer', { cause: Object.assign(new TypeError('inner'), { code: 'ECONNRESET' }) })
    const line = only((log) => log.error({ err: error, sources: [{ failure: error }] }))
    const shown = {
      type: 'Error',
      message: 'outer',
      cause: { type: 'TypeError', message: 'inner', code: 'ECONNRESET' },
    }
    expect(line.err).toMatchObject(shown)
    expect(line.sources).toMatchObject([{ failure: shown }])
    expect((line.err as { stack: string }).stack).toContain('logging.test.ts')
  })

  test('comes even if a field can’t be read, points to itself, or is huge', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    const trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('trapped')
      },
    })
    const line = only((log) => log.info({ loop, trap, text: 'a'.repeat(1_000_000) }))
    expect(line.trap).toEqual({ x: '[unreadable: trapped]' })
    expect(String(line.text).length).toBeLessThan(9_000)
  })
})

describe('a secret never comes through', () => {
  const error = new Error(`could not connect to ${database}`)
  error.stack = `Error: ${token}\n at ${database}`
  test.each<[string, (log: Logger) => void]>([
    ['in the text', (log) => log.info(`token ${token}, password ${password}`)],
    ['in an argument of the text', (log) => log.info('url %s', `https://api.telegram.org/bot${token}/getMe`)],
    ['in a nested field', (log) => log.info({ a: { b: [{ c: token, d: database }] } })],
    ['in the name of a field', (log) => log.info({ [token]: { [password]: 1 } })],
    ['in an error and its stack', (log) => log.error({ err: error })],
    ['in an error given alone', (log) => log.error(error)],
    ['in the cause of an error', (log) => log.error({ err: new Error('x', { cause: error }) })],
    [
      'in a field of an error',
      (log) => log.error({ err: Object.assign(new Error('x'), { url: token, body: { password } }) }),
    ],
    ['in several errors', (log) => log.error({ err: new AggregateError([error, error], token) })],
    ['in what a child carries', (log) => log.child({ url: database, token }).warn('hello')],
    ['in a map or a set', (log) => log.info({ map: new Map([[token, password]]), set: new Set([database]) })],
    ['in a URL object', (log) => log.info({ url: new URL(database) })],
    [
      'in JSON inside a text',
      (log) => log.info({ body: JSON.stringify({ nested: JSON.stringify({ password, token }) }) }),
    ],
    ['percent-encoded', (log) => log.info(encodeURIComponent(`${token} ${password}`))],
  ])('%s', (_where, say) => {
    const text = logged(say).join('')
    expect(() => JSON.parse(text)).not.toThrow()
    expect(text).not.toMatch(/AAHs9aKq02mXkQ4zz|w0rd/)
  })

  test('also where nobody configured it: a field of that name is hidden', () => {
    expect(only((log) => log.info({ botToken: 'x1', headers: { authorization: 'y2' } }))).toMatchObject({
      botToken: '***',
      headers: { authorization: '***' },
    })
  })

  test('also where it is a number', () => {
    const lines = logged((log) => log.info({ pin: 73519922, list: [1, 73519922] }, '73519922'), ['73519922'])
    expect(lines[0]).not.toContain('73519922')
    expect(JSON.parse(lines[0] as string)).toMatchObject({ pin: '***', list: [1, '***'] })
  })

  test('whatever it is and wherever in a structure it stands, and the line stays JSON', () => {
    const secret = fc
      .string({ unit: fc.constantFrom(...'abcXYZ019-_."\\/%@ \n{}[]:,漢🙂'), minLength: 8, maxLength: 40 })
      .filter((text) => text.trim() === text && /[a-z0-9漢]/i.test(text))
    fc.assert(
      fc.property(secret, fc.jsonValue(), fc.string(), (text, value, front) => {
        const fields = { value, list: [{ [front + text]: front + text }], err: new Error(text + front) }
        const line = logged((log) => log.info(fields, `${front}${text}`), [text])[0] as string
        const escaped = JSON.stringify(text).slice(1, -1)
        JSON.parse(line)
        return !line.includes(escaped)
      }),
      { numRuns: 150 },
    )
  })
})
