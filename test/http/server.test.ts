// What the machine that runs the bot can ask it.

import { afterEach, expect, it } from 'vitest'
import { createRequestCounter, type HttpParts, startHttpServer } from '../../src/http/server.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start(platforms: ReturnType<HttpParts['platforms']>) {
  const requests = createRequestCounter()
  const server = await startHttpServer({ port: 0, platforms: () => platforms, recording: () => false, requests })
  stops.push(() => server.stop())
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return { status: response.status, body: await response.text() }
  }
  return { get, requests }
}

it('is ready only while every configured platform is, and names the one that is not', async () => {
  const { get } = await start([
    { name: 'discord', health: { ready: false, why: 'the token is wrong: set DISCORD_TOKEN anew' } },
    { name: 'telegram', health: { ready: true } },
  ])
  const { status, body } = await get('/readyz')
  expect(status).toBe(503)
  expect(JSON.parse(body)).toEqual({
    ready: false,
    recording: false,
    platforms: [
      { name: 'discord', ready: false, why: 'the token is wrong: set DISCORD_TOKEN anew' },
      { name: 'telegram', ready: true },
    ],
  })
  expect((await get('/healthz')).status).toBe(200)
})

it('counts requests by outcome', async () => {
  const { get, requests } = await start([{ name: 'telegram', health: { ready: true } }])
  requests.count('answered', 0.5)
  requests.count('answered', 1)
  const { body } = await get('/metrics')
  expect(body).toContain('rollcall_requests_total{outcome="answered"} 2\n')
  expect(body).toContain('rollcall_request_seconds_total{outcome="answered"} 1.5\n')
  expect(body).toContain('rollcall_platform_ready{platform="telegram"} 1\n')
  expect((await get('/readyz?x')).status).toBe(200)
  expect((await get('/other')).status).toBe(404)
})
