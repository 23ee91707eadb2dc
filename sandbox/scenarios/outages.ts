// Outages that are nothing but switches: each name is what a person looks for, and its lines say which switches are on.

import type { Faults } from '../faults.ts'
import type { Pace } from '../model/facts.ts'
import type { Scenario } from './scenario.ts'

/** `seconds`: until it shows at the demo's speed, before anybody looks. */
function outage(summary: string, faults: Partial<Faults>, seconds: number | ((pace: Pace) => number)): Scenario {
  return { summary, sources: 'all', faults, lasts: typeof seconds === 'number' ? () => seconds : seconds }
}

const batch = ({ block, blocksPerBatch }: Pace) => block * blocksPerBatch

export const outages = {
  'explorer-stuck': outage('the explorer shows an old block while the chain runs on', { explorer: 'stuck' }, 400),
  'explorer-cached': outage(
    'something in front of the explorer repeats its first answers: look twice, a minute apart',
    { explorer: 'cached' },
    10,
  ),
  'explorer-watermark': outage(
    'the explorer lists new blocks, and their own pages answer 404',
    { explorer: 'watermark' },
    200,
  ),
  'explorer-slow': outage('the explorer answers later than anybody should wait', { explorer: 'slow' }, 10),
  'explorer-error': outage('the explorer answers with HTTP 500', { explorer: 'error' }, 10),
  'explorer-web-page': outage('the explorer answers with a web page instead of data', { explorer: 'web-page' }, 10),
  'rpc-stuck': outage('one of three L2 RPCs shows an old block; the others go on', { 'external-rpc': 'stuck' }, 200),
  'rpc-lagging': outage('one of three L2 RPCs is minutes behind', { 'external-rpc': 'lagging' }, 30),
  'rpc-flapping': outage('every second request to one L2 RPC fails', { 'external-rpc': 'flapping' }, 10),
  'rpc-wrong-chain': outage('one of three L2 RPCs serves another chain', { 'external-rpc': 'wrong-chain' }, 10),
  'rpc-uneven': outage(
    'a load balancer answers every second request from a backend minutes behind',
    { balancer: 'uneven' },
    150,
  ),
  'rpcs-stuck': outage(
    'every L2 RPC shows an old block while the sequencer works and L1 sees commits',
    { rpcs: 'stuck' },
    300,
  ),
  'rpcs-down': outage('no L2 RPC answers; explorers and the database do', { rpcs: 'down' }, 10),
  'sequencer-halted': outage('transactions come in and nobody makes blocks', { sequencer: 'halted' }, 300),
  'sequencer-slow': outage('ten times fewer blocks than usual', { sequencer: 'slow' }, 120),
  'mempool-accepting': outage(
    'as on 2023-04-01: nodes answer and take transactions, no block comes, and L1 knows of nobody who waits',
    { sequencer: 'accepting' },
    300,
  ),
  'halted-unnoticed': outage('the sequencer stands still, and nobody wants a block', { sequencer: 'unwanted' }, 400),
  idle: outage('nobody sends anything, so there is nothing to make blocks of', { traffic: 'quiet' }, 400),
  'commits-halted': outage('blocks come, and no batch is committed to L1', { commits: 'paused' }, 300),
  'gas-spike': outage(
    'L1 gas too dear: a commit sent several times, none confirmed',
    { commits: 'gas' },
    (pace) => batch(pace) * 2 + pace.l1Block * 12,
  ),
  'operator-broke': outage('the account that commits batches has no ether left', { commits: 'balance' }, 300),
  'sender-failed': outage(
    'L1 refused a commit (protocol version no longer active): the sender is down',
    { commits: 'failed' },
    (pace) => batch(pace) * 2 + pace.commitDelay + pace.l1Block * (pace.confirmations + 4),
  ),
  'proofs-halted': outage('batches are committed, and none is proved', { proofs: 'halted' }, 400),
  'executions-halted': outage('batches are proved, and none is executed', { execution: 'halted' }, 500),
  'execution-delayed': outage(
    'the execution delay was raised to a day: nothing is executed, and nothing is late',
    { execution: 'delayed' },
    500,
  ),
  frozen: outage("the chain's contract on L1 is frozen", { frozen: true }, 60),
  reverted: outage('L1 took the last commits back, and they have not come again', { reverted: true }, 40),
  gateway: outage("the chain settles on another chain; L1's counters stand still", { gateway: true }, 60),
  'l1-down': outage('no L1 endpoint answers; the chain itself is well', { l1: 'down' }, 10),
  'l1-limited': outage('every L1 endpoint answers with HTTP 429', { l1: 'rate-limited' }, 10),
  'l1-old': outage('one of two L1 endpoints shows an old block', { 'second-l1': 'old' }, 200),
  'l1-wrong-chain': outage('one of two L1 endpoints serves another chain', { 'second-l1': 'wrong-chain' }, 10),
  'l1-reorg': outage('the newest blocks of one L1 endpoint have changed their hashes', { 'first-l1': 'reorg' }, 30),
  'clock-ahead': outage("this machine's clock is ten minutes ahead of every chain's", { clock: 'ahead' }, 30),
  'clock-behind': outage("this machine's clock is ten minutes behind every chain's", { clock: 'behind' }, 30),
} satisfies Readonly<Record<string, Scenario>>
