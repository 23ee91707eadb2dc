// Sample replies that show every block kind, for golden files and for sending through the real client.

import { bold, code, link, paragraph, type Reply, time } from '../../../src/core/reply.ts'

const at = '2023-09-18T03:50:19.059Z'
const hash = '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a'

export const everyKind: Reply = {
  tone: 'warning',
  title: 'Batch 7670: executed, but 3 proofs of batch 1139 are stuck',
  blocks: [
    paragraph(
      'Block ',
      bold('15841'),
      ' is final since ',
      time(at),
      '. See ',
      link('the explorer', `https://explorer.example/tx/${hash}`),
      '.',
    ),
    {
      kind: 'facts',
      facts: [
        ['Transaction', code(hash)],
        ['Batch', '7670'],
        ['Confirmed', time(at)],
      ],
    },
    { kind: 'list', items: ['commit: eth_txs 41073', ['prove: ', code('41148')], 'execute: 41151'] },
    {
      kind: 'table',
      columns: ['batch', 'status', 'tries'],
      rows: [
        ['1139', 'in_gpu_proof', '1'],
        ['1140', 'in_gpu_proof', '1'],
      ],
    },
    { kind: 'code', text: "UPDATE prover_jobs_fri\nSET status = 'queued'" },
    { kind: 'image', picture: 'lag', data: {}, description: 'Lag of the last hour: 3 to 41 seconds' },
  ],
  actions: [
    { label: 'Confirm', style: 'danger', id: 'approve:AAAAAAAAAAAAAAAAAAAAAA' },
    { label: 'Cancel', style: 'plain', id: 'cancel:AAAAAAAAAAAAAAAAAAAAAA' },
  ],
}

export const longTable: Reply = {
  tone: 'bad',
  title: '340 jobs are stuck',
  blocks: [
    { kind: 'paragraph', text: 'Nothing automatic will ever touch them.' },
    {
      kind: 'table',
      name: 'rows-1139',
      columns: ['batch', 'stage', 'status', 'error'],
      rows: Array.from({ length: 340 }, (_, index) => [
        String(1139 + index),
        'basic_circuits',
        'failed',
        `=cmd|' /C calc'!A${index}`,
      ]),
    },
  ],
}

export const longText: Reply = {
  tone: 'neutral',
  title: 'A job died with a very long error',
  blocks: [
    { kind: 'code', text: `thread 'main' panicked at\n${'0123456789abcdef '.repeat(500)}` },
    { kind: 'paragraph', text: `It said: ${'word '.repeat(1000)}` },
    { kind: 'list', items: Array.from({ length: 200 }, (_, index) => `step ${index} of many`) },
    { kind: 'facts', facts: Array.from({ length: 30 }, (_, index) => [`fact ${index}`, `value ${index}`] as const) },
  ],
}

export const hostile: Reply = {
  tone: 'good',
  title: '@everyone <@&111111111111111111> **bold** discord.gg/evil https://evil.example',
  blocks: [
    paragraph('<@222222222222222222> [click](https://evil.example) https://evil.example <https://evil.example>'),
    paragraph('# heading\n> quote\n- list\n1. one\n||spoiler|| `code` ```\nblock\n``` \u202Etxt.exe \u200B<t:0:R>'),
    paragraph('https:', '//evil.example ', bold('a**b'), code('x`y'), code('z'), link('here', 'javascript:alert(1)')),
    { kind: 'facts', facts: [['<#333333333333333333>', '</run:444444444444444444>']] },
    { kind: 'code', text: '```\n@here escaped?\n```' },
    {
      kind: 'table',
      columns: ['`', '|'],
      rows: [
        ['```', '@here'],
        ['<@1>', '\uD800'],
      ],
    },
  ],
}

/** An export that was asked for: the file comes although every row is shown. */
export const exported: Reply = {
  tone: 'neutral',
  title: '2 requests',
  blocks: [
    {
      kind: 'table',
      name: 'requests',
      attach: true,
      columns: ['who', 'what'],
      rows: [
        ['Mei', '/trace'],
        ['Ana', '/help'],
      ],
    },
  ],
}

export const small: Reply = { tone: 'good', title: 'era is up', blocks: [] }

export const samples: Readonly<Record<string, Reply>> = { everyKind, longTable, longText, hostile, exported, small }
