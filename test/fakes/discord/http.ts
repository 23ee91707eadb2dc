// One HTTP call of the fake: reading JSON and multipart bodies, applying faults, answering.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { checked, invalidForm, tooLarge } from './problems.ts'

export interface UploadedFile {
  readonly field: string
  readonly filename: string
  readonly bytes: Uint8Array
}

export interface Incoming {
  readonly method: string
  /** Without `/api/v10` and the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly body: unknown
  readonly files: readonly UploadedFile[]
}

const mostBytes = 25 * 1024 * 1024

export async function readCall(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Incoming> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) throw tooLarge()
    chunks.push(chunk)
  }
  const { body, files } = await readBody(Buffer.concat(chunks), request.headers['content-type'] ?? '')
  const { authorization } = request.headers
  return { method: request.method ?? 'GET', path, query, authorization, body, files }
}

async function readBody(raw: Buffer, type: string): Promise<Pick<Incoming, 'body' | 'files'>> {
  if (raw.length === 0) return { body: undefined, files: [] }
  if (!type.startsWith('multipart/form-data')) return { body: readJson(raw.toString()), files: [] }
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData()
  const files: UploadedFile[] = []
  for (const [field, value] of form) {
    if (typeof value === 'string') continue
    files.push({ field, filename: value.name, bytes: new Uint8Array(await value.arrayBuffer()) })
  }
  return { body: readJson(checked(z.string(), form.get('payload_json') ?? '{}')), files }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidForm([{ path: [], code: 'INVALID_JSON', message: 'The request body contains invalid JSON.' }])
  }
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  if (status === 204 || body === undefined) {
    response.writeHead(204, { ...headers }).end()
    return
  }
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function answerHtml(response: ServerResponse, status: number): void {
  const page = `<html><head><title>${status}</title></head><body>upstream error</body></html>`
  response.writeHead(status, { 'content-type': 'text/html' }).end(page)
}
