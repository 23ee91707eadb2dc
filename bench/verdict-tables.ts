// The confusion matrices of /is-chain-down and the list of its misses, as tables of BENCH.md. Pure.

import { type Answered, isRight } from '../sandbox/verdicts/run.ts'
import type { Table } from './figure.ts'

type Part = 'verdict' | 'headline'

const order: Readonly<Record<Part, readonly string[]>> = {
  verdict: ['up', 'degraded', 'down', 'unknown'],
  headline: [
    'l1-unreachable',
    'l2-unreachable',
    'settles-elsewhere',
    'frozen',
    'reverted',
    'rpc-lagging',
    'sequencer-stalled',
    'too-few-witnesses',
    'idle',
    'commit-stalled',
    'prove-stalled',
    'execute-stalled',
    'explorer-lagging',
    'healthy',
  ],
}

export function matrices(answers: readonly Answered[]): readonly Table[] {
  return [matrix('verdict', answers), matrix('headline', answers), misses(answers)]
}

/** Rows: what was true; columns: what was said. Where two answers are right, the one that was given counts as true. */
function matrix(part: Part, answers: readonly Answered[]): Table {
  const pairs = answers.map(({ expected, got }) => ({
    said: got[part],
    true: (expected.find((one) => one[part] === got[part]) ?? expected[0])?.[part] ?? '',
  }))
  const seen = order[part].filter((name) => pairs.some((pair) => pair.true === name || pair.said === name))
  const count = (truth: string, said: string) =>
    pairs.filter((pair) => pair.true === truth && pair.said === said).length
  return {
    title: `What was true (rows) and what was said (columns): ${part}`,
    columns: ['', ...seen],
    rows: seen.map((truth) => [truth, ...seen.map((said) => String(count(truth, said) || '·'))]),
  }
}

function misses(answers: readonly Answered[]): Table {
  const wrong = answers.filter((one) => !isRight(one))
  const text = ({ verdict, headline }: Answered['got']) => `${verdict}, ${headline}`
  return {
    title: wrong.length === 0 ? 'Misses: none' : 'Every miss, with what was found',
    columns: ['Injected', 'Asked', 'Seed', 'True', 'Said', 'Because'],
    rows: wrong.map(({ name, bot, seed, expected, got, findings }) => [
      name,
      bot,
      seed,
      expected.map(text).join(' or '),
      text(got),
      findings[0] ?? '',
    ]),
  }
}
