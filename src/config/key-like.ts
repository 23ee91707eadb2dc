// Does a word look like an access key? Used where a URL or a value is about to be shown and nobody knows what is in it.

/** Hashes and addresses of the chain: long and random-looking, but public, and the very thing people ask about. */
const publicHex = /^0x(?:[0-9a-f]{40}|[0-9a-f]{64})$/i

/**
 * Errs towards yes: a path part wrongly left out of a log costs little. Words joined by hyphens (`block-explorer-api`)
 * and version names (`v1`, `v2beta`) are not keys.
 */
export function isKeyLike(word: string): boolean {
  if (word.length < 12 || publicHex.test(word) || /^\d+$/.test(word)) return false
  if (!/^[\w.~+=%:-]+$/.test(word)) return false
  if (/\d/.test(word) && /[a-z]/i.test(word)) return !/^[a-z]+(?:[-.][a-z]+)*[-.]?v?\d{1,4}$/i.test(word)
  if (/[a-z]/.test(word) && /[A-Z]/.test(word) && !/^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*$/.test(word)) return true
  return word.split(/[-_.~+=%:]/).some((part) => part.length >= 20)
}
