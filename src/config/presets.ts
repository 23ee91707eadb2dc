// Public endpoints and addresses of known chains, so that a preset alone is a complete configuration.

import type { Endpoint } from '../config.ts'

export interface Preset {
  readonly l1ChainId: number
  readonly l2ChainId: number
  readonly diamondProxyAddress: string
  readonly l1Rpc: readonly Endpoint[]
  readonly l2Rpc: readonly Endpoint[]
  readonly explorerApi: readonly Endpoint[]
}

export const presetNames = ['era-mainnet', 'era-sepolia'] as const

export type PresetName = (typeof presetNames)[number]

export const presets: Readonly<Record<PresetName, Preset>> = {
  'era-mainnet': {
    l1ChainId: 1,
    l2ChainId: 324,
    diamondProxyAddress: '0x32400084c286cf3e17e7b677ea9583e60a000324',
    l1Rpc: [
      { name: 'publicnode', url: 'https://ethereum-rpc.publicnode.com' },
      { name: 'drpc', url: 'https://eth.drpc.org' },
    ],
    // Two operators: what only one of them says is not enough to call the chain down.
    l2Rpc: [
      { name: 'zksync', url: 'https://mainnet.era.zksync.io' },
      { name: 'drpc', url: 'https://zksync.drpc.org' },
    ],
    explorerApi: [{ name: 'explorer', url: 'https://block-explorer-api.mainnet.zksync.io' }],
  },
  'era-sepolia': {
    l1ChainId: 11155111,
    l2ChainId: 300,
    diamondProxyAddress: '0x9a6de0f62aa270a8bcb1e2610078650d539b1ef9',
    l1Rpc: [
      { name: 'publicnode', url: 'https://ethereum-sepolia-rpc.publicnode.com' },
      { name: 'drpc', url: 'https://sepolia.drpc.org' },
    ],
    l2Rpc: [{ name: 'zksync', url: 'https://sepolia.era.zksync.dev' }],
    explorerApi: [{ name: 'explorer', url: 'https://block-explorer-api.sepolia.zksync.dev' }],
  },
}
