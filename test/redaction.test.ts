// Nothing secret is left in a text, and what people need to read stays.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, isKeyLike, isSecretName } from '../src/redaction.ts'

const bare = createRedactor([])

describe('without knowing the secrets', () => {
  test.each([
    ['postgres://reader:hunter22@db.example:5432/core', 'postgres://db.example:5432/core'],
    ['postgresql://reader:hu/nt?er#22@db.example/core', 'postgresql://db.example/core'],
    ['https://user:hu/nter@node.example/x', 'https://node.example/x'],
    ['https://8Hs9aKq02mXkQ4@node.example', 'https://node.example'],
    ['https://node.example/v2/8Hs9aKq02mXkQ4zz.', 'https://node.example/v2/***.'],
    ['https://8hs9akq02mxkq4zz.rpc.example/', 'https://***.rpc.example/'],
    ['(https://lb.example/ogrpc?network=zksync&dkey=abc)', '(https://lb.example/ogrpc?network=***&dkey=***'],
    ['https://node.example/?8Hs9aKq02mXkQ4', 'https://node.example/?***'],
    ['https://node.example/rpc;key=abc/x#tok', 'https://node.example/rpc;key=***/x#***'],
    ['wss://node.example/ws/550e8400-e29b-41d4-a716-446655440000', 'wss://node.example/ws/***'],
    ['GET /bot1234567890:AAHs9aKq02mXkQ4zz-AAHs9aKq02mXkQ4zz/getMe', 'GET /bot***/getMe'],
    ['https://api.telegram.org/bot1234567890%3AAAHs9aKq02mXkQ4zzAAHs9aKq02mXkQ4zz/', 'https://api.telegram.org/***/'],
    ['/interactions/123456789012345678/aW50ZXJhY3Rpb246MTIz/callback', '/interactions/123456789012345678/***/callback'],
    [
      'https://discord.com/api/v10/webhooks/12345/abc-DEF_1/messages/@original',
      'https://discord.com/api/v10/webhooks/12345/***/messages/@original',
    ],
    ['token aW50ZXJhY3Rpb246MTIzNDU2Nzg5', 'token ***'],
    [
      'Authorization: Bot MTIzNDU2Nzg5MDEyMzQ1Njc4OTA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789',
      'Authorization: Bot ***',
    ],
    ['Basic cmVhZGVyOmh1bnRlcjIy', 'Basic ***'],
    ['host=db user=reader password=hunter22 dbname=core', 'host=db user=reader password=*** dbname=core'],
    ['{"api_key":"hunter22","x":1}', '{"api_key":"***","x":1}'],
  ])('%s is cleaned', (text, clean) => {
    expect(bare(text)).toBe(clean)
  })

  test.each([
    'batch 7670 → 0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a',
    'https://etherscan.io/tx/0x0b01e199877faef52b95477119f53bf546a2915bc903132331f41542e58da53d',
    'https://explorer.zksync.io/address/0x32400084c286cf3e17e7b677ea9583e60a000324',
    'https://block-explorer-api.mainnet.zksync.io/batches/208455',
    'connect ECONNREFUSED 127.0.0.1:5432 at 2023-09-18T03:50:19.059576Z',
    'relation "proof_generation_details" does not exist',
    'commands are registered: trace, prover-status; Basic configuration done; Bot started',
    'FRI_PROVER_GENERATION_TIMEOUT_IN_SECS=600 is assumed',
  ])('%s stays as it is', (text) => {
    expect(bare(text)).toBe(text)
  })
})

describe('a known secret', () => {
  const letters = 'abcXYZ019-_.~!$&()+;=:@/?#[]%"\\ äß漢🙂{}|^`<>'
  const unit = fc.constantFrom(...letters)
  const secret = fc
    .string({ unit, minLength: 8, maxLength: 40 })
    .filter((text) => text.trim() === text && /[a-z0-9漢]/i.test(text) && !/^[\w.-]+=[a-z]+:\/\//i.test(text))
  const spellings: readonly ((text: string) => string)[] = [
    (text) => text,
    encodeURIComponent,
    (text) => encodeURIComponent(encodeURIComponent(text)),
    (text) => encodeURIComponent(text).toLowerCase(),
    (text) => JSON.stringify(text).slice(1, -1),
    (text) => JSON.stringify(JSON.stringify(text)).slice(2, -2),
    (text) => text.replaceAll('/', '\\/'),
    (text) => [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ]

  test('as a token is removed in every spelling, wherever it stands', () => {
    const before = fc.constantFrom('', 'x', ' ', '"', 'https://node.example/', '{"a":"', 'Error: ')
    fc.assert(
      fc.property(secret, before, before, fc.integer({ min: 0, max: 6 }), (token, front, back, index) => {
        const spelled = (spellings[index] as (text: string) => string)(token)
        const clean = createRedactor([token])(front + spelled + back)
        return !clean.includes(token) && !clean.toLowerCase().includes(spelled.toLowerCase())
      }),
      { numRuns: 200 },
    )
  })

  test('in any part of a node’s address is removed, also where it stands alone', () => {
    const key = fc.string({
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-'),
      minLength: 16,
      maxLength: 64,
    })
    const places: readonly ((key: string) => string)[] = [
      (k) => `https://${k}@node.example/`,
      (k) => `https://user:${k}@node.example/rpc`,
      (k) => `https://node.example/v2/${k}`,
      (k) => `https://node.example/${k}/rpc`,
      (k) => `https://node.example/rpc?key=${k}`,
      (k) => `https://node.example/rpc?${k}`,
      (k) => `https://node.example/rpc?chain=1&x=y#${k}`,
      (k) => `name=https://node.example/rpc;token=${k},https://other.example`,
      (k) => `postgres://user:${k}@db/core?sslmode=require`,
      (k) => `postgres://user@db/core?password=${k}`,
    ]
    const random = key.filter((k) => /\d/.test(k) && /[a-z]/i.test(k) && /^[a-z0-9]/i.test(k))
    fc.assert(
      fc.property(random, fc.constantFrom(...places), (k, place) => {
        const redact = createRedactor([place(k)])
        for (const text of [k, place(k), `failed: ${place(k)} (${k})`, JSON.stringify({ url: place(k) }), `/${k}/x`]) {
          if (redact(text).toLowerCase().includes(k.toLowerCase())) return false
        }
        return true
      }),
      { numRuns: 200 },
    )
  })

  test('that is a password of a database is removed alone, encoded, and as basic authorisation', () => {
    fc.assert(
      fc.property(secret, (password) => {
        const redact = createRedactor([`postgres://reader:${encodeURIComponent(password)}@db/core`])
        const basic = Buffer.from(`reader:${password}`).toString('base64')
        const clean = redact(`password authentication failed (${password}) ${encodeURIComponent(password)} ${basic}`)
        return !clean.includes(password) && !clean.includes(encodeURIComponent(password)) && !clean.includes(basic)
      }),
      { numRuns: 200 },
    )
  })

  test('that is short is removed as a word, and does not eat the letters of other words', () => {
    const redact = createRedactor(['postgres://reader:test@db/core'])
    expect(redact('auth with test failed; the fastest latest attempt')).toBe(
      'auth with *** failed; the fastest latest attempt',
    )
  })

  test('made of plain words in a path is removed, because the address is known', () => {
    const redact = createRedactor(['https://node.example/our-private-entry'])
    expect(redact('POST /our-private-entry 500 and https://node.example/our-private-entry')).toBe(
      'POST *** 500 and https://node.example***',
    )
  })

  test('leaves ordinary words of an address readable', () => {
    const redact = createRedactor(['https://lb.example/ogrpc?network=zksync&dkey=abcdefgh12'])
    expect(redact('zksync network at lb.example')).toBe('zksync network at lb.example')
  })
})

test('cleaning twice changes nothing more, and never fails', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.webUrl({ withQueryParameters: true }),
      (text, url) => {
        const once = bare(`${text} ${url}`)
        return bare(once) === once
      },
    ),
  )
})

test('no text makes the patterns go back and forth over it', () => {
  const redact = createRedactor(['https://node.example/v2/8Hs9aKq02mXkQ4zz', 'token-token-token-1'])
  const started = process.hrtime.bigint()
  for (const piece of [
    'a.',
    'https://',
    'https://"',
    'x:@',
    'password=',
    'Bot ',
    '%25',
    '%2525',
    '\\',
    'A-_.',
    'token-',
    '://a:',
  ]) {
    redact(piece.repeat(30_000 / piece.length))
  }
  // Such a pattern would take minutes; this takes a fraction of a second.
  expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(20)
})

test.each([
  ['8Hs9aKq02mXkQ4', true],
  ['550e8400-e29b-41d4-a716-446655440000', true],
  ['block-explorer-api', false],
  ['eth-sepolia-2', false],
  ['v2', false],
  ['208455', false],
  ['getTransactionReceipt', false],
  ['abcdefghijklmnopqrstuvwx', true],
])('%s is key-like: %s', (word, expected) => {
  expect(isKeyLike(word)).toBe(expected)
})

test.each([
  ['password', true],
  ['botToken', true],
  ['x-api-key', true],
  ['Authorization', true],
  ['key', false],
  ['tokens', false],
  ['author', false],
])('a field named %s hides its value: %s', (name, expected) => {
  expect(isSecretName(name)).toBe(expected)
})
