// Suggestions while a person types an option.

import type { CompletionSource } from './options.ts'

export interface Choice {
  readonly name: string
  readonly value: string
}

/** Asks one source for suggestions, on the chains that the command would look at. */
export type Complete = (
  source: CompletionSource,
  typed: string,
  chains: readonly string[],
) => Promise<readonly Choice[]>
