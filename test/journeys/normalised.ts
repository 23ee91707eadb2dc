// A transcript without what differs from run to run: hashes, times, ages, names of stores and sizes of files.

const changes: readonly (readonly [RegExp, string])[] = [
  [/0x[0-9a-f]{64}\b/g, '0x<hash>'],
  [/0x[0-9a-f]{40}\b/g, '0x<address>'],
  [/\b0x[0-9a-f]{4,}…[0-9a-f]*/g, '0x<hash>…'],
  [/<t:\d+(:\w)?>/g, '<time tag>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, '<time>'],
  [/\b\d\d:\d\d(:\d\d(\.\d+)?)?\b/g, '<time>'],
  [/\b\d+(\.\d+)?( ?(ms|s|min|h|d|days?|hours?|seconds?|minutes?|weeks?)\b)( \d+( ?(s|min|h|d)\b))*/g, '<age>'],
  [/(\[file [^,\]]+), \d+ bytes\]/g, '$1]'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>'],
]

export function normalised(transcript: string): string {
  return changes.reduce((text, [pattern, instead]) => text.replaceAll(pattern, instead), transcript)
}
