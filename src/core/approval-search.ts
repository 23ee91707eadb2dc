// Finding a change that waits for a yes: the list of them, and one by the short name its preview shows.

import { errorText } from './errors.ts'
import type { Approval, ControlStore } from './records.ts'
import type { Reply } from './reply.ts'

export interface FoundApprovals {
  readonly approvals: readonly FoundApproval[]
  /** Names of the control databases that could not be asked. */
  readonly unreachable: readonly string[]
}

export interface FoundApproval {
  readonly approval: Approval
  /** Of its preview, or of its outcome. */
  readonly title: string
}

export interface ApprovalSearchParts {
  /** By chain; chains on one database share a store. */
  readonly stores: ReadonlyMap<string, Pick<ControlStore<never>, 'pending' | 'matching'>>
  show(approval: Approval): Reply
  readonly log: { warn(details: object, text: string): void }
}

export type ApprovalSearch = ReturnType<typeof createApprovalSearch>

const shortLetters = 4

/** The first letters of an approval's own name: enough to tell it from the few others of the day. */
export function shortName(id: string, letters = shortLetters): string {
  return (id.split('.')[1] ?? id).slice(0, letters)
}

export function createApprovalSearch({ stores, show, log }: ApprovalSearchParts) {
  type Store = Pick<ControlStore<never>, 'pending' | 'matching'>

  async function search(
    chains: readonly string[],
    ask: (store: Store) => Promise<readonly Approval[]>,
  ): Promise<FoundApprovals> {
    const chainsOf = new Map<Store, string[]>()
    for (const [chain, store] of stores) {
      if (chains.includes(chain)) chainsOf.set(store, [...(chainsOf.get(store) ?? []), chain])
    }
    const answers = await Promise.all(
      [...chainsOf].map(async ([store, names]) => {
        try {
          return { approvals: await ask(store), unreachable: [] }
        } catch (error) {
          log.warn({ chains: names, error: errorText(error) }, 'approvals could not be looked for')
          return { approvals: [], unreachable: [`the control database of ${names.join(', ')}`] }
        }
      }),
    )
    // A shared database holds approvals of other chains as well.
    const found = answers.flatMap(({ approvals }) => approvals).filter(({ chain }) => chains.includes(chain))
    return {
      approvals: found.map((approval) => ({ approval, title: show(approval).title })),
      unreachable: answers.flatMap(({ unreachable }) => unreachable),
    }
  }

  return {
    /** Those of these chains that wait for a yes, oldest first. */
    pending: (chains: readonly string[]) => search(chains, (store) => store.pending()),

    /** By whole id, or by the first letters of its name where it is of the last day; decided ones too. */
    matching: (chains: readonly string[], word: string) => search(chains, (store) => store.matching(word)),
  }
}
