// Reads a multipart form, as far as bots send them.

import type { FakeFile } from './world.ts'

export function readForm(body: Buffer, contentType: string): { fields: Record<string, string>; files: FakeFile[] } {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1]
  if (boundary === undefined) throw new Error('a form without a boundary')
  const fields: Record<string, string> = {}
  const files: FakeFile[] = []
  for (const part of splitParts(body, `--${boundary}`)) {
    const headerEnd = part.indexOf('\r\n\r\n')
    if (headerEnd < 0) continue
    const header = part.subarray(0, headerEnd).toString('utf8')
    const content = part.subarray(headerEnd + 4)
    const field = /name="([^"]*)"/.exec(header)?.[1] ?? ''
    const name = /filename="([^"]*)"/.exec(header)?.[1]
    if (name === undefined) fields[field] = content.toString('utf8')
    else files.push({ field, name, bytes: Buffer.from(content) })
  }
  return { fields, files }
}

function* splitParts(body: Buffer, delimiter: string): Generator<Buffer> {
  let start = body.indexOf(delimiter)
  while (start >= 0) {
    const from = start + delimiter.length
    const next = body.indexOf(`\r\n${delimiter}`, from)
    if (next < 0) return
    yield body.subarray(from, next)
    start = next + 2
  }
}
