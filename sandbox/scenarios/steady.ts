// An ordinary day: blocks, batches and settlement move on, and every stage has somebody in it.

import type { Scenario } from './scenario.ts'

export const steady: Scenario = { summary: 'an ordinary day: every stage moves' }
