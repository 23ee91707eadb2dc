// What /trace costs: against the six separate queries of the operators' notes, and on a chain a thousand times as long.
//
//   npx tsx bench/trace.ts           both; the long chain takes some minutes to make
//   npx tsx bench/trace.ts queries   only the first

import { pathToFileURL } from 'node:url'
import type pg from 'pg'
import { applySchema } from '../sandbox/database/schema.ts'
import { withClient } from '../sandbox/database/with-client.ts'
import { type PostgresServer, startPostgresServer } from '../src/storage/postgres-server.ts'
import { startTcpProxy } from '../test/support/tcp-proxy.ts'
import { type TraceBench, traceOn } from '../test/support/trace-on.ts'
import { type Figure, median, printFigures, timed } from './figure.ts'
import { hashOf, loadNode, type Size } from './load-node.ts'

const command = 'npx tsx bench/trace.ts'
const small: Size = { transactions: 10_000, batches: 100 }
const large: Size = { transactions: 10_000_000, batches: 100_000 }
const roundTripMs = 5
const rounds = 200

export async function run(which: 'all' | 'queries' = 'all'): Promise<Figure[]> {
  const server = await startPostgresServer({ settings: { shared_buffers: '1GB', max_wal_size: '8GB' } })
  try {
    const short = await makeNode(server, 'short', small)
    const figures = await againstQueries(short)
    if (which === 'queries') return figures
    const long = await makeNode(server, 'long', large)
    return [...figures, ...(await againstLength(short, long))]
  } finally {
    await server.stop()
  }
}

interface Node {
  readonly url: string
  readonly hashes: readonly string[]
}

async function makeNode(server: PostgresServer, name: string, size: Size): Promise<Node> {
  await withClient(server.url(), (client) => client.query(`CREATE DATABASE ${name}`))
  const url = server.url(name)
  return withClient(url, async (client) => {
    await applySchema(client, '2023')
    await loadNode(client, size)
    // Withdrawals, because the notes start from their log; spread over the whole chain.
    const { rows } = await client.query<{ hash: string }>(
      `SELECT '0x' || encode(${hashOf('i')}, 'hex') AS hash
       FROM generate_series(10::int8, ${size.transactions}, ${size.transactions / rounds}) i`,
    )
    return { url, hashes: rows.map(({ hash }) => hash) }
  })
}

async function againstQueries({ url, hashes }: Node): Promise<Figure[]> {
  const proxy = await startTcpProxy(url, { delayMs: roundTripMs })
  const bench = traceOn(proxy.url(url))
  try {
    const [traces, queries] = await withClient(proxy.url(url), async (client) => {
      await warmUp(bench, hashes)
      const ours: number[] = []
      const theirs: number[] = []
      // Taken in turns, so that whatever else the machine does hits both.
      for (const hash of hashes) {
        ours.push(await timed(() => followed(bench, hash)))
        theirs.push(await timed(() => sixQueries(client, hash)))
      }
      return [median(ours), median(theirs)]
    })
    const each = `median of ${hashes.length}, ${roundTripMs} ms added to each round trip`
    const figure = (name: string, value: number, unit: string, note: string) => ({
      name,
      command: `${command} queries`,
      value,
      unit,
      note,
    })
    return [
      figure('/trace', traces, 'ms', each),
      figure('the six queries of the notes', queries, 'ms', each),
      figure('/trace against the six queries', traces / queries, '', 'limit 0.25'),
    ]
  } finally {
    await bench.end()
    await proxy.close()
  }
}

async function againstLength(short: Node, long: Node): Promise<Figure[]> {
  const benches = [traceOn(short.url), traceOn(long.url)] as const
  try {
    const times: [number[], number[]] = [[], []]
    await warmUp(benches[0], short.hashes)
    await warmUp(benches[1], long.hashes)
    for (const index of short.hashes.keys()) {
      times[0].push(await timed(() => followed(benches[0], short.hashes[index] as string)))
      times[1].push(await timed(() => followed(benches[1], long.hashes[index] as string)))
    }
    const [ours, theirs] = [median(times[0]), median(times[1])]
    const figure = (name: string, value: number, unit: string, note: string) => ({ name, command, value, unit, note })
    const each = `median of ${short.hashes.length}`
    return [
      figure('/trace among 10 thousand transactions', ours, 'ms', each),
      figure('/trace among 10 million transactions, 100 thousand batches', theirs, 'ms', each),
      figure('10 million against 10 thousand', theirs / ours, '', 'limit 1.5'),
    ]
  } finally {
    await Promise.all(benches.map((bench) => bench.end()))
  }
}

/** The columns are looked at once, connections open, and plans are made: as in a bot that has run for a minute. */
async function warmUp(bench: TraceBench, hashes: readonly string[]): Promise<void> {
  for (const hash of hashes.slice(0, 20)) await followed(bench, hash)
}

async function followed(bench: TraceBench, hash: string): Promise<void> {
  const { found, stages } = await bench.trace(hash)
  if (!found || stages.some(({ state }) => state !== 'done')) throw new Error(`/trace did not follow ${hash}`)
}

/** As the notes go: log, block, batch, then each stage's L1 transaction with its confirmed send. */
async function sixQueries(client: pg.Client, hash: string): Promise<void> {
  const first = async (text: string, value: unknown) => {
    const { rows } = await client.query<Record<string, unknown>>(text, [value])
    if (rows[0] === undefined) throw new Error(`no row: ${text}`)
    return rows[0]
  }
  const bytes = Buffer.from(hash.slice(2), 'hex')
  const log = await first('SELECT miniblock_number FROM l2_to_l1_logs WHERE tx_hash = $1', bytes)
  const block = await first('SELECT * FROM miniblocks WHERE number = $1', log.miniblock_number)
  const batch = await first(
    'SELECT number, is_finished, eth_commit_tx_id, eth_prove_tx_id, eth_execute_tx_id FROM l1_batches WHERE number = $1',
    block.l1_batch_number,
  )
  for (const stage of ['commit', 'prove', 'execute']) {
    await first(
      `SELECT e.nonce, e.contract_address, e.tx_type, e.has_failed, e.sent_at_block, h.tx_hash, h.confirmed_at
       FROM eth_txs e JOIN eth_txs_history h ON h.id = e.confirmed_eth_tx_history_id WHERE e.id = $1`,
      batch[`eth_${stage}_tx_id`],
    )
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  printFigures(await run(process.argv[2] === 'queries' ? 'queries' : 'all'))
}
