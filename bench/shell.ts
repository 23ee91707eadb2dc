// What one `rollcall trace` from the shell costs: from the start of the process to its answer, and its peak memory.
//
//   npx tsx bench/shell.ts

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createSandbox } from '../sandbox/sandbox.ts'
import { type Figure, median, printFigures } from './figure.ts'

const command = 'npx tsx bench/shell.ts'
const rounds = 15
const root = fileURLToPath(new URL('../', import.meta.url))

/** Only the process itself knows its peak when it has ended; it says so on a fourth stream. */
const tellPeak = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))",
)}`

export async function run(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'))
  const sandbox = await createSandbox()
  try {
    const program = await build(folder)
    const hash = sandbox.hashes().executed
    if (hash === undefined) throw new Error('the sandbox has no executed transaction')
    const measure = () => trace(program, hash, { ...sandbox.environment }, folder)
    await measure()
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round += 1) samples.push(await measure())
    return figures(samples)
  } finally {
    await sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function figures(samples: readonly Sample[]): Figure[] {
  const note = `median of ${rounds} runs of the built program on a sandbox: database, L1 and L2 node, checked on L1`
  return [
    { name: 'rollcall trace: shell to answer', command, value: median(samples.map(({ ms }) => ms)), unit: 'ms', note },
    {
      name: 'rollcall trace: peak memory',
      command,
      value: median(samples.map(({ peakMb }) => peakMb)),
      unit: 'MB',
      note,
    },
  ]
}

/** What a user runs is the build, not the sources through a loader. */
async function build(folder: string): Promise<string> {
  const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc')
  const child = spawn(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', folder], {
    stdio: 'inherit',
  })
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error('the program could not be built')
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'src/cli.js')
}

interface Sample {
  readonly ms: number
  readonly peakMb: number
}

async function trace(program: string, hash: string, environment: Record<string, string>, cwd: string): Promise<Sample> {
  const { PATH = '', HOME = '' } = process.env
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--import', tellPeak, program, 'trace', hash, '--json'], {
    cwd,
    env: { PATH, HOME, LOG_LEVEL: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  let answeredAt = Number.NaN
  child.stdout?.once('data', () => {
    answeredAt = performance.now()
  })
  const ended = once(child, 'close')
  const [answer, peak] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stdio[3] as NodeJS.ReadableStream),
  ])
  const [code] = (await ended) as [number]
  const { found } = JSON.parse(answer) as { found: boolean }
  if (code !== 0 || !found) throw new Error(`the trace failed with ${code}: ${answer}`)
  return { ms: answeredAt - startedAt, peakMb: Number(peak) / 1024 }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) printFigures(await run())
