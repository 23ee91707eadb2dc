// Which messages show what, so that all of them can be edited together, also after a restart.

import type { MessageRef } from '../core/request.ts'
import type { Queryable } from './database.ts'
import { storable, storableOrNull } from './stored-values.ts'

export async function insertMessage(connection: Queryable, subject: string, message: MessageRef): Promise<void> {
  await connection.query(
    `INSERT INTO rollcall.messages (subject, platform, place, thread, message, shape)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (subject, platform, place, message) DO UPDATE SET thread = excluded.thread, shape = excluded.shape`,
    [
      storable(subject),
      message.platform,
      storable(message.place),
      storableOrNull(message.thread),
      storable(message.message),
      storableOrNull(message.shape),
    ],
  )
}

interface Row {
  readonly platform: MessageRef['platform']
  readonly place: string
  readonly thread: string | null
  readonly message: string
  readonly shape: string | null
}

/** Oldest first. */
export async function selectMessages(connection: Queryable, subject: string): Promise<readonly MessageRef[]> {
  const { rows } = await connection.query<Row>(
    `SELECT platform, place, thread, message, shape FROM rollcall.messages
     WHERE subject = $1 ORDER BY added_at, message`,
    [storable(subject)],
  )
  return rows.map(({ platform, place, thread, message, shape }) => ({
    platform,
    place,
    message,
    ...(thread !== null && { thread }),
    ...(shape !== null && { shape }),
  }))
}

/** Only Telegram moves a chat; its messages get other numbers there, and an old number may be somebody else's message. */
export async function deleteMessagesOf(connection: Queryable, place: string): Promise<void> {
  await connection.query(`DELETE FROM rollcall.messages WHERE platform = 'telegram' AND place = $1`, [storable(place)])
}
