// What a Discord message looks like, and what no reply may ever do to it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Block, Inline, Reply, Text } from '../../../src/core/reply.ts'
import { pieces } from '../../../src/core/reply.ts'
import { type Rendered, render } from '../../../src/platforms/discord/render.ts'
import { escapeMarkdown, visible } from '../../../src/platforms/discord/text.ts'
import { type Live, see } from '../../fakes/discord/markdown.ts'
import { checked } from '../../fakes/discord/problems.ts'
import { newMessage } from '../../fakes/discord/shapes.ts'
import { samples } from './sample-replies.ts'

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** The message as Discord would check it: throws when it would be refused. */
function accept({ embeds, components }: Rendered): void {
  checked(newMessage, JSON.parse(JSON.stringify({ embeds, components })))
}

function markups({ embeds }: Rendered): readonly string[] {
  return embeds.flatMap((embed) => [
    embed.title ?? '',
    embed.description ?? '',
    ...(embed.fields ?? []).flatMap((field) => [field.name, field.value]),
  ])
}

function live(rendered: Rendered): readonly Live[] {
  return markups(rendered).flatMap((markup) => see(markup).live)
}

function inlines(block: Block): readonly Inline[] {
  if (block.kind === 'paragraph') return pieces(block.text)
  if (block.kind === 'facts') return block.facts.flatMap(([, value]) => pieces(value))
  return block.kind === 'list' ? block.items.flatMap((item) => pieces(item)) : []
}

/** Everything live must be one of our own links or times. */
function strangers(reply: Reply, rendered: Rendered): readonly Live[] {
  const own = reply.blocks.flatMap(inlines)
  const urls = new Set(own.flatMap((one) => (typeof one === 'object' && 'url' in one ? [hrefOf(one.url)] : [])))
  const times = new Set(own.flatMap((one) => (typeof one === 'object' && 'time' in one ? [secondsOf(one.time)] : [])))
  return live(rendered).filter((one) => {
    if (one.kind === 'link') return !urls.has(hrefOf(one.url))
    return one.kind !== 'time' || !times.has(one.seconds)
  })
}

function hrefOf(url: string): string {
  if (!URL.canParse(url)) return url
  const { origin, pathname, search, hash } = new URL(url)
  return origin + `${pathname}${search}${hash}`.replaceAll(/[()<>[\]\\*_~`|"'\s]/g, encodeLetter)
}

function encodeLetter(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
}

function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}

describe('golden', () => {
  test.each(Object.entries(samples))('%s', async (name, reply) => {
    const pictures = new Map(reply.blocks.filter((block) => block.kind === 'image').map((block) => [block, png]))
    const { embeds, components, files } = render(reply, { pictures })
    accept({ embeds, components, files })
    const shown = files.map(({ name: file, data, description }) => ({
      file,
      description,
      bytes: data.length,
      starts: typeof data === 'string' ? data.slice(0, 200) : 'binary',
    }))
    const text = JSON.stringify({ embeds, components, files: shown }, null, 2)
    await expect(`${text}\n`).toMatchFileSnapshot(`../../golden/discord-${kebab(name)}.txt`)
  })
})

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

const nasty = fc.constantFrom(
  ...['@everyone', '@here', '<@1>', '<@&111111111111111111>', '<#1>', '</a:1>', '<:e:1>', '<t:1:R>', '<id:home>'],
  ...['https://evil.example/x', 'http:', '//evil.example', '[a](https://evil.example)', '](https://evil.example)', '['],
  ...['discord.gg/evil', 'discord.com/invite/evil', '<https://evil.example>', '<mailto:a@b.c>', '`', '```', '``', '\\'],
  ...['**', '__', '_', '*', '~~', '||', '# ', '> ', '>>> ', '- ', '-# ', '1. ', '\n', '\n\n', '\r\n', '\t', ' '],
  ...['\u202E', '\u2066', '\u200B', '\u200D', '\uFEFF', '\u0000', '\u001B[31m', '\uD800', '\uDC00', '\u2028', '\u3164'],
  ...['é', '漢字', '👩‍👩‍👧', '⚠️', 'z͑ͫ̓ͪ̂ͫ̽', 'x', ':', '/', '.', '(', ')'],
)
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: nasty.map((part) => part.repeat(3000)) },
)
const url = fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), text)
const inline: fc.Arbitrary<Inline> = fc.oneof(
  text,
  fc.record({ bold: text }),
  fc.record({ code: text }),
  fc.record({ link: text, url }),
  fc.record({ time: fc.date({ noInvalidDate: false }) }),
)
const words: fc.Arbitrary<Text> = fc.oneof(inline, fc.array(inline, { maxLength: 6 }))
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('paragraph' as const), text: words }),
  fc.record({ kind: fc.constant('facts' as const), facts: fc.array(fc.tuple(text, words), { maxLength: 40 }) }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(words, { maxLength: 30 }) }),
  fc.record(
    {
      kind: fc.constant('table' as const),
      columns: fc.array(text, { maxLength: 5 }),
      rows: fc.array(fc.array(text, { maxLength: 6 }), { maxLength: 40 }),
      name: text,
    },
    { requiredKeys: ['kind', 'columns', 'rows'] },
  ),
  fc.record({ kind: fc.constant('code' as const), text }),
  fc.record({ kind: fc.constant('image' as const), picture: text, data: fc.constant({}), description: text }),
)
const reply: fc.Arbitrary<Reply> = fc.record({
  tone: fc.constantFrom('good', 'warning', 'bad', 'neutral'),
  title: text,
  blocks: fc.array(block, { maxLength: 12 }),
  actions: fc.array(fc.record({ label: text, style: fc.constantFrom('danger', 'success', 'plain'), id: text }), {
    maxLength: 40,
  }),
})

describe('whatever a reply holds', () => {
  test('no limit is broken and nothing is live but our own links and times', () => {
    fc.assert(
      fc.property(reply, fc.boolean(), (given, drawn) => {
        const images = drawn ? given.blocks.filter((one) => one.kind === 'image') : []
        const rendered = render(given, { pictures: new Map(images.map((one) => [one, png])) })
        accept(rendered)
        expect(strangers(given, rendered)).toEqual([])
        expect(rendered.files.length).toBeLessThanOrEqual(10)
        expect(new Set(rendered.files.map((file) => file.name)).size).toBe(rendered.files.length)
      }),
      { numRuns: 300 },
    )
  })

  test('short text is shown exactly as it was, without what nobody can see', () => {
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 30 }), (parts) => {
        const given = visible(parts.join(''))
        const seen = see(escapeMarkdown(given))
        expect(seen.text).toBe(given)
        expect(seen.styled).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test.each(['http:)', 'https://a*b.example', 'javascript:alert(1)', 'ftp://x.example', 'no address'])(
    'a link to “%s” is shown as its text',
    (url) => {
      const seen = render({
        tone: 'neutral',
        title: 'x',
        blocks: [{ kind: 'paragraph', text: [{ link: 'here', url }] }],
      })
      expect(live(seen)).toEqual([])
      expect(seen.embeds[0]?.description).toBe('here')
    },
  )

  test('a giant cell makes no giant file, and a link carries no password', () => {
    const rows = Array.from({ length: 300 }, () => ['x', 'y'])
    const table: Block = { kind: 'table', columns: ['a', 'b'], rows: [['z'.repeat(1_000_000), 'y'], ...rows] }
    const link: Block = {
      kind: 'paragraph',
      text: [{ link: 'node', url: 'https://mei:secret@rpc.example/(a)_b?x=[1]' }],
    }
    const rendered = render({
      tone: 'neutral',
      title: 'x',
      blocks: [link, { kind: 'code', text: 'y'.repeat(5000) }, table],
    })
    expect(rendered.files.map((file) => file.data.length).every((length) => length < 1_100_000)).toBe(true)
    expect(live(rendered)).toEqual([{ kind: 'link', label: 'node', url: 'https://rpc.example/%28a%29%5Fb?x=%5B1%5D' }])
    expect(JSON.stringify(rendered)).not.toContain('secret')
  })

  test('a megabyte of anything becomes one message and a file', () => {
    const giant = '<@1> https://evil.example `'.repeat(40_000)
    const given: Reply = {
      tone: 'bad',
      title: giant,
      blocks: [
        { kind: 'code', text: giant },
        {
          kind: 'paragraph',
          text: [{ bold: giant }, { code: giant }, { link: giant, url: `https://x.example/${giant}` }],
        },
        { kind: 'facts', facts: [[giant, giant]] },
        { kind: 'list', items: [giant, giant] },
        { kind: 'table', columns: [giant, 'b'], rows: [[giant, giant]] },
      ],
      actions: [{ label: giant, style: 'plain', id: 'x' }],
    }
    const rendered = render(given)
    accept(rendered)
    expect(live(rendered)).toEqual([])
    expect(rendered.files.at(-1)?.name).toBe('answer.txt')
    expect(rendered.files.reduce((sum, file) => sum + file.data.length, 0)).toBeLessThan(10 * 1024 * 1024)
  })
})
