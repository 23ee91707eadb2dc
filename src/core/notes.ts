// Lines the core adds to any answer: which chain, that it was asked late, that it could not be recorded.

import { paragraph, type Reply } from './reply.ts'

export interface Notes {
  /** Shown in the title when several chains are configured; null otherwise. */
  readonly chain: string | null
  /** The asker named none of several chains, and the first was taken. */
  readonly assumedChain: boolean
  readonly lateSeconds: number
  readonly recorded: boolean
}

/** Below this many seconds of delay an answer does not mention it. */
export const lateAfterSeconds = 60

export function withNotes(reply: Reply, notes: Notes): Reply {
  const lines: string[] = []
  if (notes.assumedChain && notes.chain !== null)
    lines.push(`This is ${notes.chain}, the first chain. For another add chain=NAME.`)
  if (notes.lateSeconds > lateAfterSeconds) {
    lines.push(`Asked ${describeSeconds(notes.lateSeconds)} before it reached me; the answer is as of now.`)
  }
  if (!notes.recorded) lines.push('Not recorded: the bot’s own store can’t be reached.')
  return {
    ...reply,
    title: notes.chain === null ? reply.title : `${reply.title} · ${notes.chain}`,
    blocks: [...reply.blocks, ...lines.map((line) => paragraph(line))],
  }
}

/** A failure or refusal as a reply: first line as title, the rest below. */
export function troubleReply(text: string, tone: Reply['tone'] = 'warning'): Reply {
  const [title = '', ...rest] = text.split('\n')
  return { tone, title, blocks: rest.map((line) => paragraph(line)) }
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`: how people say a duration. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 90) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}
