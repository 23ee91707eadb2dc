// What a reply becomes in a terminal: golden files of every block kind, and no text that could steer or break it.

import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, Inline, Reply } from '../../../src/core/reply.ts'
import { type RenderSettings, render } from '../../../src/platforms/terminal/render.ts'
import { columns, longestWord } from '../../../src/platforms/terminal/text.ts'
import { everyBlock, longTable, longText } from '../telegram/sample-replies.ts'

const plain: RenderSettings = { width: 80, colour: false, actions: 'numbered' }

const chinese: Reply = {
  tone: 'bad',
  title: '排序器停止出块：区块高度冻结在 13641404 已经超过三十七分钟，请立即检查节点和数据库',
  blocks: [
    {
      kind: 'facts',
      facts: [
        ['区块', '13641404'],
        ['batch', '208455 👩‍🚀 on its way'],
      ],
    },
    {
      kind: 'table',
      columns: ['来源', 'height'],
      rows: [
        ['浏览器', '13641404'],
        ['rpc', '13641999'],
      ],
    },
  ],
}

describe('a reply in the terminal', () => {
  it.each<[string, Reply, RenderSettings]>([
    ['every-block', everyBlock, plain],
    ['every-block-in-colour', everyBlock, { ...plain, colour: true }],
    ['every-block-narrow', everyBlock, { ...plain, width: 40 }],
    ['shell-call', everyBlock, { ...plain, actions: 'calls' }],
    ['long-table', { ...longTable, blocks: longTable.blocks.slice(0, 1) }, plain],
    ['long-text', longText, plain],
    ['wide-characters', chinese, plain],
  ])('%s looks like its golden file', async (name, reply, settings) => {
    const text = render(reply, settings).replaceAll('\x1b', '␛')
    await expect(`${text}\n`).toMatchFileSnapshot(`../../golden/terminal-${name}.txt`)
  })

  it('puts a table that is wider than the window one row after the other, whole', () => {
    const table: Block = { kind: 'table', columns: ['key', 'error'], rows: [['a'.repeat(30), 'b '.repeat(40)]] }
    const text = render({ tone: 'bad', title: 'x', blocks: [table] }, plain)
    expect(text).toContain(`• key: ${'a'.repeat(30)} · error: b b`)
    expect(text.match(/b/g)).toHaveLength(40)
  })

  it('keeps a hash in one piece, so that it can be copied', () => {
    const hash = `0x${'ab'.repeat(32)}`
    expect(
      render({ tone: 'good', title: 'x', blocks: [{ kind: 'paragraph', text: hash }] }, { ...plain, width: 40 }),
    ).toContain(hash)
  })

  it('can’t be told to move, hide, ring or change direction', () => {
    const evil = 'a\x1b[2J\x1b]0;owned\x07\u202eb\u200bc\rd\x9b31m\u0000'
    const block: Block = { kind: 'code', text: evil }
    const text = render(
      { tone: 'bad', title: evil, blocks: [block], actions: [{ label: evil, style: 'plain', id: 'x' }] },
      plain,
    )
    expect(text).toContain('a[2J]0;ownedbc')
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\u202e\u200b]/u)
  })

  it('says how much of a huge text or table is missing', () => {
    const blocks: Block[] = [
      { kind: 'paragraph', text: 'x'.repeat(1_000_000) },
      { kind: 'table', columns: ['n'], rows: Array.from({ length: 340 }, (_, index) => [String(index)]) },
    ]
    const text = render({ tone: 'bad', title: 'x', blocks }, plain)
    expect(text.length).toBeLessThan(20_000)
    expect(text).toContain('(1000000 characters)')
    expect(text).toContain('Shown: the first 100 of 340 rows.')
  })
})

const words = [
  ...[
    '\x1b[31m',
    '\x1b]8;;https://evil.example\x07',
    '\x9b2J',
    '\u202e',
    '\u200b',
    '\u2066',
    '\ud800',
    '\udc00',
    '\u0000',
    '\x07',
  ],
  ...[
    '😀',
    '👨‍👩‍👧',
    '漢字',
    'مرحبا',
    '\u0301'.repeat(40),
    '\n',
    '\r\n',
    '\r',
    '\t',
    '\u2028',
    ' ',
    '\u3164',
    '\u3000',
    'ｗｉｄｅ',
  ],
  ...[
    'word',
    'https://node.example/a/b',
    `0x${'a'.repeat(64)}`,
    'x'.repeat(300),
    'a b '.repeat(60),
    '',
    '🇩🇪',
    'é',
    '☎️',
    '-',
    '1',
  ],
]
const hostile = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, fc.string({ unit: 'binary', maxLength: 40 })), {
    maxLength: 10,
  })
  .map((parts) => parts.join(''))
const inline: fc.Arbitrary<Inline> = fc.oneof(
  hostile,
  hostile.map((text) => ({ bold: text })),
  hostile.map((text) => ({ code: text })),
  fc.tuple(hostile, hostile).map(([text, url]) => ({ link: text, url })),
  fc.date({ noInvalidDate: false }).map((time) => ({ time })),
)
const text = fc.oneof(inline, fc.array(inline, { maxLength: 4 }))
const block: fc.Arbitrary<Block> = fc.oneof(
  text.map((value) => ({ kind: 'paragraph' as const, text: value })),
  fc.array(fc.tuple(hostile, text), { maxLength: 8 }).map((facts) => ({ kind: 'facts' as const, facts })),
  fc.array(text, { maxLength: 8 }).map((items) => ({ kind: 'list' as const, items })),
  fc
    .tuple(fc.array(hostile, { maxLength: 4 }), fc.array(fc.array(hostile, { maxLength: 5 }), { maxLength: 6 }))
    .map(([heads, rows]) => ({ kind: 'table' as const, columns: heads, rows })),
  hostile.map((value) => ({ kind: 'code' as const, text: value })),
  hostile.map((description) => ({ kind: 'image' as const, picture: 'x', data: null, description })),
)
const reply: fc.Arbitrary<Reply> = fc.record({
  tone: fc.constantFrom('good' as const, 'warning' as const, 'bad' as const, 'neutral' as const),
  title: hostile,
  blocks: fc.array(block, { maxLength: 6 }),
  actions: fc.array(
    fc.record({
      label: hostile,
      style: fc.constantFrom('danger' as const, 'success' as const, 'plain' as const),
      id: hostile,
    }),
    { maxLength: 4 },
  ),
})

it('no reply, however hostile, gets a control character through or a line wider than the window', () => {
  fc.assert(
    fc.property(
      reply,
      fc.integer({ min: 0, max: 200 }),
      fc.constantFrom('numbered' as const, 'calls' as const),
      (sample, width, actions) => {
        const shown = render(sample, { width, colour: false, actions })
        expect(shown).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\p{Cs}|[\u2028\u2029]/u)
        const room = Math.max(width || 80, 20)
        for (const line of shown.split('\n')) {
          // Only what must be copied whole may stand out: one word, or a line of code.
          const longest = Math.max(...line.split(/\s+/).map(columns))
          const isCode = line.startsWith('    ')
          expect(isCode || columns(line) <= room || (columns(line) <= longest + 30 && longest <= longestWord)).toBe(
            true,
          )
        }
        const coloured = render(sample, { width, colour: true, actions })
        expect(stripVTControlCharacters(coloured).replaceAll(/ +$/gm, '')).toBe(shown.replaceAll(/ +$/gm, ''))
      },
    ),
    { numRuns: 150 },
  )
})
