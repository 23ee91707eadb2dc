// What is suggested while a person types an option, put together from commands, runbooks, approvals and the chains.

import { type ApprovalSearch, shortName } from './core/approval-search.ts'
import type { Command } from './core/command.ts'
import type { Choice, Complete } from './core/completion.ts'
import type { CompletionSource } from './core/options.ts'
import type { Runbooks } from './knowledge/runbooks.ts'

export interface SuggestionParts {
  readonly commands: readonly Command[]
  readonly chains: readonly SuggestingChain[]
  readonly runbooks: Pick<Runbooks, 'complete'>
  readonly approvals: Pick<ApprovalSearch, 'pending'>
}

interface SuggestingChain {
  readonly name: string
  complete(source: CompletionSource, typed: string): Promise<readonly Choice[]>
}

export function createSuggestions({ commands, chains, runbooks, approvals }: SuggestionParts): Complete {
  const named = (list: readonly { readonly name: string }[], typed: string) =>
    list.filter(({ name }) => name.startsWith(typed.toLowerCase())).map(({ name }) => ({ name, value: name }))

  async function waiting(typed: string, names: readonly string[]): Promise<readonly Choice[]> {
    const { approvals: found } = await approvals.pending(names)
    return found
      .map(({ approval, title }) => ({ short: shortName(approval.id), title }))
      .filter(({ short }) => short.startsWith(typed.toLowerCase()))
      .map(({ short, title }) => ({ name: `${short} · ${title}`, value: short }))
  }

  /** Of each chain in turn, with its name beside it where there are several. A chain that does not answer costs only its own. */
  async function ofChains(source: CompletionSource, typed: string, names: readonly string[]) {
    const asked = chains.filter(({ name }) => names.includes(name))
    const answers = await Promise.all(asked.map((chain) => chain.complete(source, typed).catch(() => [])))
    return answers.flatMap((choices, index) =>
      asked.length === 1 ? choices : choices.map((choice) => withChain(choice, asked[index]?.name ?? '')),
    )
  }

  return async (source, typed, names) => {
    switch (source) {
      case 'commands':
        return named(commands, typed)
      case 'chains':
        return named(chains, typed)
      case 'runbooks':
        return runbooks.complete(typed)
      case 'approvals':
        return waiting(typed, names)
      default:
        return ofChains(source, typed, names)
    }
  }
}

function withChain({ name, value }: Choice, chain: string): Choice {
  return { name: `${name} · ${chain}`, value }
}
