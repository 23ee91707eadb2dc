// Facts of /requeue as replies: the preview of every row, the outcome, and what became of the rows since.

import type { ChangeResult, Proposal } from '../core/command.ts'
import { batchRanges, plural } from '../core/counts.ts'
import { describeSeconds } from '../core/notes.ts'
import { type Block, bold, paragraph, type Reply, type Text } from '../core/reply.ts'
import type { JobRow, RequeueFacts, RequeueProgress } from '../services.ts'
import { runbookActions, runbookBlocks, stuckProofs } from './runbook-for.ts'

export function presentPreview(facts: RequeueFacts & Proposal): Reply {
  if (facts.rows.length === 0) return nothingFits(facts)
  return {
    tone: 'warning',
    title:
      facts.cannotApply === null
        ? `Requeue ${whatRows(facts.rows)}?`
        : `${capital(whatRows(facts.rows))} could be requeued`,
    blocks: [
      ...(facts.cannotApply === null ? [] : [paragraph(bold('I can’t do it from here. '), facts.cannotApply)]),
      ...warningBlocks(facts),
      paragraph(
        'Each row gets status queued, attempts 0, and the time now (UTC); its error text stays until a worker overwrites it. A row that changes before the confirmation is left alone.',
      ),
      rowTable(facts),
      ...errorBlocks(facts.rows),
      ...skippedBlocks(facts),
      ...(facts.reason === null ? [] : [paragraph(bold('Reason: '), facts.reason)]),
      // No button for it here: it would stand beside Confirm.
      ...runbookBlocks(stuckProofs),
      ...statementBlocks(facts),
    ],
  }
}

const whatRows = (rows: readonly JobRow[]): string =>
  `${plural(rows.length, 'job')} of ${batchRanges([...new Set(rows.map((row) => row.batch))], 'batch')}`

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

function nothingFits(facts: RequeueFacts): Reply {
  const wanted = facts.class === 'any' ? 'stuck' : facts.class
  const subject =
    facts.what === 'stuck'
      ? 'No prover job'
      : `No job of ${facts.what.includes('-') ? 'batches' : 'batch'} ${facts.what}`
  return {
    tone: 'neutral',
    title: `${subject} is ${wanted}: there is nothing to requeue`,
    blocks: [
      paragraph('Only jobs that failed or ran past their time-out can be put back. Why others wait: /prover-status'),
      ...skippedBlocks(facts),
    ],
  }
}

function warningBlocks({ warnings }: RequeueFacts): readonly Block[] {
  if (warnings.length === 0) return []
  return [paragraph(bold('Before you confirm')), { kind: 'list', items: warnings.map(({ text }) => text) }]
}

function rowTable({ rows, policies }: RequeueFacts): Block {
  const several = new Set(rows.map((row) => row.chainId)).size > 1 || rows.some((row) => row.chainId !== 0)
  const max = new Map(policies.map((policy) => [policy.stage, policy.maxAttempts]))
  return {
    kind: 'table',
    name: 'requeue-rows',
    columns: [
      'row',
      ...(several ? ['chain'] : []),
      'batch',
      'stage',
      'circuit',
      'status',
      'class',
      'attempts',
      'age',
      'worker',
      'error',
    ],
    rows: rows.map((row) => [
      row.key,
      ...(several ? [String(row.chainId)] : []),
      String(row.batch),
      row.stage,
      row.circuit ?? '',
      row.status,
      row.class,
      `${row.attempts} of ${max.get(row.stage) ?? '?'}`,
      describeSeconds(row.ageSeconds),
      row.worker ?? '',
      row.error ?? '',
    ]),
  }
}

const errorsShown = 2

function errorBlocks(rows: readonly JobRow[]): readonly Block[] {
  const errors = [...new Set(rows.flatMap((row) => row.error ?? []))].slice(0, errorsShown)
  return errors.map((text): Block => ({ kind: 'code', text }))
}

function skippedBlocks({ skipped, skippedMore }: RequeueFacts): readonly Block[] {
  if (skipped.length === 0) return []
  const reasons = new Map<string, string[]>()
  for (const { key, why } of skipped) reasons.set(why, [...(reasons.get(why) ?? []), key])
  const items = [...reasons].map(([why, keys]): Text => `${keyList(keys)}: ${why}`)
  const more: Text[] = skippedMore ? ['and more rows that are not listed'] : []
  return [paragraph(bold('Left alone')), { kind: 'list', items: [...items, ...more] }]
}

const keysShown = 3

function keyList(keys: readonly string[]): string {
  const shown = keys.slice(0, keysShown).join(', ')
  return keys.length > keysShown ? `${shown} and ${plural(keys.length - keysShown, 'more row')}` : shown
}

function statementBlocks({ statements }: RequeueFacts): readonly Block[] {
  if (!statements) return []
  const heading = paragraph(
    bold('To do it by hand'),
    ', run this on the primary as a login that may update the tables:',
  )
  return [heading, ...statements.map((text): Block => ({ kind: 'code', text }))]
}

export function presentReport(result: ChangeResult, facts: RequeueFacts): Reply {
  return {
    tone: tones[result.outcome],
    title: outcomeTitle(result, facts),
    blocks: [
      ...outcomeBlocks(result, facts),
      ...leftBlocks(result),
      ...(facts.reason === null ? [] : [paragraph(bold('Reason: '), facts.reason)]),
      ...(result.moved.length > 0 ? [movedTable(result, facts)] : []),
    ],
  }
}

const tones = {
  applied: 'good',
  partial: 'warning',
  changed: 'warning',
  refused: 'warning',
  expired: 'neutral',
  cancelled: 'neutral',
} as const

function outcomeTitle({ outcome, moved, by }: ChangeResult, { rows }: RequeueFacts): string {
  const all = whatRows(rows)
  const who = by === null ? '' : ` by ${by}`
  switch (outcome) {
    case 'applied':
      return `Requeued ${all}, confirmed${who}`
    case 'partial':
      return `Requeued ${moved.length} of ${all}, confirmed${who}; the others had moved`
    case 'changed':
      return `Nothing requeued: every row had moved since the preview (${all})`
    case 'refused':
      return `Refused: requeue ${all}`
    case 'expired':
      return `Expired unconfirmed: requeue ${all}`
    case 'cancelled':
      return `Cancelled${who}: requeue ${all}`
  }
}

function outcomeBlocks({ outcome, moved, why }: ChangeResult, { rows, what }: RequeueFacts): readonly Block[] {
  switch (outcome) {
    case 'applied':
    case 'partial': {
      const taken = new Set(moved)
      const batches = [...new Set(rows.filter((row) => taken.has(row.key)).map((row) => row.batch))]
      return [
        paragraph(
          `${plural(moved.length, 'row')} of ${batchRanges(batches, 'batch')} in the queue again with all attempts.`,
        ),
      ]
    }
    case 'changed':
      return [paragraph(`Look again with /prover-status, then /requeue ${what} if something is still stuck.`)]
    case 'refused':
      return why === undefined ? [] : [paragraph(why)]
    case 'expired':
      return [paragraph(`Nothing was changed. Ask again: /requeue ${what}`)]
    case 'cancelled':
      return [paragraph('Nothing was changed.')]
  }
}

function leftBlocks({ left }: ChangeResult): readonly Block[] {
  if (left.length === 0) return []
  return [
    paragraph(bold(`Left as ${left.length === 1 ? 'it was' : 'they were'}`)),
    { kind: 'table', name: 'requeue-left', columns: ['row', 'why'], rows: left.map(({ key, why }) => [key, why]) },
  ]
}

function movedTable({ moved }: ChangeResult, { rows }: RequeueFacts): Block {
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return {
    kind: 'table',
    name: 'requeued-rows',
    columns: ['row', 'batch', 'stage', 'was', 'attempts were'],
    rows: moved.map((key) => {
      const row = byKey.get(key)
      return [key, String(row?.batch ?? ''), row?.stage ?? '', row?.status ?? '', String(row?.attempts ?? '')]
    }),
  }
}

/** The message after a requeue, as it goes on: who picked what, what finished, what failed again. */
export function presentFollow(result: ChangeResult, progress: RequeueProgress): Reply {
  const { queued, running, finished, failed, gone } = progress.counts
  const total = result.moved.length
  const parts = [
    ...(finished > 0 ? [`${finished} finished`] : []),
    ...(running > 0 ? [`${running} running`] : []),
    ...(queued > 0 ? [`${queued} in the queue`] : []),
    ...(failed > 0 ? [`${failed} failed again`] : []),
    ...(gone > 0 ? [`${gone} gone (archived)`] : []),
  ]
  const settled = queued + running === 0
  const runbook = failed > 0 ? stuckProofs : null
  const title = settled
    ? failed === 0
      ? `All ${plural(total, 'requeued job')} finished`
      : `${failed} of ${plural(total, 'requeued job')} failed again`
    : `Requeued ${plural(total, 'job')}: ${parts.join(', ')}`
  return {
    tone: failed > 0 ? 'bad' : settled ? 'good' : 'warning',
    title,
    blocks: [
      ...(settled ? [] : [progressTable(progress)]),
      ...(failed > 0 ? failures(progress) : []),
      ...leftBlocks(result),
      ...runbookBlocks(runbook),
      paragraph(`Confirmed${result.by === null ? '' : ` by ${result.by}`}.`),
    ],
    ...runbookActions(runbook),
  }
}

/** Batches in order: the first one that is not finished is what L1 waits for. */
function progressTable({ rows }: RequeueProgress): Block {
  const batches = new Map<number, string[]>()
  for (const row of rows) batches.set(row.batch, [...(batches.get(row.batch) ?? []), row.status ?? 'gone'])
  return {
    kind: 'table',
    name: 'requeue-progress',
    columns: ['batch', 'jobs'],
    rows: [...batches]
      .sort(([one], [other]) => one - other)
      .map(([batch, statuses]) => [String(batch), counted(statuses)]),
  }
}

function counted(statuses: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} ${status.replaceAll('_', ' ')}`).join(', ')
}

function failures({ rows }: RequeueProgress): readonly Block[] {
  const failed = rows.filter((row) => row.status === 'failed')
  const errors = [...new Set(failed.flatMap((row) => row.error ?? []))].slice(0, errorsShown)
  return [
    paragraph(
      `${batchRanges(
        [...new Set(failed.map((row) => row.batch))].sort((one, other) => one - other),
        'Batch',
      )}: look with /prover-status before trying again.`,
    ),
    ...errors.map((text): Block => ({ kind: 'code', text })),
  ]
}
