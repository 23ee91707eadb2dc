// Measures and writes BENCH.md: `npm run bench` everything, `npm run bench -- trace shell` only those, keeping the rest.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Figure, type Measured, markdownOf, printFigures, printTables, type Table } from './figure.ts'

interface Result {
  readonly title: string
  readonly measuredAt: string
  readonly machine: string
  readonly figures: readonly Figure[]
  readonly tables?: readonly Table[]
}

/** In the order BENCH.md shows them. Loaded when asked for: some start servers of their own. */
const benches: Readonly<Record<string, { readonly title: string; run(): Promise<readonly Figure[] | Measured> }>> = {
  trace: { title: '/trace', run: async () => (await import('./trace.ts')).run() },
  prover: { title: '/prover-status and /requeue', run: async () => (await import('./prover.ts')).run() },
  verdicts: { title: '/is-chain-down against injected faults', run: async () => (await import('./verdicts.ts')).run() },
  'answer-time': {
    title: 'Time to the answer of /is-chain-down',
    run: async () => (await import('./answer-time.ts')).run(),
  },
  platforms: { title: 'Discord and Telegram', run: async () => (await import('./platforms.ts')).run() },
  shell: { title: 'One command from the shell', run: async () => (await import('./shell.ts')).run() },
}

const results = new URL('./results/', import.meta.url)

async function measure(name: string): Promise<void> {
  const bench = benches[name]
  if (!bench) throw new Error(`there is no bench “${name}”; there are ${Object.keys(benches).join(', ')}`)
  console.log(`measuring ${name} …`)
  const measured = await bench.run()
  const { figures, tables = [] } = 'figures' in measured ? measured : { figures: measured }
  printFigures(figures)
  printTables(tables)
  const result: Result = {
    title: bench.title,
    measuredAt: new Date().toISOString().slice(0, 16),
    machine: machine(),
    figures,
    ...(tables.length === 0 ? {} : { tables }),
  }
  await mkdir(results, { recursive: true })
  await writeFile(new URL(`${name}.json`, results), `${JSON.stringify(result, null, 2)}\n`)
}

function machine(): string {
  const [processor] = os.cpus()
  const gigabytes = Math.round(os.totalmem() / 2 ** 30)
  return `${os.cpus().length} × ${processor?.model.trim()}, ${gigabytes} GiB, ${os.type()}, Node ${process.version}`
}

async function write(): Promise<void> {
  const files = (await readdir(results)).filter((file) => file.endsWith('.json'))
  const order = Object.keys(benches)
  files.sort((one, other) => order.indexOf(path.parse(one).name) - order.indexOf(path.parse(other).name))
  const sections = await Promise.all(
    files.map(async (file) => section(JSON.parse(await readFile(new URL(file, results), 'utf8')))),
  )
  const head = `# Figures

Measured, not asserted: each row names the command that makes it, and a ratio has both its sides from one run. \`npm run bench\`
measures all of them again and rewrites this page; \`npm run bench -- trace\` only some.
`
  await writeFile(new URL('../BENCH.md', import.meta.url), [head, ...sections].join('\n'))
}

function section({ title, measuredAt, machine: where, figures, tables = [] }: Result): string {
  const rows = figures.map(
    ({ name, value, unit, note, command }) => `| ${name} | ${readable(value)} ${unit} | ${note} | \`${command}\` |`,
  )
  return `## ${title}

${measuredAt} UTC, on ${where}.

| What | Figure | Stands for | Command |
|---|---|---|---|
${rows.join('\n')}
${tables.map((table) => `\n${markdownOf(table)}`).join('')}`
}

function readable(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}

const asked = process.argv.slice(2)
for (const name of asked.length > 0 ? asked : Object.keys(benches)) await measure(name)
await write()
