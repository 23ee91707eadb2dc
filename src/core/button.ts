// Ids of buttons: they outlive the process and fit every platform, so they say all that is needed in 64 bytes.

/** Telegram's callback data holds 64 bytes, Discord's custom_id 100 characters. */
export const buttonIdBytes = 64

export type Button =
  | { readonly kind: 'approve'; readonly approval: string }
  | { readonly kind: 'cancel'; readonly approval: string }
  /** A read asked again: refresh, details. The button carries the command line itself. */
  | { readonly kind: 'ask'; readonly line: string }

export function approveButton(approval: string): string {
  return `a:${approval}`
}

export function cancelButton(approval: string): string {
  return `c:${approval}`
}

/** Id of a button that asks a read again; null when the line is too long for every platform: then offer no button. */
export function askButton(line: string): string | null {
  // 66 characters of hash alone would not fit; the same 32 bytes are 43 characters in base64url.
  const packed = line.replaceAll(
    /\b0x([0-9a-f]{64})\b/g,
    (_, hex: string) => `~${Buffer.from(hex, 'hex').toString('base64url')}`,
  )
  const id = `r:${packed}`
  return Buffer.byteLength(id) <= buttonIdBytes ? id : null
}

/** What a pressed id asks for; null for ids that are not ours or were forged out of shape. */
export function readButton(id: string): Button | null {
  const body = id.slice(2)
  switch (id.slice(0, 2)) {
    case 'a:':
      return isApprovalId(body) ? { kind: 'approve', approval: body } : null
    case 'c:':
      return isApprovalId(body) ? { kind: 'cancel', approval: body } : null
    case 'r:':
      return { kind: 'ask', line: body.replaceAll(/~([\w-]{43})/g, (_, packed: string) => unpack(packed)) }
    default:
      return null
  }
}

function unpack(packed: string): string {
  return `0x${Buffer.from(packed, 'base64url').toString('hex')}`
}

function isApprovalId(text: string): boolean {
  return /^[\w-]{1,20}\.[\w-]{1,30}$/.test(text) && text.length <= 40
}
