// How counts and ranges of batches read in a sentence.

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `batch 7`, `batches 1139–1143, 1150`; long lists end in how many more. */
export function batchRanges(batches: readonly number[], word: 'batch' | 'Batch', shown = 6): string {
  const ranges: { from: number; to: number }[] = []
  for (const batch of batches) {
    const last = ranges.at(-1)
    if (last && batch === last.to + 1) last.to = batch
    else ranges.push({ from: batch, to: batch })
  }
  const texts = ranges.slice(0, shown).map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`))
  const more = ranges.slice(shown).reduce((total, { from, to }) => total + to - from + 1, 0)
  return `${word}${batches.length === 1 ? '' : 'es'} ${texts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
