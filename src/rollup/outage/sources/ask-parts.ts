// Several kinds of questions to one endpoint in one request, and each kind's own answers back.

import type { RpcAnswer, RpcCall, RpcEndpoint } from '../../rpc/json-rpc.ts'

export async function askParts<K extends string>(
  endpoint: RpcEndpoint,
  parts: Readonly<Record<K, readonly RpcCall<unknown>[]>>,
  signal: AbortSignal,
): Promise<Readonly<Record<K, readonly RpcAnswer<unknown>[]>>> {
  const names = Object.keys(parts) as K[]
  const answers: readonly RpcAnswer<unknown>[] = await endpoint.batch(
    names.flatMap((name) => [...parts[name]]),
    { signal },
  )
  const left = [...answers]
  return Object.fromEntries(names.map((name) => [name, left.splice(0, parts[name].length)])) as unknown as Record<
    K,
    readonly RpcAnswer<unknown>[]
  >
}
