// Circuit names as people know them: the same number means different circuits in different rounds.

const baseCircuits: Readonly<Record<number, string>> = {
  1: 'Main VM',
  2: 'Code decommitments sorter',
  3: 'Code decommitter',
  4: 'Log demuxer',
  5: 'Keccak round function',
  6: 'SHA-256 round function',
  7: 'ECRecover',
  8: 'RAM permutation',
  9: 'Storage sorter',
  10: 'Storage application',
  11: 'Events sorter',
  12: 'L1 messages sorter',
  13: 'L1 messages hasher',
  14: 'Transient storage sorter',
  15: 'Secp256r1 verify',
  16: 'Modexp',
  17: 'EC add',
  18: 'EC mul',
  19: 'EC pairing',
  255: 'EIP-4844 repack',
}

/** Leaf circuits number the base circuits anew: 1..15 are shifted by two, the later ones follow in their own order. */
const leafToBase: Readonly<Record<number, number>> = {
  ...Object.fromEntries(Array.from({ length: 15 }, (_, index) => [index + 3, index + 1])),
  18: 255,
  19: 16,
  20: 17,
  21: 18,
  22: 19,
}

/** Names of a circuit by round and id; the old prover names its circuits in the row itself. */
export function circuitName(round: number | null, id: number, finalRound: 3 | 4): string {
  if (round === 0) return baseCircuits[id] ?? `circuit ${id}`
  if (round === 1) return leafName(id, 'leaf of')
  // Node jobs keep the leaf's id although the circuit that runs is always the node circuit.
  if (round === 2) return leafName(id, 'node of')
  if (round === 3 && finalRound === 4) return id === 255 ? 'Recursion tip' : `circuit ${id}`
  return id === 1 ? 'Scheduler' : `circuit ${id}`
}

function leafName(id: number, prefix: string): string {
  const base = leafToBase[id]
  const name = base === undefined ? undefined : baseCircuits[base]
  return name === undefined ? `circuit ${id}` : `${prefix} ${name}`
}

const roundNames3 = ['basic', 'leaf', 'node', 'scheduler']
const roundNames4 = ['basic', 'leaf', 'node', 'recursion tip', 'scheduler']

export function roundName(round: number, finalRound: 3 | 4): string {
  return (finalRound === 4 ? roundNames4 : roundNames3)[round] ?? `round ${round}`
}
