// Facts of a trace for tests: a withdrawal that is executed and verified, to be varied.

import { waitingStage } from '../../src/rollup/trace/stages.ts'
import type { TraceFacts, TraceStage, Verification } from '../../src/rollup/transaction-trace.ts'

export const traceHash = '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a'
const contract = '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8'

export function verified(l1Time: string, rest: Partial<Verification> = {}): Verification {
  return { result: 'verified', l1Block: 18_160_000, l1Time, confirmations: 900, finalized: true, ...rest }
}

function done(stage: TraceStage['stage'], digit: string, l1Time: string, rest: Partial<TraceStage>): TraceStage {
  return {
    ...waitingStage(stage),
    state: 'done',
    hash: `0x${digit.repeat(64)}`,
    to: contract,
    sends: 1,
    lastGas: { baseFeePerGas: '12000000000', priorityFeePerGas: '1500000000', blobBaseFeePerGas: null },
    settlementChainId: 1,
    confirmedAt: l1Time,
    verification: verified(l1Time),
    ...rest,
  }
}

export const commitDone = done('commit', 'a', '2023-09-18T03:50:11Z', {
  ethTxId: 41073,
  nonce: 41091,
  type: 'CommitBlocks',
  confirmedAt: '2023-09-18T03:50:19.059576Z',
  afterPreviousSeconds: 131,
})
export const proveDone = done('prove', 'b', '2023-09-18T07:20:35Z', {
  ethTxId: 41148,
  nonce: 41166,
  type: 'PublishProofBlocksOnchain',
  afterPreviousSeconds: 12_624,
})
export const executeDone = done('execute', 'c', '2023-09-18T07:30:59Z', {
  ethTxId: 41151,
  nonce: 41169,
  type: 'ExecuteBlocks',
  afterPreviousSeconds: 624,
})

export const executedFacts: TraceFacts = {
  input: traceHash,
  found: true,
  chain: 'era',
  source: 'database',
  transaction: {
    hash: traceHash,
    status: 'included',
    block: 15841,
    batch: 7670,
    receivedAt: '2023-09-18T03:47:58.5Z',
    from: `0x${'07'.repeat(20)}`,
    to: `0x${'800a'.padStart(40, '0')}`,
    fromL1: false,
    pruned: false,
  },
  block: { number: 15841, hash: `0x${'d'.repeat(64)}`, timestamp: '2023-09-18T03:48:00Z' },
  batch: {
    number: 7670,
    sealed: true,
    timestamp: '2023-09-18T03:47:50Z',
    sealedAt: '2023-09-18T03:48:00Z',
    rootHash: `0x${'e'.repeat(64)}`,
    commitment: null,
    skipProof: false,
    settlement: null,
  },
  stages: [commitDone, proveDone, executeDone],
  messages: [
    {
      kind: 'withdrawal',
      index: 0,
      sender: `0x${'8008'.padStart(40, '0')}`,
      contract: `0x${'800a'.padStart(40, '0')}`,
      key: `0x${'800a'.padStart(64, '0')}`,
      value: `0x${'f'.repeat(64)}`,
      claim: 'claimable',
    },
  ],
  findings: [],
  looked: [{ where: 'database', name: 'core database', outcome: 'found' }],
  checkedAt: '2023-09-18T09:00:00.000Z',
}

export const nothingFacts: TraceFacts = {
  ...executedFacts,
  found: false,
  transaction: null,
  block: null,
  batch: null,
  stages: [],
  messages: [],
}

export const open = (stage: TraceStage['stage'], rest: Partial<TraceStage>): TraceStage => ({
  ...waitingStage(stage),
  settlementChainId: 1,
  ...rest,
})
