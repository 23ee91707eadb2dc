// Pictures come out as PNGs from the thread, and one that can't be drawn costs only itself.

import { pino } from 'pino'
import { afterAll, expect, it } from 'vitest'
import { createDrawing } from '../../src/charts/draw.ts'
import { drawPicture } from '../../src/charts/picture.ts'
import type { ProverQueueData } from '../../src/charts/prover-queue.ts'

const drawing = createDrawing({ log: pino({ level: 'silent' }), patienceMs: 25_000 })
afterAll(() => drawing.stop())

const queue: ProverQueueData = {
  hours: Array.from({ length: 24 }, (_, hour) => ({
    hour: new Date(Date.UTC(2023, 8, 5, hour)).toISOString(),
    arrived: 300 - hour,
    finished: hour * 10,
    open: 40,
  })),
  proofTimes: [{ batch: 1139, finishedAt: '2023-09-05T11:27:00Z', seconds: 2700 }],
}

function dimensions(png: Uint8Array): readonly [number, number] {
  const bytes = Buffer.from(png)
  expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG')
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

it('draws in the thread', async () => {
  const png = await drawing.draw('prover-queue', queue)
  expect(png && dimensions(png)).toEqual([1000, 560])
})

it('answers null for a picture it does not know or data that do not fit, and goes on', async () => {
  expect(await drawing.draw('nothing', {})).toBeNull()
  expect(await drawing.draw('prover-queue', { hours: 7 })).toBeNull()
  expect(await drawing.draw('prover-queue', queue)).not.toBeNull()
})

it('draws a day without a single job', () => {
  expect(dimensions(drawPicture('prover-queue', { hours: [], proofTimes: [] }))).toEqual([1000, 560])
})

it.each([0, 1, 96])('draws %d samples of the queue, with a gap where nobody watched', (count) => {
  const samples = Array.from({ length: count }, (_, index) => ({
    at: new Date(Date.UTC(2023, 8, 5) + (index < 40 ? index : index + 12) * 900_000).toISOString(),
    queued: index,
    running: 3,
    inGpuProof: 2,
    failed: 0,
    exhausted: index > 20 ? 2 : 0,
  }))
  expect(dimensions(drawPicture('prover-states', { samples }))).toEqual([1000, 560])
})

it.each([0, 1, 6])('draws a timeline of %d milestones', (count) => {
  const states = ['done', 'under-way', 'open', 'failed'] as const
  const steps = Array.from({ length: count }, (_, index) => ({
    milestone: `stage ${index}`,
    state: states[index % 4] ?? 'open',
    at: index % 2 === 0 ? '2023-09-18T03:50:19Z' : null,
    afterSeconds: index * 1000,
  }))
  expect(dimensions(drawPicture('trace-timeline', { title: 'Transaction 0x0bbb…601a', steps }))).toEqual([1000, 560])
})
