// The scenarios by name; a new one is a small file beside these and a line here.

import { gasSpike } from './gas-spike.ts'
import { golden } from './golden.ts'
import type { Scenario } from './scenario.ts'
import { senderFailed } from './sender-failed.ts'
import { steady } from './steady.ts'

export const scenarios = {
  steady,
  'gas-spike': gasSpike,
  'sender-failed': senderFailed,
  golden,
} satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(scenarios, name)
