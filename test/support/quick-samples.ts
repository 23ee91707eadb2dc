// For tests in which nothing moves while a question is asked: the samples of a head need not lie 0.7 s apart, nor what is learned be spread.

import type { Outside } from '../../src/chains.ts'

export const quickSamples: Outside = { sampleSpacingMs: 5, learningPauseMs: 0 }
