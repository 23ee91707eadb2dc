// What the doctor found out about one setting, and how a check is kept from hanging.

/** `fix`: something has to be changed before it works. `note`: works, but somebody should know. */
export type CheckState = 'ok' | 'note' | 'fix'

export interface Check {
  /** The setting, as it is written. */
  readonly setting: string
  readonly state: CheckState
  /** What is the case and, where something is wrong, what to do. No secret. */
  readonly text: string
}

export const ok = (setting: string, text: string): Check => ({ setting, state: 'ok', text })
export const note = (setting: string, text: string): Check => ({ setting, state: 'note', text })
export const fix = (setting: string, text: string): Check => ({ setting, state: 'fix', text })

/** A local clock that is off by more makes ages wrong, and some answers with them. */
export const clockToleranceMs = 30_000

export function clockOff(setting: string, theirsMs: number, oursMs: number): readonly Check[] {
  const seconds = Math.round((theirsMs - oursMs) / 1000)
  if (Math.abs(seconds) * 1000 <= clockToleranceMs) return []
  const words = `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine's`
  return [note(setting, `Its clock is ${words}: check which of the two is right (is NTP running?).`)]
}
