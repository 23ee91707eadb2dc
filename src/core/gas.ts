// How gas prices read in a sentence.

/** Wei as gwei, two digits below ten. */
export function gwei(wei: string): string {
  const value = Number(wei) / 1e9
  return value >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2)))
}
