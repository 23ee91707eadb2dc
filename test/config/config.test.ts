// What a configuration means, and what is said when it is wrong.

import { describe, expect, test } from 'vitest'
import { type Config, ConfigError, type Environment, readConfig } from '../../src/config.ts'

const noFiles = () => {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
}

function read(environment: Environment, files: Record<string, string> = {}): Config {
  const readFile = (path: string) => files[path] ?? noFiles()
  return readConfig(environment, { readFile })
}

function faultsOf(environment: Environment, files: Record<string, string> = {}): readonly string[] {
  try {
    read(environment, files)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

const observer = { CHAIN_PRESET: 'era-mainnet' }

describe('a preset', () => {
  test('alone is a complete configuration', () => {
    const { chains, discord, telegram, state } = read(observer)
    expect(chains).toHaveLength(1)
    const [chain] = chains
    expect(chain).toMatchObject({ name: 'main', prefix: '', l1ChainId: 1, l2ChainId: 324, coreDatabaseUrl: null })
    expect(chain?.diamondProxyAddress).toBe('0x32400084c286cf3e17e7b677ea9583e60a000324')
    expect(chain?.l2Rpc.map(({ url }) => url)).toEqual(['https://mainnet.era.zksync.io', 'https://zksync.drpc.org'])
    expect(chain?.l1Rpc).toHaveLength(2)
    expect(chain?.explorerApi).toHaveLength(1)
    expect([discord, telegram]).toEqual([null, null])
    expect(state).toEqual({ databaseUrl: null, directory: './rollcall-data', from: null })
  })

  test('of the test network brings the test network', () => {
    const [chain] = read({ CHAIN_PRESET: 'era-sepolia' }).chains
    expect(chain).toMatchObject({ l1ChainId: 11155111, l2ChainId: 300 })
    expect(chain?.l2Rpc[0]?.url).toBe('https://sepolia.era.zksync.dev')
  })

  test('gives way to each setting of its own', () => {
    const [chain] = read({
      ...observer,
      L2_RPC_URLS: 'http://10.0.0.6:3050',
      DIAMOND_PROXY_ADDRESS: `0x${'AB'.repeat(20)}`,
    }).chains
    expect(chain?.l2Rpc).toEqual([{ name: '10.0.0.6:3050', url: 'http://10.0.0.6:3050' }])
    expect(chain?.diamondProxyAddress).toBe(`0x${'ab'.repeat(20)}`)
    expect(chain?.l1Rpc[0]?.name).toBe('publicnode')
  })
})

describe('several chains', () => {
  const two = {
    CHAINS: 'era,testnet',
    ERA_CHAIN_PRESET: 'era-mainnet',
    ERA_OPERATORS: 'discord-role:1',
    TESTNET_L2_RPC_URLS: 'http://10.1.0.6:3050',
    TESTNET_OPERATORS: 'discord-role:2',
    TESTNET_PROVER_CONTROL_DATABASE_URL: 'postgres://c:p@db/prover',
  }

  test('each have settings and roles of their own', () => {
    const config = read(two)
    expect(config.chains.map(({ name }) => name)).toEqual(['era', 'testnet'])
    expect(config.chains[1]?.l1Rpc).toEqual([])
    expect(config.access.roles.get('era')?.operator).toEqual(['discord-role:1'])
    expect(config.access.roles.get('testnet')?.operator).toEqual(['discord-role:2'])
    expect(config.warnings).toEqual([])
  })

  test('lend the bot the first control database for its records', () => {
    expect(read(two).state).toMatchObject({
      databaseUrl: 'postgres://c:p@db/prover',
      from: 'TESTNET_PROVER_CONTROL_DATABASE_URL',
    })
    expect(read({ ...two, STATE_DATABASE_URL: 'postgres://s:p@db/state' }).state.from).toBe('STATE_DATABASE_URL')
  })

  test('name the prefixed setting in faults and examples', () => {
    expect(faultsOf({ ...two, ERA_L1_RPC_URLS: 'nowhere' })).toEqual([
      'ERA_L1_RPC_URLS: entry 1 is not an http:// or https:// address (write a comma inside one as %2C). ' +
        'Example: ERA_L1_RPC_URLS=https://ethereum-rpc.publicnode.com,own=http://10.0.0.5:8545',
    ])
  })

  test('warn of a setting that lacks its prefix or names a chain that is not there', () => {
    const { warnings } = read({ ...two, CORE_DATABASE_URL: 'postgres://r@db/core', MAIN_L2_RPC_URLS: 'http://x' })
    expect(warnings).toEqual([
      'CORE_DATABASE_URL is not read because CHAINS is set: call it ERA_CORE_DATABASE_URL',
      'MAIN_L2_RPC_URLS is not read: CHAINS does not name the chain main',
    ])
  })
})

describe('who runs which endpoint', () => {
  const urls = { L2_RPC_URLS: 'own=http://10.0.0.6:3050,https://rpc.acme.io', EXPLORER_API_URLS: 'ours=https://x.io' }

  test('is put on each that is named, in every list', () => {
    const [chain] = read({
      ...urls,
      L1_RPC_URLS: 'own=http://l1',
      ENDPOINT_OPERATORS: 'us=own+ours, acme = rpc.acme.io',
    }).chains
    expect(chain?.l2Rpc.map(({ operator }) => operator)).toEqual(['us', 'acme'])
    expect(chain?.explorerApi.map(({ operator }) => operator)).toEqual(['us'])
    expect(chain?.l1Rpc.map(({ operator }) => operator)).toEqual(['us'])
  })

  test('holds for the endpoints of a preset, and is left to the address elsewhere', () => {
    const [chain] = read({ ...observer, ENDPOINT_OPERATORS: 'matter-labs=zksync+explorer' }).chains
    expect(chain?.l2Rpc).toEqual([
      { name: 'zksync', url: 'https://mainnet.era.zksync.io', operator: 'matter-labs' },
      { name: 'drpc', url: 'https://zksync.drpc.org' },
    ])
  })

  test.each([
    ['us=own+theirs', '“theirs” is the name of no node or explorer of this chain (there are own, rpc.acme.io, ours)'],
    ['us=own,them=own', '“own” has two operators'],
    ['us=own,us=ours', '“us” is there twice'],
    ['own', '“own” is not operator=endpoint+endpoint'],
    ['us=own+', '“us=own+” is not operator=endpoint+endpoint'],
  ])('%s is refused in a sentence', (text, sentence) => {
    const [fault, ...more] = faultsOf({ ...urls, ENDPOINT_OPERATORS: text })
    expect(fault).toContain(`ENDPOINT_OPERATORS: ${sentence}. Example: ENDPOINT_OPERATORS=`)
    expect(more).toEqual([])
  })

  test('says nothing of names while the list itself is faulty, and takes a prefix', () => {
    expect(faultsOf({ ...urls, L2_RPC_URLS: 'own=nowhere', ENDPOINT_OPERATORS: 'us=own' })).toHaveLength(1)
    const faults = faultsOf({ CHAINS: 'era', ERA_L2_RPC_URLS: 'http://a', ERA_ENDPOINT_OPERATORS: 'us=b' })
    expect(faults[0]).toMatch(/^ERA_ENDPOINT_OPERATORS: “b” is the name of no node/)
  })
})

describe('databases', () => {
  test('of a 2023 node are one: the prover reads the core database', () => {
    const [chain] = read({ CORE_DATABASE_URL: 'postgres://r:p@db/zksync' }).chains
    expect(chain?.proverDatabaseUrl).toBe('postgres://r:p@db/zksync')
    expect(chain?.proverControlDatabaseUrl).toBeNull()
  })

  test('can be reached through a socket', () => {
    const [chain] = read({ CORE_DATABASE_URL: 'postgresql:///zksync?host=/var/run/postgresql' }).chains
    expect(chain?.coreDatabaseUrl).toContain('/var/run/postgresql')
  })
})

describe('secrets', () => {
  test('can come from a file, without its last line break', () => {
    const config = read({ ...observer, DISCORD_TOKEN_FILE: '/run/secrets/d' }, { '/run/secrets/d': 'abc.def\n' })
    expect(config.discord?.token).toBe('abc.def')
    expect(config.secrets).toContain('abc.def')
  })

  test('set twice, empty or unreadable are faults', () => {
    expect(faultsOf({ ...observer, DISCORD_TOKEN: 'a', DISCORD_TOKEN_FILE: '/d' }, { '/d': 'b' })).toHaveLength(1)
    expect(faultsOf({ ...observer, DISCORD_TOKEN_FILE: '/d' }, { '/d': '\n' })[0]).toContain('is empty')
    expect(faultsOf({ ...observer, DISCORD_TOKEN_FILE: '/d' })[0]).toContain('ENOENT')
  })

  test.each([
    ['CORE_DATABASE_URL', 'postgres://r:pa#ss w@db/x'],
    ['CORE_DATABASE_URL', 'mysql://r:hunter22@db/x'],
    ['L1_RPC_URLS', 'ws://key-hunter22@node'],
    ['DISCORD_TOKEN', 'Bot hunter22.hunter22'],
    ['TELEGRAM_TOKEN', 'hunter22'],
    ['DISCORD_GUILD_IDS', 'MTIzNDU2Nzg5MDEyMzQ1Njc4.hunter22.hunter22hunter22hunter22hunter22'],
    ['VIEWERS', '1234567890:AAhunter22hunter22hunter22hunter22'],
  ])('of a faulty %s are never repeated', (name, secret) => {
    const faults = faultsOf({ ...observer, [name]: secret })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(new RegExp(`^${name}: .+ Example: ${name}=.+`))
    expect(faults[0]).not.toMatch(/hunter22|pa#ss/)
  })
})

describe('endpoints', () => {
  test('are called by their name, else by their host, and never by a key in it', () => {
    const [chain] = read({
      L2_RPC_URLS:
        'own=https://n.example/v2/8Hs9aKq02mXkQ4, https://n.example/a,https://n.example/b,' +
        'https://8hs9akq02mxkq4zz.rpc.example/x,http://[::1]:3050',
    }).chains
    expect(chain?.l2Rpc.map(({ name }) => name)).toEqual([
      'own',
      'n.example',
      'n.example-2',
      'rpc.example',
      '[::1]:3050',
    ])
  })

  test('keep what comes after an equals sign in an address', () => {
    const [chain] = read({ L2_RPC_URLS: 'https://lb.example/ogrpc?network=zksync&dkey=abc' }).chains
    expect(chain?.l2Rpc[0]).toEqual({ name: 'lb.example', url: 'https://lb.example/ogrpc?network=zksync&dkey=abc' })
  })
})

describe('the node’s own limits', () => {
  test('come by our names or the node’s, and the node’s win where both stand', () => {
    const [chain] = read({
      CORE_DATABASE_URL: 'postgres://r@db/x',
      PROVER_MAX_ATTEMPTS: '3',
      PROVER_NON_GPU_MAX_ATTEMPTS: '1',
      PROVER_NON_GPU_GENERATION_TIMEOUT_IN_SECS: '2700',
      WITNESS_MAX_ATTEMPTS: '2',
      COMPRESSOR_TIMEOUT_SECONDS: '100',
    }).chains
    const { old, fri } = chain?.proverPolicy ?? {}
    expect(old?.prover.maxAttempts).toEqual({ value: 1, setting: 'PROVER_NON_GPU_MAX_ATTEMPTS' })
    expect(old?.prover.timeoutSeconds).toEqual({
      value: 2700,
      setting: 'PROVER_NON_GPU_GENERATION_TIMEOUT_IN_SECS',
    })
    expect(fri?.prover).toEqual({ maxAttempts: { value: 3, setting: 'PROVER_MAX_ATTEMPTS' }, timeoutSeconds: null })
    expect(old?.witness.maxAttempts?.value).toBe(2)
    expect(fri?.compressor.timeoutSeconds?.value).toBe(100)
    expect(fri?.compressor.maxAttempts).toBeNull()
  })
})

describe('people and roles', () => {
  test('are read as written', () => {
    const { access } = read({
      ...observer,
      VIEWERS: 'everyone-here',
      RESPONDERS: 'telegram-admins, discord-role:7',
      OPERATORS: 'terminal:mei',
      PEOPLE: 'mei=discord-user:1+telegram-user:2+terminal:mei,jo=telegram-user:3',
    })
    expect(access.roles.get('main')).toEqual({
      viewer: ['everyone-here'],
      responder: ['telegram-admins', 'discord-role:7'],
      operator: ['terminal:mei'],
    })
    expect(access.people).toEqual([
      { name: 'mei', accounts: ['discord-user:1', 'telegram-user:2', 'terminal:mei'] },
      { name: 'jo', accounts: ['telegram-user:3'] },
    ])
  })

  test.each([
    ['OPERATORS', 'everyone-here', 'everyone-here may only be a viewer'],
    ['RESPONDERS', '@mei', '“@mei” is none of discord-role:ID'],
    ['PEOPLE', 'mei', '“mei” is not name=account+account'],
    ['PEOPLE', 'mei=discord-role:1', '“discord-role:1” is none of discord-user:ID'],
    ['PEOPLE', 'mei=discord-user:1,jo=discord-user:1', 'discord-user:1 belongs to both “mei” and “jo”'],
    ['PEOPLE', 'mei=discord-user:1,mei=discord-user:2', '“mei” is there twice'],
    ['APPROVAL_MENTION', '@everyone', 'is none of discord-role:ID'],
  ])('%s=%s is refused', (name, text, problem) => {
    expect(faultsOf({ ...observer, [name]: text })[0]).toContain(problem)
  })
})

describe('places', () => {
  test('belong to the access rules as well as to the platform', () => {
    const config = read({
      ...observer,
      DISCORD_TOKEN: 'abc',
      DISCORD_GUILD_IDS: '1, 2',
      TELEGRAM_TOKEN: '1:abc',
      TELEGRAM_CHAT_IDS: '-1001,5',
      TELEGRAM_API_URL: 'http://127.0.0.1:9000/',
    })
    expect(config.access).toMatchObject({
      discordGuilds: ['1', '2'],
      discordChannels: [],
      telegramChats: ['-1001', '5'],
    })
    expect(config.telegram?.apiUrl).toBe('http://127.0.0.1:9000')
  })

  test('a webhook comes with its secret and port, or not at all', () => {
    const telegram = { ...observer, TELEGRAM_TOKEN: '1:abc', TELEGRAM_CHAT_IDS: '5' }
    const address = 'https://bot.example.org/telegram'
    expect(read(telegram).telegram?.webhook).toBeNull()
    const webhook = {
      TELEGRAM_WEBHOOK_URL: address,
      TELEGRAM_WEBHOOK_SECRET: 'sixteen-letters-x',
      TELEGRAM_WEBHOOK_PORT: '81',
    }
    expect(read({ ...telegram, ...webhook }).telegram?.webhook).toEqual({
      url: address,
      secret: 'sixteen-letters-x',
      port: 81,
    })
    expect(faultsOf({ ...telegram, TELEGRAM_WEBHOOK_URL: address, TELEGRAM_WEBHOOK_SECRET: 'short' })).toEqual([
      expect.stringContaining('TELEGRAM_WEBHOOK_SECRET: it is not 16'),
      expect.stringContaining('TELEGRAM_WEBHOOK_SECRET: set it together'),
      expect.stringContaining('TELEGRAM_WEBHOOK_PORT: set it together'),
    ])
  })

  test('that are missing beside a token, or a token beside places, are said', () => {
    expect(read({ ...observer, DISCORD_TOKEN: 'abc', TELEGRAM_CHAT_IDS: '5' }).warnings).toEqual([
      'DISCORD_GUILD_IDS is not set: on Discord nobody can ask anything yet; the log names the servers the bot is in',
      'TELEGRAM_CHAT_IDS is set, but TELEGRAM_TOKEN is not: the bot stays away from Telegram',
    ])
  })
})

describe('faults', () => {
  test('are all reported at once, each with a valid example', () => {
    const faults = faultsOf({
      CHAIN_PRESET: 'mainnet',
      HTTP_PORT: '99999',
      LOG_LEVEL: 'loud',
      REPORT_TIME_ZONE: 'Peking',
      REQUEUE_APPROVAL: 'yes',
      DIAMOND_PROXY_ADDRESS: '0x12',
      PROVER_MAX_ATTEMPTS: '0',
    })
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'CHAIN_PRESET',
      'DIAMOND_PROXY_ADDRESS',
      'HTTP_PORT',
      'LOG_LEVEL',
      'PROVER_MAX_ATTEMPTS',
      'REPORT_TIME_ZONE',
      'REQUEUE_APPROVAL',
    ])
    for (const fault of faults) expect(fault).toMatch(/Example: \w+=\S+/)
  })

  test('include an empty environment: there would be nothing to look at', () => {
    expect(faultsOf({})).toEqual([
      'CHAIN_PRESET: nothing to look at: set it, or L2_RPC_URLS, or CORE_DATABASE_URL. Example: CHAIN_PRESET=era-mainnet',
    ])
    expect(faultsOf({ CHAIN_PRESET: ' ' })).toHaveLength(1)
  })

  test.each(['Era', '1st', 'a-b', 'a_b'])('include the chain name %s', (name) => {
    expect(faultsOf({ CHAINS: name })[0]).toContain('is not a chain name')
  })

  test('end the program with the exit code of a wrong configuration', async () => {
    const { exitCodeOf } = await import('../../src/core/errors.ts')
    const error = new ConfigError(['x'])
    expect(exitCodeOf(error.code)).toBe(2)
  })
})

describe('misspelt names', () => {
  test.each([
    ['L2_RPC_URL', 'L2_RPC_URLS'],
    ['L2_RCP_URLS', 'L2_RPC_URLS'],
    ['DISCORD_BOT_TOKEN', 'DISCORD_TOKEN'],
    ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_TOKEN'],
    ['DISCORD_GUILD_ID', 'DISCORD_GUILD_IDS'],
    ['OPERATOR', 'OPERATORS'],
    ['PRESET_CHAIN', 'CHAIN_PRESET'],
    ['DATABASE_PROVER_URL', 'PROVER_DATABASE_URL'],
    ['FRI_PROVER_MAX_ATTEMPT', 'FRI_PROVER_MAX_ATTEMPTS'],
  ])('%s is asked about', (name, meant) => {
    expect(read({ ...observer, [name]: '1' }).warnings).toEqual([`${name} is not a setting: did you mean ${meant}?`])
  })

  test('with our prefix are named even if they resemble nothing', () => {
    expect(read({ ...observer, ROLLCALL_MODE: '1' }).warnings).toEqual([
      'ROLLCALL_MODE is not a setting and is ignored',
    ])
  })

  test('are not seen in what every machine has', () => {
    const usual = Object.fromEntries(
      `PATH HOME USER SHELL LANG LC_ALL TERM PWD OLDPWD SHLVL HOSTNAME TZ EDITOR PAGER LOGNAME MAIL DISPLAY NODE_ENV NODE_OPTIONS
       HTTP_PROXY HTTPS_PROXY NO_PROXY NO_COLOR FORCE_COLOR CI PORT HOST DATABASE_URL DEBUG TMPDIR SSH_AUTH_SOCK
       XDG_RUNTIME_DIR KUBERNETES_PORT KUBERNETES_SERVICE_HOST npm_config_cache npm_lifecycle_event PROVER_GROUP_GROUP_0_CIRCUIT_IDS`
        .split(/\s+/)
        .map((name) => [name, 'x']),
    )
    expect(read({ ...usual, ...observer }).warnings).toEqual([])
  })
})
