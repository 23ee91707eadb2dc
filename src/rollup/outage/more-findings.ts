// What else is worth a sentence beside the verdict: of the database, of L1, of sources that failed, of the named transaction. Pure.

import type { Finding } from '../../core/finding.ts'
import { divergenceFinding } from './divergence.ts'
import type { Headline } from './facts.ts'
import type { Looks } from './looks.ts'
import { namedFinding } from './named-transaction.ts'
import { chainClock } from './observations.ts'
import type { SettledState } from './sources/gateway.ts'
import type { L1Source } from './sources/l1-heads.ts'
import { moveFinding } from './sources/l1-moves.ts'
import { probeFinding } from './sources/probe-account.ts'
import { depositFinding } from './sources/waiting-deposits.ts'
import { defaultThresholds } from './thresholds.ts'

export function moreFindings(looks: Looks, headline: Headline): readonly Finding[] {
  const { l1, gateway, database, tx } = looks
  const onL1 = l1?.state?.findings ?? []
  return [
    ...(database?.findings ?? []),
    // The headline tells it already.
    ...onL1.filter(({ code }) => code !== 'recent-revert' || headline !== 'reverted'),
    ...gatewayFinding(l1?.state ?? null),
    ...protocolFinding(l1?.state ?? null),
    ...failedSources(l1?.sources ?? [], 'L1'),
    ...failedSources(gateway?.sources ?? [], 'Gateway'),
    ...limitedSources(l1?.sources ?? [], 'L1'),
    ...limitedSources(gateway?.sources ?? [], 'Gateway'),
    ...divergenceFinding(looks),
    ...pausedFinding(looks),
    ...moveFinding(l1),
    ...migratingFinding(looks),
    ...(tx === null ? [] : [namedFinding(tx, looks.l2)]),
    ...probeFinding(looks.probe, defaultThresholds),
    ...depositFinding(looks.l2, chainClock(looks), defaultThresholds),
  ]
}

function protocolFinding(state: SettledState | null): readonly Finding[] {
  if (state?.protocolActive !== false) return []
  const text =
    'The deadline of the chain’s protocol version has passed: L1 refuses every commit until the chain is upgraded.'
  return [{ code: 'protocol-inactive', severity: 'critical', values: { version: state.protocolVersion }, text }]
}

function failedSources(sources: readonly L1Source[], layer: 'L1' | 'Gateway'): readonly Finding[] {
  return sources.flatMap(({ name, trouble }) =>
    trouble === null
      ? []
      : [
          {
            code: 'source-failed',
            severity: 'warning' as const,
            values: { kind: 'l1-rpc', name, trouble: trouble.kind },
            text: `${name} (${layer}) ${trouble.text}.`,
          },
        ],
  )
}

/** It answered, and then no more: what it left out is missing here because of us, not because of the chain. */
function limitedSources(sources: readonly L1Source[], layer: 'L1' | 'Gateway'): readonly Finding[] {
  return sources.flatMap(({ name, trouble, limited }) =>
    trouble !== null || limited === null
      ? []
      : [
          {
            code: 'source-unsteady',
            severity: 'warning' as const,
            values: { kind: 'l1-rpc', name, trouble: limited.kind },
            text: `${name} (${layer}) ${limited.text}: part of what it was asked is missing. A key of your own or a second endpoint helps.`,
          },
        ],
  )
}

function pausedFinding({ l2 }: Looks): readonly Finding[] {
  if (!l2.some(({ depositsPaused }) => depositsPaused)) return []
  const text = 'The node says that deposits are paused: requests from L1 wait until its operator lets them in again.'
  return [{ code: 'deposits-paused', severity: 'warning', values: {}, text }]
}

function migratingFinding({ l2 }: Looks): readonly Finding[] {
  if (!l2.some(({ migrating }) => migrating)) return []
  const text = 'The node says that the chain is moving to another settlement layer: commits pause on purpose meanwhile.'
  return [{ code: 'migration-in-progress', severity: 'warning', values: {}, text }]
}

function gatewayFinding(state: SettledState | null): readonly Finding[] {
  if (state?.gateway == null) return []
  const { chainId } = state.gateway
  const text = `The chain settles on ${chainId === null ? 'a Gateway' : `chain ${chainId}`}: its stages were read there.`
  return [{ code: 'settles-on-gateway', severity: 'info', values: { chainId }, text }]
}
