// Facts of /approval as a reply: what waits for a yes, each with a button that brings its own buttons here.

import { askButton } from '../core/button.ts'
import type { Approval } from '../core/records.ts'
import { type Block, bold, paragraph, type Reply, type Text, time } from '../core/reply.ts'

export interface ApprovalFacts {
  readonly waiting: readonly {
    readonly id: string
    /** What to type for it. */
    readonly name: string
    readonly title: string
    readonly chain: string
    readonly askedBy: string
    readonly expiresAt: string
  }[]
  /** The one asked for; core shows it. */
  readonly one: Approval | null
  readonly unreachable: readonly string[]
}

const buttonsShown = 5

export function presentApprovals({ waiting, unreachable }: ApprovalFacts): Reply {
  const items = waiting.map(
    ({ name, title, askedBy, expiresAt }): Text => [
      bold(name),
      ` · ${title} · asked by ${askedBy}, until `,
      time(expiresAt),
    ],
  )
  const actions = waiting.slice(0, buttonsShown).flatMap(({ name }) => {
    const id = askButton(`approval ${name}`)
    return id === null ? [] : [{ label: `Show ${name}`, style: 'plain' as const, id }]
  })
  const missing = unreachable.map((name): Block => paragraph(`Not complete: I couldn't ask ${name}.`))
  return {
    tone: unreachable.length > 0 ? 'warning' : 'neutral',
    title: titleOf(waiting.length, unreachable.length > 0),
    blocks: [...missing, ...(items.length > 0 ? [{ kind: 'list', items } as const] : [])],
    actions,
  }
}

function titleOf(count: number, isPartial: boolean): string {
  if (count === 0) return isPartial ? 'I can’t tell whether a change waits for a yes' : 'No change waits for a yes'
  return count === 1 ? '1 change waits for a yes' : `${count} changes wait for a yes`
}
