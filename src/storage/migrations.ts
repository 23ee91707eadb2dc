// The steps that make our tables: run once each, forward only, never edited, by whichever process comes first.

import type { Database, Queryable } from './database.ts'
import { UnfitDatabase } from './database-trouble.ts'

/** What the state store keeps, and what a control store keeps; both may live in one database. */
export type Part = 'state' | 'control'

interface Step {
  readonly name: string
  readonly sql: string
}

/** Steps are numbered by their place from 1. Only append. */
export const steps: Readonly<Record<Part, readonly Step[]>> = {
  state: [
    {
      name: 'request audit',
      sql: `
        CREATE TABLE rollcall.requests (
          id text PRIMARY KEY,
          run text NOT NULL,
          attempt text NOT NULL,
          account text,
          person text NOT NULL,
          platform text NOT NULL,
          place text NOT NULL,
          chain text,
          command text NOT NULL,
          options json,
          batches bigint[] NOT NULL,
          decision text NOT NULL,
          started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          outcome text,
          duration_ms double precision
        );
        CREATE INDEX requests_by_time ON rollcall.requests (started_at DESC, id);
        CREATE INDEX requests_by_batch ON rollcall.requests USING gin (batches);`,
    },
    {
      name: 'messages, moved chats, reminders, lease',
      sql: `
        CREATE TABLE rollcall.messages (
          subject text NOT NULL,
          platform text NOT NULL,
          place text NOT NULL,
          thread text,
          message text NOT NULL,
          shape text,
          added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (subject, platform, place, message)
        );
        CREATE INDEX messages_by_place ON rollcall.messages (platform, place);
        CREATE TABLE rollcall.moved_places (
          platform text NOT NULL,
          old_place text NOT NULL,
          new_place text NOT NULL,
          moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (platform, old_place)
        );
        CREATE TABLE rollcall.reminders (
          id uuid PRIMARY KEY,
          kind text NOT NULL,
          chain text NOT NULL,
          place json NOT NULL,
          payload json,
          created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          due_at timestamptz NOT NULL,
          taken_until timestamptz
        );
        CREATE INDEX reminders_by_time ON rollcall.reminders (due_at);
        CREATE TABLE rollcall.leases (
          name text PRIMARY KEY,
          holder text NOT NULL,
          expires_at timestamptz NOT NULL
        );`,
    },
    {
      name: 'maintenance notes',
      sql: `
        CREATE TABLE rollcall.maintenance (
          id serial PRIMARY KEY,
          chain text NOT NULL,
          from_at timestamptz NOT NULL,
          until_at timestamptz NOT NULL CHECK (until_at > from_at),
          reason text,
          person text NOT NULL,
          account text,
          request_id text NOT NULL UNIQUE,
          noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          ended_at timestamptz,
          ended_by text,
          CHECK ((ended_at IS NULL) = (ended_by IS NULL))
        );
        CREATE INDEX maintenance_by_chain ON rollcall.maintenance (chain, from_at DESC);`,
    },
    {
      name: 'samples of the prover queue',
      sql: `
        CREATE TABLE rollcall.queue_samples (
          chain text NOT NULL,
          at timestamptz NOT NULL DEFAULT clock_timestamp(),
          queued int NOT NULL,
          running int NOT NULL,
          in_gpu_proof int NOT NULL,
          failed int NOT NULL,
          exhausted int NOT NULL
        );
        CREATE INDEX queue_samples_by_chain ON rollcall.queue_samples (chain, at);`,
    },
  ],
  control: [
    {
      name: 'store id, approvals, append-only changes',
      sql: `
        CREATE TABLE rollcall.store (
          singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
          id text NOT NULL,
          made_in text
        );
        CREATE TABLE rollcall.approvals (
          id text PRIMARY KEY CHECK (length(id) <= 40),
          command text NOT NULL,
          chain text NOT NULL,
          options json,
          change json,
          facts json,
          asked_account text,
          asked_person text NOT NULL,
          asked_known boolean NOT NULL,
          place json NOT NULL,
          request_id text NOT NULL,
          role text NOT NULL,
          second_person boolean NOT NULL,
          minutes double precision NOT NULL,
          created_at timestamptz NOT NULL,
          expires_at timestamptz NOT NULL,
          state text NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'applied', 'partial', 'changed', 'refused', 'expired', 'cancelled')),
          decided_account text,
          decided_by text,
          decided_request text,
          decided_at timestamptz,
          claim uuid,
          moved json NOT NULL DEFAULT '[]',
          remaining json NOT NULL DEFAULT '[]',
          CHECK ((state = 'pending') = (decided_at IS NULL))
        );
        CREATE INDEX approvals_pending ON rollcall.approvals (expires_at) WHERE state = 'pending';
        CREATE TABLE rollcall.changes (
          approval text PRIMARY KEY REFERENCES rollcall.approvals (id),
          command text NOT NULL,
          chain text NOT NULL,
          asked_by text NOT NULL,
          approved_by text NOT NULL,
          outcome text NOT NULL CHECK (outcome IN ('applied', 'partial', 'changed')),
          moved json NOT NULL,
          remaining json NOT NULL,
          before json,
          after json,
          batches bigint[] NOT NULL,
          at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX changes_by_time ON rollcall.changes (at DESC, approval);
        CREATE FUNCTION rollcall.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $refuse$
          BEGIN
            RAISE EXCEPTION 'rollcall.changes is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
          END
        $refuse$;
        CREATE TRIGGER changes_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rollcall.changes
          FOR EACH STATEMENT EXECUTE FUNCTION rollcall.refuse_rewriting();`,
    },
  ],
}

/** Any number that nothing else in the database uses for its advisory locks. */
const migrationLock = 7_206_551_943

/** How long a second process waits for the first one's steps. */
const migrationLockMs = 20_000

/**
 * Brings the part up to date. Several processes may call this at once: one does the work, the others wait for it. Throws
 * `UnfitDatabase` with what to do where the tables can't be made here.
 */
export async function migrate(database: Database, part: Part): Promise<void> {
  if ((await appliedStep(database, part)) === steps[part].length) return
  await database.transaction(async (connection) => {
    await connection.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
    await makeRoom(connection)
    const done = await lastStep(connection, part)
    for (const [index, step] of steps[part].entries()) {
      if (index < done) continue
      await connection.query(step.sql)
      await connection.query('INSERT INTO rollcall.migrations (part, step, name) VALUES ($1, $2, $3)', [
        part,
        index + 1,
        step.name,
      ])
    }
  }, migrationLockMs)
}

/** The newest step done, without taking any lock: what every start but the first one needs. */
async function appliedStep(database: Database, part: Part): Promise<number> {
  const { rows } = await database.read<{ readonly made: boolean; readonly readonly: boolean }>(
    `SELECT to_regclass('rollcall.migrations') IS NOT NULL AS made,
            pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS readonly`,
  )
  if (rows[0]?.readonly) {
    throw new UnfitDatabase('it is read-only (a replica, or made read-only): give the URL of the primary')
  }
  return rows[0]?.made ? lastStep({ query: database.read }, part) : 0
}

async function lastStep(connection: Queryable, part: Part): Promise<number> {
  const { rows } = await connection.query<{ readonly step: number }>(
    'SELECT coalesce(max(step), 0)::int AS step FROM rollcall.migrations WHERE part = $1',
    [part],
  )
  const step = rows[0]?.step ?? 0
  if (step <= steps[part].length) return step
  throw new UnfitDatabase(
    `its rollcall tables were made by a newer Rollcall (${part} step ${step}, this one knows ${steps[part].length}): upgrade this copy`,
  )
}

/** A login made for us may own the schema without the right to create one, so that IF NOT EXISTS would fail. */
async function makeRoom(connection: Queryable): Promise<void> {
  const { rows } = await connection.query<{ readonly missing: boolean }>(
    "SELECT to_regnamespace('rollcall') IS NULL AS missing",
  )
  if (rows[0]?.missing) await connection.query('CREATE SCHEMA rollcall')
  await connection.query(
    `CREATE TABLE IF NOT EXISTS rollcall.migrations (
       part text NOT NULL, step int NOT NULL, name text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (part, step))`,
  )
}
