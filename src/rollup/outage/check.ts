// Is the chain down? Asks every source at once, each with a time limit of its own, and judges what arrived.

import { setMaxListeners } from 'node:events'
import type { OutageSettings } from '../../config.ts'
import type { OutageFacts } from './answer.ts'
import { composeAnswer, withReport } from './compose.ts'
import type { OutageDatabase } from './database.ts'
import type { Explorers } from './explorers.ts'
import { createFirstSeen, type FirstSeen } from './first-seen.ts'
import type { L1Look, OutageL1 } from './l1.ts'
import { blockTimes, type L2Look, lookAtL2, type WatchedEndpoint } from './l2.ts'
import type { Probe } from './probe.ts'
import type { ReportCheck } from './report-check.ts'
import { type Reported, readReported } from './report-text.ts'
import { defaultThresholds } from './thresholds.ts'
import { readWaits, type Waits } from './waits.ts'

export interface OutageQuestion {
  /** An L2 transaction the asker waits for. */
  readonly tx: string | null
  /** An outage that somebody reported: single facts as typed, and a pasted text. With none, only now is asked about. */
  readonly reported: Reported
  readonly signal: AbortSignal
}

export interface OutageCheck {
  /** Never throws because of a source: the answer comes with what arrived. */
  check(question: OutageQuestion): Promise<OutageFacts>
  /** To be looked at between questions too, because only what is seen to come is evidence. Null: not configured. */
  readonly probe: Probe | null
}

export interface OutageCheckParts {
  readonly chain: string
  readonly l2: readonly WatchedEndpoint[]
  readonly l2ChainId: number | null
  readonly explorers: Explorers
  /** Null: not configured. */
  readonly l1: OutageL1 | null
  readonly database: OutageDatabase | null
  readonly probe: Probe | null
  readonly reports: ReportCheck
  readonly settings: OutageSettings
  readonly now: () => Date
}

/** For the first questions; what follows from them gets the rest. */
const firstMs = 4700
const wholeMs = 5800

export function createOutageCheck(parts: OutageCheckParts): OutageCheck {
  const firstSeen = createFirstSeen(parts.now)
  return {
    probe: parts.probe,

    async check({ tx, reported, signal: outer }) {
      const claim = readReported(reported)
      const first = limitedBy(outer, firstMs)
      const whole = limitedBy(outer, wholeMs)
      const threshold = parts.settings.sequencerSeconds ?? defaultThresholds.sequencer
      try {
        const [now, then] = await Promise.all([
          checkNow({ ...parts, firstSeen }, tx, first.signal, whole.signal),
          claim === null ? null : parts.reports.check(claim, { signal: whole.signal, threshold }),
        ])
        return then === null ? now : withReport(now, then)
      } finally {
        first.stop()
        whole.stop()
      }
    },
  }
}

type CheckParts = OutageCheckParts & { readonly firstSeen: FirstSeen }

async function checkNow(parts: CheckParts, tx: string | null, first: AbortSignal, whole: AbortSignal) {
  const [l2, explorers, l1, database, probe] = await Promise.all([
    lookAtL2(parts.l2, { chainId: parts.l2ChainId, tx, firstSeen: parts.firstSeen, signal: first }),
    parts.explorers.look({ signal: first }),
    parts.l1?.look({ signal: first }) ?? null,
    parts.database?.look({ signal: first }) ?? null,
    parts.probe?.look({ signal: first }) ?? null,
  ])
  const best = bestOf(l2)
  const [waits, history] = await Promise.all([
    waitsOf(l1, l2, best, whole),
    best === null ? [] : historyOf(best, whole),
  ])
  return composeAnswer({ ...parts, l2, explorers, l1, database, probe, waits, history, tx, checkedAt: parts.now() })
}

/** The endpoint with the newest block: what it does not know, the others don't either. */
function bestOf(looks: readonly L2Look[]): L2Look | null {
  const newest = ({ observation }: L2Look) => Math.max(...observation.samples.map(({ number }) => number))
  const usable = looks.filter(({ observation }) => observation.trouble === null && observation.samples.length > 0)
  return usable.toSorted((a, b) => newest(b) - newest(a))[0] ?? null
}

async function waitsOf(
  l1: L1Look | null,
  l2: readonly L2Look[],
  best: L2Look | null,
  signal: AbortSignal,
): Promise<Waits | null> {
  if (l1 === null || l1.state === null) return null
  const sealed = l2.flatMap(({ observation }) => observation.sealedBatch ?? [])
  const withBatches = l2.find(
    ({ observation }) => observation.sealedBatch !== null && observation.sealedBatch === Math.max(...sealed),
  )
  const sealedBatch = withBatches?.observation.sealedBatch ?? null
  return readWaits({ state: l1.state, endpoint: (withBatches ?? best)?.endpoint ?? null, sealedBatch, signal })
}

/** Ever larger steps back from the head: hours of a chain in one round trip, for the picture. */
async function historyOf({ endpoint, observation }: L2Look, signal: AbortSignal) {
  const head = Math.max(...observation.samples.map(({ number }) => number))
  const numbers = Array.from({ length: 15 }, (_, step) => head - 2 ** step).filter((number) => number > 0)
  return blockTimes(endpoint, numbers, signal)
}

/** AbortSignal.timeout would keep its timer after the answer; this one is stopped. */
function limitedBy(outer: AbortSignal, ms: number): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  // Every call of every source listens to it.
  setMaxListeners(0, controller.signal)
  const abort = () => controller.abort()
  const timer = setTimeout(abort, ms)
  if (outer.aborted) abort()
  else outer.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
    },
  }
}
