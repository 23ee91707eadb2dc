// Replies of every block kind, for the golden files and the adapter's tests.

import type { Reply } from '../../../src/core/reply.ts'
import { bold, code, link, paragraph, time } from '../../../src/core/reply.ts'

const hash = '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a'

export const everyBlock: Reply = {
  tone: 'warning',
  title: 'Batch 7670 is committed, not proven',
  blocks: [
    paragraph(
      'Transaction ',
      code(hash),
      ' is in block 15841. See ',
      link('its commit', 'https://etherscan.io/tx/0x0b01'),
      '.',
    ),
    {
      kind: 'facts',
      facts: [
        ['Committed', time('2023-09-18T03:50:19Z')],
        ['Prover', ['waiting for ', bold('3 jobs')]],
        ['Explorer', 'rpc.example.com lags, see #ops or ask @mei'],
      ],
    },
    { kind: 'list', items: ['Type /requeue 7670 to put them back', ['or wait for ', code('PROVER_MAX_ATTEMPTS')]] },
    {
      kind: 'table',
      columns: ['batch', 'jobs', 'state'],
      rows: [
        ['1139', '12', 'in_gpu_proof'],
        ['1140', '3', 'failed'],
      ],
    },
    { kind: 'code', text: 'select * from prover_jobs\nwhere l1_batch_number = 7670 -- @not_a_mention' },
    { kind: 'image', picture: 'chart', data: {}, description: 'Commits per hour, falling since 03:00 UTC' },
  ],
  actions: [
    { label: 'Confirm', style: 'danger', id: 'a:main.0123456789abcdef' },
    { label: 'Cancel', style: 'plain', id: 'c:main.0123456789abcdef' },
    { label: 'Refresh', style: 'success', id: 'r:prover-status 7670' },
  ],
}

export const longTable: Reply = {
  tone: 'bad',
  title: '340 jobs are stuck',
  blocks: [
    {
      kind: 'table',
      name: 'stuck 1139',
      columns: ['batch', 'table', 'error'],
      rows: Array.from({ length: 340 }, (_, index) => [
        String(1139 + index),
        'prover_jobs_fri',
        index === 0 ? '=HYPERLINK("http://evil.example")' : 'out of memory on the GPU',
      ]),
    },
  ],
}

export const longText: Reply = {
  tone: 'neutral',
  title: 'A report too long to show',
  blocks: Array.from({ length: 12 }, (_, index) =>
    paragraph(`${index + 1}: ${'The sequencer made blocks. '.repeat(30)}`),
  ),
}

export const wakesPeople: Reply = {
  tone: 'bad',
  title: 'era is down: no block for 14 minutes',
  blocks: [paragraph('The head is frozen at #13641404 since ', time('2023-09-12T06:14:00Z'), '.')],
  mention: 'alert',
}
