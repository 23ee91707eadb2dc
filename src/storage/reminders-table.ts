// Things to come back to: due by the database's clock, handed to one process at a time.

import type { Reminder } from '../core/records.ts'
import type { Queryable } from './database.ts'
import { storable, toJson } from './stored-values.ts'

type NewReminder = Omit<Reminder, 'id' | 'ageSeconds'> & { readonly firstInSeconds: number }

/** Trying again with the same id is no second reminder. */
export async function insertReminder(connection: Queryable, id: string, reminder: NewReminder): Promise<void> {
  await connection.query(
    `INSERT INTO rollcall.reminders (id, kind, chain, place, payload, due_at)
     VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
     ON CONFLICT (id) DO NOTHING`,
    [id, reminder.kind, reminder.chain, toJson(reminder.place), toJson(reminder.payload), reminder.firstInSeconds],
  )
}

/** Longest due first; whoever dies with one in hand loses it after a minute. */
export async function takeDueReminders(connection: Queryable, limit: number): Promise<readonly Reminder[]> {
  const { rows } = await connection.query<Reminder>(
    `WITH taken AS (
       UPDATE rollcall.reminders SET taken_until = clock_timestamp() + interval '1 minute'
       WHERE id = ANY(ARRAY(
         SELECT id FROM rollcall.reminders
         WHERE due_at <= clock_timestamp() AND (taken_until IS NULL OR taken_until <= clock_timestamp())
         ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
       ))
       RETURNING *
     )
     SELECT id, kind, chain, place, payload,
       extract(epoch FROM clock_timestamp() - created_at)::float8 AS "ageSeconds" FROM taken ORDER BY due_at, id`,
    [limit],
  )
  return rows
}

export async function postponeReminder(
  connection: Queryable,
  id: string,
  payload: unknown,
  inSeconds: number,
): Promise<void> {
  await connection.query(
    `UPDATE rollcall.reminders
     SET payload = $2, due_at = clock_timestamp() + make_interval(secs => $3), taken_until = NULL
     WHERE id = $1`,
    [id, toJson(payload), inSeconds],
  )
}

export async function deleteReminder(connection: Queryable, id: string): Promise<void> {
  await connection.query('DELETE FROM rollcall.reminders WHERE id = $1', [id])
}

/** A Telegram group got a new id: what was to be said there is said in the new place. */
export async function moveReminders(connection: Queryable, from: string, to: string): Promise<void> {
  await connection.query(
    `UPDATE rollcall.reminders SET place = jsonb_set(place::jsonb, '{id}', to_jsonb($2::text))::json
     WHERE place ->> 'platform' = 'telegram' AND place ->> 'id' = $1`,
    [storable(from), storable(to)],
  )
}
