// `/trace … notify`: from what was done when it was asked and what is done now to a message, or to another look later.

import { z } from 'zod'
import { type MaintenancePage, plannedFor } from '../core/maintenance.ts'
import { bold, paragraph, type Reply } from '../core/reply.ts'
import type { Place } from '../core/request.ts'
import { notesUnread, plannedBlocks } from '../present/maintenance.ts'
import { titleOf } from '../present/trace.ts'
import { type Milestone, milestoneNoun, nextMilestone, progress } from '../present/trace-progress.ts'
import type { TraceFacts, TransactionTrace } from '../rollup/transaction-trace.ts'
import type { ReminderHandler } from './reminder-round.ts'

const milestones = ['included', 'sealed', 'precommit', 'commit', 'prove', 'execute'] as const satisfies Milestone[]

/** What a reminder keeps: plain JSON, so that it survives a restart and an upgrade. */
export const traceNoticePayload = z.object({
  input: z.string(),
  /** Milestones that were done when it was asked. */
  done: z.array(z.enum(milestones)),
  askedAt: z.iso.datetime(),
})

export type TraceNoticePayload = z.infer<typeof traceNoticePayload>

export type TraceNotice =
  | { readonly say: Reply; readonly lookAgainInSeconds: null }
  | { readonly say: null; readonly lookAgainInSeconds: number }

/** A proof may take a day, and execution waits for a delay of hours: after this long something is wrong. */
const givesUpAfterDays = 7
const day = 86_400_000

/**
 * The next stage is done: say so once. It failed, or what was done was taken back: say that. Nobody could be asked, or
 * nothing has changed: look again, the less often the longer it takes.
 */
export function traceNotice(asked: TraceNoticePayload, facts: TraceFacts, now: Date): TraceNotice {
  const waitedMs = now.getTime() - Date.parse(asked.askedAt)
  const say = (tone: Reply['tone'], ...lines: string[]): TraceNotice => ({
    say: { tone, title: titleOf(facts), blocks: [...lines.map((line) => paragraph(line)), more(asked.input)] },
    lookAgainInSeconds: null,
  })
  if (waitedMs > givesUpAfterDays * day) {
    return say('warning', `I have waited for ${givesUpAfterDays} days and stop now. Ask again with notify to go on.`)
  }
  const again: TraceNotice = { say: null, lookAgainInSeconds: waitedMs < day / 24 ? 30 : 300 }
  if (!facts.found) return again
  if (facts.transaction?.status === 'rejected') return say('bad', 'The node rejected the transaction: send it again.')
  const steps = progress(facts)
  const failed = steps.find(({ state }) => state === 'failed')
  if (failed) return say('bad', `The ${failed.milestone} transaction failed, and the sender has stopped.`)
  const done = steps.flatMap(({ milestone, state }) => (state === 'done' ? [milestone] : []))
  // A database that answers with fewer stages than before was reverted; an endpoint may just be behind.
  const undone = asked.done.find((milestone) => !done.includes(milestone))
  if (undone && facts.source === 'database' && facts.stages.length > 0) {
    return say(
      'bad',
      `It went back: ${milestoneNoun[undone]} was done when you asked, and is not any more. The batch was reverted.`,
    )
  }
  const reached = done.filter((milestone) => !asked.done.includes(milestone)).at(-1)
  if (!reached) return again
  const next = nextMilestone(facts)
  const ahead = next === null ? 'Nothing is left to wait for.' : `Next comes ${milestoneNoun[next]}.`
  return say('good', `Done: ${milestoneNoun[reached]}. ${ahead}`)
}

function more(input: string) {
  return paragraph('All of it: ', bold(`/trace ${input}`))
}

/** Looks again at each due reminder of kind `trace-notify`, and posts where it was asked. */
export function createTraceNotices(parts: {
  /** Undefined: the chain is not configured any more. */
  readonly traceOf: (chain: string) => TransactionTrace | undefined
  /** Planned pauses of the chain; null: they could not be read. */
  readonly maintenance: (chain: string) => Promise<MaintenancePage | null>
  readonly post: (place: Place, reply: Reply) => Promise<unknown>
  readonly now: () => Date
}): ReminderHandler {
  return async ({ chain, place, payload }, signal) => {
    const trace = parts.traceOf(chain)
    const asked = traceNoticePayload.safeParse(payload)
    if (!trace || !asked.success) return { next: 'done' }
    const facts = await trace.trace(asked.data.input, { signal })
    const { say, lookAgainInSeconds } = traceNotice(asked.data, facts, parts.now())
    if (say === null) return { next: 'again', inSeconds: lookAgainInSeconds, payload }
    await parts.post(place, withPlanned(say, await parts.maintenance(chain)))
    return { next: 'done' }
  }
}

/** A stage that is late, or went back, may have been meant to. */
function withPlanned(reply: Reply, page: MaintenancePage | null): Reply {
  const planned = plannedFor(page, null)
  const unread = planned.read ? [] : [paragraph(notesUnread)]
  return { ...reply, blocks: [...plannedBlocks(planned), ...reply.blocks, ...unread] }
}
