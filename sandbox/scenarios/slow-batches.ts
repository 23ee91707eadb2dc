// A small chain whose batches take an hour: hours without a commit are as they should be.

import type { Scenario } from './scenario.ts'

export const slowBatches: Scenario = {
  summary: 'batches take an hour, and every stage comes hours later',
  sources: 'all',
  historyBatches: 8,
  pace: {
    block: 60,
    blocksPerBatch: 60,
    l1Block: 60,
    commitDelay: 600,
    proveDelay: 3600,
    executionDelay: 10_800,
    batchesPerCommit: 1,
    batchesPerExecute: 1,
  },
}
