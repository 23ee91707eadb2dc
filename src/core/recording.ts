// The second half of every request: write the audit row, do the work, answer, finish the row.

import type { Logger } from 'pino'
import type { AccessSettings } from './access.ts'
import type { Approvals } from './approvals.ts'
import type { Conversation } from './conversation.ts'
import { type Deadline, withDeadline, within } from './deadline.ts'
import { type ErrorCode, errorText, exitCodeOf, makeReference, UserError } from './errors.ts'
import { troubleReply, withNotes } from './notes.ts'
import { personOf } from './people.ts'
import type { RateDecision } from './rate-limit.ts'
import type { Approval, RequestAudit } from './records.ts'
import type { Reply } from './reply.ts'
import type { Request } from './request.ts'

export interface RecordingParts {
  readonly access: AccessSettings
  readonly approvals: Approvals
  readonly audit: RequestAudit
  readonly rateLimiter: { decide(person: string, place: string, nowMs: number): RateDecision }
  readonly now: () => Date
  readonly random: () => number
  readonly log: Logger
}

/** What an answer came to, for the shell: facts for `--json`, and the exit code. */
export interface Handled {
  readonly facts: unknown
  readonly exitCode: number
  readonly error: { readonly code: ErrorCode; readonly text: string } | null
}

export const nothingDone: Handled = { facts: null, exitCode: 0, error: null }

export interface Done {
  readonly reply: Reply
  readonly facts: unknown
  readonly exitCode: number
  /** The approval the reply shows, so that its message can be edited later. */
  readonly approval?: Approval
}

/** What the audit row says of a request besides who and where. */
export interface Entry {
  readonly command: string
  readonly options: unknown
  readonly chain: string | null
  readonly decision: string
}

/** The state store may hang; the answer doesn't. */
const recordMs = 800

export function createRecording(parts: RecordingParts) {
  /** Steps 4 to 7: record, do, answer, finish. */
  async function record(
    request: Request,
    entry: Entry,
    conversation: Conversation,
    work: (signal: AbortSignal) => Promise<Done>,
    deadline: Deadline,
  ): Promise<Handled> {
    const began = parts.now().getTime()
    const { caller, place, id } = request
    const person = personName(request, parts.access)
    const row = { id, account: caller.account, person, platform: place.platform, place: place.id, ...entry }
    const started = await within(parts.audit.start(row), recordMs, { recorded: false, duplicate: false })
    if (started.duplicate) return nothingDone
    let done: Done
    let error: Handled['error'] = null
    try {
      done = await withDeadline(work, deadline)
    } catch (thrown) {
      const failure = explain(thrown, request, parts)
      error = { code: failure.code, text: failure.message }
      done = {
        reply: troubleReply(failure.message, failure.code === 'internal' ? 'bad' : 'warning'),
        facts: { error },
        exitCode: exitCodeOf(failure.code),
      }
    }
    const reply = started.recorded
      ? done.reply
      : withNotes(done.reply, { chain: null, assumedChain: false, lateSeconds: 0, recorded: false })
    const outcome = await deliver(reply, done, conversation, request, error)
    await within(parts.audit.finish(id, outcome, parts.now().getTime() - began), recordMs, { recorded: false })
    return { facts: done.facts, exitCode: done.exitCode, error }
  }

  async function deliver(
    reply: Reply,
    done: Done,
    conversation: Conversation,
    request: Request,
    error: Handled['error'],
  ): Promise<string> {
    try {
      const onlyForAsker = error !== null && request.ask.kind === 'press'
      const message = await conversation.answer(reply, { onlyForAsker })
      if (message && done.approval !== undefined) await parts.approvals.shownIn(done.approval, message)
    } catch (trouble) {
      parts.log.error({ request: request.id, error: errorText(trouble) }, 'the answer could not be sent')
      return 'answer not sent'
    }
    return error === null ? 'answered' : `answered: ${error.code}`
  }

  /** Over the rate limit: told once, then silence; true when the request ends here. */
  async function overLimit(request: Request, conversation: Conversation): Promise<boolean> {
    const { place, caller } = request
    if (place.platform === 'terminal') return false
    const room = `${place.platform}:${place.id}`
    // Posts that name no sender are not all of one person: each channel counts for itself.
    const person = caller.account === null ? `unknown in ${room}` : personName(request, parts.access)
    const decision = parts.rateLimiter.decide(person, room, parts.now().getTime())
    if (decision === 'go') return false
    const row = {
      id: request.id,
      account: caller.account,
      person: personName(request, parts.access),
      platform: place.platform,
      place: place.id,
    }
    const entry = { chain: null, command: nameOf(request), options: null, decision: 'refused: rate-limited' }
    const told = decision === 'tell' && (await conversation.acknowledge('private'))
    await within(parts.audit.start({ ...row, ...entry }), recordMs, { recorded: false, duplicate: false })
    if (told)
      await conversation.answer(troubleReply('That was a lot at once.\nWait half a minute; I say this only once.'))
    await within(parts.audit.finish(request.id, told ? 'answered: rate-limited' : 'not answered', 0), recordMs, {
      recorded: false,
    })
    return true
  }

  return { record, overLimit }
}

export function nameOf(request: Request): string {
  return request.ask.kind === 'command' ? request.ask.name : 'press'
}

export function personName(request: Request, access: AccessSettings): string {
  const { account } = request.caller
  return account === null ? 'unknown' : personOf(account, access.people).name
}

/** What the person reads of anything thrown; the unexpected becomes a reference to the log. */
export function explain(thrown: unknown, request: Request, parts: Pick<RecordingParts, 'random' | 'log'>): UserError {
  if (thrown instanceof UserError) return thrown
  const reference = makeReference(parts.random)
  parts.log.error({ reference, request: request.id, err: thrown }, 'a request failed')
  return new UserError(
    `Something went wrong, reference ${reference}.\nWhoever runs me finds it in the log by that.`,
    'internal',
  )
}
