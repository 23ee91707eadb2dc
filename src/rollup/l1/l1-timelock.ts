// Finds a chain's validator timelock on L1, once: the diamond names its manager, the manager names the timelock. On the same
// way lie the contracts that tell of moves to another settlement layer.

import { type RpcAnswer, type RpcCall, type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import { bridgehubCall, type MoveContracts, moveContractCalls, moveContractsIn } from './moves.ts'
import {
  type ChainOnL1,
  type CommitTimeForm,
  commitTimeCall,
  commitTimeForms,
  executionDelayCall,
  firstAddress,
  managerCalls,
  timelockCalls,
} from './timelock.ts'

export interface FoundTimelock {
  readonly manager: string
  readonly address: string
  readonly executionDelay: number | null
  /** The getter of this generation. */
  readonly form: CommitTimeForm | null
  readonly moves: MoveContracts
}

/** Where a found timelock outlives the process. */
export interface TimelockMemory {
  read(diamond: string): FoundTimelock | null
  /** Null: what was there is no longer true. */
  write(diamond: string, found: FoundTimelock | null): void
}

export interface TimelockFinder {
  /** As far as it was found before; asks nobody. */
  known(chain: ChainOnL1): FoundTimelock | null
  /** Null: a chain of 2023 names none, or nobody could be asked. Kept once found. */
  find(endpoint: RpcEndpoint, chain: ChainOnL1, limits: { readonly signal: AbortSignal }): Promise<FoundTimelock | null>
  /** What to ask along with other questions, so that a change is noticed without a round trip; none before it is found. */
  watch(chain: ChainOnL1): readonly RpcCall<unknown>[]
  /** The answers to `watch`: a new delay or contract of moves counts at once, another timelock is searched for with the next question. */
  heard(chain: ChainOnL1, answers: readonly RpcAnswer<unknown>[]): FoundTimelock | null
}

export function createTimelockFinder(memory?: TimelockMemory): TimelockFinder {
  const found = new Map<string, FoundTimelock>()
  const under = new Map<string, Promise<FoundTimelock | 'none' | null>>()
  /** Diamonds that name no manager: asking again each time would cost a round trip each time. */
  const without = new Set<string>()
  const known = ({ diamond }: ChainOnL1) => found.get(diamond) ?? memory?.read(diamond) ?? null

  function keep({ diamond }: ChainOnL1, lock: FoundTimelock): FoundTimelock {
    found.set(diamond, lock)
    memory?.write(diamond, lock)
    return lock
  }

  return {
    known,
    async find(endpoint, chain, { signal }) {
      const kept = known(chain)
      if (kept !== null || without.has(chain.diamond)) return kept
      // Two questions at the same moment search once; where one endpoint fails another one may know.
      const key = `${endpoint.name} ${chain.diamond}`
      const running = under.get(key) ?? search(endpoint, chain, signal)
      under.set(key, running)
      const lock = await running
      under.delete(key)
      if (lock === 'none') without.add(chain.diamond)
      return lock === null || lock === 'none' ? null : keep(chain, lock)
    },
    watch(chain) {
      const lock = known(chain)
      if (lock === null) return without.has(chain.diamond) ? managerCalls(chain.diamond) : []
      return [
        executionDelayCall(lock.address),
        ...managerCalls(chain.diamond),
        ...timelockCalls(lock.manager),
        ...moveContractCalls(lock.moves.bridgehub, lock.manager),
      ]
    },
    heard(chain, answers) {
      const lock = known(chain)
      if (lock === null) {
        if (firstAddress(answers as readonly RpcAnswer<string>[]) !== null) without.delete(chain.diamond)
        return null
      }
      const [delay, ...names] = answers
      const [manager, address] = [names.slice(0, 2), names.slice(2, 4)].map((answers) =>
        firstAddress(answers as readonly RpcAnswer<string>[]),
      )
      const moved = (manager != null && manager !== lock.manager) || (address != null && address !== lock.address)
      if (moved) {
        found.delete(chain.diamond)
        memory?.write(chain.diamond, null)
        return null
      }
      const executionDelay = valueIn(delay as RpcAnswer<number> | undefined) ?? lock.executionDelay
      const moves = newerMoves(lock.moves, names.slice(4) as readonly RpcAnswer<string>[])
      const isSame = executionDelay === lock.executionDelay && moves === lock.moves
      return isSame ? lock : keep(chain, { ...lock, executionDelay, moves })
    },
  }
}

async function search(endpoint: RpcEndpoint, chain: ChainOnL1, signal: AbortSignal) {
  const [hub, ...named] = await endpoint.batch([bridgehubCall(chain.diamond), ...managerCalls(chain.diamond)], {
    signal,
  })
  const manager = firstAddress(named)
  if (manager === null) return named.every(isSaid) ? ('none' as const) : null
  const bridgehub = firstAddress(hub === undefined ? [] : [hub])
  const locks = timelockCalls(manager)
  const next = await endpoint.batch([...locks, ...moveContractCalls(bridgehub, manager)], { signal })
  const address = firstAddress(next.slice(0, locks.length))
  if (address === null) return null
  // A getter of another generation reverts; the right one answers, be it with 0.
  const tries = commitTimeForms.map((form) => commitTimeCall(address, form, chain, 1))
  const [delay, ...forms] = await endpoint.batch([executionDelayCall(address), ...tries], { signal })
  const form = commitTimeForms.find((_, at) => forms[at]?.ok) ?? null
  const moves = moveContractsIn(bridgehub, next.slice(locks.length))
  return { manager, address, executionDelay: delay === undefined ? null : valueIn(delay), form, moves }
}

/** An answer that failed says nothing against what was found before. */
function newerMoves(known: MoveContracts, answers: readonly RpcAnswer<string>[]): MoveContracts {
  const now = answers.every(isSaid) ? moveContractsIn(known.bridgehub, answers) : known
  const isSame = now.assetHandler === known.assetHandler && now.serverNotifier === known.serverNotifier
  return isSame ? known : now
}

/** The contract's own word that it has no such getter; anything else is the endpoint's trouble. */
function isSaid(answer: RpcAnswer<string>): boolean {
  return answer.ok || answer.failure.kind === 'reverted' || answer.failure.kind === 'bad-answer'
}
