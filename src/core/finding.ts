// One thing noticed: a stable code for scripts and tests, values for presentation, and a sentence that says what to do.

export type Severity = 'info' | 'warning' | 'critical'

export interface Finding {
  readonly code: string
  readonly severity: Severity
  readonly values: Readonly<Record<string, unknown>>
  /** What is the case and what to do, complete without the values. */
  readonly text: string
}
