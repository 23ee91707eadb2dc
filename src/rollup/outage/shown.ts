// How times and hashes are written in the facts of /is-chain-down. Pure.

export function isoOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString().replace('.000Z', 'Z')
}

export function short(hash: string): string {
  return `${hash.slice(0, 6)}…${hash.slice(-4)}`
}
