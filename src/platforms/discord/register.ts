// Declared commands to Discord's shape, and the comparison with what a guild has. Pure: the adapter reads and writes.

import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  PermissionFlagsBits,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js'
import { withChainOption } from '../../core/asking.ts'
import type { Command } from '../../core/command.ts'
import type { Option } from '../../core/options.ts'
import { commandLimits } from './limits.ts'
import { shorten } from './text.ts'

export type DiscordCommand = RESTPostAPIChatInputApplicationCommandsJSONBody

/**
 * Who sees a change command before somebody sets it in the server's settings. Only a hint that keeps the menu short:
 * administrators and overrides go past it, so the core decides at every request.
 */
const changeHint = String(PermissionFlagsBits.ManageMessages)

export function discordCommands(commands: readonly Command[], chains: readonly string[]): readonly DiscordCommand[] {
  return commands.map((command) => {
    const options = Object.entries(withChainOption(command, chains))
      .map(([name, option]) => discordOption(name, option))
      .sort((one, other) => Number(other.required ?? false) - Number(one.required ?? false))
      .slice(0, commandLimits.options)
    return {
      type: ApplicationCommandType.ChatInput,
      name: command.name,
      description: shorten(command.summary, commandLimits.description),
      options,
      default_member_permissions: command.kind === 'change' ? changeHint : null,
    }
  })
}

function discordOption(name: string, option: Option<unknown>): APIApplicationCommandBasicOption {
  const base = { name, description: shorten(option.description, commandLimits.description), required: option.required }
  const autocomplete = option.complete !== undefined
  if (option.kind === 'flag') return { ...base, type: ApplicationCommandOptionType.Boolean }
  if (option.kind === 'integer') {
    return { ...base, type: ApplicationCommandOptionType.Integer, min_value: 0, autocomplete }
  }
  const text = { ...base, type: ApplicationCommandOptionType.String } as const
  const { choices } = option
  // More choices than Discord shows: the dispatcher suggests them as they are typed.
  if (choices && choices.length > commandLimits.choices) return { ...text, autocomplete: true }
  if (choices) return { ...text, choices: choices.map((choice) => ({ name: choice, value: choice })) }
  return { ...text, autocomplete, max_length: commandLimits.text }
}

/**
 * What differs between the commands a guild has and those wanted, in words for the log; empty when nothing has to be
 * written (a guild allows 200 new commands a day). What the server fills in itself doesn't count.
 */
export function differences(existing: readonly unknown[], wanted: readonly DiscordCommand[]): readonly string[] {
  const before = byName(existing)
  const after = byName(wanted)
  const added = [...after.keys()].filter((name) => !before.has(name)).map((name) => `/${name} is new`)
  const removed = [...before.keys()].filter((name) => !after.has(name)).map((name) => `/${name} is no longer offered`)
  const changed = [...after].flatMap(([name, command]) => {
    const old = before.get(name)
    return old ? changedFields(old, command).map((field) => `/${name}: ${field} changed`) : []
  })
  return [...added, ...removed, ...changed]
}

type Canonical = Readonly<Record<string, unknown>>

/** A name may stand for a chat command and a context-menu one; only the first is ours. */
function byName(commands: readonly unknown[]): ReadonlyMap<string, Canonical> {
  return new Map(
    commands.map((command) => {
      const { type = 1, name, ...rest } = command as Canonical & { type?: number; name: string }
      return [type === 1 ? name : `${name} (type ${type})`, rest] as const
    }),
  )
}

const commandDefaults: Canonical = { description: '', default_member_permissions: null, nsfw: false }
const optionDefaults: Canonical = {
  type: 0,
  name: '',
  description: '',
  required: false,
  autocomplete: false,
  choices: [],
  min_value: null,
  max_value: null,
  min_length: null,
  max_length: null,
}

function changedFields(before: Canonical, after: Canonical): readonly string[] {
  const fields = Object.keys(commandDefaults).filter((key) => !same(key, before, after, commandDefaults))
  const [old, fresh] = [optionsOf(before), optionsOf(after)]
  if (old.length !== fresh.length) return [...fields, 'number of options']
  const options = fresh.flatMap((option, index) =>
    Object.keys(optionDefaults)
      .filter((key) => !same(key, old[index] as Canonical, option, optionDefaults))
      .map((key) => `option ${index + 1} (${option.name}): ${key}`),
  )
  return [...fields, ...options]
}

function optionsOf(command: Canonical): readonly Canonical[] {
  return (command.options ?? []) as readonly Canonical[]
}

function same(key: string, before: Canonical, after: Canonical, defaults: Canonical): boolean {
  const [old, fresh] = [before[key] ?? defaults[key], after[key] ?? defaults[key]]
  if (key !== 'choices') return old === fresh
  return JSON.stringify(choicesOf(old)) === JSON.stringify(choicesOf(fresh))
}

/** The server adds translations to each choice. */
function choicesOf(choices: unknown): readonly unknown[] {
  return (choices as readonly Canonical[]).map(({ name, value }) => [name, value])
}
