// The prover's queue over the last day: jobs that arrived and finished per hour, how many are open, proof times per batch.

import type { EChartsOption } from 'echarts'
import { clock, colours, faintText, frame, shortDuration, valueAxis } from './theme.ts'

export interface ProverQueueData {
  readonly hours: readonly {
    readonly hour: string
    readonly arrived: number
    readonly finished: number
    readonly open: number
  }[]
  readonly proofTimes: readonly { readonly batch: number; readonly finishedAt: string; readonly seconds: number }[]
}

/** More batches than this would be a smear on a phone. */
const batchesShown = 24

export function proverQueue(data: ProverQueueData): EChartsOption {
  const hours = data.hours.map(({ hour }) => clock(hour))
  const proofs = data.proofTimes.slice(-batchesShown)
  const withProofs = proofs.length > 0
  const bottom = { left: 90, right: 30, top: 390, height: 110 }
  const line = (name: string, color: string, values: number[]) => ({
    name,
    type: 'line' as const,
    data: values,
    showSymbol: false,
    lineStyle: { width: 4, color },
    itemStyle: { color },
  })
  return {
    ...frame('Prover jobs, last 24 hours', 'per hour, UTC; line: open jobs'),
    legend: {
      data: ['arrived', 'finished', 'open'],
      right: 24,
      top: 20,
      textStyle: faintText,
      itemWidth: 28,
      itemGap: 40,
    },
    grid: [{ left: 90, right: 30, top: 110, height: withProofs ? 200 : 390 }, ...(withProofs ? [bottom] : [])],
    xAxis: [
      { type: 'category', data: hours, axisLabel: { ...faintText, interval: 3 }, gridIndex: 0 },
      ...(withProofs
        ? [
            {
              type: 'category' as const,
              data: proofs.map(({ batch }) => String(batch)),
              axisLabel: { ...faintText, hideOverlap: true },
              gridIndex: 1,
            },
          ]
        : []),
    ],
    yAxis: [
      { ...valueAxis, gridIndex: 0 },
      ...(withProofs
        ? [
            {
              ...valueAxis,
              gridIndex: 1,
              splitNumber: 2,
              axisLabel: { ...faintText, formatter: (seconds: number) => shortDuration(seconds) },
            },
          ]
        : []),
    ],
    series: [
      {
        name: 'arrived',
        type: 'bar',
        data: data.hours.map(({ arrived }) => arrived),
        itemStyle: { color: colours.blue },
      },
      {
        name: 'finished',
        type: 'bar',
        data: data.hours.map(({ finished }) => finished),
        itemStyle: { color: colours.green },
      },
      line(
        'open',
        colours.orange,
        data.hours.map(({ open }) => open),
      ),
      ...(withProofs
        ? [
            {
              name: 'proof time',
              type: 'bar' as const,
              xAxisIndex: 1,
              yAxisIndex: 1,
              data: proofs.map(({ seconds }) => seconds),
              itemStyle: { color: colours.purple },
            },
          ]
        : []),
    ],
    graphic: withProofs
      ? [
          {
            type: 'text',
            left: 24,
            top: 345,
            style: {
              text: 'proof time by batch',
              fill: faintText.color,
              fontSize: faintText.fontSize,
              fontFamily: faintText.fontFamily,
            },
          },
        ]
      : [],
  }
}
