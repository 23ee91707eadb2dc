// How often /is-chain-down is right: single faults and pairs of faults on a moving sandbox, several seeds each.

import { type Answered, type Injected, injectAll, pairs, single } from '../sandbox/verdicts.ts'
import { startPostgresServer } from '../src/storage/postgres-server.ts'
import type { Figure } from './figure.ts'

const command = 'npm run verdicts'
const seeds = ['spring', 'summer', 'autumn'] as const

export async function run(): Promise<readonly Figure[]> {
  const postgres = await startPostgresServer()
  try {
    const answers = async (cases: Readonly<Record<string, Injected>>, chosen: readonly string[]) => {
      const all: Answered[] = []
      for (const seed of chosen) all.push(...(await injectAll(cases, { seed, postgresUrl: postgres.url() })))
      return all
    }
    const alone = await answers(single, seeds)
    const together = await answers(everyThird(pairs), seeds.slice(0, 1))
    printMatrix([...alone, ...together])
    return [...figuresOf('one fault', alone), ...figuresOf('two faults', together)]
  } finally {
    await postgres.stop()
  }
}

/** Pairs are many and each takes a while. */
function everyThird(cases: Readonly<Record<string, Injected>>): Readonly<Record<string, Injected>> {
  return Object.fromEntries(Object.entries(cases).filter((_, index) => index % 3 === 0))
}

function figuresOf(what: string, answers: readonly Answered[]): readonly Figure[] {
  const right = answers.filter(isRight)
  const count = (name: string, value: number, note: string): Figure => ({ name, command, value, unit: 'runs', note })
  const missed = answers.filter((one) => !isRight(one)).map((one) => `${one.name}: ${one.got.headline}`)
  return [
    count(`${what}: verdicts asked for`, answers.length, 'each on a sandbox that moves, with its own seed and moment'),
    {
      name: `${what}: verdict and headline right`,
      command,
      value: (right.length / answers.length) * 100,
      unit: '%',
      note: missed.length === 0 ? 'every one' : `not: ${missed.join('; ')}`,
    },
    count(`${what}: “down” of a chain that runs`, answers.filter(isFalseAlarm).length, 'must be 0'),
    count(`${what}: “up” of a chain that is down`, answers.filter(isMissed).length, 'must be 0'),
  ]
}

const isRight = ({ expected, got }: Answered) => expected.verdict === got.verdict && expected.headline === got.headline
const isFalseAlarm = ({ expected, got }: Answered) => got.verdict === 'down' && expected.verdict !== 'down'
const isMissed = ({ expected, got }: Answered) => got.verdict === 'up' && expected.verdict === 'down'

/** Rows: what was injected; columns: what was answered. */
function printMatrix(answers: readonly Answered[]): void {
  const label = ({ verdict, headline }: Answered['got']) => `${verdict}/${headline}`
  const counts: Record<string, Record<string, number>> = {}
  for (const { expected, got } of answers) {
    const row = counts[label(expected)] ?? {}
    counts[label(expected)] = { ...row, [label(got)]: (row[label(got)] ?? 0) + 1 }
  }
  for (const [expected, row] of Object.entries(counts).sort()) {
    const said = Object.entries(row).map(([got, count]) => (got === expected ? `right ${count}` : `${got} ${count}`))
    console.log(`${expected.padEnd(28)} ${said.join(', ')}`)
  }
}
