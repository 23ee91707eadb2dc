// How often /is-chain-down is right: single faults and pairs of faults on moving sandboxes, several seeds each.

import { fork } from 'node:child_process'
import { type Case, faultPairs, singleFaults } from '../sandbox/verdicts/cases.ts'
import { type Answered, isRight } from '../sandbox/verdicts/run.ts'
import { startPostgresServer } from '../src/storage/postgres-server.ts'
import type { Figure, Measured } from './figure.ts'
import { matrices } from './verdict-tables.ts'
import type { FromJob, Job } from './verdicts-job.ts'

const command = 'npm run verdicts'
const seeds = ['spring', 'summer', 'autumn'] as const
/** A sandbox gets slower as its chain grows, so each takes only some. */
const casesPerJob = 12
/** Most of the time passes between the samples of an answer. */
const jobsAtOnce = 3

export async function run(): Promise<Measured> {
  const began = performance.now()
  const postgres = await startPostgresServer()
  try {
    const alone = await askAbout(singleFaults, postgres.url())
    const together = await askAbout(faultPairs, postgres.url())
    const minutes = (performance.now() - began) / 60_000
    return {
      figures: [
        ...figuresOf('one fault', singleFaults, alone),
        ...figuresOf('two faults', faultPairs, together),
        figure('time for all of it', minutes, 'min', `${jobsAtOnce} sandboxes at once`),
      ],
      tables: matrices([...alone, ...together]),
    }
  } finally {
    await postgres.stop()
  }
}

async function askAbout(cases: readonly Case[], postgresUrl: string): Promise<readonly Answered[]> {
  const jobs = seeds.flatMap((seed) => jobsOf(cases, seed, postgresUrl))
  const answers: Answered[] = []
  const total = jobs.flatMap((job) => job.cases).length
  let finished = 0
  const worker = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      answers.push(...(await work(job)))
      finished += job.cases.length
      console.log(`${finished} of ${total} injected, ${answers.filter((one) => !isRight(one)).length} misses so far`)
    }
  }
  await Promise.all(Array.from({ length: jobsAtOnce }, worker))
  return answers
}

function jobsOf(cases: readonly Case[], seed: string, postgresUrl: string): readonly Job[] {
  return (['era', 'zksync-os', 'slow'] as const).flatMap((chain) => {
    const names = cases.filter((one) => one.chain === chain).map(({ name }) => name)
    const parts = Array.from({ length: Math.ceil(names.length / casesPerJob) }, (_, at) =>
      names.slice(at * casesPerJob, (at + 1) * casesPerJob),
    )
    return parts.map((part, at): Job => ({ seed: `${seed}-${at}`, chain, postgresUrl, cases: part }))
  })
}

/** @throws when the process ends before it has said that it is done */
function work(job: Job): Promise<readonly Answered[]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./verdicts-job.ts', import.meta.url))
    const answers: Answered[] = []
    let isDone = false
    child.on('message', (message: FromJob) => {
      if ('done' in message) isDone = true
      else answers.push(tell(message.answered))
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (isDone) resolve(answers)
      else reject(new Error(`the process for ${job.cases.join(', ')} ended with ${code}`))
    })
    child.send(job)
  })
}

function tell(answered: Answered): Answered {
  if (isRight(answered)) return answered
  const { name, bot, seed, expected, got, findings } = answered
  const wanted = expected.map(({ verdict, headline }) => `${verdict}/${headline}`).join(' or ')
  console.log(`MISS ${name} [${bot}, ${seed}]: wanted ${wanted}, got ${got.verdict}/${got.headline}`)
  for (const finding of findings) console.log(`     ${finding}`)
  return answered
}

function figuresOf(what: string, cases: readonly Case[], answers: readonly Answered[]): readonly Figure[] {
  const right = answers.filter(isRight).length
  const questions = cases.flatMap(({ bots }) => bots).length
  const asked = `${cases.length} outages, ${questions} with who is asked, ${seeds.length} seeds`
  const alarms = answers.filter(({ expected, got }) => got.verdict === 'down' && isNone(expected, 'down'))
  const overlooked = answers.filter(({ expected, got }) => got.verdict === 'up' && isEvery(expected, 'down'))
  const slowest = Math.max(...answers.map(({ seconds }) => seconds))
  return [
    figure(`${what}: answers`, answers.length, '', asked),
    figure(`${what}: verdict and headline right`, (right / answers.length) * 100, '%', `${right}; wanted 99`),
    figure(`${what}: “down” although it is not down`, alarms.length, '', 'must be 0'),
    figure(`${what}: “up” although it is down`, overlooked.length, '', 'must be 0'),
    figure(`${what}: slowest answer`, slowest, 's', 'limit 6, sources that hang included'),
  ]
}

const isNone = (expected: Answered['expected'], verdict: string) => expected.every((one) => one.verdict !== verdict)
const isEvery = (expected: Answered['expected'], verdict: string) => expected.every((one) => one.verdict === verdict)

function figure(name: string, value: number, unit: string, note: string): Figure {
  return { name, command, value, unit, note }
}
