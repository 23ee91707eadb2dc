// Whose turn it is: the beginning of it is told once, and the lease decides.

import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { LeaseAnswer } from '../../src/storage/state-store.ts'
import { createTurn } from '../../src/watch/turn.ts'

function turnOn(answers: readonly LeaseAnswer[]) {
  const rest = [...answers]
  const taken: boolean[] = []
  const next = async () => rest.shift() ?? 'held'
  const lease = { acquire: next, renew: next, release: async () => {} }
  const turn = createTurn({
    lease,
    log: pino({ level: 'silent' }),
    now: () => 0,
    onTaken: () => taken.push(turn.mine()),
  })
  return { turn, taken }
}

it('begins when the copy before it is gone, not only at the start', async () => {
  const { turn, taken } = turnOn(['elsewhere', 'held', 'held'])
  await turn.start()
  expect([turn.mine(), taken]).toEqual([false, []])
  await turn.start()
  expect([turn.mine(), taken]).toEqual([true, [true]])
  await turn.start()
  expect(taken).toEqual([true])
  await turn.stop()
})

it('goes on while the lease can’t be asked, but yields to a copy that was heard', async () => {
  const { turn } = turnOn(['unknown'])
  await turn.start()
  expect(turn.mine()).toBe(true)
  turn.heardAnother()
  expect(turn.mine()).toBe(false)
  await turn.stop()
})
