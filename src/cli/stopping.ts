// Being told to end: by a signal, or because nobody reads the output any more. The first time gently, the second at once.

export interface Stopping {
  readonly signal: AbortSignal
  /** 130 after Ctrl-C, 143 after SIGTERM, 141 after a closed pipe; null while nobody asked. */
  exitCode(): number | null
}

const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const brokenPipe = 141

/** Installs the handlers for the life of the process. */
export function watchForEnd(): Stopping {
  const controller = new AbortController()
  let code: number | null = null
  const end = (wanted: number) => {
    if (controller.signal.aborted) process.exit(wanted)
    code = wanted
    controller.abort()
  }
  for (const [name, wanted] of Object.entries(codes)) process.on(name, () => end(wanted))
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // `rollcall … | head` closes the pipe early: that is no failure, but there is no use in going on.
      if (error.code === 'EPIPE' || error.code === 'EIO') {
        if (!controller.signal.aborted) end(brokenPipe)
      } else throw error
    })
  }
  return { signal: controller.signal, exitCode: () => code }
}

/** Resolves when the program is told to end. */
export function told({ signal }: Stopping): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
