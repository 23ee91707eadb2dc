// Pages of the explorer's lists: `{ items, meta, links }`, at most a hundred items, newest first.

export class BadRequest extends Error {}

export interface PageRequest {
  /** `blocks`, as it stands in the links. */
  readonly route: string
  readonly parameters: URLSearchParams
}

export function pageOf<T>(newestFirst: readonly T[], show: (item: T) => unknown, { route, parameters }: PageRequest) {
  const limit = readInteger(parameters, 'limit', { otherwise: 10, atMost: 100 })
  const current = readInteger(parameters, 'page', { otherwise: 1 })
  const items = newestFirst.slice((current - 1) * limit, current * limit).map(show)
  const totalPages = Math.ceil(newestFirst.length / limit)
  const link = (page: number) => (page >= 1 && page <= totalPages ? `${route}?page=${page}&limit=${limit}` : '')
  return {
    items,
    meta: {
      totalItems: newestFirst.length,
      itemCount: items.length,
      itemsPerPage: limit,
      totalPages,
      currentPage: current,
    },
    links: {
      first: `${route}?limit=${limit}`,
      previous: link(current - 1),
      next: link(current + 1),
      last: link(totalPages),
    },
  }
}

interface IntegerRule {
  readonly otherwise?: number
  readonly atMost?: number
}

export function readInteger(parameters: URLSearchParams, name: string, { otherwise, atMost }: IntegerRule): number {
  const text = parameters.get(name)
  if (text === null && otherwise !== undefined) return otherwise
  const value = /^\d{1,15}$/.test(text ?? '') ? Number(text) : Number.NaN
  if (Number.isNaN(value)) throw new BadRequest('Validation failed (numeric string is expected)')
  if (value < (name === 'page' || name === 'limit' ? 1 : 0)) throw new BadRequest(`${name} must not be less than 1`)
  if (atMost !== undefined && value > atMost) throw new BadRequest(`${name} must not be greater than ${atMost}`)
  return value
}
