// Findings lead to the runbook that fits: the table knows every one worth acting on, and names only runbooks there are.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { readButton } from '../../src/core/button.ts'
import type { Finding, Severity } from '../../src/core/finding.ts'
import { createRunbooks, findRunbooks } from '../../src/knowledge/runbooks.ts'
import { runbookActions, runbookBlocks, runbookByFinding, runbookFor } from '../../src/present/runbook-for.ts'

const { runbooks } = await createRunbooks({ own: null, log: pino({ level: 'silent' }) }).shelf()
const named = [...new Set(Object.values(runbookByFinding).filter((name) => name !== null))]

const sourceFiles = readdirSync('src/rollup', { recursive: true, encoding: 'utf8' })
  // Warnings of a requeue are no findings, and issues of a parser neither.
  .filter((name) => name.endsWith('.ts') && !/warnings\.ts$|rpc-values\.ts$/.test(name))
  .map((name) => path.join('src/rollup', name))

/** Codes in the source that stand beside a severity which is not plainly `info`; `${…}` becomes `*`. */
function codesWorthActing(): readonly string[] {
  const codes = new Set<string>()
  for (const file of sourceFiles) {
    const source = readFileSync(file, 'utf8')
    // finding(code, severity, …): the code may be a choice of two.
    for (const [, code = '', severity = ''] of source.matchAll(/\bfinding\(\s*((?:[^,()]|\n)+),\s*([^,{]+),/g)) {
      if (severity.trim() !== "'info'")
        for (const [, word = ''] of code.matchAll(/['`]([a-z0-9${}-]+)['`]/g)) codes.add(word)
    }
    // { code, severity, … } and the rules of the verdict.
    for (const [, word = '', rest = ''] of source.matchAll(
      /\b(?:code|headline): ['`]([a-z0-9${}-]+)['`]((?:(?!severity:)[\s\S]){0,600}?severity:\s*'\w+')?/g,
    )) {
      if (!rest.endsWith("severity: 'info'")) codes.add(word)
    }
  }
  return [...codes].map((code) => code.replaceAll(/\$\{[^}]*\}/g, '*'))
}

const finding = (code: string, severity: Severity): Finding => ({ code, severity, values: {}, text: '' })

describe('the table', () => {
  it.each(named)('%s is a runbook of ours, and found by its name alone', (name) => {
    expect(findRunbooks(runbooks, name).map((runbook) => runbook.name)).toEqual([name])
  })

  it('considers every finding that asks for action', () => {
    const codes = codesWorthActing()
    expect(codes.length).toBeGreaterThan(40)
    expect(codes).toContain('gpu-proof-expired')
    expect(codes).toContain('*-stalled')
    const known = Object.keys(runbookByFinding)
    const unknown = codes.filter((code) => {
      const pattern = new RegExp(`^${code.replaceAll('*', '[a-z0-9]+')}$`)
      return !known.some((key) => pattern.test(key))
    })
    expect(unknown).toEqual([])
  })

  it('names no finding that nobody makes', () => {
    const sources = sourceFiles.map((file) => readFileSync(file, 'utf8')).join('\n')
    const made = (code: string): boolean =>
      sources.includes(`'${code}'`) ||
      (code.endsWith('-stalled') && sources.includes('-stalled`')) ||
      (code.endsWith('-says-done-l1-unknown') && sources.includes('-says-done-l1-unknown`'))
    expect(Object.keys(runbookByFinding).filter((code) => !made(code))).toEqual([])
  })
})

describe('choosing', () => {
  it('takes the runbook of the most important finding that has one', () => {
    const findings = [
      finding('source-unreachable', 'critical'),
      finding('has-failed', 'critical'),
      finding('out-of-order', 'critical'),
    ]
    expect(runbookFor(findings)).toBe('l1-sender-down')
  })

  it('leaves notes alone, but not the refuted report', () => {
    expect(runbookFor([finding('out-of-order', 'info'), finding('made-up', 'critical')])).toBeNull()
    expect(runbookFor([finding('report-refuted', 'info')])).toBe('explorer-or-chain')
  })

  it('leads there by a line and by a button that fits every platform', () => {
    for (const name of named) {
      const [action] = runbookActions(name).actions ?? []
      expect(readButton(action?.id ?? '')).toEqual({ kind: 'ask', line: `runbook ${name}` })
      expect(runbookBlocks(name)).toHaveLength(1)
    }
    expect(runbookActions(null)).toEqual({})
    expect(runbookBlocks(null)).toEqual([])
  })
})
