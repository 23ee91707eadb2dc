// Contracts that know a question by another name only: which name works is found once per endpoint and then remembered.

import type { RpcAnswer, RpcCall } from './json-rpc.ts'

type Ask = (calls: readonly RpcCall<unknown>[]) => Promise<RpcAnswer<unknown>[]>

export interface OtherNames {
  /** Each call by the name that worked last; the other one only for those that had no answer, in one further request. */
  ask(calls: readonly RpcCall<unknown>[], send: Ask): Promise<RpcAnswer<unknown>[]>
}

export function createOtherNames(): OtherNames {
  /** Contracts and questions that were answered by their other name last. */
  const renamed = new Set<string>()

  function byKnownName(call: RpcCall<unknown>): RpcCall<unknown> {
    if (call.otherwise === undefined || !renamed.has(keyOf(call))) return call
    // The first name stays the way out: an upgrade may bring it back.
    return { ...call.otherwise, otherwise: call }
  }

  return {
    async ask(calls, send) {
      const asked = calls.map(byKnownName)
      const answers = await send(asked)
      const open = asked.flatMap(({ otherwise }, at) =>
        otherwise !== undefined && isLacking(answers[at]) ? [{ at, otherwise }] : [],
      )
      if (open.length === 0) return answers
      const others = await send(open.map(({ otherwise }) => otherwise))
      for (const [place, { at, otherwise }] of open.entries()) {
        const answer = others[place]
        // Neither name: the first failure says best what is the matter.
        if (!answer?.ok) continue
        answers[at] = answer
        const [call] = calls.slice(at, at + 1) as [RpcCall<unknown>]
        if (call.otherwise === otherwise) renamed.add(keyOf(call))
        else renamed.delete(keyOf(call))
      }
      return answers
    },
  }
}

/** The block it is asked at says nothing about names. */
function keyOf({ method, params }: RpcCall<unknown>): string {
  return JSON.stringify([method, params[0]])
}

/** A contract that lacks a getter reverts, or answers an empty `0x`; anything else is the endpoint's trouble. */
function isLacking(answer: RpcAnswer<unknown> | undefined): boolean {
  return answer?.ok === false && (answer.failure.kind === 'reverted' || answer.failure.kind === 'bad-answer')
}
