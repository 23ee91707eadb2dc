// What the program knows of its surroundings: who is at the shell, how wide the window is, and whether colour is wanted.

import { userInfo } from 'node:os'

/** Facts and answers go here; what happened on the way is in the log, on stderr. */
export function print(text: string): void {
  process.stdout.write(text)
}

export interface Window {
  readonly width: number
  readonly colour: boolean
}

/** NO_COLOR and FORCE_COLOR as everybody reads them; a pipe gets 80 columns without colour. */
export function windowOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv = process.env): Window {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: terminal } = environment
  const forced = force !== undefined && force !== '' && force !== '0'
  const colour = !no && (forced || (stream.isTTY === true && terminal !== 'dumb'))
  return { width: stream.columns ?? 80, colour }
}

/** The name of the OS account, as role lists spell it. */
export function userName(): string {
  return accountName()
    .replaceAll(/[\s,+=:]/g, '_')
    .slice(0, 64)
}

function accountName(): string {
  try {
    return userInfo().username
  } catch (error) {
    // In a container the number may have no name.
    if (!(error instanceof Error && 'code' in error)) throw error
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
