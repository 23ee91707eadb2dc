// The list of commands and the folder agree, so that none is forgotten and each file is one command.

import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { commandList } from '../src/command-list.ts'

it('offers exactly the commands of the folder, one per file', () => {
  const files = readdirSync(new URL('../commands/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''))
  expect(commandList.map(({ name }) => name).sort()).toEqual(files.sort())
})

it('gives every command an example that is its own', () => {
  for (const { name, example } of commandList) expect(example).toMatch(new RegExp(`^/${name}( |$)`))
})
