// Findings as people read them: a word for how bad, then the sentence that says what to do.

import { plural } from '../core/counts.ts'
import type { Finding } from '../core/finding.ts'
import { type Block, bold, type Text, type Tone } from '../core/reply.ts'

export function toneOf(findings: readonly Finding[]): Tone {
  if (findings.some((finding) => finding.severity === 'critical')) return 'bad'
  return findings.some((finding) => finding.severity === 'warning') ? 'warning' : 'good'
}

const marks = { critical: 'Critical', warning: 'Warning', info: 'Note' } as const
const findingsShown = 8

export function findingBlocks(findings: readonly Finding[]): readonly Block[] {
  if (findings.length === 0) return []
  const items = findings
    .slice(0, findingsShown)
    .map((finding): Text => [bold(`${marks[finding.severity]}: `), finding.text])
  const more = findings.length - findingsShown
  return [{ kind: 'list', items: more > 0 ? [...items, `and ${plural(more, 'more note')}`] : items }]
}
