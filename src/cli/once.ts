// One command from the shell: asks, prints the answer or its facts, and ends with the exit code that scripts go by.

import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Conversation } from '../core/conversation.ts'
import { UserError } from '../core/errors.ts'
import type { Handled } from '../core/recording.ts'
import type { Ask } from '../core/request.ts'
import { createRollcall } from '../main.ts'
import { accountOf, requestOf } from '../platforms/terminal/adapter.ts'
import { render } from '../platforms/terminal/render.ts'
import type { OnceCall } from './call.ts'
import { print, userName, windowOf } from './output.ts'
import type { Stopping } from './stopping.ts'
import { told } from './stopping.ts'

const stopMs = 2000

/** @throws UserError when the call itself is wrong */
export async function runOnce(call: OnceCall, config: Config, log: Logger, stopping: Stopping): Promise<number> {
  const ask = withChain(call, config)
  const rollcall = createRollcall({ config, log, mode: 'once' })
  try {
    const conversation: Conversation = {
      acknowledge: async () => true,
      askRoles: async () => [],
      async answer(reply) {
        if (!call.json) print(`${render(reply, { ...windowOf(process.stdout), actions: 'calls' })}\n`)
        return null
      },
    }
    const request = requestOf(accountOf(userName()), ask, new Date())
    const handled = await Promise.race([rollcall.dispatcher.handle(request, conversation), told(stopping)])
    if (!handled) return stopping.exitCode() ?? 1
    if (call.json) print(factsText(handled))
    return handled.exitCode
  } finally {
    await within(rollcall.stop(), stopMs)
  }
}

export function factsText({ facts, error }: Handled): string {
  const plain = (_name: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  return `${JSON.stringify(error ? { error } : facts, plain, 2)}\n`
}

/** `--chain era` is the option `chain` of the command; where there is one chain the option does not exist. */
function withChain({ ask, chain }: OnceCall, { chains }: Config): Ask {
  if (chain === null) return ask
  const names = chains.map(({ name }) => name)
  if (!names.includes(chain)) {
    const several =
      names.length > 1 ? `Configured are ${names.join(', ')}.` : 'Only one is configured: leave --chain out.'
    throw new UserError(`--chain names no configured chain.\n${several}`)
  }
  if (names.length === 1 || ask.kind === 'press' || !('text' in ask.input)) return ask
  return { ...ask, input: { text: `chain=${chain} ${ask.input.text}` } }
}

/** Closing a connection that hangs must not keep the shell waiting. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
