// Every spelling that nodes use for a value becomes one form, and what is no such value is refused.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiamondEventName, numberTopic, readDiamondEvents, topicOf } from '../../../src/rollup/l1/contracts.ts'
import { readRpcAnswers } from '../../../src/rollup/rpc/json-rpc-wire.ts'
import { address, amount, hash, isoTime, quantity, toHex, unixTime } from '../../../src/rollup/rpc/rpc-values.ts'

describe('values', () => {
  for (const [given, number] of [
    ['0x0', 0],
    ['0x1DF6', 7670],
    [7670, 7670],
    ['7670', 7670],
  ] as const) {
    it(`${JSON.stringify(given)} is ${number}`, () => expect(quantity.parse(given)).toBe(number))
  }

  for (const given of ['', '0x', 'abc', -1, 1.5, null, '0x20000000000000', Number.NaN, {}]) {
    it(`${JSON.stringify(given)} is no number`, () => expect(quantity.safeParse(given).success).toBe(false))
  }

  it('amounts stay exact at any size', () => {
    expect(amount.parse('0xfffffffffffffffffffffffffffffffff')).toBe((2n ** 132n - 1n).toString())
    expect(amount.parse('123456789012345678901234567890')).toBe('123456789012345678901234567890')
  })

  it('hashes and addresses are lower case', () => {
    expect(hash.parse(`0x${'AB'.repeat(32)}`)).toBe(`0x${'ab'.repeat(32)}`)
    expect(address.parse(`0x${'AB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
    expect(hash.safeParse(`0x${'ab'.repeat(31)}`).success).toBe(false)
    expect(address.safeParse(`0x${'ab'.repeat(32)}`).success).toBe(false)
  })

  for (const [given, text] of [
    ['2023-09-18T03:50:19.059576Z', '2023-09-18T03:50:19.059576Z'],
    ['2023-09-18T03:50:19.059576+00:00', '2023-09-18T03:50:19.059576Z'],
    ['2023-09-18T11:50:19+08:00', '2023-09-18T03:50:19.000Z'],
    ['2023-09-18T03:50:19Z', '2023-09-18T03:50:19Z'],
  ] as const) {
    it(`${given} is ${text}`, () => expect(isoTime.parse(given)).toBe(text))
  }

  it('a time without a zone is UTC, whatever zone this process runs in', () => {
    expect(isoTime.parse('2023-09-18 03:50:19.059576')).toBe('2023-09-18T03:50:19.059576Z')
  })

  it('no time is refused', () => {
    expect(isoTime.safeParse('yesterday').success).toBe(false)
    expect(unixTime.safeParse(1_694_998_000_000_000_000).success).toBe(false)
    expect(unixTime.parse('0x6507c9f5')).toBe('2023-09-18T03:54:29Z')
  })

  it('hex there and back is the same number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(quantity.parse(toHex(number))).toBe(number)
      }),
    )
  })
})

describe('the diamond’s events', () => {
  /** As published; computed from the signatures they must come out the same. */
  const published: Readonly<Record<DiamondEventName, string>> = {
    BlockCommit: '0x8f2916b2f2d78cc5890ead36c06c0f6d5d112c7e103589947e8e2f0d6eddb763',
    BlocksVerification: '0x22c9005dd88c18b552a1cd7e8b3b937fcde9ca69213c1f658f54d572e4877a81',
    BlockExecution: '0x2402307311a4d6604e4e7b4c8a15a7e1213edb39c16a31efa70afb06030d3165',
    BlocksRevert: '0x8bd4b15ea7d1bc41ea9abc3fc487ccb89cd678a00786584714faa9d751c84ee5',
    BatchPrecommitmentSet: '0xfea115cea8c7414dc6c05dfb20821e4ea72c37b91e666a90ab4ddb5eabade850',
    ReportCommittedBatchRangeZKsyncOS: '0xa2ac105688fc09c2584d6b2e79dd0fc14e6003a20c62ac45aa858e8ed12bb7bb',
    Freeze: '0x615acbaede366d76a8b8cb2a9ada6a71495f0786513d71aa97aaf0c3910b78de',
    Unfreeze: '0x2f05ba71d0df11bf5fa562a6569d70c4f80da84284badbe015ce1456063d0ded',
    ExecuteUpgrade: '0x1dabfc3f4f6a4e74e19be10cc9d1d8e23db03e415d5d3547a1a7d5eb766513ba',
    NewProtocolVersion: '0x4235104f56661fe2e9d2f2a460b42766581bc45ce366c6a30a9f86c8a2b371a7',
    MigrationComplete: '0x96e718f44bd77cb63370212c5aa24a0396d8f43e88e7ce175d160e371c8e2a6a',
    PriorityModeActivated: '0xda04af4f787106e637f750daa649e77618461d93e158fe290bdc230adb7ec248',
    NewPriorityRequest: '0x4531cd5795773d7101c17bdeb9f5ab7f47d7056017506f937083be5d6e77a382',
  }
  for (const [name, topic] of Object.entries(published)) {
    it(`${name} has its published topic`, () => expect(topicOf(name as DiamondEventName)).toBe(topic))
  }

  const diamond = `0x${'d1'.repeat(20)}`
  const word = (byte: string) => `0x${byte.repeat(32)}`
  const commit = {
    address: diamond,
    topics: [published.BlockCommit, numberTopic(7670), word('aa'), word('cc')],
    data: '0x',
    blockNumber: 1,
    blockTimestamp: null,
    transactionHash: word('01'),
    removed: false,
  }

  it('are read from the diamond alone', () => {
    expect(readDiamondEvents([commit], diamond)).toEqual([
      { kind: 'commit', batch: 7670, batchHash: word('aa'), commitment: word('cc') },
    ])
    expect(readDiamondEvents([{ ...commit, address: `0x${'d2'.repeat(20)}` }], diamond)).toEqual([])
  })

  it('that a reorganisation removed don’t count', () => {
    expect(readDiamondEvents([{ ...commit, removed: true }], diamond)).toEqual([])
  })

  it('whatever a log holds, reading it never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 600 }).map((data) => `0x${Buffer.from(data).toString('hex')}`)
    const topic = fc.oneof(
      fc.constantFrom(...Object.values(published)),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((data) => `0x${Buffer.from(data).toString('hex')}`),
    )
    fc.assert(
      fc.property(fc.array(topic, { maxLength: 4 }), bytes, (topics, data) => {
        expect(() => readDiamondEvents([{ ...commit, topics, data }], diamond)).not.toThrow()
      }),
    )
  })
})

describe('whatever a server answers', () => {
  const sent = {
    endpoint: 'node-a',
    sent: [
      { id: 1, method: 'eth_chainId' },
      { id: 2, method: 'eth_getLogs' },
    ],
    asArray: true,
    clean: (text: string) => text,
  }
  const answer = fc.record(
    {
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.constantFrom(1, 2, null, '1'), fc.jsonValue()),
      result: fc.jsonValue(),
      error: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    answer.map((one) => JSON.stringify(one)),
    fc.array(answer, { maxLength: 4 }).map((all) => JSON.stringify(all)),
  )

  it('each call gets exactly one answer, and nothing throws', () => {
    fc.assert(
      fc.property(
        body,
        fc.constantFrom(200, 204, 302, 400, 404, 429, 500, 503),
        fc.boolean(),
        (text, status, asArray) => {
          const calls = asArray ? sent.sent : sent.sent.slice(0, 1)
          const { answers } = readRpcAnswers(
            { ...sent, sent: calls, asArray },
            { status, body: text, retryAfterMs: null },
          )
          expect(answers).toHaveLength(calls.length)
          for (const one of answers) if (!one.ok) expect(one.failure.endpoint).toBe('node-a')
        },
      ),
    )
  })

  it('a result under another id is never taken for ours', () => {
    fc.assert(
      fc.property(
        fc.integer().filter((id) => id !== 1),
        fc.jsonValue(),
        (id, result) => {
          const http = { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result }), retryAfterMs: null }
          const { answers } = readRpcAnswers({ ...sent, sent: sent.sent.slice(0, 1), asArray: false }, http)
          expect(answers[0]?.ok).toBe(false)
        },
      ),
    )
  })
})
