// So that one excited person or channel can't starve the rest: a budget per person and per place that refills with time.

export interface RateLimits {
  /** Requests a person, or a place, may make at once. */
  readonly burst: number
  /** One more every so many milliseconds. */
  readonly refillMs: number
}

export type RateDecision = 'go' | 'tell' | 'silent'

interface Bucket {
  tokens: number
  at: number
  told: boolean
}

/** Decides `go`, `tell` (over it: say so once) or `silent` (over it and already told). */
export function createRateLimiter(limits: { person: RateLimits; place: RateLimits }) {
  const people = new Map<string, Bucket>()
  const places = new Map<string, Bucket>()
  return {
    decide(person: string, place: string, nowMs: number): RateDecision {
      const personal = refill(people, person, limits.person, nowMs)
      const local = refill(places, place, limits.place, nowMs)
      if (personal.tokens >= 1 && local.tokens >= 1) {
        personal.tokens -= 1
        local.tokens -= 1
        personal.told = false
        return 'go'
      }
      if (personal.told) return 'silent'
      personal.told = true
      return 'tell'
    },
  }
}

function refill(buckets: Map<string, Bucket>, key: string, limits: RateLimits, nowMs: number): Bucket {
  const bucket = buckets.get(key) ?? { tokens: limits.burst, at: nowMs, told: false }
  bucket.tokens = Math.min(limits.burst, bucket.tokens + Math.max(0, nowMs - bucket.at) / limits.refillMs)
  bucket.at = nowMs
  // Re-inserted, so that the map stays in order of use and the idle ones can be dropped from its front.
  buckets.delete(key)
  buckets.set(key, bucket)
  for (const [oldest, idle] of buckets) {
    if (nowMs - idle.at < limits.burst * limits.refillMs) break
    buckets.delete(oldest)
  }
  return bucket
}
