// One JSON-RPC endpoint against a real HTTP server that misbehaves in every way public endpoints do.

import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createRpcEndpoint, endpointName, type RpcEndpointSettings, rpcCall } from '../../../src/rollup/rpc/json-rpc.ts'
import { classifyRpcError, cleanText, secretsOf } from '../../../src/rollup/rpc/rpc-failure.ts'
import { answerWith, type RpcHandler, type RpcServer, sendJson, startRpcServer } from '../../support/rpc-server.ts'

const chainId = rpcCall('eth_chainId', [], z.string())
const blockNumber = rpcCall('eth_blockNumber', [], z.string())
const never = new AbortController().signal
const limits = { signal: never }
const works = answerWith({ eth_chainId: () => '0x1', eth_blockNumber: () => '0x2a' })
const errorBody = (id: unknown, code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } })

let server: RpcServer
beforeEach(async () => {
  server = await startRpcServer(works)
})
afterEach(() => server.stop())

function endpoint(settings: Partial<RpcEndpointSettings> = {}) {
  return createRpcEndpoint({ name: 'node-a', url: server.url, timeoutMs: 5_000, random: () => 0, ...settings })
}

async function failureOf(handler: RpcHandler, settings: Partial<RpcEndpointSettings> = {}) {
  server.handler = handler
  const answer = await endpoint(settings).call(chainId, limits)
  if (answer.ok) throw new Error('expected a failure')
  return answer.failure
}

describe('a working endpoint', () => {
  it('answers one call with one request', async () => {
    expect(await endpoint().call(chainId, limits)).toEqual({ ok: true, value: '0x1' })
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]?.isBatch).toBe(false)
  })

  it('answers a batch in one HTTP request, in the order asked, whatever the order of the answers', async () => {
    server.handler = ({ messages }, response) =>
      sendJson(response, messages.map(({ id, method }) => ({ jsonrpc: '2.0', id, result: method })).reverse())
    expect(await endpoint().batch([chainId, blockNumber], limits)).toEqual([
      { ok: true, value: 'eth_chainId' },
      { ok: true, value: 'eth_blockNumber' },
    ])
    expect(server.requests).toHaveLength(1)
  })

  it('tells a missing method of a batch from the answers beside it', async () => {
    const strange = rpcCall('zks_L1BatchNumber', [], z.string())
    const [first, second] = await endpoint().batch([strange, chainId], limits)
    expect(first).toMatchObject({ ok: false, failure: { kind: 'method-missing', method: 'zks_L1BatchNumber' } })
    expect(second).toEqual({ ok: true, value: '0x1' })
  })

  it('sends a user name and password as a header, which fetch would refuse in the address', async () => {
    const url = server.url.replace('http://', 'http://mei:s3cret%21pass@')
    expect(await endpoint({ url }).call(chainId, limits)).toMatchObject({ ok: true })
    const login = Buffer.from('mei:s3cret!pass').toString('base64')
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${login}`)
  })

  it('splits a batch longer than the endpoint takes', async () => {
    const answers = await endpoint({ maxBatch: 2 }).batch([chainId, blockNumber, chainId], limits)
    expect(answers.map((answer) => answer.ok && answer.value)).toEqual(['0x1', '0x2a', '0x1'])
    expect(server.requests).toHaveLength(2)
  })
})

describe('an endpoint that refuses batches', () => {
  const refusals: readonly (readonly [string, RpcHandler])[] = [
    [
      'one error for the whole batch',
      (_, response) => sendJson(response, errorBody(null, -32600, 'batch not allowed')),
    ],
    ['HTTP 400', (_, response) => sendJson(response, { message: 'Invalid request' }, 400)],
    ['HTTP 500 with words', (_, response) => void response.writeHead(500).end('Batch of more than 3 requests')],
    [
      'an error per call',
      ({ messages }, response) =>
        sendJson(
          response,
          messages.map(({ id }) => errorBody(id, -32000, 'batch requests need a paid plan')),
        ),
    ],
  ]
  for (const [how, refuse] of refusals) {
    it(`with ${how} is asked one by one, and never with a batch again`, async () => {
      server.handler = (request, response) => (request.isBatch ? refuse : works)(request, response)
      const one = endpoint()
      const wanted = [
        { ok: true, value: '0x1' },
        { ok: true, value: '0x2a' },
      ]
      expect(await one.batch([chainId, blockNumber], limits)).toEqual(wanted)
      expect(await one.batch([chainId, blockNumber], limits)).toEqual(wanted)
      expect(server.requests.map(({ isBatch }) => isBatch)).toEqual([true, false, false, false, false])
    })
  }

  it('is not remembered as such when single calls fail as well: it is ill, not batch-shy', async () => {
    server.handler = (_, response) => sendJson(response, { message: 'no' }, 400)
    const one = endpoint()
    const [answer] = await one.batch([chainId, blockNumber], limits)
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'http', code: 400 } })
    server.handler = works
    await one.batch([chainId, blockNumber], limits)
    expect(server.requests.at(-1)?.isBatch).toBe(true)
  })
})

describe('what went wrong is told apart', () => {
  const html = '<!DOCTYPE html><html><body>Just a moment...</body></html>'
  const cases: readonly (readonly [string, string, RpcHandler])[] = [
    ['a web page', 'not-json', (_, response) => void response.writeHead(200).end(html)],
    ['an empty body', 'not-json', (_, response) => void response.writeHead(200).end('')],
    ['JSON cut off in the middle', 'not-json', (_, response) => void response.end('{"jsonrpc":"2.0","id":1,"resul')],
    ['JSON that is no JSON-RPC', 'bad-answer', (_, response) => sendJson(response, { status: 'ok' })],
    ['HTTP 429', 'rate-limited', (_, response) => void response.writeHead(429).end(html)],
    [
      'a JSON-RPC error 429',
      'rate-limited',
      ({ messages }, response) => sendJson(response, errorBody(messages[0]?.id, 429, 'Too many requests')),
    ],
    ['HTTP 503', 'http', (_, response) => void response.writeHead(503).end(html)],
    ['HTTP 403', 'http', (_, response) => void response.writeHead(403).end('forbidden')],
    ['a redirect', 'http', (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    [
      'an answer to another question',
      'bad-answer',
      (_, response) => sendJson(response, { jsonrpc: '2.0', id: 999_999_999, result: '0x1' }),
    ],
    ['words that are no JSON', 'not-json', (_, response) => void response.end('null and void')],
    [
      'neither result nor error',
      'bad-answer',
      ({ messages }, response) => sendJson(response, { jsonrpc: '2.0', id: messages[0]?.id }),
    ],
    [
      'a result of the wrong type',
      'bad-answer',
      ({ messages }, response) => sendJson(response, { jsonrpc: '2.0', id: messages[0]?.id, result: { no: 'text' } }),
    ],
    ['a connection cut before the answer', 'transport', (_, response) => void response.socket?.destroy()],
    [
      'a connection cut in the middle of the body',
      'transport',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"jsonrpc":"2.0",', () => response.socket?.destroy())
      },
    ],
    [
      'a pruned block',
      'pruned',
      ({ messages }, response) =>
        sendJson(response, errorBody(messages[0]?.id, -32602, 'Block with number 1 is pruned')),
    ],
    [
      'an error with HTTP 400 around it',
      'method-missing',
      ({ messages }, response) => sendJson(response, errorBody(messages[0]?.id, -32601, 'no such method'), 400),
    ],
    [
      'a reverted call',
      'reverted',
      ({ messages }, response) => sendJson(response, errorBody(messages[0]?.id, 3, 'execution reverted: F')),
    ],
    [
      'any other error',
      'rpc-error',
      ({ messages }, response) => sendJson(response, errorBody(messages[0]?.id, -32000, 'something odd')),
    ],
    [
      'an error without an id',
      'rpc-error',
      (_, response) => sendJson(response, errorBody(null, -32700, 'parse error')),
    ],
  ]
  for (const [what, kind, handler] of cases) {
    it(`${what}: ${kind}`, async () => {
      const failure = await failureOf(handler)
      expect(failure).toMatchObject({ kind, endpoint: 'node-a', method: 'eth_chainId' })
      expect(failure.text).toMatch(/^node-a \S.+[^.]$/)
    })
  }

  it('an answer longer than the limit: too-large, and the rest is not read', async () => {
    const handler: RpcHandler = ({ messages }, response) =>
      sendJson(response, { jsonrpc: '2.0', id: messages[0]?.id, result: 'x'.repeat(100_000) })
    expect(await failureOf(handler, { maxAnswerBytes: 50_000 })).toMatchObject({ kind: 'too-large' })
  })

  it('an answer left out of a batch costs that call only', async () => {
    server.handler = ({ messages }, response) =>
      sendJson(response, [{ jsonrpc: '2.0', id: messages[1]?.id, result: '0x2a' }])
    expect(await endpoint().batch([chainId, blockNumber], limits)).toMatchObject([
      { ok: false, failure: { kind: 'bad-answer' } },
      { ok: true, value: '0x2a' },
    ])
  })

  it('two answers to one call are no answer', async () => {
    server.handler = ({ messages }, response) =>
      sendJson(
        response,
        [messages[0], messages[0], messages[1]].map((one) => ({ id: one?.id, result: '0x1' })),
      )
    expect(await endpoint().batch([chainId, blockNumber], limits)).toMatchObject([
      { ok: false, failure: { kind: 'bad-answer' } },
      { ok: true },
    ])
  })

  it('a port where nobody listens: transport', async () => {
    await server.stop()
    const answer = await endpoint().call(chainId, limits)
    expect(answer).toMatchObject({ failure: { kind: 'transport', text: 'node-a refused the connection' } })
  })

  const words: readonly (readonly [string, number, string, string])[] = [
    ['eth_getLogs', -32005, 'query returned more than 10000 results', 'too-large'],
    ['eth_getLogs', -32600, 'eth_getLogs is limited to a 5 range', 'too-large'],
    ['eth_getLogs', -32602, 'query exceeds max block range 100000', 'too-large'],
    ['eth_call', -32005, 'daily request limit exceeded', 'rate-limited'],
    ['eth_call', -32016, 'over rate limit', 'rate-limited'],
    ['eth_call', -32000, 'missing trie node 12ab (path )', 'pruned'],
    ['zks_L1BatchNumber', -32000, 'the method zks_L1BatchNumber does not exist/is not available', 'method-missing'],
    ['eth_call', -32000, 'VM Exception while processing transaction: revert q1', 'reverted'],
    ['eth_call', -32603, 'Internal error', 'rpc-error'],
  ]
  for (const [method, code, message, kind] of words) {
    it(`${method} refused with “${message}”: ${kind}`, () => expect(classifyRpcError(method, code, message)).toBe(kind))
  }
})

describe('time', () => {
  it('a server that never answers is given up at the limit', async () => {
    const failure = await failureOf(() => undefined, { timeoutMs: 120 })
    expect(failure).toMatchObject({ kind: 'timeout', text: 'node-a did not answer in time (limit 0.1 s)' })
  })

  it('a server that accepts the connection and says nothing is given up at the limit', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const answer = await endpoint({ url: `http://127.0.0.1:${port}`, timeoutMs: 120 }).call(chainId, limits)
    silent.close()
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
  })

  it('a body that trickles for ever is given up at the limit', async () => {
    let timer: NodeJS.Timeout | undefined
    const failure = await failureOf(
      (_, response) => {
        response.writeHead(200)
        timer = setInterval(() => response.write(' '), 20)
      },
      { timeoutMs: 150 },
    )
    clearInterval(timer)
    expect(failure.kind).toBe('timeout')
  })

  it('the asker can stop it', async () => {
    const stop = new AbortController()
    server.handler = () => stop.abort()
    expect(await endpoint().call(chainId, { signal: stop.signal })).toMatchObject({ failure: { kind: 'timeout' } })
  })

  it('an asker who has stopped already costs no request', async () => {
    const answer = await endpoint().call(chainId, { signal: AbortSignal.abort() })
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
    expect(server.requests).toHaveLength(0)
  })

  it('waiting for a free slot counts: one hung call does not hang the others', async () => {
    server.handler = () => undefined
    const one = endpoint({ concurrency: 1, timeoutMs: 120 })
    const answers = await Promise.all([one.call(chainId, limits), one.call(chainId, limits), one.call(chainId, limits)])
    expect(answers.map((answer) => !answer.ok && answer.failure.kind)).toEqual(['timeout', 'timeout', 'timeout'])
    server.handler = works
    expect(await one.call(chainId, limits)).toMatchObject({ ok: true })
  })

  it('never has more requests under way than allowed, and serves all', async () => {
    let now = 0
    let most = 0
    server.handler = async (request, response) => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      works(request, response)
    }
    const one = endpoint({ concurrency: 2 })
    const answers = await Promise.all(Array.from({ length: 9 }, () => one.call(chainId, limits)))
    expect(answers.every((answer) => answer.ok)).toBe(true)
    expect(most).toBeLessThanOrEqual(2)
  })
})

describe('second tries', () => {
  const onceThenWorks = (first: RpcHandler): RpcHandler => {
    let calls = 0
    return (request, response) => (calls++ === 0 ? first : works)(request, response)
  }

  for (const [what, first] of [
    ['a cut connection', (_, response) => void response.socket?.destroy()],
    ['HTTP 502', (_, response) => void response.writeHead(502).end()],
    ['HTTP 429', (_, response) => void response.writeHead(429).end()],
  ] satisfies readonly (readonly [string, RpcHandler])[]) {
    it(`${what} is tried once more`, async () => {
      server.handler = onceThenWorks(first)
      expect(await endpoint().call(chainId, limits)).toEqual({ ok: true, value: '0x1' })
    })
  }

  it('only the calls of a batch that were limited are asked again', async () => {
    server.handler = onceThenWorks(({ messages }, response) =>
      sendJson(response, [
        { jsonrpc: '2.0', id: messages[0]?.id, result: '0x1' },
        errorBody(messages[1]?.id, 429, 'Too many requests'),
      ]),
    )
    const answers = await endpoint().batch([chainId, blockNumber], limits)
    expect(answers).toEqual([
      { ok: true, value: '0x1' },
      { ok: true, value: '0x2a' },
    ])
    expect(server.requests[1]?.messages.map(({ method }) => method)).toEqual(['eth_blockNumber'])
  })

  it('a server that asks for more patience than there is time keeps its clear failure', async () => {
    const failure = await failureOf((_, response) => void response.writeHead(429, { 'retry-after': '60' }).end())
    expect(failure).toMatchObject({ kind: 'rate-limited', retryAfterMs: 60_000 })
    expect(server.requests).toHaveLength(1)
  })

  it('never more than two tries', async () => {
    await failureOf((_, response) => void response.writeHead(503).end())
    expect(server.requests).toHaveLength(2)
  })

  it('nothing that sends a transaction is sent twice', async () => {
    server.handler = (_, response) => void response.writeHead(503).end()
    await endpoint().call(rpcCall('eth_sendRawTransaction', ['0x00'], z.string()), limits)
    expect(server.requests).toHaveLength(1)
  })
})

describe('secrets', () => {
  const key = 'aVeryLongApiKey0123456789'

  it('no failure repeats the key in the address, also when the server does', async () => {
    const url = `${server.url.replace('http://', 'http://mei:hunter2000@')}/v2/${key}?token=tok-en-123456`
    const echo: RpcHandler = ({ messages, url: path }, response) => {
      const message = `bad project ${key} at https://rpc.example${path} for hunter2000 ${encodeURIComponent(path)}`
      sendJson(response, errorBody(messages[0]?.id, -32000, message))
    }
    const handlers: RpcHandler[] = [
      echo,
      () => undefined,
      (_, response) => void response.socket?.destroy(),
      (_, response) => void response.writeHead(401).end(key),
      (_, response) => void response.writeHead(302, { location: `http://other.example/${key}` }).end(),
    ]
    for (const handler of handlers) {
      const failure = await failureOf(handler, { url, timeoutMs: 400 })
      expect(JSON.stringify(failure)).not.toMatch(new RegExp(`${key}|hunter2000|tok-en|://`))
    }
  })

  it('an address that is no URL is refused without repeating it', () => {
    expect(() => endpoint({ url: `https//rpc.example/${key}` })).toThrow('node-a: its address is not a URL')
  })

  it('an endpoint without a name is called by its host', () => {
    expect(endpointName(`https://mei:pass@rpc.example:8545/v2/${key}`)).toBe('rpc.example:8545')
    expect(endpointName(`not a url ${key}`)).not.toContain(key)
  })

  it('short path words are not cut out of a server’s own words', () => {
    const secrets = secretsOf(new URL('https://rpc.example/v2/rpc/abcdef123456'))
    expect(cleanText('rpc v2 failed for abcdef123456', secrets)).toBe('rpc v2 failed for …')
  })

  it('control and direction characters, line breaks and long texts do not come through', () => {
    const text = cleanText(`a\u0007b\u202Ec\nd ${'e'.repeat(500)}`, [])
    expect(text).toMatch(/^a b c d e+…$/)
    expect([...text].length).toBeLessThanOrEqual(161)
  })
})
