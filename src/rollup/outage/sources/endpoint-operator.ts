// Who runs an endpoint, by the configuration or as far as its address tells: two endpoints of one operator are one witness.

import { getDomain } from 'tldts'

/** What nobody can register: names of a network of one's own. */
const ownNames = ['internal', 'local', 'localhost', 'lan', 'svc', 'home', 'corp', 'intranet', 'arpa']

export const ownNetwork = 'this network'

/**
 * The configured operator, else the registrable domain (`zksync.io`) by the Public Suffix List's ICANN part: customers of
 * one provider, whose names the private part tells apart, see one provider's node. Machines of the bot's own network, and
 * addresses without a name, are run by whoever runs the bot, as far as we can know: together they are one witness.
 */
export function operatorOf({ url, operator }: { readonly url: string; readonly operator?: string }): string {
  if (operator !== undefined) return operator
  const domain = getDomain(url, { allowPrivateDomains: false })
  if (domain === null || ownNames.includes(domain.split('.').at(-1) ?? '')) return ownNetwork
  return domain
}
