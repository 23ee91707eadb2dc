// Which server answers: how far a replica is behind, and whether the login that requeues sees the same database.

import { describeSeconds } from '../../core/notes.ts'
import { replicaLag } from '../trace/query.ts'
import { ask, type NodeReader, type ProverSources } from './sources.ts'

export interface Servers {
  /** Of the database that is read, behind its primary; null on a primary, or when it could not tell. */
  readonly replicaLagSeconds: number | null
  /** The control login's database is no copy of the one that is read. */
  readonly controlElsewhere: boolean
}

interface ServerRow {
  readonly database: string
  /** Made with the cluster, and the same on all its physical replicas. */
  readonly system: string
  readonly lag: number | null
}

const serverSql = `SELECT current_database()::text AS database, (${replicaLag})::float8 AS lag,
  (SELECT system_identifier::text FROM pg_control_system()) AS system`

export async function readServers(sources: ProverSources, signal: AbortSignal): Promise<Servers> {
  const look = async (reader: NodeReader): Promise<ServerRow | null> =>
    (await ask(reader.read<ServerRow>(serverSql, [], { signal }))).value?.[0] ?? null
  const [read, control] = await Promise.all([look(sources.prover), sources.control ? look(sources.control) : null])
  const same =
    read === null || control === null || (read.system === control.system && read.database === control.database)
  return { replicaLagSeconds: read?.lag ?? null, controlElsewhere: !same }
}

/** A replica so far behind may tell of jobs that have moved on. */
const noticedLagSeconds = 60

export const lagText = (lag: number | null): string | null =>
  lag === null || lag < noticedLagSeconds
    ? null
    : `The prover database is a replica and ${describeSeconds(lag)} behind its primary: what happened since is not in this answer.`

export const elsewhereText =
  'PROVER_CONTROL_DATABASE_URL names another database than the one /prover-status reads: /requeue sees and moves other rows. Make both the same, or one a replica of the other.'
