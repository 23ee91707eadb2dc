// How an explorer's address is extended and where its redirects are followed; nothing of either is ever said.

import { describe, expect, it } from 'vitest'
import { createExplorers } from '../../../../src/rollup/outage/sources/explorers.ts'

interface Asked {
  readonly url: string
  readonly login: string | null
}

/** A world of explorers of the newer family; a host that moved names where to. */
function worldWith(moved: Readonly<Record<string, (asked: URL) => string>> = {}, status = 308) {
  const asked: Asked[] = []
  const request = async (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(String(input))
    asked.push({ url: url.href, login: new Headers(init?.headers).get('authorization') })
    const to = moved[url.origin]
    if (to !== undefined) return new Response(null, { status, headers: { location: to(url) } })
    const block = { number: 7, hash: null, timestamp: '2023-09-12T06:14:00Z' }
    return Response.json(url.pathname.endsWith('/blocks') ? { items: [block] } : { lastSealedBatch: 3 })
  }
  const look = async (url: string) => {
    const watched = [{ name: 'explorer', url, operator: 'acme' }]
    const explorers = createExplorers({ watched, fetch: request as typeof fetch })
    const [seen] = await explorers.look({ signal: new AbortController().signal })
    return seen
  }
  return { asked, look }
}

const readable = { trouble: null, head: { number: 7 }, sealedBatch: 3 }

describe('an explorer’s address', () => {
  it.each([
    ['https://api.example', 'https://api.example/blocks?page=1&limit=1'],
    ['https://api.example/', 'https://api.example/blocks?page=1&limit=1'],
    ['https://api.example/v1/key-in-path/', 'https://api.example/v1/key-in-path/blocks?page=1&limit=1'],
    ['https://api.example/?apikey=a%20b~c', 'https://api.example/blocks?apikey=a%20b~c&page=1&limit=1'],
    ['https://api.example/v1?apikey=KEY#top', 'https://api.example/v1/blocks?apikey=KEY&page=1&limit=1'],
  ])('%s is asked at %s', async (url, wanted) => {
    const { asked, look } = worldWith()
    expect(await look(url)).toMatchObject(readable)
    expect(asked.map((one) => one.url)).toContain(wanted)
  })

  it('keeps a login out of the URL, which fetch would refuse', async () => {
    const { asked, look } = worldWith()
    expect(await look('https://me:word@api.example')).toMatchObject(readable)
    const login = `Basic ${Buffer.from('me:word').toString('base64')}`
    expect(asked[0]).toEqual({ url: 'https://api.example/blocks?page=1&limit=1', login })
  })
})

describe('an explorer that redirects', () => {
  it.each([301, 302, 303, 307, 308])('with %s is followed, its login left behind at another host', async (status) => {
    const moved = { 'http://old.example': ({ pathname, search }: URL) => `https://new.example${pathname}${search}` }
    const { asked, look } = worldWith(moved, status)
    expect(await look('http://me:word@old.example/?apikey=KEY')).toMatchObject(readable)
    const there = asked.find(({ url }) => url.startsWith('https://new.example/blocks'))
    expect(there).toEqual({ url: 'https://new.example/blocks?apikey=KEY&page=1&limit=1', login: null })
  })

  it('keeps its login at the same host', async () => {
    const within = ({ pathname, href }: URL) => (pathname.startsWith('/in/') ? href : `/in${pathname}`)
    const { asked, look } = worldWith({ 'https://old.example': within })
    await look('https://me:word@old.example')
    const inside = asked.filter(({ url }) => url.startsWith('https://old.example/in/'))
    expect(inside.length).toBeGreaterThan(0)
    for (const { login } of inside) expect(login).not.toBeNull()
  })

  it.each([
    ['without encryption', 'http://new.example/secret-target'],
    ['to a machine of our own network', 'https://10.0.0.7/secret-target'],
    ['to something that is not of the web', 'ftp://new.example/secret-target'],
    ['to nonsense', 'https://[secret-target'],
  ])('%s is not followed, and the target is not said', async (_, target) => {
    const { asked, look } = worldWith({ 'https://old.example': () => target })
    const seen = await look('https://old.example')
    expect(seen?.trouble).toMatchObject({ kind: 'http', text: expect.stringMatching(/another address \(HTTP 308\)/) })
    expect(seen?.trouble?.text).not.toMatch(/secret|new\.example|10\.0/)
    expect(asked.every(({ url }) => url.startsWith('https://old.example/'))).toBe(true)
  })

  it('in a circle is given up', async () => {
    const { asked, look } = worldWith({ 'https://old.example': ({ href }: URL) => href })
    const seen = await look('https://old.example')
    expect(seen?.trouble?.text).toBe('sends us from one address to the next (HTTP 308)')
    // Four of each path, of both families.
    expect(asked).toHaveLength(16)
  })
})
