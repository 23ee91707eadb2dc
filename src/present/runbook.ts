// Facts of /runbook as a reply: the list, or one runbook's Markdown as blocks.

import { bold, code, paragraph, type Reply, type Text } from '../core/reply.ts'
import type { Runbook, RunbookEntry } from '../knowledge/runbooks.ts'
import { markdownBlocks } from './markdown.ts'

export interface RunbookFacts {
  readonly searched: string | null
  /** Several that fit, or all; empty where one is served. */
  readonly runbooks: readonly RunbookEntry[]
  readonly runbook: Runbook | null
  readonly unreadable: string | null
}

export function presentRunbook({ searched, runbooks, runbook, unreadable }: RunbookFacts): Reply {
  const trouble =
    unreadable === null ? [] : [paragraph(bold('Warning: '), `the folder that ${unreadable} names can’t be read.`)]
  if (runbook) {
    const { title, own, markdown } = runbook
    return { tone: 'neutral', title, blocks: [...markdownBlocks(markdown), ...(own ? [ownNote] : []), ...trouble] }
  }
  const items = runbooks.map(({ name, title }): Text => [code(`/runbook ${name}`), ` ${title}`])
  return {
    tone: 'neutral',
    title: searched === null ? 'Runbooks' : 'Several runbooks fit; which one?',
    blocks: [{ kind: 'list', items }, ...trouble],
  }
}

const ownNote = paragraph('From this team’s own folder.')
