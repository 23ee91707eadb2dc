// `rollcall doctor`: prints what the examination found, line by line, and ends with 2 if something must be fixed.

import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Reply, Tone } from '../core/reply.ts'
import { type Check, examine } from '../doctor.ts'
import { render } from '../platforms/terminal/render.ts'
import type { DoctorCall } from './call.ts'
import { print, windowOf } from './output.ts'

const signs: Readonly<Record<Check['state'], string>> = { ok: '✅', note: '⚠️', fix: '🔴' }

export async function runDoctor({ json }: DoctorCall, config: Config, log: Logger): Promise<number> {
  const checks = await examine(config, { log, now: () => new Date() })
  const faults = checks.filter(({ state }) => state === 'fix').length
  if (json) print(`${JSON.stringify({ checks }, null, 2)}\n`)
  else print(`${render(doctorReply(checks), { ...windowOf(process.stdout), actions: 'calls' })}\n`)
  return faults > 0 ? 2 : 0
}

export function doctorReply(checks: readonly Check[]): Reply {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const tone: Tone = count('fix') > 0 ? 'bad' : count('note') > 0 ? 'warning' : 'good'
  const title =
    count('fix') > 0
      ? `${count('fix')} of ${checks.length} checks need fixing`
      : `Everything that is set works${count('note') > 0 ? `, with ${count('note')} remarks` : ''}`
  const items = checks.map(({ setting, state, text }) => [`${signs[state]} `, { bold: setting }, ` ${text}`])
  return { tone, title, blocks: [{ kind: 'list', items }] }
}
