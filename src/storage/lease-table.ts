// Who of several copies polls Telegram and watches: one row per name, valid for 15 s by the database's clock.

import type { Queryable } from './database.ts'

const leaseSeconds = 15

/** Takes a free, expired or own lease; the answer is whoever holds it now. */
export async function takeLease(connection: Queryable, name: string, holder: string): Promise<boolean> {
  const { rows } = await connection.query(
    `INSERT INTO rollcall.leases AS kept (name, holder, expires_at)
     VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = clock_timestamp() + make_interval(secs => $3)
     WHERE kept.holder = excluded.holder OR kept.expires_at <= clock_timestamp()
     RETURNING name`,
    [name, holder, leaseSeconds],
  )
  return rows.length === 1
}

/** Only one's own: an expired lease that nobody took meanwhile still is. */
export async function renewLease(connection: Queryable, name: string, holder: string): Promise<boolean> {
  const { rows } = await connection.query(
    `UPDATE rollcall.leases SET expires_at = clock_timestamp() + make_interval(secs => $3)
     WHERE name = $1 AND holder = $2 RETURNING name`,
    [name, holder, leaseSeconds],
  )
  return rows.length === 1
}

export async function releaseLease(connection: Queryable, name: string, holder: string): Promise<void> {
  await connection.query('DELETE FROM rollcall.leases WHERE name = $1 AND holder = $2', [name, holder])
}
