// The program as it is shipped: compiled once per test run, into a folder of the run's own.

import { execFile } from 'node:child_process'
import { access, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))
const buildMs = 180_000

/**
 * Path of the compiled `cli.js`. Several workers may ask at once: the first that makes the lock builds, the others wait
 * for it.
 */
export async function builtProgram(folder: string): Promise<string> {
  const [lock, done, failed] = ['building', 'done', 'failed'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const mine = await mkdir(lock).then(
    () => true,
    () => false,
  )
  if (mine) {
    await build(folder).then(
      () => writeFile(done, ''),
      async (error) => {
        await writeFile(failed, '')
        throw error
      },
    )
  }
  for (const deadline = performance.now() + buildMs; !(await exists(done)); await sleep(100)) {
    if ((await exists(failed)) || performance.now() > deadline) throw new Error('the program could not be built')
  }
  return join(folder, 'dist/src/cli.js')
}

/** As `npm run build` does it, beside what the package brings along. */
async function build(folder: string): Promise<void> {
  for (const name of ['node_modules', 'runbooks']) await symlink(join(root, name), join(folder, name))
  const words = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')]
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), words, { timeout: buildMs })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
