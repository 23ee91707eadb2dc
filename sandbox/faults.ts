// What can go wrong in a sandbox, as switches that may be turned while it runs.

import type { ExplorerFault } from './explorers/explorer.ts'
import { contract, type L1Contracts } from './l1/contracts.ts'
import type { L1Fault } from './l1/endpoint.ts'
import type { Users } from './l1/users.ts'
import type { BalancerFault, RpcFault } from './l2/nodes.ts'
import type { Clockwork, ClockworkChain } from './model/clockwork.ts'
import type { Pace, Stage } from './model/facts.ts'
import type { Network } from './network.ts'

/** Of the first chain. `none`, `busy` and `false` are how a sandbox starts. */
export interface Faults {
  /** The one that knows batches, except on ZKsync OS. */
  readonly explorer: ExplorerFault
  /** The one without batches, where there are two. */
  readonly 'second-explorer': ExplorerFault
  readonly 'main-rpc': RpcFault
  readonly 'external-rpc': RpcFault
  readonly balancer: BalancerFault
  /** Every L2 RPC; what copies them stops with them, the sequencer does not. */
  readonly rpcs: RpcFault
  readonly 'first-l1': L1Fault
  readonly 'second-l1': L1Fault
  /** Every L1 endpoint. */
  readonly l1: L1Fault
  /**
   * No block comes (`slow`: ten times fewer). `halted`: transactions and a deposit wait. `accepting`: nodes take
   * transactions, and nobody deposits, so that L1 knows of nobody who waits. `unwanted`: nobody sends anything either.
   */
  readonly sequencer: 'none' | 'halted' | 'accepting' | 'unwanted' | 'slow'
  /** `quiet`: nobody sends anything, so there is nothing to make blocks of. */
  readonly traffic: 'busy' | 'quiet'
  /** `failed` cannot be undone: somebody would have to clear the node's database. */
  readonly commits: 'none' | 'gas' | 'balance' | 'failed' | 'paused'
  readonly proofs: 'none' | 'halted'
  /** `delayed`: the timelock now asks for a day, so that nothing is due. */
  readonly execution: 'none' | 'halted' | 'delayed'
  /** L1 took a few commits back; they come again when this is unset. */
  readonly reverted: boolean
  readonly frozen: boolean
  /** The chain settles on another chain, and L1's counters stand still. */
  readonly gateway: boolean
  /**
   * L1 tells of a move to another settlement layer, for which commits pause: announced to the node, or started. `none` after
   * it was started: it is over, and the chain settles where it did.
   */
  readonly migration: 'none' | 'announced' | 'started'
  /** Of the machine that looks: ten minutes off everybody else's. */
  readonly clock: 'none' | 'ahead' | 'behind'
}

export type FaultName = keyof Faults

export interface FaultParts {
  readonly chain: ClockworkChain
  readonly network: Network
  readonly clockwork: Clockwork
  readonly contracts: L1Contracts
  readonly users: Users
  readonly pace: Pace
  setBalance(address: string, wei: bigint): Promise<void>
  readonly commitOperator: string
  advance(seconds: number): Promise<void>
  /** Seconds by which the clock of the machine that looks differs from the sandbox's. */
  setClockOff(seconds: number): void
}

export const gatewayChainId = 506
const gatewayAddress = '0x00000000000000000000000000000000000000a7'
const gwei = 10n ** 9n
const everyStage: readonly Stage[] = ['precommit', 'commit', 'prove', 'execute']
const diamondCalls = contract('Diamond')
const timelockCalls = contract('ValidatorTimelock')
const hubCalls = contract('Bridgehub')
const handlerCalls = contract('ChainAssetHandler')
const notifierCalls = contract('ServerNotifier')

type Switches = { readonly [Name in FaultName]: (value: Faults[Name]) => void | Promise<void> }

/** What L1 does counts with its next block. Some switches let a few seconds pass: what is on its way comes to an end first. */
export function createSwitches(parts: FaultParts): Switches {
  const { chain, network } = parts
  const { settlement } = chain
  const eachOf = <Fault>(all: readonly { set(fault: Fault): void | Promise<void> }[]) => {
    return async (fault: Fault) => {
      for (const one of all) await one.set(fault)
    }
  }
  return {
    explorer: (fault) => network.explorer('explorer').set(fault),
    'second-explorer': (fault) => network.explorer('second-explorer').set(fault),
    'main-rpc': (fault) => network.main.set(fault),
    'external-rpc': (fault) => network.external().set(fault),
    balancer: (fault) => network.balancer().set(fault),
    rpcs: (fault) => eachOf(network.rpcs).call(null, fault),
    'first-l1': (fault) => network.l1('first-l1').set(fault),
    'second-l1': (fault) => network.l1('second-l1').set(fault),
    l1: (fault) => eachOf([network.l1('first-l1'), network.l1('second-l1')]).call(null, fault),
    ...blockSwitches(parts),
    commits: commitSwitch(parts),
    proofs: (value) => settlement.hold('proofs', value === 'halted' ? ['prove'] : []),
    execution: (value) => setExecution(parts, value),
    reverted: (value) => setReverted(parts, value),
    frozen: (value) => setFrozen(parts, value),
    gateway: (value) => setGateway(parts, value),
    migration: migrationSwitch(parts),
    clock: (value) => parts.setClockOff(clockOffSeconds(value)),
  }
}

export function clockOffSeconds(value: Faults['clock'] | undefined): number {
  return { none: 0, ahead: 600, behind: -600 }[value ?? 'none']
}

/** Who makes blocks, and who wants them. */
function blockSwitches({ chain, users, pace, advance }: FaultParts): Pick<Switches, 'sequencer' | 'traffic'> {
  const { rollup } = chain
  let isUnwanted = false
  let isQuiet = false
  const setTraffic = () => rollup.quiet(isQuiet || isUnwanted)
  return {
    async sequencer(value) {
      isUnwanted = value === 'unwanted'
      setTraffic()
      // Whoever still waits is served first.
      if (isUnwanted) await advance(2 * pace.block)
      rollup.pause(value === 'halted' || value === 'accepting' || value === 'unwanted')
      rollup.slow(value === 'slow' ? 10 : 1)
      users.refrain(value === 'accepting')
      if (value === 'halted') users.deposit(chain)
    },
    traffic(value) {
      isQuiet = value === 'quiet'
      setTraffic()
    },
  }
}

function commitSwitch({ chain, clockwork, contracts, setBalance, commitOperator }: FaultParts) {
  let failed = false
  return async (value: Faults['commits']) => {
    if (failed && value !== 'failed') throw new Error('the node has a failed L1 transaction: start another sandbox')
    failed = value === 'failed'
    clockwork.setL1BaseFee((value === 'gas' ? 240n : 20n) * gwei)
    await setBalance(commitOperator, value === 'balance' ? 0n : 10_000n * gwei * gwei)
    chain.settlement.hold('commits', value === 'paused' ? ['precommit', 'commit'] : [])
    if (value === 'failed') await contracts.retireProtocolVersion()
  }
}

/** Nothing new goes out, and L1 has mined what was on its way: otherwise L1 would refuse it, and the sender stop for good. */
async function settleDown({ chain, pace, advance }: FaultParts, reason: string, held: readonly Stage[]): Promise<void> {
  chain.settlement.hold(reason, held)
  await advance(pace.l1Block * (pace.confirmations + 2))
}

async function setExecution(parts: FaultParts, value: Faults['execution']): Promise<void> {
  const { chain, contracts, pace } = parts
  const delay = value === 'delayed' ? 86_400 : pace.executionDelay
  if (value === 'delayed') await settleDown(parts, 'execution', ['execute'])
  await contracts.asOwner(contracts.timelock, timelockCalls.encodeFunctionData('setExecutionDelay', [delay]))
  chain.settlement.hold('execution', value === 'none' ? [] : ['execute'])
}

async function setReverted(parts: FaultParts, value: boolean): Promise<void> {
  const { chain, contracts } = parts
  const { rollup, settlement } = chain
  if (!value) return settlement.hold('reverted', [])
  await settleDown(parts, 'reverted', everyStage)
  const committed = rollup.batches.findLast(({ commit }) => commit?.confirmed)?.number ?? 0
  const proved = rollup.batches.findLast(({ prove }) => prove !== null)?.number ?? 0
  const last = Math.max(proved, committed - 3)
  if (last >= committed) throw new Error('no committed batch waits for its proof: nothing can be reverted')
  const data = timelockCalls.encodeFunctionData('revertBatchesSharedBridge', [chain.diamond, last])
  await contracts.asOwner(contracts.timelock, data)
  settlement.redo('commit', last + 1)
  settlement.hold('reverted', ['commit'])
}

async function setFrozen(parts: FaultParts, value: boolean): Promise<void> {
  const { chain, contracts } = parts
  if (value) await settleDown(parts, 'frozen', everyStage)
  const call = value ? 'freezeDiamond' : 'unfreezeDiamond'
  await contracts.asOwner(chain.diamond, diamondCalls.encodeFunctionData(call))
  chain.settlement.hold('frozen', value ? everyStage : [])
}

async function setGateway(parts: FaultParts, value: boolean): Promise<void> {
  const { chain, contracts, clockwork } = parts
  if (value) await settleDown(parts, 'gateway', everyStage)
  const layer = value ? gatewayAddress : `0x${'00'.repeat(20)}`
  const layerChain = value ? gatewayChainId : clockwork.l1ChainId
  await contracts.asOwner(chain.diamond, diamondCalls.encodeFunctionData('setSettlementLayer', [layer]))
  const data = hubCalls.encodeFunctionData('setSettlementLayer', [chain.chainId, layerChain])
  await contracts.asOwner(contracts.bridgehub, data)
  chain.settlement.hold('gateway', value ? everyStage : [])
}

function migrationSwitch({ chain, contracts }: FaultParts) {
  const { chainId, diamond, settlement } = chain
  let isUnderWay = false
  return async (value: Faults['migration']) => {
    settlement.hold('migration', value === 'none' ? [] : ['precommit', 'commit'])
    if (value === 'announced') {
      const data = notifierCalls.encodeFunctionData('announce', [chainId, false])
      await contracts.asOwner(contracts.serverNotifier, data)
    } else if (value === 'started' || isUnderWay) {
      const [name, other] = value === 'started' ? ['start', gatewayChainId] : ['finish', diamond]
      const data = handlerCalls.encodeFunctionData(name as string, [chainId, other])
      await contracts.asOwner(contracts.assetHandler, data)
    }
    isUnderWay = value === 'started'
  }
}
