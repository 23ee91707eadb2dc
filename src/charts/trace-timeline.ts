// Where a transaction is on its way to finality: one dot per milestone on a line, with when and how long after the one before.

import type { EChartsOption } from 'echarts'
import { clock, colours, faintText, font, frame, shortDuration, text } from './theme.ts'

export interface TraceTimelineData {
  readonly title: string
  readonly steps: readonly {
    readonly milestone: string
    readonly state: 'done' | 'under-way' | 'open' | 'failed'
    readonly at: string | null
    readonly afterSeconds: number | null
  }[]
}

type Step = TraceTimelineData['steps'][number]

const looks: Readonly<Record<Step['state'], { readonly color: string; readonly word: string }>> = {
  done: { color: colours.green, word: '' },
  'under-way': { color: colours.orange, word: 'under way' },
  open: { color: colours.line, word: 'open' },
  failed: { color: colours.red, word: 'failed' },
}

/** The dots stand at equal distances: stages take seconds or a day, and on a true scale most would be one blot. */
export function traceTimeline({ title, steps }: TraceTimelineData): EChartsOption {
  const last = Math.max(1, steps.length - 1)
  return {
    ...frame(title, 'times in UTC'),
    grid: { left: 110, right: 110, top: 230, height: 40 },
    xAxis: { type: 'value', min: 0, max: last, show: false },
    yAxis: { type: 'value', min: -1, max: 1, show: false },
    series: [
      ...steps.slice(1).map((step, index) => ({
        type: 'line' as const,
        data: [
          [index, 0],
          [index + 1, 0],
        ],
        showSymbol: false,
        lineStyle: {
          width: 8,
          color: looks[step.state].color,
          type: step.state === 'done' ? ('solid' as const) : ('dashed' as const),
        },
      })),
      {
        type: 'scatter',
        symbolSize: 44,
        z: 3,
        data: steps.map((step, index) => dot(step, index)),
      },
      {
        // A second, invisible row of dots carries the labels below the line.
        type: 'scatter',
        symbolSize: 1,
        data: steps.map((step, index) => below(step, index)),
      },
    ],
  }
}

function dot(step: Step, index: number) {
  const { color } = looks[step.state]
  return {
    value: [index, 0],
    itemStyle: { color, opacity: 1, borderColor: colours.ink, borderWidth: step.state === 'open' ? 0 : 3 },
    label: {
      show: true,
      position: 'top' as const,
      distance: 22,
      formatter: step.milestone,
      ...text,
      fontWeight: 'bold' as const,
    },
  }
}

function below(step: Step, index: number) {
  const lines = [whenOf(step), step.afterSeconds === null ? '' : `+${shortDuration(step.afterSeconds)}`].filter(Boolean)
  return {
    value: [index, 0],
    itemStyle: { opacity: 1, color: 'transparent' },
    label: {
      show: true,
      position: 'bottom' as const,
      distance: 36,
      formatter: lines.join('\n'),
      ...faintText,
      fontFamily: font,
      lineHeight: 30,
      align: 'center' as const,
    },
  }
}

function whenOf({ at, state }: Step): string {
  if (at === null) return looks[state].word
  const day = at.slice(5, 10)
  return `${clock(at)}\n${day}`
}
