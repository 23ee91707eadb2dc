// Suggestions while a person types an option.

import type { CompletionSource } from './options.ts'

export interface Choice {
  readonly name: string
  readonly value: string
}

/** Asks one source for suggestions; `chain` is null where the asker named none. */
export type Complete = (source: CompletionSource, typed: string, chain: string | null) => Promise<readonly Choice[]>
