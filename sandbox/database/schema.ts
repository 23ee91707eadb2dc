// The node's schemas by generation, as the sandbox and the tests create them.

import type { Client } from 'pg'
import { core2023 } from './core-2023.ts'
import { coreToday } from './core-today.ts'
import { december2023 } from './december-2023.ts'
import { friProver2023 } from './fri-prover-2023.ts'
import { oldProver2023, oldProverDecember2023 } from './old-prover-2023.ts'
import { proverToday } from './prover-today.ts'

/**
 * `2023`: one database for everything, the old prover feeds L1. `2023-fri`: the same in December, both provers side by
 * side. `core` and `prover`: the two databases of today.
 */
export type SchemaName = '2023' | '2023-fri' | 'core' | 'prover'

const statements: Readonly<Record<SchemaName, readonly string[]>> = {
  '2023': [core2023, oldProver2023, friProver2023],
  '2023-fri': [core2023, oldProverDecember2023, friProver2023, december2023],
  core: [coreToday],
  prover: [proverToday],
}

export const schemaNames = Object.keys(statements) as readonly SchemaName[]

export async function applySchema(client: Pick<Client, 'query'>, schema: SchemaName): Promise<void> {
  for (const part of statements[schema]) await client.query(part)
}
