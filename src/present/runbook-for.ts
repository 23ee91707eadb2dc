// Which runbook helps with what was found: one table by finding, and the line and the button that lead there.

import { askButton } from '../core/button.ts'
import type { Finding } from '../core/finding.ts'
import { type Action, type Block, bold, code, paragraph } from '../core/reply.ts'

export const stuckProofs = 'stuck-or-out-of-order-proofs'
const senderDown = 'l1-sender-down'
const byHand = 'tracing-a-withdrawal-by-hand'
const explorerOrChain = 'explorer-or-chain'
const contractOnL1 = 'frozen-reverted-or-moved'

/** By code of the finding. `null`: its own sentence says all there is to do. */
export const runbookByFinding: Readonly<Record<string, string | null>> = {
  // The prover's queue
  'attempts-above-max': stuckProofs,
  'attempts-exhausted': stuckProofs,
  'control-elsewhere': null,
  'core-not-fetching': stuckProofs,
  'count-mismatch': stuckProofs,
  'gpu-proof-expired': stuckProofs,
  'gpu-unreachable': stuckProofs,
  'in-progress-expired': stuckProofs,
  'jobs-expired': stuckProofs,
  'jobs-failed': stuckProofs,
  'mover-stalled': stuckProofs,
  'no-gpu-available': stuckProofs,
  'no-jobs': stuckProofs,
  'no-prover-for-version': stuckProofs,
  'not-covered': stuckProofs,
  'nothing-requeueing': stuckProofs,
  'out-of-order': stuckProofs,
  'ready-not-moved': stuckProofs,
  'skip-proof': stuckProofs,
  'source-unreachable': null,
  'unknown-status': null,
  'version-missing': stuckProofs,

  // A batch on its way to L1
  'batch-below-revert': null,
  'database-and-rpc-disagree': byHand,
  'database-says-done-l1-unknown': byHand,
  'diamond-mismatch': null,
  'has-failed': senderDown,
  'l1-batch-not-found': null,
  'l1-endpoints-disagree': null,
  'l1-head-old': null,
  'l1-mismatch': byHand,
  'l1-search-incomplete': null,
  'l1-transaction-reverted': null,
  'l1-transaction-unread': null,
  'l1-transaction-unrelated': null,
  'l2-endpoints-disagree': null,
  'l2-node-pruned': null,
  'no-batch-refers': senderDown,
  'no-source-answered': null,
  'not-found': null,
  'replica-lag': null,
  'resent-many': senderDown,
  'rpc-says-done-l1-unknown': byHand,
  'send-not-accepted': senderDown,
  'sent-unconfirmed-long': senderDown,
  'table-unreadable': null,

  // The chain as a whole
  'commit-stalled': senderDown,
  'database-lagging': null,
  'deposits-paused': null,
  'execute-stalled': senderDown,
  'explorer-lagging': explorerOrChain,
  frozen: contractOnL1,
  'l1-unreachable': null,
  'l2-unreachable': explorerOrChain,
  'local-clock-wrong': null,
  'waiting-deposits': explorerOrChain,
  'named-transaction': explorerOrChain,
  'heads-diverge': explorerOrChain,
  'migration-announced': contractOnL1,
  'migration-finalized': contractOnL1,
  'migration-in-progress': contractOnL1,
  'migration-started': contractOnL1,
  'operator-balance-low': senderDown,
  'operator-transactions-pending': senderDown,
  'protocol-inactive': null,
  'prove-stalled': stuckProofs,
  'recent-freeze': contractOnL1,
  'recent-migration': contractOnL1,
  'recent-revert': contractOnL1,
  'report-confirmed': explorerOrChain,
  'report-refuted': explorerOrChain,
  'report-undecided': explorerOrChain,
  reverted: contractOnL1,
  'rpc-lagging': explorerOrChain,
  'sender-failed': senderDown,
  'source-unsteady': null,
  'sequencer-stalled': explorerOrChain,
  'settles-elsewhere': contractOnL1,
  'source-failed': null,
  'too-few-witnesses': explorerOrChain,
}

/** Notes need no runbook; a refuted report does, because somebody believed it. */
const leads = ({ code, severity }: Finding): boolean => severity !== 'info' || code === 'report-refuted'

/** @param findings - the most important first: its runbook is the one that is named */
export function runbookFor(findings: readonly Finding[]): string | null {
  return findings.filter(leads).flatMap((finding) => runbookByFinding[finding.code] ?? [])[0] ?? null
}

export function runbookBlocks(runbook: string | null): readonly Block[] {
  return runbook === null ? [] : [paragraph(bold('Runbook: '), code(`/runbook ${runbook}`))]
}

export function runbookActions(runbook: string | null): { readonly actions?: readonly Action[] } {
  const id = runbook === null ? null : askButton(`runbook ${runbook}`)
  return id === null ? {} : { actions: [{ label: 'Open the runbook', style: 'plain', id }] }
}
