// Facts of /audit as a reply: newest first, the whole of it as a CSV file on request.

import type { AuditEntry, ChangeEntry } from '../core/records.ts'
import { type Block, paragraph, type Reply } from '../core/reply.ts'

export interface AuditFacts {
  readonly requests: readonly AuditEntry[]
  readonly changes: readonly ChangeEntry[]
  readonly unreachable: readonly string[]
  readonly csv: boolean
}

export function presentAudit(facts: AuditFacts): Reply {
  const blocks: Block[] = []
  if (facts.unreachable.length > 0)
    blocks.push(paragraph(`Not complete: I couldn't reach ${facts.unreachable.join(' and ')}.`))
  if (facts.changes.length > 0) blocks.push(paragraph('Changes to jobs'), changeTable(facts))
  if (facts.requests.length > 0) blocks.push(paragraph('Requests'), requestTable(facts))
  const count = facts.requests.length + facts.changes.length
  return {
    tone: facts.unreachable.length > 0 ? 'warning' : 'neutral',
    title: count === 0 ? 'No entry fits' : `${facts.requests.length} requests, ${facts.changes.length} changes`,
    blocks,
  }
}

function changeTable({ changes, csv }: AuditFacts): Block {
  return {
    kind: 'table',
    name: 'changes',
    attach: csv,
    columns: ['time (UTC)', 'command', 'chain', 'outcome', 'asked by', 'decided by', 'rows', 'approval'],
    rows: changes.map((entry) => [
      shortTime(entry.at),
      entry.command,
      entry.chain,
      entry.outcome,
      entry.askedBy,
      entry.approvedBy,
      String(entry.moved.length),
      entry.approval,
    ]),
  }
}

function requestTable({ requests, csv }: AuditFacts): Block {
  return {
    kind: 'table',
    name: 'requests',
    attach: csv,
    columns: ['time (UTC)', 'command', 'options', 'person', 'account', 'place', 'decision', 'outcome'],
    rows: requests.map((entry) => [
      shortTime(entry.startedAt),
      entry.command,
      entry.options === null ? '' : JSON.stringify(entry.options),
      entry.person,
      entry.account ?? 'unknown',
      `${entry.platform} ${entry.place}`,
      entry.decision,
      entry.outcome,
    ]),
  }
}

function shortTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}
