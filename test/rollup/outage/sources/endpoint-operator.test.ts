// Who counts as one witness: by the configuration, by the registrable domain, and in doubt as one.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operatorOf, ownNetwork } from '../../../../src/rollup/outage/sources/endpoint-operator.ts'

const of = (host: string) => operatorOf({ url: `https://${host}/key` })

describe('the operator of an address', () => {
  it.each([
    ['mainnet.era.zksync.io', 'zksync.io'],
    ['ZKSYNC.drpc.org', 'drpc.org'],
    ['zksync.io.', 'zksync.io'],
    ['a.b.example.co.uk', 'example.co.uk'],
    ['rpc.example.com.au', 'example.com.au'],
    ['rpc.example.ne.jp:8545', 'example.ne.jp'],
    ['example.com.br', 'example.com.br'],
  ])('%s is %s', (host, operator) => {
    expect(of(host)).toBe(operator)
  })

  it.each([
    ['one.co.uk', 'two.co.uk'],
    ['one.com.sg', 'two.com.sg'],
    ['one.com.fj', 'two.com.fj'],
    ['rpc.alpha.test', 'rpc.beta.test'],
    ['zksync.drpc.org', 'mainnet.era.zksync.io'],
  ])('%s and %s are two', (one, other) => {
    expect(of(one)).not.toBe(of(other))
  })

  it.each([
    // Customers of one provider see one provider's node.
    ['one.provider.io', 'two.provider.io'],
    // “co.com” is a domain that somebody owns, whatever it looks like.
    ['one.co.com', 'two.co.com'],
    // Pages of one host, whatever the list's private part says.
    ['one.github.io', 'two.github.io'],
  ])('%s and %s are one, in doubt', (one, other) => {
    expect(of(one)).toBe(of(other))
  })

  it.each(['10.0.0.6:3050', '[fd00::1]', '8.8.8.8', 'localhost', 'node', 'node.internal', 'a.svc', 'rpc.lan'])(
    '%s is of this network',
    (host) => {
      expect(of(host)).toBe(ownNetwork)
    },
  )

  it('is what the configuration says, whatever the address', () => {
    expect(operatorOf({ url: 'https://rpc.acme.io', operator: 'us' })).toBe('us')
    expect(operatorOf({ url: 'http://10.0.0.6', operator: 'us' })).toBe('us')
  })

  it('never tells apart two names under one that is no registry', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/)
    fc.assert(
      fc.property(
        label,
        label,
        label,
        fc.constantFrom('io', 'com', 'org', 'xyz', 'co.uk', 'com.au'),
        (a, b, own, top) => {
          expect(of(`${a}.${own}.${top}`)).toBe(of(`${b}.${own}.${top}`))
        },
      ),
    )
  })
})
