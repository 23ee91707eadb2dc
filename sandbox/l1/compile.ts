// Compiles the sandbox's contracts; `npx tsx sandbox/l1/compile.ts` writes the artifact that a start reads.

import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Contract {
  readonly abi: readonly unknown[]
  /** What deploys it, and what is then at its address (used where the address is given: Multicall3). */
  readonly bytecode: string
  readonly deployedBytecode: string
}

export interface Artifact {
  readonly compiler: string
  readonly contracts: Readonly<Record<string, Contract>>
}

const source = new URL('./contracts/rollup.sol', import.meta.url)
const artifact = new URL('./artifact.json', import.meta.url)

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly abi: readonly unknown[]
            readonly evm: { readonly bytecode: { object: string }; readonly deployedBytecode: { object: string } }
          }
        >
      >
    >
  >
}

export async function compile(): Promise<Artifact> {
  const solc: { compile(input: string): string; version(): string } = createRequire(import.meta.url)('solc')
  const input = {
    language: 'Solidity',
    sources: { 'rollup.sol': { content: await readFile(source, 'utf8') } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      // The hash of the source would change the code with every comment.
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  const output: CompilerOutput = JSON.parse(solc.compile(JSON.stringify(input)))
  const faults = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (faults.length > 0) throw new Error(faults.map(({ formattedMessage }) => formattedMessage).join('\n'))
  const contracts = Object.entries(output.contracts['rollup.sol'] ?? {}).map(([name, { abi, evm }]) => [
    name,
    { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` },
  ])
  return { compiler: solc.version(), contracts: Object.fromEntries(contracts) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(artifact, `${JSON.stringify(await compile())}\n`)
}
