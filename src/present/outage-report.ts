// The part of an answer that is about a reported outage: what was understood, the neighbours, and how it was concluded.

import { describeSeconds } from '../core/notes.ts'
import { type Block, bold, code, type Inline, link, paragraph, type Text, time } from '../core/reply.ts'
import type { ReportCommit, ReportFacts } from '../services.ts'

export function reportBlocks(report: ReportFacts, refuted: boolean): readonly Block[] {
  const { neighbours, claim, missing } = report
  return [
    ...(claim.understood.length === 0 ? [] : [paragraph(`I understood: ${claim.understood.join('; ')}.`)]),
    ...(refuted ? [paragraph(advice)] : []),
    ...rows(
      'Blocks',
      neighbours.blocks.map((block) => blockText(block, report)),
    ),
    ...rows(
      'Batches',
      neighbours.batches.map((batch) => batchText(batch, report)),
    ),
    ...rows(
      'Committed on L1',
      neighbours.commits.map((commit) => commitText(commit, report)),
    ),
    ...gapLine(report),
    ...rows('Missing', missing),
  ]
}

const advice =
  'The explorer or the RPC behind it lagged. Several explorer and RPC backends, height checks and automatic switch-over prevent such reports.'

function rows(title: string, items: readonly Text[]): readonly Block[] {
  return items.length === 0 ? [] : [paragraph(bold(title)), { kind: 'list', items }]
}

function blockText(
  { number, time: at, batch }: ReportFacts['neighbours']['blocks'][number],
  report: ReportFacts,
): Text {
  const of = batch === null ? '' : `, in batch ${batch}`
  return [linked(`block ${number}`, report), ' ', time(at), of]
}

function batchText(
  { number, time: at, firstBlock, lastBlock }: ReportFacts['neighbours']['batches'][number],
  report: ReportFacts,
): Text {
  const range = firstBlock === null || lastBlock === null ? '' : `, blocks ${firstBlock}–${lastBlock}`
  return [linked(`batch ${number}`, report), ' opened ', time(at), range]
}

function commitText({ batch, time: at, hash, why }: ReportCommit, report: ReportFacts): Text {
  if (at === null) return [`batch ${batch}: not proved. ${why}`]
  const page = report.links.find(({ text }) => text === `commit of ${batch}`)
  const shown: readonly Inline[] = hash === null ? [] : [', ', page === undefined ? code(hash) : link(hash, page.url)]
  return [`batch ${batch} `, time(at), ...shown]
}

function linked(text: string, { links }: ReportFacts): Inline {
  const page = links.find((one) => one.text === text)
  return page === undefined ? text : link(text, page.url)
}

function gapLine({ gapSeconds, usualGapSeconds }: ReportFacts): readonly Block[] {
  if (gapSeconds === null) return []
  const usual = usualGapSeconds === null ? '' : `; usual around there: ${describeSeconds(usualGapSeconds)}`
  return [paragraph(`Gap: ${describeSeconds(gapSeconds)}${usual}.`)]
}
