// The messages that docs/discord.md explains are the messages people get.

import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url)

async function sources(): Promise<string> {
  const folder = new URL('src/platforms/discord/', root)
  const files = (await readdir(folder)).map((name) => new URL(name, folder))
  files.push(new URL('src/core/refusals.ts', root))
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n')
}

test.each([
  'Discord: no server is allowed yet',
  'Discord: commands registered',
  'Discord refuses the token.',
  'Discord does not allow the intents asked for (4014).',
  'Discord can’t be reached; trying again',
  'the connection to Discord broke; reconnecting',
  'The bot is not in the server',
  "Commands can't be registered in the server",
  'Discord shows commands twice',
  'not acknowledged, so not done',
  "I don't answer here yet.",
  'the bot can’t see this channel',
  'Discord asks to wait',
])('docs/discord.md quotes “%s” as the program says it', async (text) => {
  expect(await readFile(new URL('docs/discord.md', root), 'utf8')).toContain(text)
  expect(await sources()).toContain(text)
})
