// Every setting there is: its name, whether it belongs to a chain, whether it is a secret, and a valid example.

export interface Setting {
  readonly name: string
  /** `chain`: takes the upper-cased chain name as prefix once CHAINS is set. */
  readonly scope: 'bot' | 'chain'
  /** Secrets can come from a file (NAME_FILE), and no text of ours ever quotes them. */
  readonly secret: boolean
  readonly example: string
}

const bot = (name: string, example: string): Setting => ({ name, scope: 'bot', secret: false, example })
const botSecret = (name: string, example: string): Setting => ({ name, scope: 'bot', secret: true, example })
const chain = (name: string, example: string): Setting => ({ name, scope: 'chain', secret: false, example })
const chainSecret = (name: string, example: string): Setting => ({ name, scope: 'chain', secret: true, example })

export const settings: readonly Setting[] = [
  bot('CHAINS', 'era,testnet'),
  chain('CHAIN_PRESET', 'era-mainnet'),
  chainSecret('L1_RPC_URLS', 'https://ethereum-rpc.publicnode.com,own=http://10.0.0.5:8545'),
  chainSecret('L2_RPC_URLS', 'https://mainnet.era.zksync.io,own=http://10.0.0.6:3050'),
  chainSecret('GATEWAY_RPC_URLS', 'https://gateway-rpc.example.org'),
  chainSecret('EXPLORER_API_URLS', 'https://block-explorer-api.mainnet.zksync.io'),
  chain('ENDPOINT_OPERATORS', 'us=own,matter-labs=mainnet.era.zksync.io+block-explorer-api.mainnet.zksync.io'),
  chainSecret('CORE_DATABASE_URL', 'postgres://rollcall_read:password@10.0.0.7:5432/zksync'),
  chainSecret('PROVER_DATABASE_URL', 'postgres://rollcall_read:password@10.0.0.7:5432/prover'),
  chainSecret('PROVER_CONTROL_DATABASE_URL', 'postgres://rollcall_control:password@10.0.0.7:5432/prover'),
  chain('DIAMOND_PROXY_ADDRESS', '0x32400084c286cf3e17e7b677ea9583e60a000324'),
  chain('PROVER_MAX_ATTEMPTS', '5'),
  chain('PROVER_TIMEOUT_SECONDS', '3600'),
  chain('WITNESS_MAX_ATTEMPTS', '5'),
  chain('WITNESS_TIMEOUT_SECONDS', '900'),
  chain('COMPRESSOR_MAX_ATTEMPTS', '5'),
  chain('COMPRESSOR_TIMEOUT_SECONDS', '3600'),
  chain('OUTAGE_SEQUENCER_SECONDS', '300'),
  chain('OUTAGE_COMMIT_SECONDS', '10800'),
  chain('OUTAGE_PROVE_SECONDS', '43200'),
  chain('OUTAGE_EXECUTE_SECONDS', '21600'),
  chain('OUTAGE_RPC_LAG_SECONDS', '30'),
  chain('OUTAGE_EXPLORER_LAG_SECONDS', '300'),
  chain('PROBE_ACCOUNT', '0x52908400098527886e0f7030069857d2e4169ee7'),
  chain('VIEWERS', 'everyone-here'),
  chain('RESPONDERS', 'discord-role:123456789012345678,telegram-user:11111111'),
  chain('OPERATORS', 'discord-user:123456789012345678,telegram-admins,terminal:mei'),
  bot('PEOPLE', 'mei=discord-user:123456789012345678+telegram-user:11111111'),
  bot('REQUEUE_APPROVAL', 'second-person'),
  botSecret('STATE_DATABASE_URL', 'postgres://rollcall:password@10.0.0.7:5432/rollcall'),
  bot('STATE_DIR', './rollcall-data'),
  botSecret('DISCORD_TOKEN', 'your-bot-token'),
  bot('DISCORD_GUILD_IDS', '123456789012345678'),
  bot('DISCORD_CHANNEL_IDS', '123456789012345678,234567890123456789'),
  bot('DISCORD_API_URL', 'https://discord.com/api'),
  botSecret('TELEGRAM_TOKEN', '1234567890:your-bot-token'),
  bot('TELEGRAM_CHAT_IDS', '-1001234567890,11111111'),
  bot('TELEGRAM_API_URL', 'https://api.telegram.org'),
  bot('TELEGRAM_WEBHOOK_URL', 'https://bot.example.org/telegram'),
  botSecret('TELEGRAM_WEBHOOK_SECRET', 'a-long-random-word-of-your-own'),
  bot('TELEGRAM_WEBHOOK_PORT', '8081'),
  bot('RUNBOOKS_DIR', './our-runbooks'),
  bot('APPROVAL_MENTION', 'discord-role:123456789012345678,telegram-user:11111111'),
  bot('ALERT_MENTION', 'discord-role:123456789012345678,telegram-user:11111111'),
  bot('REPORT_TIME_ZONE', 'Asia/Shanghai'),
  bot('HTTP_PORT', '8080'),
  bot('LOG_LEVEL', 'info'),
  bot('ROLLCALL_LANGUAGE', 'en'),
]

export type PolicyField = 'maxAttempts' | 'timeoutSeconds'

/** Names under which the node itself knows a limit; they say which prover it is for, so they win over ours. */
export interface NodePolicyName {
  readonly name: string
  readonly prover: 'old' | 'fri'
  readonly job: 'prover' | 'witness' | 'compressor'
  readonly field: PolicyField
}

const node = (name: string, prover: NodePolicyName['prover'], job: NodePolicyName['job']): NodePolicyName[] => [
  { name: `${name}_MAX_ATTEMPTS`, prover, job, field: 'maxAttempts' },
  { name: `${name}_GENERATION_TIMEOUT_IN_SECS`, prover, job, field: 'timeoutSeconds' },
]

// WITNESS_MAX_ATTEMPTS is the node's name and ours at once.
export const nodePolicyNames: readonly NodePolicyName[] = [
  ...node('PROVER_NON_GPU', 'old', 'prover'),
  ...node('WITNESS', 'old', 'witness').filter(({ field }) => field === 'timeoutSeconds'),
  ...node('FRI_PROVER', 'fri', 'prover'),
  ...node('FRI_WITNESS', 'fri', 'witness'),
  ...node('FRI_PROOF_COMPRESSOR', 'fri', 'compressor'),
]

/** The setting behind a name without a chain's prefix. */
export function settingNamed(name: string): Setting | undefined {
  return settings.find((setting) => setting.name === name)
}
