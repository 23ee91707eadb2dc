// Who runs an endpoint, as far as its address tells: two endpoints of one operator are one witness.

import { isIP } from 'node:net'

const secondLevels = new Set(['co', 'com', 'net', 'org', 'gov', 'edu', 'ac', 'or', 'ne'])

/**
 * The registrable domain (`zksync.io`). Machines of the bot's own network, and addresses without a name, are run by
 * whoever runs the bot, as far as we can know: together they are one witness.
 */
export function operatorOf(url: string): string {
  if (!URL.canParse(url)) return 'this network'
  const host = new URL(url).hostname.replace(/\.$/, '').toLowerCase()
  const labels = host.split('.')
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || labels.length < 2) return 'this network'
  const [first = '', second = ''] = labels.toReversed()
  if (['internal', 'local', 'localhost', 'lan', 'svc'].includes(first)) return 'this network'
  const isTwoPart = first.length === 2 && secondLevels.has(second)
  return labels.slice(isTwoPart ? -3 : -2).join('.')
}
