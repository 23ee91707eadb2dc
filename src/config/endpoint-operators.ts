// Which configured endpoints one operator runs: they are one witness, whatever their addresses say.

import type { Endpoint } from '../config.ts'
import type { EndpointOperator } from './values.ts'

/** Puts the operator on each endpoint that has one, and says which names are of no endpoint. */
export function operatorGiver(operators: readonly EndpointOperator[], all: readonly Endpoint[]) {
  const names = [...new Set(all.map(({ name }) => name))]
  const unknown = operators.flatMap(({ endpoints }) => endpoints.filter((name) => !names.includes(name)))
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
  return {
    give(endpoint: Endpoint): Endpoint {
      const operator = operators.find(({ endpoints }) => endpoints.includes(endpoint.name))?.name
      return operator === undefined ? endpoint : { ...endpoint, operator }
    },
    problems: unknown.map((name) => `“${name}” is the name of no node or explorer of this chain (${known})`),
  }
}
