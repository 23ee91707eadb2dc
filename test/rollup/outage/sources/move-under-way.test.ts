// Which step of a move holds: the end is told on the chain it goes to, and may be out of sight.

import { describe, expect, it } from 'vitest'
import type { Move } from '../../../../src/rollup/l1/moves.ts'
import type { SettledLook } from '../../../../src/rollup/outage/sources/gateway.ts'
import { moveFinding, moveOf, newestMoves } from '../../../../src/rollup/outage/sources/l1-moves.ts'

const now = 1_700_000_000
const day = 86_400
const told = (step: Move['step'], age: number | null, layer: number | null = null): Move => ({
  ...{ step, layer, block: 100, hash: null },
  time: age === null ? null : now - age,
})
/** `on`: the Gateway whose diamond says that the chain settles there; null: on L1, chain 1. */
const look = (moves: readonly Move[], on: number | null = null) =>
  ({
    ...{ chainId: 1, head: { number: 9, hash: null, time: now } },
    state: { moves, settlesOn: on === null ? null : { chainId: on }, gateway: on === null ? null : { chainId: on } },
  }) as unknown as SettledLook

describe('a move', () => {
  it.each<[string, SettledLook | null, boolean | null]>([
    ['of a chain that nobody could look at', null, null],
    ['that nobody told of', look([]), null],
    ['that was announced', look([told('announced', 60)]), true],
    ['that was started, and the chain still settles where it did', look([told('started', 60, 506)]), true],
    [
      'whose start is newer than the end of the one before',
      look([told('finalized', 600), told('started', 60, 506)]),
      true,
    ],
    ['that is over', look([told('finalized', 60), told('started', 600, 506)]), false],
    ['whose end was not seen, and the chain settles there now', look([told('started', 60, 506)], 506), false],
    ['back to L1, whose end was not seen, and the chain settles there now', look([told('started', 60, 1)]), false],
    ['back to L1 that has only begun', look([told('started', 60, 1)], 506), true],
    ['that can’t be put in time is the newest', look([told('finalized', 60), told('started', null, 506)]), true],
  ])('%s', (_, seen, isUnderWay) => {
    expect(moveOf(seen)?.isUnderWay ?? null).toBe(isUnderWay)
  })

  it('that is over is news for some hours, and under way as long as it is remembered', () => {
    expect(moveFinding(look([told('finalized', 3600)])).map(({ code }) => code)).toEqual(['migration-finalized'])
    expect(moveFinding(look([told('finalized', 5 * 3600)]))).toEqual([])
    expect(moveFinding(look([told('started', 5 * 3600, 506)])).map(({ code }) => code)).toEqual(['migration-started'])
  })

  it('is remembered by the newest of each step, for a week', () => {
    const moves = [
      told('started', 8 * day, 9),
      told('started', 2 * day, 506),
      told('announced', 3 * day),
      told('started', day, 507),
    ]
    expect(newestMoves(moves, now).map(({ step, layer }) => [step, layer])).toEqual([
      ['announced', null],
      ['started', 507],
    ])
  })
})
