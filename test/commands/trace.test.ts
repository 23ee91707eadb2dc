// /trace as it is asked: what can be typed, which chain answers, what `notify` promises, and the exit code.
import { describe, expect, it } from 'vitest'
import trace from '../../commands/trace.ts'
import { UserError } from '../../src/core/errors.ts'
import { readLine } from '../../src/core/options.ts'
import type { Reminder } from '../../src/core/records.ts'
import { readTraceInput } from '../../src/rollup/trace/input.ts'
import type { ChainReading, Reading, TraceFacts } from '../../src/services.ts'
import { commitDone, executedFacts, nothingFacts, open, traceHash } from '../support/trace-facts.ts'

const place = { platform: 'telegram', id: '-100', kind: 'group' } as const

interface Asked {
  readonly chains?: Readonly<Record<string, TraceFacts | Error>>
  readonly named?: boolean
  readonly recorded?: boolean
}

async function ask(line: string, { chains = { era: executedFacts }, named = false, recorded = true }: Asked = {}) {
  const inputs: string[] = []
  const added: Partial<Reminder>[] = []
  const all = Object.entries(chains).map(([name, answer]) => ({
    name,
    trace: {
      async trace(input: string) {
        inputs.push(`${name}: ${input}`)
        readTraceInput(input)
        if (answer instanceof Error) throw answer
        return { ...answer, chain: name }
      },
    },
  })) as unknown as ChainReading[]
  const reading = {
    chain: all[0],
    chains: all,
    chainNamed: named,
    signal: new AbortController().signal,
    request: { place },
    reminders: {
      async add(reminder: Partial<Reminder>) {
        added.push(reminder)
        return { recorded }
      },
    },
  } as unknown as Reading
  const facts = await trace.run(readLine(trace.options, line, trace.example), reading)
  return { facts, inputs, added, code: trace.exitCode?.(facts), reply: trace.present(facts) }
}

const notConfigured = new UserError('Nothing to ask about chain testnet: set CORE_DATABASE_URL.', 'not-configured')
const lookedInVain = {
  ...nothingFacts,
  looked: [{ where: 'database', name: 'core database', outcome: 'not-found' }],
} as TraceFacts
const unheard = {
  ...nothingFacts,
  looked: [{ where: 'database', name: 'core database', outcome: 'failed' }],
  findings: [{ code: 'database-unreachable', severity: 'warning', values: {}, text: 'It could not be reached.' }],
} as TraceFacts

describe('what can be typed', () => {
  it.each([
    [traceHash, traceHash],
    [`"${traceHash}"`, traceHash],
    [`transaction=${traceHash}`, traceHash],
    ['batch 7670', 'batch 7670'],
    ['batch=#7,670', 'batch 7670'],
    ['block 15841', 'block 15841'],
    [`https://explorer.zksync.io/tx/${traceHash}`, `https://explorer.zksync.io/tx/${traceHash}`],
  ])('%s', async (line, input) => {
    expect((await ask(line)).inputs).toEqual([`era: ${input}`])
  })

  it.each([
    ['', 'What shall I follow?'],
    ['batch 7670 block 15841', 'One thing at a time: /trace batch 7670 or /trace block 15841'],
    ['0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8', 'That is an address'],
    ['7670', '/trace batch 7670 or /trace block 7670'],
  ])('refuses “%s” with what to type', async (line, sentence) => {
    const asked = ask(line, { chains: { era: executedFacts, testnet: executedFacts } })
    await expect(asked).rejects.toThrow(UserError)
    await expect(asked).rejects.toThrow(sentence)
  })
})

describe('several chains', () => {
  it('are all asked, and the one that knows it answers', async () => {
    const { facts, inputs, code } = await ask(traceHash, { chains: { era: lookedInVain, testnet: executedFacts } })
    expect(inputs).toHaveLength(2)
    expect(facts).toMatchObject({ found: true, chain: 'testnet' })
    expect(code).toBe(0)
  })

  it('are not asked when one is named', async () => {
    const { inputs } = await ask(traceHash, { chains: { era: lookedInVain, testnet: executedFacts }, named: true })
    expect(inputs).toEqual([`era: ${traceHash}`])
  })

  it('with a batch of that number each: the first, and how to ask for the other', async () => {
    const { facts } = await ask('batch 7670', { chains: { era: executedFacts, testnet: executedFacts } })
    expect(facts).toMatchObject({ chain: 'era', findings: [{ code: 'also-on', values: { chains: ['testnet'] } }] })
  })

  it('none of which knows it are named, and so is what could not be asked', async () => {
    const { facts, code, reply } = await ask(traceHash, { chains: { era: lookedInVain, testnet: unheard } })
    expect(code).toBe(1)
    expect(reply.title).toBe('0x0bbb…601a is not known here')
    expect(facts.looked.map(({ name }) => name)).toEqual(['core database of era', 'core database of testnet'])
    expect(facts.findings.map(({ text }) => text)).toEqual([
      'testnet: It could not be reached.',
      expect.stringContaining('No chain knows it: I asked era, testnet.'),
    ])
  })

  it('of which one is not configured still answer from the other', async () => {
    const { facts } = await ask(traceHash, { chains: { era: executedFacts, testnet: notConfigured } })
    expect(facts.found).toBe(true)
    await expect(ask(traceHash, { chains: { testnet: notConfigured } })).rejects.toThrow('set CORE_DATABASE_URL')
  })
})

describe('the exit code', () => {
  it.each([
    ['found', executedFacts, 0],
    ['not found', lookedInVain, 1],
    ['nobody could be asked', unheard, 3],
  ] as const)('of %s', async (_, facts, code) => {
    expect((await ask(traceHash, { chains: { era: facts } })).code).toBe(code)
  })
})

describe('notify', () => {
  const committed = { ...executedFacts, stages: [commitDone, open('prove', {}), open('execute', {})] }

  it('keeps what was done, so that the next stage can be told after a restart', async () => {
    const { added, facts } = await ask(`${traceHash} notify`, { chains: { era: committed } })
    expect(added).toEqual([
      {
        kind: 'trace-notify',
        chain: 'era',
        place,
        payload: { input: traceHash, done: ['included', 'sealed', 'commit'], askedAt: executedFacts.checkedAt },
        firstInSeconds: 30,
      },
    ])
    expect(facts.notify).toEqual({ next: 'prove', recorded: true })
  })

  it('promises nothing that could not be recorded, and nothing where all is done', async () => {
    expect((await ask(`${traceHash} notify`, { chains: { era: committed }, recorded: false })).facts.notify).toEqual({
      next: 'prove',
      recorded: false,
    })
    const { added, facts } = await ask(`${traceHash} notify`)
    expect(added).toEqual([])
    expect(facts.notify).toEqual({ next: null, recorded: false })
  })
})
