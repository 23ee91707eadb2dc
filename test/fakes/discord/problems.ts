// How the real API says no: status, code and, for a bad form, where in the body the mistake is.

import type { z } from 'zod'
import type { Json } from './world.ts'

export class Refused extends Error {
  readonly status: number
  readonly body: Json
  constructor(status: number, code: number, message: string, more: Json = {}) {
    super(message)
    this.status = status
    this.body = { message, code, ...more }
  }
}

export const unknownChannel = () => new Refused(404, 10003, 'Unknown Channel')
export const unknownGuild = () => new Refused(404, 10004, 'Unknown Guild')
export const unknownMessage = () => new Refused(404, 10008, 'Unknown Message')
export const unknownWebhook = () => new Refused(404, 10015, 'Unknown Webhook')
export const unknownInteraction = () => new Refused(404, 10062, 'Unknown interaction')
export const alreadyAcknowledged = () => new Refused(400, 40060, 'Interaction has already been acknowledged.')
export const missingAccess = () => new Refused(403, 50001, 'Missing Access')
export const notAuthor = () => new Refused(403, 50005, 'Cannot edit a message authored by another user')
export const emptyMessage = () => new Refused(400, 50006, 'Cannot send an empty message')
export const invalidToken = () => new Refused(401, 50027, 'Invalid Webhook Token')
export const threadArchived = () => new Refused(400, 50083, 'Thread is archived')
export const unauthorized = () => new Refused(401, 0, '401: Unauthorized')
export const notFound = () => new Refused(404, 0, '404: Not Found')
export const tooLarge = () => new Refused(413, 40005, 'Request entity too large')

interface Mistake {
  readonly path: readonly PropertyKey[]
  readonly code: string
  readonly message: string
}

/** 50035 with the nested `_errors` that point at the field. */
export function invalidForm(mistakes: readonly Mistake[]): Refused {
  const errors: Record<string, unknown> = {}
  for (const { path, code, message } of mistakes) {
    let at = errors
    for (const step of path) {
      const inside = (at[String(step)] ?? {}) as Record<string, unknown>
      at[String(step)] = inside
      at = inside
    }
    at._errors = [...((at._errors as unknown[]) ?? []), { code, message }]
  }
  return new Refused(400, 50035, 'Invalid Form Body', { errors })
}

/** The body as the shape wants it, or 50035. */
export function checked<T>(shape: z.ZodType<T>, body: unknown): T {
  const result = shape.safeParse(body)
  if (result.success) return result.data
  throw invalidForm(
    result.error.issues.map((issue) => ({
      path: issue.path,
      code: issue.code === 'custom' ? String(issue.params?.code ?? 'INVALID') : codeOf(issue.code),
      message: issue.message,
    })),
  )
}

function codeOf(code: string): string {
  if (code === 'too_big' || code === 'too_small') return 'BASE_TYPE_BAD_LENGTH'
  if (code === 'unrecognized_keys') return 'UNKNOWN_FIELD'
  return code === 'invalid_type' ? 'BASE_TYPE_REQUIRED' : 'BASE_TYPE_CHOICES'
}
