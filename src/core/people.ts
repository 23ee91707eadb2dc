// Accounts on each platform joined to one human by configuration, and what counts as a second human.

/** Accounts of one human; a single account without an entry is a person of its own. */
export interface Person {
  readonly name: string
  readonly accounts: readonly string[]
}

/** The human behind an account; an account nobody joined to a person stands for itself. */
export function personOf(account: string, people: readonly Person[]): Person {
  return people.find((person) => person.accounts.includes(account)) ?? { name: account, accounts: [account] }
}

/** Is this account joined to a person by configuration, so that it can be compared across platforms? */
export function isKnownPerson(account: string, people: readonly Person[]): boolean {
  return people.some((person) => person.accounts.includes(account))
}

export type SecondPerson = 'ok' | 'same-person' | 'asker-unknown' | 'not-comparable' | 'terminal-may-not-approve'

/** Under `second-person`, is the presser a second human? (design section 5 rule 9) */
export function secondPerson(asker: string | null, presser: string, people: readonly Person[]): SecondPerson {
  if (asker === null) return 'asker-unknown'
  if (platformOf(presser) === 'terminal') return 'terminal-may-not-approve'
  if (personOf(asker, people).name === personOf(presser, people).name) return 'same-person'
  const comparable = isKnownPerson(asker, people) && isKnownPerson(presser, people)
  return platformOf(asker) === platformOf(presser) || comparable ? 'ok' : 'not-comparable'
}

function platformOf(account: string): string {
  return account.split(/[-:]/, 1)[0] ?? ''
}
