// The list of settings, .env.example and the documentation name the same things.

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { withDotEnv } from '../../src/config/dot-env.ts'
import { nodePolicyNames, settings } from '../../src/config/settings.ts'
import { ConfigError, readConfig } from '../../src/config.ts'

const root = new URL('../../', import.meta.url)
const example = readFileSync(new URL('.env.example', root), 'utf8')
const names = [...settings, ...nodePolicyNames].map(({ name }) => name).sort()

describe('.env.example', () => {
  const assignments = example.split('\n').filter((line) => /^#?[A-Z][A-Z0-9_]*=/.test(line))

  test('has every setting once and none that does not exist', () => {
    expect(assignments.map((line) => line.replace(/^#/, '').split('=', 1)[0]).sort()).toEqual(names)
  })

  test('shows the examples that faults show', () => {
    const shown = parseEnv(assignments.map((line) => line.replace(/^#/, '')).join('\n'))
    for (const setting of settings) expect(shown[setting.name], setting.name).toBe(setting.example)
  })

  test('works as it is', () => {
    const environment = withDotEnv({}, () => example)
    expect(readConfig(environment, { readFile: () => '' }).chains[0]?.preset).toBe('era-mainnet')
  })

  test('works with every line in use for one chain', () => {
    const all = parseEnv(assignments.map((line) => line.replace(/^#/, '')).join('\n'))
    const { CHAINS: _, ...one } = all
    expect(readConfig(one, { readFile: () => '' }).warnings).toEqual([])
  })
})

test('the documentation of the configuration names every setting', () => {
  const documentation = readFileSync(new URL('docs/configuration.md', root), 'utf8')
  const missing = names.filter((name) => !documentation.includes(`\`${name}\``))
  expect(missing).toEqual([])
})

describe('a .env file', () => {
  test('fills what the environment leaves out, and the environment wins', () => {
    const environment = withDotEnv({ A: 'here', B: '' }, () => 'A=there\nB=there\nC="with # sign"')
    expect(environment).toEqual({ A: 'here', B: '', C: 'with # sign' })
  })

  test('may be missing, but not unreadable', () => {
    const failing = (code: string) => () => {
      throw Object.assign(new Error('no'), { code })
    }
    expect(withDotEnv({ A: '1' }, failing('ENOENT'))).toEqual({ A: '1' })
    expect(() => withDotEnv({}, failing('EACCES'))).toThrow(ConfigError)
  })
})
