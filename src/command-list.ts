// The commands on offer, in the order /help shows them: explicit, no folder scan; a test compares it with the folder.

import approval from '../commands/approval.ts'
import audit from '../commands/audit.ts'
import gpu from '../commands/gpu.ts'
import help from '../commands/help.ts'
import isChainDown from '../commands/is-chain-down.ts'
import maintenance from '../commands/maintenance.ts'
import proverStatus from '../commands/prover-status.ts'
import requeue from '../commands/requeue.ts'
import runbook from '../commands/runbook.ts'
import trace from '../commands/trace.ts'
import whoami from '../commands/whoami.ts'
import type { Command } from './core/command.ts'

export const commandList: readonly Command[] = [
  isChainDown,
  trace,
  proverStatus,
  requeue,
  approval,
  maintenance,
  runbook,
  gpu,
  audit,
  help,
  whoami,
]
