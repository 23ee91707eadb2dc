// What counts as usual from a sample of a chain's last days: old outages inside it, young chains, slow ones.

import { describe, expect, it } from 'vitest'
import { type OutageSettings, readConfig } from '../../../src/config.ts'
import { chooseThresholds, defaultThresholds } from '../../../src/rollup/outage/thresholds.ts'
import { type BatchTimes, bestLearned, usualOf } from '../../../src/rollup/outage/usual.ts'

const [chain] = readConfig({ L2_RPC_URLS: 'http://localhost:1' }, { readFile: () => '' }).chains
const start = 1_770_000_000
const hour = 3600

/** A batch each half hour for a week: committed after ten minutes, proved after two hours, executed after four more. */
function week(
  changes: (at: number) => Partial<Record<'commit' | 'prove' | 'execute', number>> = () => ({}),
): BatchTimes[] {
  return Array.from({ length: 7 * 48 }, (_, half): BatchTimes => {
    const opened = start + half * 1800
    const { commit = 600, prove = 2 * hour, execute = 4 * hour } = changes(half)
    const ended = opened + 1700
    const committed = ended + commit
    const proven = committed + prove
    return { opened, next: opened + 1800, ended, committed, proven, executed: proven + execute }
  })
}

describe('what is usual', () => {
  it('is the median and the slowest of each gap, and says on what it rests', () => {
    const usual = usualOf(week(), [])
    const rests = { samples: 336, from: start, to: start + 335 * 1800 }
    expect(usual).toEqual({
      block: null,
      batch: { median: 1800, p99: 1800, ...rests },
      commit: { median: 600, p99: 600, ...rests },
      prove: { median: 2 * hour, p99: 2 * hour, ...rests },
      execute: { median: 4 * hour, p99: 4 * hour, ...rests },
    })
  })

  it('is from the end of a batch on, and from its beginning where the end is not noted', () => {
    const noted = week().map((one) => ({ ...one, ended: null }))
    expect(usualOf(noted, []).commit?.median).toBe(2300)
  })

  it.each([
    ['ten hours of one day', (half: number) => half >= 100 && half < 120],
    ['two days, one after the other', (half: number) => half >= 96 && half < 190],
  ])('does not take an outage of %s for usual', (_, isOut) => {
    const { commit } = usualOf(
      week((half) => (isOut(half) ? { commit: 10 * hour } : {})),
      [],
    )
    expect(commit).toMatchObject({ median: 600, p99: 600 })
  })

  it('is slow where most days have slow batches', () => {
    const { prove } = usualOf(
      week((half) => (half % 24 === 5 ? { prove: 6 * hour } : {})),
      [],
    )
    expect(prove).toMatchObject({ median: 2 * hour, p99: 6 * hour })
  })

  it('leaves out no day where only a few are known', () => {
    const { commit } = usualOf(week((half) => (half === 60 ? { commit: 5 * hour } : {})).slice(0, 96), [])
    expect(commit?.p99).toBe(5 * hour)
  })

  it('is not known from too few, from what is not done yet, or from times that run backwards', () => {
    expect(usualOf(week().slice(0, 19), []).commit).toBeNull()
    const open = week().map((one, at) => (at < 330 ? { ...one, executed: null } : one))
    expect(usualOf(open, []).execute).toBeNull()
    const backwards = week((half) => (half % 2 === 0 ? { commit: -30 } : {}))
    expect(usualOf(backwards, []).commit).toMatchObject({ samples: 168, median: 600 })
  })

  it('counts blocks by themselves, without the first of the chain', () => {
    const blocks = Array.from({ length: 40 }, (_, at) => ({ time: start + at * hour, seconds: 1 + (at % 4) }))
    const genesis = { time: 0, seconds: start }
    expect(usualOf([], [genesis, ...blocks]).block).toMatchObject({ samples: 40, median: 2, p99: 4 })
  })

  it('is the database’s where both tell, each gap for itself', () => {
    const [database, rpc] = [
      usualOf(week(), []),
      usualOf(
        week(() => ({ commit: 900 })),
        [],
      ),
    ]
    expect(bestLearned({ ...database, prove: null }, rpc)).toEqual({ ...database, prove: rpc.prove })
    expect(bestLearned(null, rpc)).toEqual(rpc)
  })
})

describe('from when on a silence is a fault', () => {
  const chosen = (usual: ReturnType<typeof usualOf>, delay: number | null = null) =>
    chooseThresholds(chain?.outage as OutageSettings, usual, delay).thresholds

  it('is three times the slowest of a hundred, and after the delay for executions', () => {
    const usual = usualOf(
      week(() => ({ commit: 1800, prove: 2 * hour, execute: 4 * hour })),
      [],
    )
    expect(chosen(usual)).toMatchObject({ commit: 5400, prove: 6 * hour, execute: 12 * hour })
    // Three hours from the commit on: one of the four hours after the proof was waiting for that.
    expect(chosen(usual, 3 * hour).execute).toBe(9 * hour)
  })

  it('has a floor and a ceiling, and the sequencer’s is never learned', () => {
    const quick = chosen(
      usualOf(
        week(() => ({ commit: 5, prove: 5, execute: 5 })),
        [],
      ),
    )
    expect(quick).toMatchObject({ commit: 1800, prove: 3600, execute: 3600 })
    const slow = chosen(
      usualOf(
        week(() => ({ commit: 90 * hour, prove: 90 * hour, execute: 90 * hour })),
        [],
      ),
    )
    expect(slow.commit).toBe(4 * defaultThresholds.commit)
    expect(quick.sequencer).toBe(defaultThresholds.sequencer)
  })
})
