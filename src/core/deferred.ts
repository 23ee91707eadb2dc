// A value that is told later, by whoever comes to know it first.

export interface Deferred<T> {
  readonly value: Promise<T | null>
  resolve(value: T | null): void
  /** Nothing more will come. */
  end(): void
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T | null) => void = () => undefined
  const value = new Promise<T | null>((done) => {
    resolve = done
  })
  return { value, resolve, end: () => resolve(null) }
}
