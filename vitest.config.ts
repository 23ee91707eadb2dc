// How the tests run: every file on its own, three at a time, the longest first, with room for real servers to start.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Begun last, each of them would have the others wait for it. */
const longest = [
  'test/rollup/prover-race.test.ts',
  'test/sandbox/prover-scenarios.test.ts',
  'test/storage/postgres-server.test.ts',
  'test/rollup/prover-automation.test.ts',
  'test/journeys/trouble.test.ts',
  'test/storage/killed-process.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((file) => moduleId.endsWith(file))
      return at === -1 ? longest.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    // More than this machine may have cores: a good part of each file is waiting.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { TZ: 'Asia/Shanghai' },
  },
})
