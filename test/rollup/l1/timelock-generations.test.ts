// The validator timelock of each generation, on a real EVM: found through the names of its time, and asked by its own getter.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTimelockFinder } from '../../../src/rollup/l1/l1-timelock.ts'
import { commitTimeCall } from '../../../src/rollup/l1/timelock.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { type Anvil, deployScripted, startAnvil } from '../../support/anvil.ts'

const { signal } = new AbortController()
const day = 86_400
const l2ChainId = 324
const batch = 7
const committedAt = 1_700_000_123
let anvil: Anvil

beforeAll(async () => {
  anvil = await startAnvil({ timestamp: 1_700_000_000 })
}, 60_000)
afterAll(() => anvil?.stop())

interface Generation {
  readonly manager: string
  readonly timelock: string
  readonly getter: string
  /** What the getter is asked with, besides the batch. */
  readonly by: 'diamond' | 'chain' | 'nothing'
}

it.each<[string, Generation]>([
  [
    'v29 and later, by the diamond',
    {
      manager: 'getChainTypeManager',
      timelock: 'validatorTimelockPostV29',
      getter: 'getCommittedBatchTimestamp(address,uint256)',
      by: 'diamond',
    },
  ],
  [
    'v26 to v28, by the chain id',
    {
      manager: 'getChainTypeManager',
      timelock: 'validatorTimelock',
      getter: 'getCommittedBatchTimestamp(uint256,uint256)',
      by: 'chain',
    },
  ],
  [
    'v23 to v25, under the manager’s old name',
    {
      manager: 'getStateTransitionManager',
      timelock: 'validatorTimelock',
      getter: 'getCommittedBatchTimestamp(uint256,uint256)',
      by: 'chain',
    },
  ],
  [
    'of one chain',
    {
      manager: 'getStateTransitionManager',
      timelock: 'validatorTimelock',
      getter: 'committedBatchTimestamp(uint256)',
      by: 'nothing',
    },
  ],
  [
    'of one chain, when batches were called blocks',
    {
      manager: 'getStateTransitionManager',
      timelock: 'validatorTimelock',
      getter: 'committedBlockTimestamp(uint256)',
      by: 'nothing',
    },
  ],
])('%s', async (_, generation) => {
  const [diamond, manager, timelock] = [
    await deployScripted(anvil),
    await deployScripted(anvil),
    await deployScripted(anvil),
  ]
  await diamond.answer(`${generation.manager}() view returns (address)`, [], manager.address)
  await manager.answer(`${generation.timelock}() view returns (address)`, [], timelock.address)
  await timelock.answer('executionDelay() view returns (uint256)', [], day)
  const key = { diamond: [diamond.address], chain: [l2ChainId], nothing: [] }[generation.by]
  const getter = `${generation.getter} view returns (uint256)`
  // The finder tries with batch 1, which was committed through another timelock.
  await timelock.answer(getter, [...key, 1], 0)
  await timelock.answer(getter, [...key, batch], committedAt)

  const endpoint = createRpcEndpoint({ name: 'l1', url: anvil.url, timeoutMs: 5000 })
  const chain = { diamond: diamond.address, l2ChainId }
  const found = await createTimelockFinder().find(endpoint, chain, { signal })
  expect(found).toEqual({
    manager: manager.address,
    address: timelock.address,
    executionDelay: day,
    form: generation.getter,
    // No contract tells of moves at that time.
    moves: { bridgehub: null, assetHandler: null, serverNotifier: null },
  })
  if (found?.form == null) throw new Error('no getter')
  const time = await endpoint.call(commitTimeCall(found.address, found.form, chain, batch), { signal })
  expect(time).toMatchObject({ ok: true, value: committedAt })
})
