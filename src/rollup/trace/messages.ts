// What a transaction sent to L1: withdrawals, messages, and the marks that deposits leave. Pure.

import type { TracedMessage, TraceStage } from './facts.ts'

/** System contracts have fixed addresses on every chain of this family. */
const bootloader = systemAddress('8001')
const l1Messenger = systemAddress('8008')
const baseToken = systemAddress('800a')
const assetRouter = systemAddress('10003')

function systemAddress(digits: string): string {
  return `0x${digits.padStart(40, '0')}`
}

export interface MessageLog {
  readonly index: number
  readonly sender: string
  readonly key: string
  readonly value: string
}

/** `bridges`: further L2 bridge contracts of this chain, lower case (the bridges of 2023 have no fixed address). */
export function readMessages(
  logs: readonly MessageLog[],
  stages: readonly TraceStage[],
  bridges: readonly string[] = [],
): readonly TracedMessage[] {
  const executed = stages.some((stage) => stage.stage === 'execute' && stage.state === 'done')
  return logs.map((log) => {
    const contract = addressIn(log.key)
    const kind = kindOf(log.sender, contract, bridges)
    const claims = kind === 'withdrawal' || kind === 'token-withdrawal' || kind === 'message'
    const claim = claims ? (executed ? 'not-checked' : 'not-yet') : 'nothing-to-claim'
    return { kind, index: log.index, sender: log.sender, contract, key: log.key, value: log.value, claim }
  })
}

function kindOf(sender: string, contract: string | null, bridges: readonly string[]): TracedMessage['kind'] {
  if (sender === bootloader) return 'deposit-result'
  if (sender !== l1Messenger) return 'log'
  if (contract === baseToken) return 'withdrawal'
  return contract === assetRouter || bridges.includes(contract ?? '') ? 'token-withdrawal' : 'message'
}

/** The messenger writes the contract it speaks for into the key, as an address filled up to 32 bytes. */
function addressIn(key: string): string | null {
  return /^0x0{24}[0-9a-f]{40}$/.test(key) ? `0x${key.slice(26)}` : null
}
