// The worker thread's side of drawing: one job in, one picture or reason out.

import { parentPort } from 'node:worker_threads'
import { drawPicture } from './picture.ts'

export interface DrawJob {
  readonly id: number
  readonly picture: string
  readonly data: unknown
}

export type Drawn = { readonly id: number; readonly png: Uint8Array } | { readonly id: number; readonly error: string }

parentPort?.on('message', ({ id, picture, data }: DrawJob) => {
  let drawn: Drawn
  try {
    drawn = { id, png: drawPicture(picture, data) }
  } catch (error) {
    drawn = { id, error: error instanceof Error ? error.message : String(error) }
  }
  parentPort?.postMessage(drawn)
})
