// Faults of the REST side, switched on and off while the fake runs, and its rate limits.

import type { Json } from './world.ts'

export type Effect =
  | { readonly kind: 'slow'; readonly ms: number }
  /** The answer of a proxy in front, or of Discord itself when it is down. */
  | { readonly kind: 'status'; readonly status: number; readonly html?: boolean; readonly body?: Json }
  /** The connection ends before the call was read. */
  | { readonly kind: 'cut' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Does what was asked, then the answer is lost behind this status. */
  | { readonly kind: 'lost'; readonly status: number }
  | { readonly kind: 'rate-limit'; readonly retryAfterSeconds: number; readonly global?: boolean }

export interface Fault {
  /** Tested against `METHOD /path`; every call unless given. */
  readonly on?: RegExp
  /** How many calls it hits; all until it is removed unless given. */
  readonly times?: number
  readonly effect: Effect
}

export interface Faults {
  /** Returns the function that takes it away again. */
  add(fault: Fault): () => void
  clear(): void
  /** The effect that hits this call, used up by one. */
  hit(call: string): Effect | null
}

export function createFaults(): Faults {
  const active = new Map<Fault, number>()
  return {
    add(fault) {
      active.set(fault, fault.times ?? Number.POSITIVE_INFINITY)
      return () => active.delete(fault)
    },
    clear() {
      active.clear()
    },
    hit(call) {
      for (const [fault, left] of active) {
        if (fault.on && !fault.on.test(call)) continue
        if (left <= 1) active.delete(fault)
        else active.set(fault, left - 1)
        return fault.effect
      }
      return null
    },
  }
}

export interface Bucket {
  readonly name: string
  readonly limit: number
  readonly windowMs: number
}

export interface RateVerdict {
  readonly allowed: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number
}

/** Counts by the real clock, because the client waits by it. */
export function createRateLimits(): (bucket: Bucket, major: string) => RateVerdict {
  const windows = new Map<string, { endsAt: number; used: number }>()
  return (bucket, major) => {
    const now = performance.now()
    const key = `${bucket.name}:${major}`
    let window = windows.get(key)
    if (!window || window.endsAt <= now) {
      if (windows.size > 5000) for (const [old, { endsAt }] of windows) if (endsAt <= now) windows.delete(old)
      window = { endsAt: now + bucket.windowMs, used: 0 }
      windows.set(key, window)
    }
    const allowed = window.used < bucket.limit
    if (allowed) window.used += 1
    const seconds = Math.max(0.001, (window.endsAt - now) / 1000)
    const headers = {
      'x-ratelimit-limit': String(bucket.limit),
      'x-ratelimit-remaining': String(bucket.limit - window.used),
      'x-ratelimit-reset': (Date.now() / 1000 + seconds).toFixed(3),
      'x-ratelimit-reset-after': seconds.toFixed(3),
      'x-ratelimit-bucket': bucket.name,
    }
    return { allowed, headers, retryAfterSeconds: seconds }
  }
}
