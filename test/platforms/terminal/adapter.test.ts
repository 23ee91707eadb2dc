// A line is a request, a number presses, and later messages void earlier numbers.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/core/reply.ts'
import type { Ask, Request } from '../../../src/core/request.ts'
import { createTerminal, readCommandLine } from '../../../src/platforms/terminal/adapter.ts'

const withActions: Reply = {
  tone: 'warning',
  title: 'Requeue 3 jobs?',
  blocks: [],
  actions: [
    { label: 'Confirm', style: 'danger', id: 'a:x.1' },
    { label: 'Cancel', style: 'plain', id: 'c:x.1' },
  ],
}

function open(answer: (ask: Ask) => Reply) {
  const printed: string[] = []
  const requests: Request[] = []
  const terminal = createTerminal(
    {
      user: 'mei',
      print: (text) => printed.push(text),
      render: () => ({ width: 80, colour: false, actions: 'numbered' }),
      now: () => new Date('2026-01-02T03:04:05Z'),
    },
    {
      async handle(request, conversation) {
        requests.push(request)
        await conversation.acknowledge('public')
        await conversation.answer(answer(request.ask))
      },
      complete: async () => [],
    },
  )
  return { terminal, printed, requests }
}

describe('a line', () => {
  it.each([
    ['/trace 0xab notify', 'trace', '0xab notify'],
    ['trace 0xab', 'trace', '0xab'],
    ['  rollcall trace 0xab ', 'trace', '0xab'],
    ['/is-chain-down "two  spaces"\nand a line', 'is-chain-down', '"two  spaces"\nand a line'],
  ])('%j asks for a command', (line, name, text) => {
    expect(readCommandLine(line)).toEqual({ kind: 'command', name, input: { text } })
  })

  it.each(['', '   ', '/', ' / '])('%j asks for nothing', async (line) => {
    const { terminal, requests } = open(() => withActions)
    await terminal.ask(line)
    expect(requests).toEqual([])
  })

  it('comes from the person at the shell', async () => {
    const { terminal, requests } = open(() => withActions)
    await terminal.ask('/trace 1')
    expect(requests[0]).toMatchObject({
      caller: { account: 'terminal:mei', standing: 'person' },
      place: { platform: 'terminal', kind: 'terminal' },
      lateSeconds: 0,
    })
    await terminal.ask('/trace 1')
    expect(requests[1]?.id).not.toBe(requests[0]?.id)
  })
})

describe('a number', () => {
  it('presses an action of the newest answer that has any', async () => {
    const { terminal, requests } = open((ask) =>
      ask.kind === 'command' && ask.name === 'requeue' ? withActions : { tone: 'good', title: 'ok', blocks: [] },
    )
    await terminal.ask('/requeue 1139')
    await terminal.ask('/help')
    await terminal.ask(' 2 ')
    expect(requests[2]?.ask).toMatchObject({
      kind: 'press',
      action: 'c:x.1',
      message: { platform: 'terminal', message: '1' },
    })
  })

  it('that fits no action says which there are', async () => {
    const { terminal, printed, requests } = open(() => withActions)
    await terminal.ask('1')
    expect(printed.at(-1)).toContain('No answer here has actions.')
    await terminal.ask('/requeue 1139')
    await terminal.ask('3')
    await terminal.ask('0')
    expect(printed.at(-1)).toContain('The last answer has actions 1 to 2.')
    expect(requests).toHaveLength(1)
  })

  it('presses nothing any more once its message was changed', async () => {
    const { terminal, printed, requests } = open(() => withActions)
    await terminal.ask('/requeue 1139')
    const message = { platform: 'terminal' as const, place: 'terminal:mei', message: '1' }
    expect(await terminal.edit(message, { tone: 'good', title: 'Requeued 3 jobs', blocks: [] })).toBe('edited')
    expect(printed.at(-1)).toContain('Requeued 3 jobs')
    await terminal.ask('1')
    expect(requests).toHaveLength(1)
    expect(await terminal.edit({ ...message, message: '77' }, withActions)).toBe('gone')
  })
})

it('no line makes it fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.nat(12).map(String)), { maxLength: 6 }),
      async (lines) => {
        const { terminal } = open(() => withActions)
        for (const line of lines) await terminal.ask(line)
      },
    ),
  )
})
