// For tests in which nothing moves while a question is asked: the three samples of a head need not lie 0.7 s apart.

import type { Outside } from '../../src/chains.ts'

export const quickSamples: Outside = { sampleSpacingMs: 5 }
