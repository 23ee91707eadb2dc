// Comes back to what was promised: each due reminder is handed to whoever handles its kind, and kept until that is done.

import type { Logger } from 'pino'
import { errorText } from '../core/errors.ts'
import type { Reminder, Reminders } from '../core/records.ts'

/** `again`: come back, with the payload as it is now. `done`: nothing more to say. */
export type Round =
  | { readonly next: 'done' }
  | { readonly next: 'again'; readonly inSeconds: number; readonly payload: unknown }

export type ReminderHandler = (reminder: Reminder, signal: AbortSignal) => Promise<Round>

export interface ReminderRoundParts {
  readonly reminders: Reminders
  readonly handlers: Readonly<Record<string, ReminderHandler>>
  readonly log: Logger
}

const atOnce = 20
const afterTroubleSeconds = 30
/** A promise this old is not kept any more: whoever asked has long looked themselves. */
const keptDays = 14

/** One round over everything that is due. */
export function createReminderRound({ reminders, handlers, log }: ReminderRoundParts) {
  async function handle(reminder: Reminder, signal: AbortSignal): Promise<void> {
    const handler = handlers[reminder.kind]
    if (!handler || reminder.ageSeconds > keptDays * 86_400) {
      log.info({ reminder: reminder.id, kind: reminder.kind }, 'a reminder ended without an answer')
      return reminders.done(reminder.id)
    }
    try {
      const round = await handler(reminder, signal)
      if (round.next === 'done') await reminders.done(reminder.id)
      else await reminders.again(reminder.id, round.payload, round.inSeconds)
    } catch (error) {
      log.warn({ reminder: reminder.id, kind: reminder.kind, error: errorText(error) }, 'a reminder is tried again')
      await reminders.again(reminder.id, reminder.payload, afterTroubleSeconds)
    }
  }

  return async (signal: AbortSignal): Promise<void> => {
    const due = await reminders.due(atOnce)
    await Promise.all(due.map((reminder) => handle(reminder, signal)))
  }
}
