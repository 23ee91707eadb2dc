// The bot with one more command, a change made for the journeys: what it moves is only named, so that it works anywhere.

import { z } from 'zod'
import { commandList } from '../../src/command-list.ts'
import { readConfig } from '../../src/config.ts'
import { changeCommand } from '../../src/core/command.ts'
import { integer } from '../../src/core/options.ts'
import { code, paragraph, type Reply } from '../../src/core/reply.ts'
import { createLogger } from '../../src/logging.ts'
import { createRollcall } from '../../src/main.ts'

interface Facts {
  readonly batch: number
}

const reopen = changeCommand({
  name: 'reopen',
  summary: 'Open a batch again',
  example: '/reopen 7',
  role: 'responder',
  visibility: 'public',
  chains: 'one',
  approval: { role: 'operator', minutes: 10 },
  options: { batch: integer('L1 batch number') },
  change: z.object({ batch: z.number() }),
  plan: async ({ batch }) => ({ change: { batch }, facts: { batch } }),
  preview: ({ batch }: Facts): Reply => ({
    tone: 'warning',
    title: `Batch ${batch} would be opened again`,
    blocks: [paragraph('Row ', code(`batches/${batch}`))],
  }),
  apply: async ({ batch }) => ({ moved: [`batches/${batch}`], left: [], before: { batch }, after: { batch } }),
  report: ({ outcome, by }, { batch }: Facts): Reply => ({
    tone: outcome === 'applied' ? 'good' : 'neutral',
    title: `Batch ${batch}: ${outcome}${by === null ? '' : ` by ${by}`}`,
    blocks: [],
  }),
})

const config = readConfig(process.env, { readFile: () => '' })
const log = createLogger({ level: config.logLevel ?? 'info', secrets: config.secrets })
const rollcall = createRollcall({ config, log, mode: 'bot', commands: [...commandList, reopen] })
await rollcall.start()
log.info('started')
process.once('SIGTERM', () => void rollcall.stop().then(() => process.exit(0)))
