// Can a withdrawal be claimed on L1, or has it been? Read from the contracts that keep book of it, and "not checked" in doubt.

import { l2Methods } from '../l2/l2-methods.ts'
import type { L2Node } from '../l2/l2-node.ts'
import { isThere, type RpcAnswer, type RpcCall, valueIn } from '../rpc/json-rpc.ts'
import { isZero } from '../rpc/rpc-values.ts'
import { readGetter } from './contracts.ts'
import type { Diamond } from './diamond.ts'
import { judgeHead, knowsTheNewest } from './l1-head.ts'
import type { ProofQuestion, WithdrawalClaim, WithdrawalKey, WithdrawalReader } from './settlement-claim.ts'
import type { SettlementLayer } from './settlement-proof.ts'
import { blockCall, type L1Block } from './settlement-reading.ts'

export interface WithdrawalSettings {
  /** Null: no L1 endpoint is configured. */
  readonly l1: SettlementLayer | null
  /** Says at which place in its batch a message stands; null: only `claims` can be asked. */
  readonly l2: L2Node | null
  readonly now: () => Date
}

/**
 * The base token and the asset router have these addresses on every chain. Other senders have books of their own: so
 * had the token bridge of 2023, and its book is kept by batch number alone, of one chain that it does not name.
 */
const baseToken = `0x${'800a'.padStart(40, '0')}`
const assetRouter = `0x${'10003'.padStart(40, '0')}`

export function createWithdrawalReader({ l1, l2, now }: WithdrawalSettings): WithdrawalReader {
  /** Contracts don't move: found once, kept. */
  let kept: Books | null = null
  const reader: WithdrawalReader = {
    async claims(keys, question) {
      const all = (why: string) => keys.map(() => doubt(why))
      if (keys.length === 0) return []
      if (l1 === null) return all('No L1 endpoint is configured: set L1_RPC_URLS.')
      const found = await l1.diamond.find(question)
      if (found.diamond === null) return all(found.why)
      const books = kept ?? (await findBooks(l1, found.diamond, question.signal))
      if (books === null) return all('The bridge contracts on L1 could not be found.')
      kept = books
      return readClaims(l1, keys, books, question, now().getTime())
    },
    async ofTransaction(hash, messages, question) {
      const keys = await placesInBatch(l2, hash, messages, question.signal)
      const known = keys.flatMap((key) => (typeof key === 'string' ? [] : [key]))
      const claims = [...(await reader.claims(known, question))]
      return keys.map((key) =>
        typeof key === 'string' ? doubt(key) : (claims.shift() ?? doubt('It was not asked for.')),
      )
    },
  }
  return reader
}

/** The claim contracts count a message by its place among all of its batch; only the L2 node can tell it. */
async function placesInBatch(
  l2: L2Node | null,
  hash: string,
  messages: readonly { readonly index: number; readonly contract: string | null }[],
  signal: AbortSignal,
): Promise<readonly (WithdrawalKey | string)[]> {
  if (l2 === null)
    return messages.map(() => 'No L2 endpoint is configured to say where in its batch it is: set L2_RPC_URLS.')
  const proofs = messages.map(({ index }) => l2Methods.logProof(hash, index))
  const { voices } = await l2.ask([l2Methods.receipt(hash), ...proofs], {
    signal,
    isComplete: (answers) => answers.every(isThere),
  })
  return messages.map(({ contract }, at) => {
    const told = voices.flatMap(({ answers: [receipt, ...rest] }) => {
      const proof = valueIn(rest[at])
      // Older nodes leave the batch out of the proof; the receipt has always had it.
      return proof === null ? [] : [{ place: proof.id, batch: proof.batch ?? valueIn(receipt)?.l1BatchNumber ?? null }]
    })
    const [proof] = told
    const batch = proof?.batch ?? null
    if (proof === undefined || batch === null) return 'The L2 node does not say yet where in its batch it is.'
    return { batch, messageIndex: proof.place, contract }
  })
}

interface Books {
  readonly diamond: string
  readonly chainId: number
  /** Asset router, or the shared bridge before it; null on a diamond older than both (2023). */
  readonly router: string | null
}

async function findBooks(l1: SettlementLayer, diamond: Diamond, signal: AbortSignal): Promise<Books | null> {
  const { address } = diamond
  const calls = [readGetter(address, 'getChainId'), readGetter(address, 'getBridgehub')] as const
  const { voices } = await l1.endpoints.ask(calls, { signal })
  const [voice] = voices
  if (voice === undefined) return null
  const [chainIdAnswer, bridgehubAnswer] = voice.answers
  // A diamond without a Bridgehub reverts; anything else that went wrong is no fact about the diamond.
  const isOld = !bridgehubAnswer.ok && bridgehubAnswer.failure.kind === 'reverted'
  if (isOld) return { diamond: address, chainId: 0, router: null }
  const chainId = valueIn(chainIdAnswer)
  const bridgehub = valueIn(bridgehubAnswer)
  if (chainId === null || bridgehub === null || isZero(bridgehub)) return null
  const router = valueIn(await voice.endpoint.call(readGetter(bridgehub, 'sharedBridge'), { signal }))
  return router === null || isZero(router) ? null : { diamond: address, chainId, router }
}

async function readClaims(
  l1: SettlementLayer,
  keys: readonly WithdrawalKey[],
  books: Books,
  { signal, newestL2TimeMs }: ProofQuestion,
  localMs: number,
): Promise<readonly WithdrawalClaim[]> {
  const { diamond } = books
  const base = [
    blockCall('latest'),
    readGetter(diamond, 'getTotalBlocksExecuted'),
    readGetter(diamond, 'getSettlementLayer'),
  ]
  const { voices, failures } = await l1.endpoints.ask([...base, ...keys.flatMap((key) => callsFor(key, books))], {
    signal,
  })
  if (voices.length === 0) {
    return keys.map(() => doubt(`L1 could not be asked: ${failures.map(({ text }) => text).join('; ')}.`))
  }
  const views = voices.map(({ answers }): View => {
    const [head, executed, layer, ...rest] = answers as readonly RpcAnswer<unknown>[]
    const block = valueIn(head) as L1Block | null
    const headMs = (block?.timestamp ?? 0) * 1000
    const age = judgeHead({ headMs, localMs, newestL1Ms: headMs, newestL2Ms: newestL2TimeMs ?? null })
    const settlementLayer = valueIn(layer) as string | null
    return {
      isNew: knowsTheNewest(age),
      executed: valueIn(executed) as number | null,
      settlesElsewhere: settlementLayer !== null && !isZero(settlementLayer),
      answers: rest,
    }
  })
  return keys.map((key, at) =>
    agree(views.map((view) => judge(key, view, view.answers.slice(3 * at, 3 * at + 3), books))),
  )
}

interface View {
  readonly isNew: boolean
  readonly executed: number | null
  readonly settlesElsewhere: boolean
  readonly answers: readonly RpcAnswer<unknown>[]
}

/** Executed on L1? Then each book that may hold the claim; three calls per key. */
function callsFor({ batch, messageIndex }: WithdrawalKey, { diamond, router, chainId }: Books): RpcCall<unknown>[] {
  const inDiamond = readGetter(diamond, 'isEthWithdrawalFinalized', [batch, messageIndex])
  const inRouter =
    router === null ? inDiamond : readGetter(router, 'isWithdrawalFinalized', [chainId, batch, messageIndex])
  return [readGetter(diamond, 'l2LogsRootHash', [batch]), inDiamond, inRouter]
}

function judge(
  { batch, contract }: WithdrawalKey,
  view: View,
  answers: readonly RpcAnswer<unknown>[],
  { router }: Books,
): WithdrawalClaim {
  const [rootAnswer, inDiamond, inRouter] = answers
  if (valueIn(inDiamond) === true || valueIn(inRouter) === true)
    return { state: 'claimed', why: 'L1 has it in its books as claimed.' }
  if (contract !== baseToken && (contract !== assetRouter || router === null)) {
    return doubt('It is no withdrawal of the standard bridges: its own contract on L1 keeps the book.')
  }
  // A diamond that lacks the getter never kept such a book; with a router there is one that did.
  const noBook = router !== null && inDiamond?.ok === false && inDiamond.failure.kind === 'reverted'
  if (valueIn(inRouter) === null || (valueIn(inDiamond) === null && !noBook))
    return doubt('Not every book on L1 could be read.')
  const root = valueIn(rootAnswer) as string | null
  if (root === null || view.executed === null) return doubt('L1 did not say whether the batch is executed.')
  if (!view.isNew) return doubt('The newest L1 block shown is old: it may have been claimed since.')
  if (batch <= view.executed && !isZero(root))
    return { state: 'claimable', why: 'Its batch is executed, and nobody has claimed it.' }
  // While the chain settles on a Gateway, L1 knows neither counters nor roots of its newer batches.
  if (view.settlesElsewhere || batch <= view.executed) return doubt('L1 does not hold the messages of this batch.')
  return { state: 'not-yet', why: `It can be claimed once batch ${batch} is executed on L1.` }
}

/** One endpoint that has seen the claim is enough; that nobody has claimed it must be what all of them say. */
function agree(claims: readonly WithdrawalClaim[]): WithdrawalClaim {
  const claimed = claims.find(({ state }) => state === 'claimed')
  if (claimed) return claimed
  const [first] = claims
  const same = first !== undefined && claims.every(({ state }) => state === first.state)
  return same ? first : doubt('The L1 endpoints disagree: ask again.')
}

function doubt(why: string): WithdrawalClaim {
  return { state: 'not-checked', why }
}
