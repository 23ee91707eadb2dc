// The newest transactions of a chain, to choose from while somebody types a hash.

import type { Choice } from '../../core/completion.ts'
import type { NodeDatabase } from '../node-database.ts'

/** Platforms show 25 at most; a typed beginning is looked for among somewhat more. */
const shown = 25
const looked = 400

/** Newest first by the index on (miniblock_number, index_in_block); the same in every generation of the node. */
const newest = `
  SELECT encode(hash, 'hex') AS hash, miniblock_number::text AS block, is_priority AS "isPriority"
  FROM transactions WHERE miniblock_number IS NOT NULL
  ORDER BY miniblock_number DESC, index_in_block DESC LIMIT ${looked}`

interface Row {
  readonly hash: string
  readonly block: string
  readonly isPriority: boolean
}

/**
 * Suggestions that begin with what is typed, hash or block number.
 * @throws DatabaseFailure
 */
export async function recentTransactions(
  database: NodeDatabase,
  typed: string,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  const wanted = typed.trim().toLowerCase().replace(/^0x/, '')
  const rows = await database.read<Row>(newest, [], { signal })
  return rows
    .filter(({ hash, block }) => hash.startsWith(wanted) || block === wanted)
    .slice(0, shown)
    .map(({ hash, block, isPriority }) => ({
      name: `0x${hash.slice(0, 8)}…${hash.slice(-4)} · block ${block}${isPriority ? ' · from L1' : ''}`,
      value: `0x${hash}`,
    }))
}
