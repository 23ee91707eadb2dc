// The messages that docs/telegram.md explains are the messages people get.

import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)

async function sources(): Promise<string> {
  const folder = new URL('src/platforms/telegram/', root)
  const files = (await readdir(folder)).map((name) => new URL(name, folder))
  files.push(new URL('src/core/refusals.ts', root))
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n')
}

describe('docs/telegram.md', () => {
  it.each([
    'Telegram knows the bot',
    'Telegram: listening',
    'Working on it…',
    'seesAllGroupMessages',
    'TELEGRAM_TOKEN was refused (',
    'another process polls with the same TELEGRAM_TOKEN',
    'standing by',
    'a webhook was set for this bot; it is taken away',
    'Telegram could not be asked for ',
    'it answered something that is not JSON',
    'TELEGRAM_CHAT_IDS names a chat I can’t see',
    "I don't answer here yet.",
    'You are posting as the group, so I can’t tell who asks.',
    'Telegram asks for a pause',
  ])('quotes “%s” as the program says it', async (text) => {
    expect(await readFile(new URL('docs/telegram.md', root), 'utf8')).toContain(text)
    expect(await sources()).toContain(text)
  })
})
