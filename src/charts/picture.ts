// From the name of a picture and its data to PNG bytes: ECharts draws SVG without a browser, resvg rasterises it.

import { createRequire } from 'node:module'
import path from 'node:path'
import { Resvg } from '@resvg/resvg-js'
import type { EChartsOption } from 'echarts'
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GraphicComponent, GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { type OutageHeightsData, outageHeights } from './outage-heights.ts'
import { type ProverQueueData, proverQueue } from './prover-queue.ts'
import { type ProverStatesData, proverStates } from './prover-states.ts'
import { font, size } from './theme.ts'
import { type TraceTimelineData, traceTimeline } from './trace-timeline.ts'

// Only these parts: the whole library takes seconds to load.
use([BarChart, LineChart, ScatterChart, GraphicComponent, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const pictures: Readonly<Record<string, (data: never) => EChartsOption>> = {
  'outage-heights': (data: OutageHeightsData) => outageHeights(data),
  'prover-queue': (data: ProverQueueData) => proverQueue(data),
  'prover-states': (data: ProverStatesData) => proverStates(data),
  'trace-timeline': (data: TraceTimelineData) => traceTimeline(data),
}

export const pictureNames: readonly string[] = Object.keys(pictures)

/** @throws when the picture is unknown or its data don't fit */
export function drawPicture(name: string, data: unknown): Uint8Array {
  const picture = pictures[name]
  if (!picture) throw new Error(`there is no picture “${name}”`)
  return rasterise(drawSvg(picture(data as never)))
}

function drawSvg(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    chart.setOption(option)
    return chart.renderToSVGString()
  } finally {
    // Undisposed it keeps a timer, and the process alive.
    chart.dispose()
  }
}

function rasterise(svg: string): Uint8Array {
  const resvg = new Resvg(svg, {
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: font },
    fitTo: { mode: 'width', value: size.width },
  })
  return resvg.render().asPng()
}

/** Bundled, so that a bare machine draws the same letters. */
function fontFiles(): string[] {
  const folder = path.dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'))
  return ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => path.join(folder, 'ttf', file))
}
