// Markdown as blocks: the forms runbooks use, and text that only looks like them.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { markdownBlocks } from '../../src/present/markdown.ts'

it('reads headings, paragraphs, lists, code and tables', () => {
  const blocks = markdownBlocks(
    '# Title\n\nFirst line\nsecond **bold** `code`\n\n## Part\n- one\n  more\n- two\n\n1. first\n2. second\n   on\n\n```sql\nSELECT 1;\n\n-- # no heading\n```\n\n| a | `b` |\n|---|---|\n| 1 | x \\| y |\n| 2 |\n',
  )
  expect(blocks).toEqual([
    { kind: 'paragraph', text: ['First line second ', { bold: 'bold' }, ' ', { code: 'code' }] },
    { kind: 'paragraph', text: [{ bold: 'Part' }] },
    { kind: 'list', items: [['one more'], ['two']] },
    { kind: 'paragraph', text: ['1. first'] },
    { kind: 'paragraph', text: ['2. second on'] },
    { kind: 'code', text: 'SELECT 1;\n\n-- # no heading' },
    {
      kind: 'table',
      columns: ['a', 'b'],
      rows: [
        ['1', 'x | y'],
        ['2', ''],
      ],
    },
  ])
})

it('makes links of web addresses only', () => {
  const [block] = markdownBlocks('[good](https://example.org/a) [bad](javascript:alert(1)) [file](file:///etc/passwd)')
  expect(block).toEqual({
    kind: 'paragraph',
    text: [{ link: 'good', url: 'https://example.org/a' }, ' [bad](javascript:alert(1)) [file](file:///etc/passwd)'],
  })
})

it('keeps an unclosed code block as code and a lone bar as text', () => {
  expect(markdownBlocks('```\n# x\n- y')).toEqual([{ kind: 'code', text: '# x\n- y' }])
  expect(markdownBlocks('| alone |')).toEqual([{ kind: 'paragraph', text: ['| alone |'] }])
})

it('ends on any text, and loses no word of it', () => {
  const piece = fc.constantFrom(
    '# ',
    '- ',
    '1. ',
    '\n```\n',
    '| a | b |',
    '|---|',
    '\n',
    '\r\n',
    '  ',
    '**',
    '`',
    'word',
    '[x](y)',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      const words = (value: string) => value.split('word').length
      expect(words(JSON.stringify(markdownBlocks(`x\n${text}`)))).toBe(words(text))
    }),
  )
})
