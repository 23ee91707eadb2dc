// One request from arrival to answer, in seven steps: read, decide, acknowledge, record, do, answer, finish.

import type { Reading } from '../services.ts'
import { dependsOnChatAdmins } from './access.ts'
import { proposalFacts } from './approvals.ts'
import { type Asked, allowedChains, chainWithoutName, readAsk, withChainOption } from './asking.ts'
import { type Button, readButton } from './button.ts'
import type { ChangeCommand, Command } from './command.ts'
import type { Choice, Complete } from './completion.ts'
import type { CompletionQuestion, Conversation } from './conversation.ts'
import { type Deadline, readDeadline, within } from './deadline.ts'
import { UserError } from './errors.ts'
import { findCommand } from './help.ts'
import { withNotes } from './notes.ts'
import {
  createRecording,
  type Done,
  explain,
  type Handled,
  nameOf,
  nothingDone,
  personName,
  type RecordingParts,
} from './recording.ts'
import { refusalText } from './refusals.ts'
import type { Reply } from './reply.ts'
import type { Request } from './request.ts'

export interface ReadingContext {
  readonly request: Request
  readonly person: string
  /** The chain it is about; null for commands that are about none. */
  readonly chain: string | null
  readonly chainNamed: boolean
  /** Chains the asker may see with this command. */
  readonly chains: readonly string[]
  readonly signal: AbortSignal
}

export interface DispatcherParts extends RecordingParts {
  readonly commands: readonly Command[]
  /** Names in configured order; the first answers when none is named. */
  readonly chains: readonly string[]
  readonly secondPerson: boolean
  reading(context: ReadingContext): Reading
  readonly complete: Complete
}

/** With the 0.8 s that recording may take this keeps every answer under 8 s. */
const defaultDeadlineMs = 7000
/** A claim whose COMMIT answer was lost is looked for this long: “nothing was done” must not be said too early. */
const decisionDeadline: Deadline = {
  ms: 30_000,
  text: 'The database has not told within 30 s what became of it: it was done whole, or not at all.\n/audit tells which.',
}
const roleQuestionMs = 1500
const completionMs = 1000
/** A change asked for longer ago than this is refused: nobody wants last night's /requeue (chat-platforms 1.1). */
const staleChangeSeconds = 120

export type Dispatcher = ReturnType<typeof createDispatcher>

export function createDispatcher(parts: DispatcherParts) {
  const several = parts.chains.length > 1
  const { record, overLimit } = createRecording(parts)

  async function run(asked: Asked, request: Request, chains: readonly string[], signal: AbortSignal): Promise<Done> {
    const { command, values, chain, chainNamed } = asked
    const person = personName(request, parts.access)
    const reading = parts.reading({ request, person, chain, chainNamed, chains, signal })
    if (command.kind === 'read') {
      const facts = await command.run(values, reading)
      const approval = command.shows?.(facts) ?? null
      // Looking at a change again rings nobody: whoever must confirm was rung when it was proposed.
      if (approval) return { reply: withoutMention(parts.approvals.show(approval)), facts, exitCode: 0, approval }
      return { reply: command.present(facts), facts, exitCode: command.exitCode?.(facts) ?? 0 }
    }
    return propose(command, values, asked.chain as string, request, reading)
  }

  async function propose(
    command: ChangeCommand,
    values: Record<string, unknown>,
    chain: string,
    request: Request,
    reading: Reading,
  ): Promise<Done> {
    if (request.lateSeconds > staleChangeSeconds) {
      throw new UserError(
        `This reached me ${Math.round(request.lateSeconds / 60)} min late, so I didn't act on it.\nAsk again if you still want it.`,
        'refused',
      )
    }
    const known = request.caller.account !== null && request.caller.standing === 'person'
    if (parts.secondPerson && !known) {
      throw new UserError(
        'A second person has to confirm, and I can’t tell who you are.\nAsk from an account of your own, in a group or private chat.',
        'refused',
      )
    }
    const { change, facts } = await command.plan(values, reading)
    if (change === null || !parts.approvals.canPropose(chain)) {
      const planned = { ...facts, id: null, approval: null }
      return { reply: command.preview(planned), facts: planned, exitCode: 0 }
    }
    const approval = await parts.approvals.propose({
      command: command.name,
      chain,
      options: values,
      change,
      facts,
      askedBy: { account: request.caller.account, person: personName(request, parts.access), known },
      place: request.place,
      requestId: request.id,
      role: command.approval.role,
      secondPerson: parts.secondPerson,
      minutes: command.approval.minutes,
    })
    const proposed = { ...facts, ...proposalFacts(approval) }
    return { reply: parts.approvals.show(approval), facts: proposed, exitCode: 0, approval }
  }

  /** Steps 1–7 of a command, typed or behind a button. */
  async function handleCommand(asked: Asked, request: Request, conversation: Conversation): Promise<Handled> {
    const { command } = asked
    let caller = request.caller
    let { access, chains } = allowedChains(parts, asked, request)
    let acknowledged = false
    const question = {
      need: command.role,
      change: command.kind === 'change',
      caller,
      place: request.place,
      chain: asked.chain,
    }
    // What anyone may ask tells what they may: /help and /whoami must know all the roles, though nobody needs one for them.
    const matters = command.role === 'anyone' || (!access.allowed && access.refusal === 'role-missing')
    if (matters && dependsOnChatAdmins(question, parts.access)) {
      if (!(await conversation.acknowledge(command.visibility))) return nothingDone
      acknowledged = true
      caller = { ...caller, roles: [...caller.roles, ...(await conversation.askRoles(roleQuestionMs))] }
      ;({ access, chains } = allowedChains(parts, asked, { ...request, caller }))
    }
    const known = { ...request, caller }
    const stop = access.allowed ? asked.mistake : new UserError(refusalText(access, request.place), 'refused')
    if (!acknowledged && !(await conversation.acknowledge(stop ? 'private' : command.visibility))) return nothingDone
    const decision = access.allowed ? 'started' : `refused: ${access.refusal}`
    const entry = { command: command.name, options: asked.values, chain: asked.chain, decision }
    return record(
      known,
      entry,
      conversation,
      async (signal) => {
        if (stop) throw stop
        const done = await run(asked, known, chains, signal)
        const showChain = several && command.chains !== 'none' && done.approval === undefined
        const named = chainOfFacts(done.facts) ?? asked.chain
        const notes = {
          chain: showChain ? named : null,
          assumedChain: showChain && command.chains === 'one' && !asked.chainNamed,
        }
        return { ...done, reply: withNotes(done.reply, { ...notes, lateSeconds: request.lateSeconds, recorded: true }) }
      },
      readDeadline(command.deadlineMs ?? defaultDeadlineMs),
    )
  }

  /** A press of Confirm or Cancel: the store is asked after the acknowledgement. */
  async function handleDecision(
    button: Extract<Button, { approval: string }>,
    request: Request,
    conversation: Conversation,
  ): Promise<Handled> {
    if (!(await conversation.acknowledge('public'))) return nothingDone
    const roles = request.place.platform === 'telegram' ? await askedRoles(request, conversation) : []
    const known = { ...request, caller: { ...request.caller, roles: [...request.caller.roles, ...roles] } }
    const entry = { command: button.kind, options: { approval: button.approval }, chain: null, decision: 'started' }
    return record(
      known,
      entry,
      conversation,
      async () => {
        const { result, report, short } = await parts.approvals.press(button, known)
        const fine =
          result.outcome === 'applied' ||
          result.outcome === 'partial' ||
          (button.kind === 'cancel' && result.outcome === 'cancelled')
        const edited = request.ask.kind === 'press' && request.ask.message !== undefined
        return { reply: edited ? short : report, facts: result, exitCode: fine ? 0 : 1 }
      },
      decisionDeadline,
    )
  }

  async function askedRoles(request: Request, conversation: Conversation): Promise<readonly string[]> {
    const question = {
      need: 'operator' as const,
      change: true,
      caller: request.caller,
      place: request.place,
      chain: null,
    }
    return dependsOnChatAdmins(question, parts.access) ? conversation.askRoles(roleQuestionMs) : []
  }

  async function route(request: Request, conversation: Conversation): Promise<Handled> {
    if (await overLimit(request, conversation)) return { ...nothingDone, exitCode: 1 }
    try {
      if (request.ask.kind === 'command')
        return await handleCommand(readAsk(parts, request.ask.name, request.ask.input), request, conversation)
      const button = readButton(request.ask.action)
      if (button === null) throw new UserError('I don’t know that button.\nAsk for the command again.', 'gone')
      if (button.kind !== 'ask') return await handleDecision(button, request, conversation)
      const [name = '', ...rest] = button.line.split(' ')
      const asked = readAsk(parts, name, { text: rest.join(' ') })
      // A forged button must not propose a change: those are typed.
      if (asked.command.kind === 'change')
        throw new UserError(`A change has to be typed.\nTry: ${asked.command.example}`, 'gone')
      return await handleCommand(asked, request, conversation)
    } catch (thrown) {
      const failure = explain(thrown, request, parts)
      if (!(await conversation.acknowledge('private'))) return nothingDone
      const entry = {
        command: nameOf(request).slice(0, 64),
        options: null,
        chain: null,
        decision: `refused: ${failure.code}`,
      }
      return record(request, entry, conversation, () => Promise.reject(failure), readDeadline(defaultDeadlineMs))
    }
  }

  /** Chains the command would look at as far as it is typed; null where the asker may not ask it. */
  function chainsToSuggest(command: Command, question: CompletionQuestion): readonly string[] | null {
    const named = several && command.chains !== 'none' ? question.given.chain : undefined
    if (named !== undefined && !parts.chains.includes(String(named))) return []
    const asked: Asked = {
      command,
      values: {},
      chain: named === undefined ? chainWithoutName(command, parts.chains) : String(named),
      chainNamed: named !== undefined || !several,
      mistake: null,
    }
    const { access, chains } = allowedChains(parts, asked, question)
    return access.allowed ? chains : null
  }

  return {
    /** Never rejects. */
    async handle(request: Request, conversation: Conversation): Promise<Handled> {
      try {
        return await route(request, conversation)
      } catch (thrown) {
        parts.log.error({ request: request.id, err: thrown }, 'a request could not be handled')
        return { facts: null, exitCode: 3, error: { code: 'internal', text: 'Something went wrong.' } }
      }
    },

    /** Suggestions while somebody types; only for those who may ask. Never rejects. */
    async complete(question: CompletionQuestion): Promise<readonly Choice[]> {
      const command = findCommand(parts.commands, question.command)
      const option = command && withChainOption(command, parts.chains)[question.option]
      if (!command || !option) return []
      const typed = question.typed.toLowerCase()
      const chains = chainsToSuggest(command, question)
      if (chains === null) return []
      const fixed = option.choices
        ?.filter((word) => word.startsWith(typed))
        .map((word) => ({ name: word, value: word }))
      if (fixed) return fixed
      if (!option.complete) return []
      return within(parts.complete(option.complete, question.typed, chains), completionMs, []).catch(() => [])
    },
  }
}

function withoutMention({ mention: _, ...reply }: Reply): Reply {
  return reply
}

function chainOfFacts(facts: unknown): string | null {
  const chain = typeof facts === 'object' && facts !== null && 'chain' in facts ? facts.chain : null
  return typeof chain === 'string' ? chain : null
}
