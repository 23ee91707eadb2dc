// Runbooks: Markdown files of ours and of a team's own folder, listed, found by word, served as they are.

import { existsSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Choice } from '../core/completion.ts'

export interface RunbookEntry {
  /** The file's name without its ending; what people type. */
  readonly name: string
  /** Its first heading. */
  readonly title: string
  /** From the team's folder: it hides one of ours with the same name. */
  readonly own: boolean
}

export interface Runbook extends RunbookEntry {
  readonly markdown: string
}

export interface RunbookShelf {
  readonly runbooks: readonly Runbook[]
  /** The setting whose folder can't be read; null: all well. */
  readonly unreadable: string | null
}

export interface Runbooks {
  /** Read anew at every question, so that an edited file counts at once. */
  shelf(): Promise<RunbookShelf>
  complete(typed: string): Promise<readonly Choice[]>
}

export interface RunbooksSettings {
  /** Ours; the folder of this package unless a test names another. */
  readonly folder?: string
  readonly own: string | null
  readonly log: Logger
}

/** More of one file is no runbook: a person has to read it. */
const largestBytes = 128 * 1024
const mostFiles = 200
const choicesShown = 25

export function createRunbooks({ folder = packagedFolder(), own, log }: RunbooksSettings): Runbooks {
  async function shelf(): Promise<RunbookShelf> {
    const byName = new Map((await readFolder(folder, false)).map((runbook) => [runbook.name, runbook]))
    let unreadable: string | null = null
    if (own !== null) {
      try {
        for (const runbook of await readFolder(own, true)) byName.set(runbook.name, runbook)
      } catch (error) {
        unreadable = 'RUNBOOKS_DIR'
        log.warn({ err: error }, 'the folder that RUNBOOKS_DIR names can’t be read')
      }
    }
    const runbooks = [...byName.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'))
    return { runbooks, unreadable }
  }
  return {
    shelf,
    async complete(typed) {
      const { runbooks } = await shelf()
      return findRunbooks(runbooks, typed)
        .slice(0, choicesShown)
        .map(({ name, title }) => ({ name: title, value: name }))
    },
  }
}

/**
 * By name, else by the beginning of a name, else those whose title has every word, else those whose text has them.
 * Nothing typed: all of them.
 */
export function findRunbooks<R extends Runbook>(runbooks: readonly R[], typed: string): readonly R[] {
  const wanted = typed.trim().toLowerCase().replace(/\.md$/, '')
  const words = wanted.split(/[\s-]+/).filter((word) => word !== '')
  const having = (text: (runbook: R) => string) =>
    runbooks.filter((runbook) => words.every((word) => text(runbook).toLowerCase().includes(word)))
  const steps = [
    () => runbooks.filter(({ name }) => name.toLowerCase() === wanted),
    () => runbooks.filter(({ name }) => name.toLowerCase().startsWith(wanted)),
    () => having(({ name, title }) => `${name} ${title}`),
    () => having(({ markdown }) => markdown),
  ]
  for (const step of steps) {
    const found = step()
    if (found.length > 0) return found
  }
  return []
}

async function readFolder(folder: string, own: boolean): Promise<readonly Runbook[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory() && /^[^.].*\.md$/i.test(entry.name)).slice(0, mostFiles)
  return Promise.all(
    files.map(async ({ name }) => {
      const stem = name.replace(/\.md$/i, '')
      const markdown = await readStart(path.join(folder, name))
      return { name: stem, title: titleOf(markdown) ?? stem, own, markdown }
    }),
  )
}

async function readStart(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(largestBytes), 0, largestBytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

function titleOf(markdown: string): string | null {
  return /^#\s+(.+?)\s*#*\s*$/m.exec(markdown)?.[1] ?? null
}

/** `runbooks/` lies beside `package.json`, in a checkout and in a built package. */
function packagedFolder(): string {
  // By its own name: the build has a package.json of its own in dist, and no runbooks beside it.
  let folder = path.dirname(fileURLToPath(import.meta.url))
  while (!existsSync(path.join(folder, 'runbooks')) && path.dirname(folder) !== folder) folder = path.dirname(folder)
  return path.join(folder, 'runbooks')
}
