// Finds names in the environment that look like settings of ours but are none: a misspelt name would be ignored in silence.

import { editDistance } from '../core/edit-distance.ts'
import type { Environment } from './reader.ts'
import { nodePolicyNames, settings } from './settings.ts'

/** Only these belong to us alone; other names are judged by how near they come to one of ours. */
const ownPrefixes = ['ROLLCALL_', 'DISCORD_', 'TELEGRAM_']

/** Common words of other programs that happen to be near one of ours. */
const othersNames = new Set(['HTTPS_PORT', 'HTTP_PROXY', 'LOG_LEVELS'])

/** One sentence for each suspicious name. `prefixes` are those of the configured chains, or one empty one. */
export function unknownNames(environment: Environment, prefixes: readonly string[]): readonly string[] {
  const known = knownNames(prefixes)
  const warnings: string[] = []
  for (const name of Object.keys(environment)) {
    if (known.has(name) || othersNames.has(name) || (environment[name] ?? '').trim() === '') continue
    const warning = suspicion(name, known, prefixes)
    if (warning !== null) warnings.push(warning)
  }
  return warnings
}

function knownNames(prefixes: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  const add = (name: string, secret: boolean) => {
    names.add(name)
    if (secret) names.add(`${name}_FILE`)
  }
  for (const { name, scope, secret } of settings) {
    for (const prefix of scope === 'chain' ? prefixes : ['']) add(prefix + name, secret)
  }
  for (const { name } of nodePolicyNames) for (const prefix of prefixes) names.add(prefix + name)
  return names
}

function suspicion(name: string, known: ReadonlySet<string>, prefixes: readonly string[]): string | null {
  const chainSettings = settings.filter(({ scope }) => scope === 'chain')
  if (!prefixes.includes('') && chainSettings.some((setting) => setting.name === name)) {
    return `${name} is not read because CHAINS is set: call it ${prefixes[0]}${name}`
  }
  const foreign = /^([A-Z][A-Z0-9]*)_(.+)$/.exec(name)
  if (foreign?.[2] !== undefined && isTelling(foreign[2]) && chainSettings.some(({ name }) => name === foreign[2])) {
    return `${name} is not read: CHAINS does not name the chain ${foreign[1]?.toLowerCase()}`
  }
  const nearest = nearestName(name, known)
  if (nearest !== null) return `${name} is not a setting: did you mean ${nearest}?`
  if (ownPrefixes.some((prefix) => name.startsWith(prefix)) || prefixes.some((p) => p !== '' && name.startsWith(p))) {
    return `${name} is not a setting and is ignored`
  }
  return null
}

/** Names too general to say that a prefixed one was meant for us. */
function isTelling(name: string): boolean {
  return name.includes('_')
}

function nearestName(name: string, known: ReadonlySet<string>): string | null {
  let nearest: string | null = null
  let best = name.length >= 10 ? 3 : 2
  for (const candidate of known) {
    const distance = sameWords(name, candidate) ? 1 : editDistance(name, candidate)
    if (distance < best) {
      best = distance
      nearest = candidate
    }
  }
  return nearest ?? longerForm(name, known)
}

function sameWords(one: string, other: string): boolean {
  const sorted = (name: string) => name.split('_').sort().join('_')
  return sorted(one) === sorted(other)
}

/** `DISCORD_BOT_TOKEN` for DISCORD_TOKEN: all words of ours, with others between. */
function longerForm(name: string, known: ReadonlySet<string>): string | null {
  const words = name.split('_')
  const fits = (candidate: string) => {
    const wanted = candidate.split('_')
    return wanted.length >= 2 && words.length === wanted.length + 1 && wanted.every((word) => words.includes(word))
  }
  return ownPrefixes.some((prefix) => name.startsWith(prefix)) ? ([...known].find(fits) ?? null) : null
}
