// The explorer's `/api`: calls in Etherscan's manner, always HTTP 200, the outcome inside.

import type { ModelBlock } from '../model/facts.ts'

const ok = (result: unknown) => ({ status: '1', message: 'OK', result })
const notOk = (result: unknown) => ({ status: '0', message: 'NOTOK', result })

export function etherscanAnswer(parameters: URLSearchParams, blocks: readonly ModelBlock[]): unknown {
  const call = `${parameters.get('module')}/${parameters.get('action')?.toLowerCase()}`
  if (call === 'block/getblockcountdown') return countdown(parameters.get('blockno') ?? '', blocks.at(-1)?.number ?? 0)
  if (call === 'block/getblocknobytime') return numberByTime(parameters, blocks)
  return notOk('Error! Missing Or invalid Module name')
}

function countdown(text: string, current: number): unknown {
  const wanted = /^\d{1,15}$/.test(text) ? Number(text) : null
  if (wanted === null) return notOk('Error! Invalid parameter')
  if (wanted <= current) return notOk('Error! Block number already pass')
  const left = String(wanted - current)
  return ok({ CurrentBlock: String(current), CountdownBlock: text, RemainingBlock: left, EstimateTimeInSec: left })
}

/** A miss is a success with the message of a failure, as on the real one. */
function numberByTime(parameters: URLSearchParams, blocks: readonly ModelBlock[]): unknown {
  const closest = parameters.get('closest') ?? 'before'
  const text = parameters.get('timestamp') ?? ''
  if (!['before', 'after'].includes(closest) || !/^\d{1,10}$/.test(text)) return notOk('Error! Invalid parameter')
  const time = Number(text)
  const found =
    closest === 'before'
      ? blocks.findLast(({ timestamp }) => timestamp <= time)
      : blocks.find(({ timestamp }) => timestamp >= time)
  return found === undefined
    ? { status: '1', message: 'NOTOK', result: 'Error! No closest block found' }
    : ok(String(found.number))
}
