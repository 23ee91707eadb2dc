// The line loop: through a pipe every line is answered in order, in a window there is a prompt.

import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { type ChatSettings, createChat } from '../../../src/platforms/terminal/chat.ts'

function open(settings: Partial<ChatSettings> = {}) {
  const input = new PassThrough()
  const output = new PassThrough()
  const asked: string[] = []
  const chat = createChat({
    input,
    output,
    interactive: false,
    history: [],
    complete: async () => [[], ''],
    ask: async (line) => {
      asked.push(line)
    },
    ...settings,
  })
  return { input, output, asked, chat }
}

describe('lines through a pipe', () => {
  it('are all answered, one after the other, before the end', async () => {
    const order: string[] = []
    const { input, chat } = open({
      async ask(line) {
        order.push(`begin ${line}`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`end ${line}`)
      },
    })
    const done = chat.run()
    input.end('one\ntwo\nthree')
    await done
    expect(order).toEqual(['begin one', 'end one', 'begin two', 'end two', 'begin three', 'end three'])
  })

  it('end with exit, and what follows is not asked', async () => {
    const { input, asked, chat } = open()
    const done = chat.run()
    input.write('one\nexit\ntwo\n')
    await done
    expect(asked).toEqual(['one'])
  })

  it('show answers without prompt or colour codes', async () => {
    const { input, output, chat } = open({ ask: async () => chat.print('answer') })
    const done = chat.run()
    input.end('one\n')
    await done
    output.end()
    expect(await text(output)).toBe('answer\n\n')
  })
})

describe('in a window', () => {
  it('a message above the prompt leaves what is typed in place', async () => {
    const { input, output, chat } = open({ interactive: true })
    const done = chat.run()
    input.write('/tra')
    await new Promise((resolve) => setImmediate(resolve))
    chat.print('batch 7670 is proven')
    chat.close()
    await done
    output.end()
    const shown = await text(output)
    expect(shown.indexOf('batch 7670 is proven')).toBeGreaterThan(shown.indexOf('rollcall> '))
    expect(shown.split('batch 7670 is proven')[1]).toContain('/tra')
  })

  it('lines are remembered, newest first', async () => {
    let remembered: readonly string[] = []
    const { input, chat } = open({ interactive: true, history: ['old'], remember: (lines) => (remembered = lines) })
    const done = chat.run()
    input.write('/help\r')
    input.write('exit\r')
    await done
    expect(remembered).toEqual(['exit', '/help', 'old'])
  })

  it('Tab offers what fits', async () => {
    const { input, output, asked, chat } = open({ interactive: true, complete: async (line) => [['/trace'], line] })
    let shown = ''
    output.on('data', (chunk: Buffer) => {
      shown += chunk.toString()
    })
    const done = chat.run()
    input.write('/tr\t')
    await vi.waitFor(() => expect(shown).toContain('ace'))
    input.write('\r')
    input.write('exit\r')
    await done
    expect(asked[0]).toMatch(/^\/trace/)
  })
})
