// Checks single values: each function turns a setting's text into a typed value or says what is wrong with it.

import type { Endpoint } from '../config.ts'
import type { Person } from '../core/people.ts'
import { isKeyLike } from '../redaction.ts'

/** What is wrong with a value, in words that follow the setting's name. Never quotes what could be a secret. */
export class BadValue extends Error {
  readonly problems: readonly string[]
  constructor(...problems: readonly string[]) {
    super(problems.join('; '))
    this.name = 'BadValue'
    this.problems = problems
  }
}

/** A short value as typed; a long one may be a token in the wrong place, and control characters could fool a reader. */
function quote(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
  const isSafe = /^[a-z-]{0,20}:?-?\d*$/.test(plain) || (plain.length <= 32 && !isKeyLike(plain))
  return isSafe ? `“${plain}”` : `a text of ${plain.length} characters`
}

function items(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** Checks each item of a comma list and reports all that are wrong. */
export function list<T>(item: (text: string) => T): (text: string) => readonly T[] {
  return (text) => {
    const problems: string[] = []
    const values: T[] = []
    for (const part of items(text)) {
      try {
        values.push(item(part))
      } catch (error) {
        if (!(error instanceof BadValue)) throw error
        problems.push(...error.problems)
      }
    }
    if (problems.length > 0) throw new BadValue(...problems)
    if (values.length === 0) throw new BadValue('the list is empty')
    return values
  }
}

export function oneOf<const C extends readonly string[]>(choices: C): (text: string) => C[number] {
  return (text) => {
    const found = choices.find((choice) => choice === text.toLowerCase())
    if (found === undefined) throw new BadValue(`${quote(text)} is not one of ${choices.join(', ')}`)
    return found
  }
}

export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= lowest && value <= highest)) {
      throw new BadValue(`${quote(text)} is not a whole number from ${lowest} to ${highest}`)
    }
    return value
  }
}

export function address(text: string): string {
  if (!/^0x[0-9a-f]{40}$/i.test(text)) throw new BadValue(`${quote(text)} is not an address (0x and 40 hex digits)`)
  return text.toLowerCase()
}

export function timeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new BadValue(`${quote(text)} is not a time zone name`)
  }
}

export function chainName(text: string): string {
  if (!/^[a-z][a-z0-9]*$/.test(text)) {
    throw new BadValue(`${quote(text)} is not a chain name (small letters and digits, a letter first)`)
  }
  return text
}

export function webUrl(text: string): string {
  if (!isUrl(text, ['http:', 'https:'])) throw new BadValue('it is not an http:// or https:// address')
  return text.replace(/\/+$/, '')
}

export function databaseUrl(text: string): string {
  if (!/^postgres(ql)?:\/\//i.test(text)) throw new BadValue('it does not start with postgres://')
  if (!isUrl(text, ['postgres:', 'postgresql:'])) {
    throw new BadValue('it can’t be taken apart; in a password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F')
  }
  return text
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false
  const url = new URL(text)
  return schemes.includes(url.protocol) && (url.hostname !== '' || url.protocol.startsWith('postgres'))
}

/** `url` or `name=url`, comma separated. Nameless ones are called by their host, which is all of a URL that we ever show. */
export function endpoints(text: string): readonly Endpoint[] {
  const problems: string[] = []
  const found: Endpoint[] = []
  for (const [index, item] of items(text).entries()) {
    const split = /^([A-Za-z][\w.-]*)=(.*)$/s.exec(item)
    const url = (split?.[2] ?? item).trim()
    if (!isUrl(url, ['http:', 'https:'])) {
      problems.push(`entry ${index + 1} is not an http:// or https:// address (write a comma inside one as %2C)`)
      continue
    }
    const name = split?.[1]
    if (name !== undefined && found.some((endpoint) => endpoint.name === name)) {
      problems.push(`two entries are named ${quote(name)}`)
      continue
    }
    found.push({ name: name ?? freeName(hostName(url), found), url })
  }
  if (problems.length === 0 && found.length === 0) problems.push('the list is empty')
  if (problems.length > 0) throw new BadValue(...problems)
  return found
}

/** Some providers put the customer's key into the host name; those labels are left out. */
function hostName(url: string): string {
  const { hostname, port } = new URL(url)
  const labels = hostname.startsWith('[') ? [hostname] : hostname.split('.').filter((label) => !isKeyLike(label))
  return labels.join('.') + (port === '' ? '' : `:${port}`)
}

function freeName(wanted: string, taken: readonly Endpoint[]): string {
  const isTaken = (name: string) => taken.some((endpoint) => endpoint.name === name)
  if (!isTaken(wanted)) return wanted
  let number = 2
  while (isTaken(`${wanted}-${number}`)) number += 1
  return `${wanted}-${number}`
}

export function discordId(text: string): string {
  if (!/^\d{1,20}$/.test(text)) throw new BadValue(`${quote(text)} is not a Discord id (digits only)`)
  return text
}

export function telegramChatId(text: string): string {
  if (!/^-?\d{1,20}$/.test(text)) {
    throw new BadValue(`${quote(text)} is not a chat id (a number, negative for groups; /whoami shows it)`)
  }
  return text
}

export function discordToken(text: string): string {
  if (/\s/.test(text)) throw new BadValue('a token has no spaces in it (leave out the word “Bot”)')
  return text
}

export function telegramToken(text: string): string {
  if (!/^\d+:[\w-]+$/.test(text)) throw new BadValue('it is not a bot token (a number, a colon, letters and digits)')
  return text
}

/** Telegram sends it back in a header, so its letters are few. */
export function webhookSecret(text: string): string {
  if (!/^[\w-]{16,256}$/.test(text)) throw new BadValue('it is not 16 to 256 letters, digits, _ or -')
  return text
}

const accountShape = /^(?:discord-user:\d{1,20}|telegram-user:\d{1,20}|terminal:[^\s,+=:]{1,64})$/

/** Who may hold a role: `discord-role:1`, `discord-user:1`, `telegram-user:2`, `telegram-admins`, `terminal:mei`. */
export function roleEntry(everyoneAllowed: boolean): (text: string) => string {
  return (text) => {
    if (accountShape.test(text) || /^discord-role:\d{1,20}$/.test(text) || text === 'telegram-admins') return text
    if (text === 'everyone-here') {
      if (everyoneAllowed) return text
      throw new BadValue('everyone-here may only be a viewer')
    }
    throw new BadValue(
      `${quote(text)} is none of discord-role:ID, discord-user:ID, telegram-user:ID, telegram-admins, terminal:NAME` +
        (everyoneAllowed ? ', everyone-here' : ''),
    )
  }
}

export function mention(text: string): string {
  if (!/^(?:discord-role|discord-user|telegram-user):\d{1,20}$/.test(text)) {
    throw new BadValue(`${quote(text)} is none of discord-role:ID, discord-user:ID, telegram-user:ID`)
  }
  return text
}

/** Who runs endpoints: a name of the asker's choice, and the names of the endpoints. */
export interface EndpointOperator {
  readonly name: string
  readonly endpoints: readonly string[]
}

/** `us=own+our-explorer,acme=acme-rpc`: endpoints of one operator, by their names. */
export function operators(text: string): readonly EndpointOperator[] {
  const problems: string[] = []
  const found: EndpointOperator[] = []
  for (const item of items(text)) {
    const split = /^([\p{L}\p{N}][\p{L}\p{N}._ -]{0,39})=(.+)$/u.exec(item)
    const name = split?.[1]?.trim()
    const names = (split?.[2] ?? '').split('+').map((endpoint) => endpoint.trim())
    if (name === undefined || names.includes('')) {
      problems.push(`${quote(item)} is not operator=endpoint+endpoint`)
      continue
    }
    if (found.some((operator) => operator.name === name)) problems.push(`${quote(name)} is there twice`)
    const taken = names.find((one) => found.some(({ endpoints }) => endpoints.includes(one)))
    if (taken !== undefined) problems.push(`${quote(taken)} has two operators`)
    found.push({ name, endpoints: names })
  }
  if (problems.length > 0) throw new BadValue(...problems)
  return found
}

/** `mei=discord-user:1+telegram-user:2`: accounts of one human. */
export function people(text: string): readonly Person[] {
  const problems: string[] = []
  const found: Person[] = []
  const owners = new Map<string, string>()
  for (const item of items(text)) {
    const split = /^([^=+:]{1,64})=(.+)$/.exec(item)
    const name = split?.[1]?.trim()
    if (name === undefined || name === '') {
      problems.push(`${quote(item)} is not name=account+account`)
      continue
    }
    if (found.some((person) => person.name === name)) problems.push(`${quote(name)} is there twice`)
    const accounts = (split?.[2] ?? '').split('+').map((account) => account.trim())
    for (const account of accounts) {
      const owner = owners.get(account)
      if (!accountShape.test(account)) {
        problems.push(`${quote(account)} is none of discord-user:ID, telegram-user:ID, terminal:NAME`)
      } else if (owner !== undefined) {
        problems.push(`${account} belongs to both ${quote(owner)} and ${quote(name)}`)
      }
      owners.set(account, name)
    }
    found.push({ name, accounts })
  }
  if (problems.length > 0) throw new BadValue(...problems)
  return found
}
