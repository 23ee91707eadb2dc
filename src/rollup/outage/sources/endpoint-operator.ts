// Who runs an endpoint, by the configuration or as far as its address tells: two endpoints of one operator are one witness.

import { isIP } from 'node:net'

/**
 * Registries one label below a country, from the Public Suffix List's ICANN part: names under them belong to different
 * people. Not all there are, and none in doubt: under one that is missing two operators count as one, which is safe.
 */
const registries: Readonly<Record<string, readonly string[]>> = {
  ar: ['com', 'net', 'org', 'gob', 'edu'],
  au: ['com', 'net', 'org', 'edu', 'gov'],
  br: ['com', 'net', 'org', 'gov', 'edu'],
  cn: ['com', 'net', 'org', 'gov', 'edu', 'ac'],
  hk: ['com', 'net', 'org', 'gov', 'edu'],
  id: ['co', 'or', 'net', 'go', 'ac', 'web'],
  il: ['co', 'org', 'net', 'gov', 'ac'],
  in: ['co', 'net', 'org', 'gov', 'ac'],
  jp: ['co', 'or', 'ne', 'go', 'ac', 'ad'],
  kr: ['co', 'or', 'ne', 'go', 'ac', 're', 'pe'],
  mx: ['com', 'net', 'org', 'gob', 'edu'],
  my: ['com', 'net', 'org', 'gov', 'edu'],
  nz: ['co', 'net', 'org', 'govt', 'ac'],
  sg: ['com', 'net', 'org', 'gov', 'edu'],
  th: ['co', 'or', 'net', 'go', 'ac'],
  tr: ['com', 'net', 'org', 'gov', 'edu'],
  tw: ['com', 'net', 'org', 'gov', 'edu'],
  uk: ['co', 'org', 'net', 'ltd', 'plc', 'gov', 'ac', 'me'],
  za: ['co', 'org', 'net', 'gov', 'ac', 'web'],
}

/** What nobody can register: names of a network of one's own. */
const ownNames = ['internal', 'local', 'localhost', 'lan', 'svc', 'home', 'corp', 'intranet', 'test', 'arpa']

export const ownNetwork = 'this network'

/**
 * The configured operator, else the registrable domain (`zksync.io`). Machines of the bot's own network, and addresses
 * without a name, are run by whoever runs the bot, as far as we can know: together they are one witness.
 */
export function operatorOf({ url, operator }: { readonly url: string; readonly operator?: string }): string {
  if (operator !== undefined) return operator
  if (!URL.canParse(url)) return ownNetwork
  const host = new URL(url).hostname.replace(/\.$/, '').toLowerCase()
  const labels = host.split('.')
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || labels.length < 2) return ownNetwork
  const [first = '', second = ''] = labels.toReversed()
  if (ownNames.includes(first)) return ownNetwork
  return labels.slice(registries[first]?.includes(second) ? -3 : -2).join('.')
}
