// The chain of 2023-09-12 as a bot sees it, over the replay of that day.

import { type Chain, createChain, type Outside } from '../../src/chains.ts'
import { readConfig } from '../../src/config.ts'
import { type OtherDay, type September, startSeptember } from '../incidents/september-2023.ts'
import { silentLog } from './storage.ts'

export interface SeptemberChain {
  readonly chain: Chain
  readonly september: September
  close(): Promise<void>
}

/** Without an explorer: what one shows decides nothing about that day. */
export async function openSeptember(day: OtherDay, outside: Outside = {}): Promise<SeptemberChain> {
  const september = await startSeptember(day)
  const [settings] = readConfig(september.environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const chain = createChain({
    settings: { ...settings, explorerApi: [] },
    log: silentLog,
    now: () => september.now,
    reportTimeZone: 'UTC',
    outside,
  })
  return {
    chain,
    september,
    async close() {
      await chain.close()
      await september.stop()
    },
  }
}
