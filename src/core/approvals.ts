// Changes waiting for a yes: propose, approve, cancel, expire, follow; and every message that shows one edited together.

import type { Logger } from 'pino'
import type { Changing, Reading } from '../services.ts'
import { type AccessSettings, decide } from './access.ts'
import { shortName } from './approval-search.ts'
import { approveButton, type Button, cancelButton } from './button.ts'
import type { ChangeCommand, ChangeResult, Command } from './command.ts'
import { errorText, UserError } from './errors.ts'
import { withNotes } from './notes.ts'
import { personOf, secondPerson } from './people.ts'
import type { Approval, ControlStore, MessageBook, NewApproval, Press, Reminder, Reminders } from './records.ts'
import { refusalText, requireSecondPerson } from './refusals.ts'
import { code, paragraph, type Reply, time } from './reply.ts'
import type { MessageRef, Place, Request } from './request.ts'

export interface ApprovalParts {
  readonly commands: readonly Command[]
  readonly access: AccessSettings
  /** One entry per chain that can be changed; chains on one database share a store. */
  readonly stores: ReadonlyMap<string, ControlStore<Changing>>
  readonly messages: MessageBook
  readonly reminders: Reminders
  readonly several: boolean
  /** Edits one message wherever it is; throws when that platform could not be reached. */
  edit(message: MessageRef, reply: Reply): Promise<void>
  /** A new message beside the old ones; throws when it could not be sent. */
  send(place: Place, reply: Reply): Promise<MessageRef>
  reading(chain: string, signal: AbortSignal): Reading
  readonly log: Logger
}

/** What a press came to: the facts for scripts, the whole report, and one line for beside an edited message. */
export interface Pressed {
  readonly result: ChangeResult
  readonly report: Reply
  readonly short: Reply
}

/** Following the rows of an applied change ends after this long, settled or not. */
const followSeconds = 3600
const followEverySeconds = 10

export type Approvals = ReturnType<typeof createApprovals>

export function createApprovals(parts: ApprovalParts) {
  const { messages, log, stores } = parts

  async function storeOf(approval: string): Promise<ControlStore<Changing>> {
    const prefix = approval.split('.', 1)[0]
    const distinct = [...new Set(stores.values())]
    let failure: unknown
    for (const store of distinct) {
      try {
        if ((await store.id()) === prefix) return store
      } catch (error) {
        failure = error
      }
    }
    if (failure !== undefined) {
      log.warn({ error: errorText(failure) }, 'a control store could not be asked for its id')
      throw new UserError(
        'The database that holds this approval can’t be reached, so nothing was done.\nTry again in a moment.',
        'unreachable',
      )
    }
    throw new UserError('That button belongs to no approval I know.\nAsk for the change again.', 'gone')
  }

  function changeCommandOf(approval: Approval): ChangeCommand {
    const command = parts.commands.find((candidate) => candidate.name === approval.command)
    if (command?.kind !== 'change') {
      throw new UserError(`The command /${approval.command} is no longer on offer.\nNothing was done.`, 'gone')
    }
    return command
  }

  function show(approval: Approval): Reply {
    const command = changeCommandOf(approval)
    const notes = { chain: parts.several ? approval.chain : null, assumedChain: false, lateSeconds: 0, recorded: true }
    return withNotes(approvalReply(command, approval), notes)
  }

  async function editAll(approval: Approval, reply: Reply, also?: MessageRef): Promise<void> {
    const known = await messages.of(subjectOf(approval.id))
    const missing = also && !known.some((message) => sameMessage(message, also))
    const all = missing ? [...known, also] : known
    await Promise.all(
      all.map(async (message) => {
        try {
          await parts.edit(message, reply)
        } catch (error) {
          log.warn(
            { approval: approval.id, platform: message.platform, error: errorText(error) },
            'a message could not be edited',
          )
        }
      }),
    )
  }

  /** Who presses, checked anew: role, place, person (design section 5 rules 2 and 9). */
  function requireRight(button: Button, approval: Approval, request: Request, command: ChangeCommand): Press {
    const { caller, place } = request
    const account = caller.account
    const person = account === null ? null : personOf(account, parts.access.people)
    const isAsker = person !== null && approval.askedBy.known && person.name === approval.askedBy.person
    const need = button.kind === 'cancel' && isAsker ? command.role : command.approval.role
    const access = decide({ need, change: true, caller, place, chain: approval.chain }, parts.access)
    if (!access.allowed) throw new UserError(refusalText(access, place), 'refused')
    if (account === null || person === null || caller.standing !== 'person') {
      throw new UserError(refusalText({ allowed: false, refusal: 'no-sender', need, helpers: [] }, place), 'refused')
    }
    if (button.kind === 'approve' && approval.secondPerson) {
      requireSecondPerson(
        secondPerson(approval.askedBy.known ? approval.askedBy.account : null, account, parts.access.people),
      )
    }
    return { account, person: person.name, requestId: request.id }
  }

  /** A claim fails on time as well as on state: then the row is expired now, and shown so. */
  async function settledState(store: ControlStore<Changing>, approval: Approval): Promise<Approval> {
    if (approval.state !== 'pending') return approval
    const expired = await store.expireDue()
    for (const other of expired) if (other.id !== approval.id) await editAll(other, show(other))
    const now = await store.read(approval.id)
    if (now && now.state !== 'pending') return now
    throw new UserError('The approval could not be claimed just now, so nothing was done.\nPress again.', 'unreachable')
  }

  async function allPending(): Promise<readonly Approval[]> {
    const found: Approval[] = []
    for (const store of new Set(stores.values())) {
      try {
        found.push(...(await store.pending()))
      } catch (error) {
        log.warn({ error: errorText(error) }, 'pending approvals could not be looked for')
      }
    }
    return found
  }

  async function decidePress(button: Extract<Button, { approval: string }>, approval: Approval, press: Press) {
    const store = await storeOf(approval.id)
    if (button.kind === 'cancel') return store.cancel(approval.id, press)
    const command = changeCommandOf(approval)
    return store.withClaim(approval.id, press, (claimed, changing) =>
      command.apply(command.change.parse(claimed.change), changing),
    )
  }

  return {
    /** Can changes of this chain be approved at all? */
    canPropose: (chain: string): boolean => stores.has(chain),

    async propose(approval: NewApproval): Promise<Approval> {
      const store = stores.get(approval.chain)
      if (!store)
        throw new UserError(
          `No login that may change ${approval.chain} is configured.\nSet PROVER_CONTROL_DATABASE_URL.`,
          'not-configured',
        )
      return store.propose(approval)
    },

    show,

    /** From now on this message is edited with the others; at once, if it was decided while the message was on its way. */
    async shownIn(approval: Approval, message: MessageRef): Promise<void> {
      await messages.add(subjectOf(approval.id), message)
      if (approval.state !== 'pending') return
      try {
        const now = await (await storeOf(approval.id)).read(approval.id)
        if (now && now.state !== 'pending') await parts.edit(message, show(now))
      } catch (error) {
        // The message stands there either way, and its buttons tell what became of the change.
        log.warn({ approval: approval.id, error: errorText(error) }, 'a new message could not be brought up to date')
      }
    },

    /**
     * A press of Confirm or Cancel.
     * @throws UserError when it was refused, is unknown, or its store can't be reached; nothing was done then
     */
    async press(button: Extract<Button, { approval: string }>, request: Request): Promise<Pressed> {
      const store = await storeOf(button.approval)
      const approval = await store.read(button.approval)
      if (!approval)
        throw new UserError('That button belongs to no approval I know.\nAsk for the change again.', 'gone')
      const command = changeCommandOf(approval)
      const press = requireRight(button, approval, request, command)
      const claim =
        approval.state === 'pending' ? await decidePress(button, approval, press) : { claimed: false, approval }
      const now = await settledState(store, claim.approval ?? approval)
      const report = show(now)
      await editAll(now, report, request.ask.kind === 'press' ? request.ask.message : undefined)
      const result = resultOf(now)
      if (claim.claimed && command.follow && result.moved.length > 0) {
        const reminder = { kind: 'change-follow', chain: now.chain, place: now.place, payload: { approval: now.id } }
        await parts.reminders.add({ ...reminder, firstInSeconds: followEverySeconds })
      }
      return { result, report, short: shortReply(report, now, claim.claimed) }
    },

    /** Expires what is past its time, in every store that answers, and edits its messages. */
    async sweep(): Promise<void> {
      for (const store of new Set(stores.values())) {
        try {
          for (const approval of await store.expireDue()) await editAll(approval, show(approval))
        } catch (error) {
          log.warn({ error: errorText(error) }, 'expired approvals could not be looked for')
        }
      }
    },

    /** After a start: presses made while we were away are lost on Telegram, so every pending message is shown anew. */
    async refresh(): Promise<void> {
      try {
        for (const approval of await allPending()) await editAll(approval, show(approval))
      } catch (error) {
        log.warn({ error: errorText(error) }, 'what is pending could not be shown anew')
      }
    },

    /** A group has a new id, and its old messages can't be edited any more: what is pending there is shown again. */
    async moved(from: string, to: string): Promise<void> {
      await messages.move(from, to)
      for (const approval of await allPending()) {
        if (approval.place.platform !== 'telegram' || approval.place.id !== from) continue
        try {
          await messages.add(subjectOf(approval.id), await parts.send({ ...approval.place, id: to }, show(approval)))
        } catch (error) {
          log.warn(
            { approval: approval.id, error: errorText(error) },
            'a pending approval could not be shown in the moved group',
          )
        }
      }
    },

    /** Looks again at the rows of an applied change, and edits its messages; null: nothing more to come back for. */
    async follow(reminder: Reminder, signal: AbortSignal): Promise<Followed | null> {
      const { approval: id, failed: known = 0 } = reminder.payload as Followed
      const approval = await (await storeOf(id)).read(id)
      const command = approval && changeCommandOf(approval)
      if (!approval || !command?.follow) return null
      const change = command.change.parse(approval.change)
      const { reply, settled, failed } = await command.follow(
        change,
        resultOf(approval),
        parts.reading(approval.chain, signal),
      )
      await editAll(approval, reply)
      // An edit rings nobody: what got worse, and how it ended, are said anew (design section 5 rule 11).
      if (settled || failed > known) await parts.send(approval.place, inShort(reply, failed > 0))
      // By the store's clock: this machine's may be wrong.
      return settled || reminder.ageSeconds > followSeconds ? null : { approval: id, failed: Math.max(known, failed) }
    },

    followEverySeconds,
  }
}

/** What is kept between two looks at an applied change. */
export interface Followed {
  readonly approval: string
  /** The most that had failed again in any look before. */
  readonly failed?: number
}

function inShort({ tone, title }: Reply, isAlert: boolean): Reply {
  return { tone, title, blocks: [], ...(isAlert && { mention: 'alert' }) }
}

const subjectOf = (approval: string): string => `approval:${approval}`

function sameMessage(one: MessageRef, other: MessageRef): boolean {
  return one.platform === other.platform && one.place === other.place && one.message === other.message
}

/** The facts of a decided approval, as `rollcall approve` prints them. */
export function resultOf(approval: Approval): ChangeResult {
  const { id, state: outcome, moved, left, decidedBy } = approval
  if (outcome === 'pending') throw new Error(`approval ${id} has no result yet`)
  return { id, outcome, moved, left, by: decidedBy, at: approval.decidedAt ?? approval.createdAt }
}

/** An approval as it stands: its preview with Confirm and Cancel while pending, its report afterwards. Pure. */
export function approvalReply(command: ChangeCommand, approval: Approval): Reply {
  const facts = approval.facts as object
  if (approval.state !== 'pending') return command.report(resultOf(approval), facts)
  const preview = command.preview({ ...facts, ...proposalFacts(approval) })
  const who = approval.secondPerson
    ? `a second person with the role “${approval.role}”`
    : `someone with the role “${approval.role}”`
  return {
    ...preview,
    blocks: [
      ...preview.blocks,
      paragraph(`Nothing has changed yet. ${capitalise(who)} may confirm until `, time(approval.expiresAt), '.'),
      paragraph('To confirm in another chat, type there: ', code(`/approval ${shortName(approval.id)}`)),
    ],
    actions: [
      { label: 'Confirm', style: 'danger', id: approveButton(approval.id) },
      { label: 'Cancel', style: 'plain', id: cancelButton(approval.id) },
      ...(preview.actions ?? []),
    ],
    mention: 'approval',
  }
}

/** What core adds to a plan's facts. */
export function proposalFacts(approval: Approval) {
  const { id, role, expiresAt } = approval
  return {
    id,
    approval: {
      role: role as ChangeCommand['role'] & ('viewer' | 'responder' | 'operator'),
      by: approval.secondPerson ? 'second-person' : 'confirm',
      expiresAt,
    },
  }
}

function shortReply(report: Reply, approval: Approval, justDecided: boolean): Reply {
  const by = approval.decidedBy === null ? '' : ` by ${approval.decidedBy}`
  const lead = justDecided ? report.title : `Already decided${by}: ${report.title}`
  return { tone: report.tone, title: lead, blocks: [] }
}

function capitalise(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
