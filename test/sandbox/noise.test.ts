// The sandbox's noise: uneven block times and lost or late requests, the same for the same seed.

import { describe, expect, inject, it, vi } from 'vitest'
import { startHttpServer } from '../../sandbox/http-server.ts'
import { ordinaryNoise, roughWeather, unevenBlockTimes } from '../../sandbox/noise.ts'
import { firstChain, fixedNow, startSandbox } from './support.ts'

vi.setConfig({ testTimeout: 60_000 })

const draw = <T>(count: number, next: () => T): readonly T[] => Array.from({ length: count }, next)

describe('noise', () => {
  it('makes blocks come sooner and later, as often as usual on the whole, and leaves out some of L1', () => {
    const times = unevenBlockTimes(ordinaryNoise, 'a seed')
    const l2 = draw(1000, () => times.l2(6))
    expect([Math.min(...l2), Math.max(...l2)]).toEqual([3, 9])
    const mean = l2.reduce((sum, one) => sum + one, 0) / l2.length
    expect(mean).toBeGreaterThan(5.7)
    expect(mean).toBeLessThan(6.3)
    const l1 = draw(1000, () => times.l1(12))
    expect(new Set(l1)).toEqual(new Set([12, 24]))
    expect(l1.filter((one) => one === 24).length).toBeLessThan(100)
  })

  it('is the same for the same seed, and another for another', () => {
    const days = (seed: string) => {
      const [times, weather] = [unevenBlockTimes(ordinaryNoise, seed), roughWeather(ordinaryNoise, seed)]
      return [draw(50, () => times.l2(6)), draw(50, () => weather.next())]
    }
    expect(days('one')).toEqual(days('one'))
    expect(days('one')).not.toEqual(days('other'))
  })

  it('loses a few requests and answers the others late', async () => {
    const respond = () => ({ status: 200, type: 'text/plain', body: 'well' })
    const server = await startHttpServer(respond, roughWeather({ ...ordinaryNoise, lost: 0.2, latencyMs: 5 }, 'rain'))
    try {
      let lost = 0
      for (let at = 0; at < 100; at += 1) {
        const answer = await fetch(server.url).catch(() => null)
        if (answer === null) lost += 1
        else expect(await answer.text()).toBe('well')
      }
      expect(lost).toBeGreaterThan(5)
      expect(lost).toBeLessThan(40)
    } finally {
      await server.stop()
    }
  })

  it('shows in a sandbox that has it, and in no other', async () => {
    const gaps = (blocks: readonly { readonly timestamp: number }[]) =>
      new Set(blocks.slice(1).map(({ timestamp }, at) => timestamp - (blocks[at]?.timestamp ?? 0)))
    const settings = { historyBatches: 4, speed: 1, now: fixedNow, postgresUrl: inject('postgresUrl') }
    const calm = await startSandbox(settings)
    expect([...gaps(firstChain(calm).rollup.blocks)]).toEqual([6])
    const noisy = await startSandbox({ ...settings, noise: ordinaryNoise })
    expect(gaps(firstChain(noisy).rollup.blocks).size).toBeGreaterThan(3)
  })
})
