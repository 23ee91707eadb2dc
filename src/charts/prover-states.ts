// The prover's unfinished jobs by state over the last day, as the watcher sampled them.

import type { EChartsOption } from 'echarts'
import { clock, colours, faintText, frame, valueAxis } from './theme.ts'

export interface ProverStatesData {
  /** Oldest first. */
  readonly samples: readonly {
    readonly at: string
    readonly queued: number
    readonly running: number
    readonly inGpuProof: number
    readonly failed: number
    readonly exhausted: number
  }[]
}

type State = Exclude<keyof ProverStatesData['samples'][number], 'at'>

/** From the ground up: what is nearest to done lies lowest. */
const areas: readonly (readonly [state: State, name: string, color: string])[] = [
  ['inGpuProof', 'in GPU proof', colours.purple],
  ['running', 'running', colours.green],
  ['queued', 'queued', colours.blue],
  ['failed', 'failed', colours.red],
]

/** Nobody watched for so long: the line is broken rather than guessed. */
const gapMs = 20 * 60_000

const hourMs = 3_600_000

/** From a full hour to a full hour, with as many marks as a phone has room for. */
function hours(samples: ProverStatesData['samples']) {
  const min = Math.floor(Date.parse(samples[0]?.at ?? '1970-01-01') / hourMs) * hourMs
  const max = Math.ceil(Date.parse(samples.at(-1)?.at ?? '1970-01-02') / hourMs) * hourMs
  return { min, max, interval: Math.max(1, Math.ceil((max - min) / hourMs / 6)) * hourMs }
}

export function proverStates({ samples }: ProverStatesData): EChartsOption {
  const used = areas.filter(([state]) => samples.some((sample) => sample[state] > 0))
  const points = (state: State): [number, number | null][] =>
    samples.flatMap((sample, index): [number, number | null][] => {
      const at = Date.parse(sample.at)
      const before = samples[index - 1]
      const broken = before !== undefined && at - Date.parse(before.at) > gapMs
      return broken
        ? [
            [at - 1, null],
            [at, sample[state]],
          ]
        : [[at, sample[state]]]
    })
  return {
    ...frame('Unfinished jobs by state', 'sampled every few minutes, UTC; line: stuck for good'),
    legend: {
      data: [...used.map(([, name]) => name), 'exhausted'],
      left: 84,
      top: 92,
      icon: 'roundRect',
      textStyle: faintText,
      itemWidth: 28,
      itemGap: 36,
    },
    grid: { left: 90, right: 40, top: 140, height: 350 },
    xAxis: {
      ...hours(samples),
      type: 'value',
      splitLine: { show: false },
      axisLabel: { ...faintText, hideOverlap: true, formatter: (at: number) => clock(new Date(at).toISOString()) },
    },
    yAxis: valueAxis,
    series: [
      ...used.map(([state, name, color]) => ({
        name,
        type: 'line' as const,
        stack: 'jobs',
        data: points(state),
        showSymbol: false,
        lineStyle: { width: 2, color },
        itemStyle: { color },
        areaStyle: { color, opacity: 0.75 },
      })),
      {
        name: 'exhausted',
        type: 'line' as const,
        data: points('exhausted'),
        showSymbol: false,
        lineStyle: { width: 5, color: colours.orange },
        itemStyle: { color: colours.orange },
      },
    ],
  }
}
