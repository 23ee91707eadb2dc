// One part of `npm run verdicts`, in a process of its own: takes its cases from a message, answers with what bots said.

import { caseNamed } from '../sandbox/verdicts/cases.ts'
import { type Answered, injectAll, type RunSettings } from '../sandbox/verdicts/run.ts'

export interface Job extends Pick<RunSettings, 'seed' | 'chain'> {
  readonly postgresUrl: string
  readonly cases: readonly string[]
}

/** `done`: this was the last. */
export type FromJob = { readonly answered: Answered } | { readonly done: true }

process.once('message', async ({ cases, ...settings }: Job) => {
  const tell = (message: FromJob) =>
    new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()))
  await injectAll(cases.map(caseNamed), { ...settings, onAnswer: (answered) => void tell({ answered }) })
  await tell({ done: true })
  process.disconnect()
})
