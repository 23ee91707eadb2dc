// Which chain a report is about: the one we watch, by any of its names, or another that the text names in its place. Pure.

export interface OwnChain {
  /** As configured. */
  readonly name: string
  readonly chainId: number | null
}

/** zkSync Lite is the older chain, not ours. */
const era = /zk\s*-?\s*sync(?!\s*(?:lite|1(?:\.[0x])?(?![\d.])))|(?<!\b(?:new|this|an|the|of)\s)\bEra\b/
const eraAnyCase = /zk\s*-?\s*sync(?!\s*(?:lite|1(?:\.[0x])?(?![\d.])))/i
const testnet =
  /(?:zk\s*-?\s*sync|\bEra\b)(?:\s*2\.0)?(?:\s*era)?(?:\s*(?:'s|的))?\s*(?:sepolia|goerli|testnet|测试网)/i
const mainnet = /mainnet|主网/i

const inContext = (name: string) =>
  `\\b${name}(?=\\s*(?:chain|network|mainnet|l2\\b|one\\b|主网|链|网络|is\\b|has\\b|was\\b|went\\b|stopped|halted|down|outage|宕机|当机|停|疑似|出现))`
const others: readonly (readonly [RegExp, string])[] = [
  [/zk\s*-?\s*sync\s*(?:lite|1(?:\.[0x])?(?![\d.]))/i, 'zkSync Lite'],
  [/polygon\s*zk\s*-?evm/i, 'Polygon zkEVM'],
  [/cronos\s*zk\s*-?evm/i, 'Cronos zkEVM'],
  [/arbitrum/i, 'Arbitrum'],
  [/optimism|op mainnet/i, 'Optimism'],
  [/polygon/i, 'Polygon'],
  [/starknet/i, 'Starknet'],
  [/\blinea\b/i, 'Linea'],
  [/solana/i, 'Solana'],
  [/\bopbnb\b/i, 'opBNB'],
  [/\bbsc\b|bnb (?:smart )?chain|币安智能链/i, 'BNB Chain'],
  [/avalanche|雪崩协议/i, 'Avalanche'],
  [/\baptos\b/i, 'Aptos'],
  [/berachain/i, 'Berachain'],
  [/unichain/i, 'Unichain'],
  [/\btaiko\b/i, 'Taiko'],
  [/\bsophon\b/i, 'Sophon'],
  [/hyperliquid/i, 'Hyperliquid'],
  [/\bfantom\b/i, 'Fantom'],
  [/\bcelestia\b/i, 'Celestia'],
  [/\bloopring\b|路印/i, 'Loopring'],
  [/\btron\b|波场/i, 'Tron'],
  [/\bmetis\b/i, 'Metis'],
  ...[
    'Base',
    'Scroll',
    'Blast',
    'Mantle',
    'Manta',
    'Sui',
    'TON',
    'Sei',
    'NEAR',
    'Abstract',
    'Lens',
    'Sonic',
    'Mode',
    'Zora',
    'Bitcoin',
    'Cronos',
  ].map((name): readonly [RegExp, string] => [new RegExp(inContext(name)), name]),
  [
    /\b(?:Ethereum|以太坊)\s*(?:mainnet|主网|network|网络)?(?=\s*(?:is down|has stopped|stopped|halted|went down|疑似|宕机|当机|停止出块|停止))|以太坊(?:主网|网络)?(?=疑似|宕机|当机|停止|已停)/,
    'Ethereum',
  ],
]
const stops = /\bdown\b|stopp|halt|stuck|outage|paus|stall|froze|frozen|no (?:new )?block|宕机|当机|停|卡|中断|暂停/gi

export interface NamedChains {
  /** The chain the text is about, where it is not ours. */
  readonly other: string | null
  /** Other chains that it names besides ours. */
  readonly besides: readonly string[]
}

/** News compare chains all the time: the one named last before it is said to stand is the one meant. */
export function readChains(text: string, own?: OwnChain): NamedChains {
  const mentions = mentionsOf(text, own)
  const wrongNet = networkOf(text, own?.chainId ?? null)
  const isOurs = mentions.some(({ name }) => name === null)
  if (wrongNet !== null && isOurs) return { other: wrongNet, besides: [] }
  const names = [...new Set(mentions.flatMap(({ name }) => name ?? []))]
  if (!isOurs) return { other: names[0] ?? null, besides: [] }
  if (names.length === 0) return { other: null, besides: [] }
  const subjects = subjectsOf(text, mentions)
  const others = subjects.filter((name) => name !== null)
  const onlyOthers = others.length > 0 && others.length === subjects.length
  return onlyOthers && !/bridg|跨链|桥/i.test(text)
    ? { other: others[0] as string, besides: [] }
    : { other: null, besides: names }
}

interface Mention {
  readonly at: number
  /** Null: ours. */
  readonly name: string | null
}

function mentionsOf(text: string, own: OwnChain | undefined): readonly Mention[] {
  const ownName = own === undefined || own.name.length < 4 ? null : new RegExp(escaped(own.name), 'gi')
  const ours = [global(era), global(eraAnyCase)]
  const found = [...ours, ...(ownName === null ? [] : [ownName])].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index }): Mention => ({ at: index, name: null })),
  )
  const foreign = others.flatMap(([pattern, name]) =>
    [...text.matchAll(global(pattern))].map(({ index }): Mention => ({ at: index, name })),
  )
  const taken = new Set(found.map(({ at }) => at))
  return [
    ...found,
    ...foreign.filter(({ at }, index) => !taken.has(at) && foreign.findIndex((one) => one.at === at) === index),
  ].toSorted((a, b) => a.at - b.at)
}

function subjectsOf(text: string, mentions: readonly Mention[]): readonly (string | null)[] {
  return [...text.matchAll(stops)].flatMap(({ index }) => {
    const last = mentions.findLast(({ at }) => at < index) ?? mentions[0]
    return last === undefined ? [] : [last.name]
  })
}

/** The same chain’s other network counts other blocks. */
function networkOf(text: string, chainId: number | null): string | null {
  if (chainId === 324 && testnet.test(text) && !mainnet.test(text)) return 'zkSync Era’s testnet'
  if (chainId === 300 && mainnet.test(text) && !/testnet|sepolia|测试网/i.test(text)) return 'zkSync Era’s mainnet'
  return null
}

function global({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.includes('g') ? flags : `${flags}g`)
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('-', '[\\s-]?')
}
