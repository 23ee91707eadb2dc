// How spans of time and gas prices read in a sentence.

/** Wei as gwei, two digits below ten. */
export function gwei(wei: string): string {
  const value = Number(wei) / 1e9
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2)
}

/** `2 h 5 min`: the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const
  const first = units.findIndex(([size]) => whole >= size)
  if (first < 0) return '0 s'
  const [size, name] = units[first] as (typeof units)[number]
  const next = units[first + 1]
  const rest = next ? Math.floor((whole % size) / next[0]) : 0
  const head = `${Math.floor(whole / size)} ${name}`
  return next && rest > 0 && first < 3 ? `${head} ${rest} ${next[1]}` : head
}
