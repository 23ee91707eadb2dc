// The bot of the platforms' bench, a process of its own: on request it tells how much memory it holds.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { commandList } from '../src/command-list.ts'
import { readConfig } from '../src/config.ts'
import { createLogger } from '../src/logging.ts'
import { createRollcall } from '../src/main.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const config = readConfig(process.env, { readFile: () => '' })
const log = createLogger({ level: 'error', secrets: config.secrets })
const rollcall = createRollcall({ config, log, mode: 'bot', commands: commandList })
await rollcall.start()

process.on('message', () => {
  collect()
  collect()
  process.send?.(process.memoryUsage().heapUsed)
})
process.once('SIGTERM', () => void rollcall.stop().finally(() => process.exit(0)))
process.once('disconnect', () => process.exit(0))
