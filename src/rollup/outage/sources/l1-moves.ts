// Whether the chain is moving to another settlement layer: what L1 told lately, what of it still holds, and its sentence. Pure.

import type { Finding } from '../../../core/finding.ts'
import type { Move } from '../../l1/moves.ts'
import { isoOfSeconds } from '../../rpc/rpc-values.ts'
import type { SettledLook } from './gateway.ts'

/** What a move was about is long over after that. */
const moveSeconds = 7 * 86_400
/** As long as other events of L1 are told about. */
const newsSeconds = 4 * 3600

/** The newest of each step, oldest first; one that could not be put in time is as new as anything. */
export function newestMoves(moves: readonly Move[], now: number): readonly Move[] {
  const recent = moves.filter(({ time }) => time === null || now - time < moveSeconds)
  const byStep = new Map(inOrder(recent).map((move) => [move.step, move]))
  return inOrder([...byStep.values()])
}

function inOrder(moves: readonly Move[]): readonly Move[] {
  return moves.toSorted((a, b) => (a.time ?? Number.MAX_VALUE) - (b.time ?? Number.MAX_VALUE) || a.block - b.block)
}

/**
 * The last step that was told, and whether the move is under way. The end of a move is told on the chain that it goes to,
 * which may be out of sight: that the chain settles there now says the same.
 */
export function moveOf(look: SettledLook | null): { readonly move: Move; readonly isUnderWay: boolean } | null {
  const state = look?.state ?? null
  const move = inOrder(state?.moves ?? []).at(-1)
  if (state === null || move === undefined) return null
  const settlesOn = state.settlesOn === null ? look?.chainId : state.gateway?.chainId
  const hasArrived = move.step === 'finalized' || (move.layer !== null && move.layer === settlesOn)
  return { move, isUnderWay: !hasArrived }
}

export function moveFinding(look: SettledLook | null): readonly Finding[] {
  const last = moveOf(look)
  if (last === null) return []
  const { move, isUnderWay } = last
  const { step, layer, block, time, hash } = move
  const isNews = time === null || (look?.head?.time ?? time) - time < newsSeconds
  if (!isUnderWay && !isNews) return []
  const values = { at: time === null ? null : isoOfSeconds(time), block, hash, layer }
  const told = `${time === null ? `in block ${block}` : `at ${isoOfSeconds(time)}`}${hash === null ? '' : ` by ${hash}`}`
  const to = layer === null ? 'another settlement layer' : `chain ${layer} as its settlement layer`
  if (!isUnderWay) {
    const text = `The chain’s move to ${to} is over (${told}).`
    return [{ code: 'migration-finalized', severity: 'info', values, text }]
  }
  if (step === 'started') {
    const text = `The chain’s move to ${to} was started ${told} and is not over as far as I can see: commits pause meanwhile, on purpose.`
    return [{ code: 'migration-started', severity: 'warning', values, text }]
  }
  const text = `The chain’s node was told ${told} to get ready for ${to}: commits may pause from then on, on purpose.`
  return [{ code: 'migration-announced', severity: 'warning', values, text }]
}
