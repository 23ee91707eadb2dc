// What a reply becomes on Telegram: golden files of every block kind, and no way to break a limit or make text live.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, Inline, Reply } from '../../../src/core/reply.ts'
import { type Payload, render, renderEdit } from '../../../src/platforms/telegram/render.ts'
import { withoutJoiners } from '../../../src/platforms/telegram/text.ts'
import { findLive, refuseText } from '../../fakes/telegram/entities.ts'
import { showText } from '../../fakes/telegram/transcript.ts'
import type { Entity } from '../../fakes/telegram/world.ts'
import { everyBlock, longTable, longText, wakesPeople } from './sample-replies.ts'

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47])

function show(payloads: readonly Payload[]): string {
  return payloads.map(showPayload).join('\n\n')
}

function showPayload(payload: Payload): string {
  if (payload.kind === 'document') {
    const lines = payload.content.split('\n')
    return `== document ${payload.name}: ${lines.length} lines ==\n${lines.slice(0, 4).join('\n')}`
  }
  const buttons = payload.keyboard.map((row) =>
    row.map(({ text, style }) => `[${text}${style ? `: ${style}` : ''}]`).join(' '),
  )
  const text = showText(payload.text, payload.entities as readonly Entity[]).replaceAll('\u2060', '·')
  return [
    `== ${payload.kind}, ${payload.text.length} units, ${payload.entities.length} entities ==`,
    text,
    ...buttons,
  ].join('\n')
}

const pictureOf = (reply: Reply) =>
  new Map(reply.blocks.filter((block) => block.kind === 'image').map((block) => [block as Block, png as Uint8Array]))

describe('a reply on Telegram', () => {
  const mentions = { approval: ['telegram-user:7'], alert: ['telegram-user:7', 'discord-role:9', 'telegram-user:8'] }
  it.each([
    ['every-block', () => render(everyBlock)],
    ['picture', () => render(everyBlock, { pictures: pictureOf(everyBlock) })],
    ['long-table', () => render(longTable)],
    ['long-text', () => render(longText)],
    ['wakes-people', () => render(wakesPeople, { mentions })],
    ['edit-of-a-caption', () => [{ kind: 'text' as const, ...renderEdit(longText, 'caption') }]],
  ])('%s looks like its golden file', async (name, make) => {
    await expect(`${show(make())}\n`).toMatchFileSnapshot(`../../golden/telegram-${name}.txt`)
  })

  it('puts text that fits a caption under its picture, and longer text beside it', () => {
    expect(render(everyBlock, { pictures: pictureOf(everyBlock) }).map(({ kind }) => kind)).toEqual(['photo'])
    const long = { ...everyBlock, blocks: [...longText.blocks.slice(0, 2), ...everyBlock.blocks] }
    expect(render(long, { pictures: pictureOf(everyBlock) }).map(({ kind }) => kind)).toEqual(['text', 'photo'])
  })

  it('says what a picture shows where it could not be drawn', () => {
    const [payload] = render(everyBlock)
    expect(payload).toMatchObject({ kind: 'text', text: expect.stringContaining('Commits per hour') })
  })

  it('never cuts inside a row of a table', () => {
    const [payload, file] = render(longTable)
    const text = (payload as { text: string }).text
    expect(text.match(/out of memory on the GPU$/gm)?.length).toBe(11)
    expect(text).toContain('12 of 340 rows shown')
    expect(file).toMatchObject({ kind: 'document', name: 'stuck-1139.csv' })
    expect((file as { content: string }).content.trim().split('\n')).toHaveLength(341)
  })

  it('attaches each table of an export, also where all of it is shown', () => {
    const table = (name: string) => ({ kind: 'table', name, attach: true, columns: ['id'], rows: [['7']] }) as const
    const [payload, ...files] = render({ tone: 'good', title: 'Export', blocks: [table('changes'), table('requests')] })
    expect((payload as { text: string }).text).toContain('All of it is in changes.csv and requests.csv.')
    expect(files).toMatchObject([
      { kind: 'document', name: 'changes.csv', content: 'id\n7\n' },
      { kind: 'document', name: 'requests.csv', content: 'id\n7\n' },
    ])
  })

  it('shows an example command as text that works when it is copied and sent back', () => {
    const [payload] = render({
      tone: 'neutral',
      title: 'Help',
      blocks: [{ kind: 'list', items: ['/prover-status 4211'] }],
    })
    const text = (payload as { text: string }).text
    expect(findLive(text, [])).toEqual([])
    expect(withoutJoiners(text)).toContain('• /prover-status 4211')
  })

  it('drops buttons that no press could carry', () => {
    const action = (id: string) => ({ label: 'x', style: 'plain' as const, id })
    const reply: Reply = {
      tone: 'good',
      title: 'x',
      blocks: [],
      actions: [action('é'.repeat(33)), action(''), action('ok'), action('ok')],
    }
    expect(renderEdit(reply, 'text').keyboard).toEqual([[{ text: 'x', callback_data: 'ok' }]])
  })
})

const nasty = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        '@durov',
        '@',
        'durov',
        '/requeue',
        '/',
        '#tag',
        '#',
        '$ETH',
        '$',
        'https://evil.example/x',
        'https:',
        '//',
        ':',
        '.',
      ],
      ...[
        'evil.zip',
        'evil',
        'com',
        '10.0.0.1',
        'tg://resolve?domain=x',
        'a@evil.example',
        '+12025550123',
        '+1',
        '2025550123',
      ],
      ...[
        '4111111111111111',
        '1000000000000000000',
        '\u202e',
        '\u200b',
        '\u2066',
        '\ud800',
        '\udc00',
        '😀',
        '👨‍👩‍👧',
        '\u0000',
      ],
      ...[
        '\u0301'.repeat(40),
        'مرحبا',
        '``` ',
        '<b>',
        '[x](http://e.vil)',
        '\n',
        '\r\n',
        '\u2028',
        ' ',
        '\u3164',
        '12.5',
      ],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
)
const hostile = fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join(''))
const inline: fc.Arbitrary<Inline> = fc.oneof(
  hostile,
  hostile.map((text) => ({ bold: text })),
  hostile.map((text) => ({ code: text })),
  fc.tuple(hostile, fc.oneof(hostile, fc.webUrl())).map(([text, url]) => ({ link: text, url })),
  fc.date({ noInvalidDate: false }).map((time) => ({ time })),
)
const textOf = fc.oneof(inline, fc.array(inline, { maxLength: 5 }))
const block: fc.Arbitrary<Block> = fc.oneof(
  textOf.map((text) => ({ kind: 'paragraph' as const, text })),
  fc.array(fc.tuple(hostile, textOf), { maxLength: 60 }).map((facts) => ({ kind: 'facts' as const, facts })),
  fc.array(textOf, { maxLength: 60 }).map((items) => ({ kind: 'list' as const, items })),
  fc
    .tuple(
      fc.array(hostile, { minLength: 1, maxLength: 4 }),
      fc.array(fc.array(hostile, { maxLength: 5 }), { maxLength: 40 }),
    )
    .map(([columns, rows]) => ({ kind: 'table' as const, columns, rows })),
  hostile.map((text) => ({ kind: 'code' as const, text })),
  hostile.map((description) => ({ kind: 'image' as const, picture: 'x', data: null, description })),
)
const reply: fc.Arbitrary<Reply> = fc.record({
  tone: fc.constantFrom('good' as const, 'warning' as const, 'bad' as const, 'neutral' as const),
  title: hostile,
  blocks: fc.array(block, { maxLength: 8 }),
  actions: fc.array(
    fc.record({ label: hostile, style: fc.constantFrom('danger' as const, 'plain' as const), id: hostile }),
    { maxLength: 8 },
  ),
})

function check(sample: Reply, drawn: boolean): void {
  const pictures = drawn ? pictureOf(sample) : new Map<Block, Uint8Array>()
  const edits = [renderEdit(sample, 'text'), renderEdit(sample, 'caption')]
  for (const payload of [
    ...render(sample, { pictures }),
    ...edits.map((edit) => ({ kind: 'text' as const, ...edit })),
  ]) {
    if (payload.kind === 'document') {
      expect(payload.content.length).toBeGreaterThan(0)
      expect(payload.content.length).toBeLessThanOrEqual(4_000_000)
      continue
    }
    const entities = payload.entities as readonly Entity[]
    expect(refuseText(payload.text, entities, payload.kind === 'photo' ? 1024 : 4096)).toBeNull()
    expect(findLive(payload.text, entities)).toEqual([])
    expect(findLive(payload.plain, [])).toEqual([])
    expect(payload.plain.length).toBeLessThanOrEqual(4096)
    expect(payload.text).not.toMatch(/(?!\n)\p{Cc}|\p{Cs}|[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u)
    expect(payload.kind === 'photo' || payload.text.trim() !== '').toBe(true)
    const buttons = payload.keyboard.flat()
    expect(buttons.every(({ callback_data }) => Buffer.byteLength(callback_data) <= 64)).toBe(true)
    expect(buttons.every(({ text }) => text.trim() !== '' && text.length <= 40)).toBe(true)
  }
}

describe('no reply, however hostile,', () => {
  it('breaks a limit, makes anything live, or hides a character', () => {
    fc.assert(fc.property(reply, fc.boolean(), check), { numRuns: 200 })
  }, 120_000)

  it('does so with a megabyte of it either', () => {
    const megabyte = nasty.map((part) => (part || 'x').repeat(Math.ceil(1_000_000 / (part.length || 1))))
    const shapes = (text: string): readonly Block[] => [
      { kind: 'paragraph', text },
      { kind: 'list', items: [{ code: text }, { bold: text }, { link: text, url: `https://example.com/${text}` }] },
      { kind: 'facts', facts: [[text, text]] },
      { kind: 'table', columns: [text], rows: [[text]] },
      { kind: 'code', text },
      { kind: 'image', picture: 'x', data: null, description: text },
    ]
    fc.assert(
      fc.property(megabyte, fc.nat(5), (text, index) => {
        check({ tone: 'bad', title: text, blocks: [shapes(text)[index] as Block] }, true)
      }),
      { numRuns: 20 },
    )
  }, 120_000)
})
