// Approvals: changes waiting for a yes, and what became of them. Time is the database's.

import type { Applied, Outcome } from '../core/command.ts'
import type { Approval, NewApproval, Press } from '../core/records.ts'
import type { Queryable } from './database.ts'
import { isoText, storable, storableOrNull, toJson } from './stored-values.ts'

interface Row extends Omit<Approval, 'askedBy'> {
  readonly account: string | null
  readonly person: string
  readonly known: boolean
}

/** One that ran out of time counts as expired from that moment, also before anybody writes it down. */
const isDue = "state = 'pending' AND expires_at <= clock_timestamp()"

const columns = `
  id, command, chain, options, change, facts, place, role, minutes, moved,
  remaining AS left, request_id AS "requestId", second_person AS "secondPerson",
  asked_account AS account, asked_person AS person, asked_known AS known,
  CASE WHEN ${isDue} THEN 'expired' ELSE state END AS state,
  ${isoText('created_at')} AS "createdAt", ${isoText('expires_at')} AS "expiresAt", decided_by AS "decidedBy",
  CASE WHEN ${isDue} THEN ${isoText('expires_at')} ELSE ${isoText('decided_at')} END AS "decidedAt"`

/** Trying again with the same id is no second approval. */
export async function insertApproval(connection: Queryable, id: string, approval: NewApproval): Promise<void> {
  await connection.query(
    `INSERT INTO rollcall.approvals
       (id, command, chain, options, change, facts, asked_account, asked_person, asked_known, place, request_id, role,
        second_person, minutes, created_at, expires_at)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::float8, at, at + make_interval(secs => $14::float8 * 60)
     FROM clock_timestamp() AS at
     ON CONFLICT (id) DO NOTHING`,
    [
      id,
      approval.command,
      approval.chain,
      toJson(approval.options),
      toJson(approval.change),
      toJson(approval.facts),
      storableOrNull(approval.askedBy.account),
      storable(approval.askedBy.person),
      approval.askedBy.known,
      toJson(approval.place),
      storable(approval.requestId),
      approval.role,
      approval.secondPerson,
      approval.minutes,
    ],
  )
}

export async function selectApproval(connection: Queryable, id: string): Promise<Approval | null> {
  const { rows } = await connection.query<Row>(`SELECT ${columns} FROM rollcall.approvals WHERE id = $1`, [
    storable(id),
  ])
  return rows[0] ? fromRow(rows[0]) : null
}

/**
 * Waits for whoever holds the row, so that the answer is final: a transaction whose COMMIT got lost is over by then.
 * `claim` is the token of the decision that stands.
 */
export async function selectDecided(
  connection: Queryable,
  id: string,
): Promise<{ readonly approval: Approval; readonly claim: string | null } | null> {
  const { rows } = await connection.query<Row & { readonly claim: string | null }>(
    `SELECT ${columns}, claim FROM rollcall.approvals WHERE id = $1 FOR UPDATE`,
    [id],
  )
  const row = rows[0]
  return row ? { approval: fromRow(row), claim: row.claim } : null
}

export async function selectPending(connection: Queryable): Promise<readonly Approval[]> {
  const { rows } = await connection.query<Row>(
    `SELECT ${columns} FROM rollcall.approvals
     WHERE state = 'pending' AND expires_at > clock_timestamp() ORDER BY created_at, id`,
  )
  return rows.map(fromRow)
}

/** By its id, or by how its own name begins where it is of the last day; what is still pending comes first. */
export async function selectMatching(connection: Queryable, word: string): Promise<readonly Approval[]> {
  const { rows } = await connection.query<Row>(
    `SELECT ${columns} FROM rollcall.approvals
     WHERE id = $1
       OR (starts_with(split_part(id, '.', 2), $1) AND created_at > clock_timestamp() - interval '1 day')
     ORDER BY state = 'pending' DESC, created_at DESC, id LIMIT 5`,
    [storable(word)],
  )
  return rows.map(fromRow)
}

/**
 * The one conditional update that decides who has it. `claim` marks this very try; a claimed row says `changed` (nothing
 * moved, so far the truth) until `finishApproval`.
 */
export async function decideApproval(
  connection: Queryable,
  id: string,
  press: Press,
  decision: { readonly state: Outcome; readonly claim: string },
): Promise<Approval | null> {
  const { rows } = await connection.query<Row>(
    `UPDATE rollcall.approvals
     SET state = $2, claim = $3, decided_account = $4, decided_by = $5, decided_request = $6,
         decided_at = clock_timestamp()
     WHERE id = $1 AND state = 'pending' AND expires_at > clock_timestamp()
     RETURNING ${columns}`,
    [
      storable(id),
      decision.state,
      decision.claim,
      storable(press.account),
      storable(press.person),
      storable(press.requestId),
    ],
  )
  return rows[0] ? fromRow(rows[0]) : null
}

export async function finishApproval(
  connection: Queryable,
  id: string,
  outcome: Outcome,
  { moved, left }: Applied,
): Promise<Approval> {
  const { rows } = await connection.query<Row>(
    `UPDATE rollcall.approvals SET state = $2, moved = $3, remaining = $4 WHERE id = $1 RETURNING ${columns}`,
    [id, outcome, toJson(moved), toJson(left)],
  )
  if (!rows[0]) throw new Error(`The approval ${id} vanished while it was applied.`)
  return fromRow(rows[0])
}

export async function expireApprovals(connection: Queryable): Promise<readonly Approval[]> {
  const { rows } = await connection.query<Row>(
    `UPDATE rollcall.approvals SET state = 'expired', decided_at = expires_at WHERE ${isDue} RETURNING ${columns}`,
  )
  return rows.map(fromRow)
}

function fromRow({ account, person, known, ...row }: Row): Approval {
  return { ...row, askedBy: { account, person, known } }
}
