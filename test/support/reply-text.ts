// A reply as plain text, for golden files that show content and not any platform's dress.

import { type Block, type Inline, pieces, type Reply, type Text } from '../../src/core/reply.ts'

export function replyText({ tone, title, blocks, actions = [] }: Reply): string {
  const buttons = actions.map(({ label }) => `[ ${label} ]`)
  return [`[${tone}] ${title}`, '', ...blocks.flatMap(blockLines), ...buttons, ''].join('\n')
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [textOf(block.text)]
    case 'facts':
      return block.facts.map(([label, value]) => `${label}: ${textOf(value)}`)
    case 'list':
      return block.items.map((item) => `- ${textOf(item)}`)
    case 'table':
      return [block.columns, ...block.rows].map((row) => row.join(' | '))
    case 'code':
      return block.text.split('\n').map((line) => `    ${line}`)
    case 'image':
      return [`(picture ${block.picture}: ${block.description})`]
  }
}

function textOf(text: Text): string {
  return pieces(text).map(inlineText).join('')
}

function inlineText(inline: Inline): string {
  if (typeof inline === 'string') return inline
  if ('bold' in inline) return `*${inline.bold}*`
  if ('code' in inline) return `\`${inline.code}\``
  if ('link' in inline) return `[${inline.link}](${inline.url})`
  return `${inline.time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
