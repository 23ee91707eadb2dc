// How high the chain has grown over the last hours, where each source stands on that line, and when L1 took a commit.

import type { EChartsOption } from 'echarts'
import { clock, colours, faintText, frame, text } from './theme.ts'

export interface OutageHeightsData {
  readonly title: string
  readonly chain: readonly { readonly at: string; readonly block: number }[]
  readonly sources: readonly {
    readonly name: string
    readonly at: string
    readonly block: number
    readonly behind: boolean
  }[]
  readonly commits: readonly { readonly at: string; readonly batch: number }[]
  readonly now: string
}

const shortestSpanMs = 10 * 60_000
const longestSpanMs = 6 * 3_600_000

/** A source that stands lower and further left than the others is behind, by what the two distances show. */
export function outageHeights({ title, chain, sources, commits, now }: OutageHeightsData): EChartsOption {
  const end = Date.parse(now)
  const times = [...chain, ...sources, ...commits].map(({ at }) => Date.parse(at))
  const span = Math.min(Math.max(end - Math.min(end, ...times), shortestSpanMs), longestSpanMs)
  // On a whole tick, so that every label is one.
  const start = Math.floor((end - span) / tickMs(span)) * tickMs(span)
  const visible = <T extends { readonly at: string }>(points: readonly T[]) =>
    points.filter(({ at }) => Date.parse(at) >= start)
  const heights = [...visible(chain), ...sources].map(({ block }) => block)
  const [low, high] = [Math.min(...heights), Math.max(...heights)]
  const room = Math.max(1, Math.ceil((high - low) * 0.15))
  const floor = Math.max(0, low - room)
  return {
    ...frame(title, 'block heights by block time, UTC; triangles: commits on L1'),
    grid: { left: 150, right: 60, top: 120, bottom: 70 },
    xAxis: {
      type: 'value',
      // Whole steps of the clock instead of round numbers of milliseconds.
      interval: tickMs(span),
      min: start,
      max: end + span * 0.04,
      axisTick: { show: false },
      axisLabel: {
        ...faintText,
        formatter: (value: number) => clock(new Date(value).toISOString()),
        hideOverlap: true,
        showMaxLabel: false,
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: floor,
      max: high + room,
      axisLabel: { ...faintText, showMaxLabel: false, formatter: (value: number) => String(Math.round(value)) },
      splitLine: { lineStyle: { color: colours.line } },
      minInterval: 1,
      splitNumber: 4,
    },
    series: [
      {
        type: 'line',
        data: visible(chain).map(({ at, block }) => [Date.parse(at), block]),
        showSymbol: false,
        lineStyle: { width: 4, color: colours.blue },
      },
      {
        type: 'scatter',
        symbol: 'triangle',
        symbolSize: 18,
        itemStyle: { color: colours.purple },
        data: visible(commits).map(({ at }) => [Date.parse(at), floor]),
      },
      {
        type: 'scatter',
        symbolSize: 22,
        z: 3,
        data: dotsOf(sources, span, high - low).map((one) => dot(one, start, end)),
      },
    ],
  }
}

const minute = 60_000
const ticks = [2, 5, 10, 15, 30, 60, 120].map((minutes) => minutes * minute)

function tickMs(span: number): number {
  return ticks.find((tick) => span / tick <= 6) ?? 120 * minute
}

interface Dot {
  readonly names: string
  readonly at: string
  readonly block: number
  readonly behind: boolean
}

/** Sources at nearly the same place share a dot: their names would cover each other. */
function dotsOf(sources: OutageHeightsData['sources'], span: number, height: number): readonly Dot[] {
  const isNear = (one: Dot, other: OutageHeightsData['sources'][number]) =>
    one.behind === other.behind &&
    Math.abs(Date.parse(one.at) - Date.parse(other.at)) < span / 8 &&
    Math.abs(one.block - other.block) <= height / 12
  const dots: Dot[] = []
  for (const source of sources) {
    const near = dots.findIndex((one) => isNear(one, source))
    const other = dots[near]
    if (other === undefined) dots.push({ ...source, names: source.name })
    else dots[near] = { ...other, names: `${other.names}, ${source.name}` }
  }
  return dots
}

/** Far behind: shown at the left edge with its age in words, because a true scale would flatten all others. */
function dot({ names, at, block, behind }: Dot, start: number, end: number) {
  const label = { show: true, distance: 14, ...text, fontSize: 20 }
  const x = Math.max(Date.parse(at), start)
  // The line rises: above it is room to the left of a point, below it to the right.
  const beside =
    x - start > (end - start) * 0.45
      ? { position: 'left' as const, offset: [0, -26] }
      : { position: 'right' as const, offset: [0, 26] }
  return {
    value: [x, block],
    symbol: behind ? 'diamond' : 'circle',
    itemStyle: { color: behind ? colours.orange : colours.green, opacity: 1 },
    label: behind
      ? { ...label, ...beside, formatter: `${names}: behind, ${clock(at)}` }
      : { ...label, position: 'left' as const, formatter: names },
  }
}
