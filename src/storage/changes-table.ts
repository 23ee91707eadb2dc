// Append-only records of what a change did: written in the transaction that did it, never updated, never deleted.

import type { Applied, Outcome } from '../core/command.ts'
import type { Approval, AuditFilter, ChangeEntry, Press } from '../core/records.ts'
import type { Queryable } from './database.ts'
import { filterValues } from './requests-table.ts'
import { batchesIn, isoText, storable, toJson } from './stored-values.ts'

export async function insertChange(
  connection: Queryable,
  approval: Approval,
  press: Press,
  outcome: Outcome,
  { moved, left, before, after }: Applied,
): Promise<void> {
  await connection.query(
    `INSERT INTO rollcall.changes
       (approval, command, chain, asked_by, approved_by, outcome, moved, remaining, before, after, batches)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      approval.id,
      approval.command,
      approval.chain,
      storable(approval.askedBy.person),
      storable(press.person),
      outcome,
      toJson(moved),
      toJson(left),
      toJson(before),
      toJson(after),
      batchesIn([approval.options, approval.change, before]),
    ],
  )
}

/** Newest first; `person` is whoever asked or approved, by name or by account. */
export async function selectChanges(connection: Queryable, filter: AuditFilter): Promise<readonly ChangeEntry[]> {
  const { rows } = await connection.query<ChangeEntry>(
    `SELECT approval, c.command, c.chain, asked_by AS "askedBy", approved_by AS "approvedBy", outcome, c.moved,
            c.remaining AS left, before, after, ${isoText('c.at')} AS at
     FROM rollcall.changes c JOIN rollcall.approvals a ON a.id = c.approval
     WHERE ($1::text IS NULL OR $1 IN (asked_by, approved_by, asked_account, decided_account))
       AND ($2::text IS NULL OR c.command = $2)
       AND ($3::bigint IS NULL OR batches @> ARRAY[$3::bigint])
       AND ($4::timestamptz IS NULL OR c.at >= $4)
       AND ($5::timestamptz IS NULL OR c.at < $5)
     ORDER BY c.at DESC, approval
     LIMIT $6`,
    filterValues(filter),
  )
  return rows
}
