// Which CUDA version an NVIDIA driver runs, and which image a prover on that host should start from; pure.

/** One CUDA release; the driver is the oldest its release notes name for Linux on x86-64. */
interface Release {
  readonly cuda: string
  readonly driver: string
  /** Version in the tags of the ubuntu20.04 images; null: there are none. */
  readonly image: string | null
}

const release = (cuda: string, driver: string, image: string | null): Release => ({ cuda, driver, image })

/**
 * Oldest first. 11.6, 12.0, 12.1 and 12.2 are the pairs the operators of 2023 tried; the others are those of NVIDIA's release
 * notes ("CUDA Toolkit and Corresponding Driver Versions") whose ubuntu20.04 tag is known to have been published.
 */
export const releases: readonly Release[] = [
  release('11.4', '470.82.01', '11.4.3'),
  release('11.5', '495.29.05', '11.5.2'),
  release('11.6', '510.47.03', '11.6.2'),
  release('11.7', '515.48.07', '11.7.1'),
  release('11.8', '520.61.05', '11.8.0'),
  release('12.0', '525.60.13', '12.0.0'),
  release('12.1', '530.30.02', '12.1.0'),
  release('12.2', '535.54.03', '12.2.0'),
  release('12.3', '545.23.06', '12.3.0'),
  release('12.4', '550.54.14', '12.4.0'),
  release('12.5', '555.42.02', '12.5.0'),
  release('12.6', '560.28.03', '12.6.0'),
  release('12.8', '570.26', '12.8.0'),
  release('12.9', '575.51.03', '12.9.0'),
  release('13.0', '580.65.06', null),
  release('13.1', '590.44.01', null),
  release('13.2', '595.45.04', null),
  release('13.3', '610.43.02', null),
]

export const base = 'ubuntu20.04'

const flavours = [
  { flavour: 'base', contains: 'only the CUDA runtime (libcudart): the least a built program needs' },
  { flavour: 'runtime', contains: 'base and the shared libraries: what a prover runs on' },
  { flavour: 'devel', contains: 'runtime and the compiler, headers and static libraries: to build a prover' },
] as const

export interface CudaImages {
  readonly asked: { readonly kind: 'driver' | 'cuda'; readonly version: string }
  /** The newest CUDA the driver runs, or the release asked for; null where nothing known fits. */
  readonly cuda: string | null
  /** The oldest driver for that release. */
  readonly driver: string | null
  /** The CUDA version of the images, older than `cuda` where that has no image on our base. */
  readonly imageCuda: string | null
  readonly images: readonly { readonly flavour: string; readonly tag: string; readonly contains: string }[]
  /** Is it a pair of the table, so that nothing needs explaining? */
  readonly exact: boolean
  /** Why this one, where it is not simply the pair of the table. */
  readonly reason: string | null
}

export type Asked = CudaImages['asked']

/** A driver ("525", "535.104.05", a line of nvidia-smi) or a CUDA version ("cuda 12.1"); null: neither. */
export function readAsked(text: string): Asked | null {
  const smi = /driver version:\s*(\d{3}(?:\.\d{1,4}){0,2})/i.exec(text)
  if (smi?.[1]) return { kind: 'driver', version: smi[1] }
  const match = /^\s*(?:nvidia\s+)?(driver|cuda)?[\s=:v-]*(\d{1,3}(?:\.\d{1,4}){0,2})\s*$/i.exec(text)
  const version = match?.[2]
  if (version === undefined) return null
  const kind = match?.[1]?.toLowerCase()
  // No CUDA release comes near a driver's branch number.
  const isDriver = Number.parseInt(version, 10) >= 100
  if (kind !== undefined && (kind === 'driver') !== isDriver) return null
  return { kind: isDriver ? 'driver' : 'cuda', version }
}

export function cudaImages(asked: Asked): CudaImages {
  return asked.kind === 'driver' ? imagesForDriver(asked) : imagesForCuda(asked)
}

function imagesForDriver(asked: Asked): CudaImages {
  const { version } = asked
  const newest = releases.findLast((one) => runs(version, one.driver))
  if (!newest) {
    const oldest = releases[0] as Release
    const reason = `Driver ${version} is too old: the oldest release I know, CUDA ${oldest.cuda}, needs driver ${oldest.driver}. Update the driver, to 525 or newer.`
    return { asked, cuda: null, driver: null, imageCuda: null, images: [], exact: false, reason }
  }
  const withImage = releases.findLast((one) => one.image !== null && runs(version, one.driver)) as Release
  const exact = branchOf(version) === branchOf(newest.driver)
  return answer(asked, newest, withImage, exact, [
    ...(exact ? [] : [unpaired(version, newest)]),
    ...(withImage === newest ? [] : [olderImage(newest, withImage)]),
  ])
}

function unpaired(version: string, newest: Release): string {
  const next = releases[releases.indexOf(newest) + 1]
  const runsUpTo = `CUDA ${newest.cuda} is the newest it runs`
  if (!next)
    return `Driver ${version} is newer than any I know; a newer driver runs older CUDA, up to ${newest.cuda} for sure.`
  return `Driver ${version} is not in the table: ${runsUpTo}, because CUDA ${next.cuda} needs driver ${next.driver}.`
}

function imagesForCuda(asked: Asked): CudaImages {
  const wanted = twoParts(asked.version)
  const known = releases.findLast((one) => one.cuda === wanted || one.cuda.split('.')[0] === asked.version)
  if (known) {
    const withImage = known.image === null ? (releases.findLast(({ image }) => image !== null) as Release) : known
    const reasons = [
      ...(known.cuda === wanted ? [] : [`CUDA ${known.cuda} is the newest ${asked.version}.x I know.`]),
      ...(withImage === known ? [] : [olderImage(known, withImage)]),
      ...(asked.version.split('.').length === 3 && asked.version !== known.image
        ? [`I know the ${withImage.image} images of this release.`]
        : []),
    ]
    return answer(asked, known, withImage, reasons.length === 0, reasons)
  }
  const older = releases.findLast((one) => one.image !== null && compareVersions(one.cuda, wanted) <= 0)
  if (!older) {
    const oldest = releases[0] as Release
    const reason = `CUDA ${asked.version} is older than any release I know images of: the oldest is ${oldest.cuda}.`
    return { asked, cuda: null, driver: null, imageCuda: null, images: [], exact: false, reason }
  }
  return answer(asked, older, older, false, [
    `I know no CUDA ${asked.version}; ${older.cuda} is the newest before it with an ${base} image.`,
  ])
}

function olderImage(newest: Release, withImage: Release): string {
  return `There is no CUDA ${newest.cuda} image on ${base}: ${withImage.cuda} is the last one there, and a newer driver runs it.`
}

function answer(asked: Asked, cuda: Release, image: Release, exact: boolean, reasons: readonly string[]): CudaImages {
  return {
    asked,
    cuda: cuda.cuda,
    driver: cuda.driver,
    imageCuda: image.cuda,
    images: flavours.map(({ flavour, contains }) => ({
      flavour,
      contains,
      tag: `nvidia/cuda:${image.image}-${flavour}-${base}`,
    })),
    exact: exact && cuda === image,
    reason: reasons.length === 0 ? null : reasons.join(' '),
  }
}

/** A bare branch ("535") stands for any driver of that branch. */
function runs(version: string, needed: string): boolean {
  return compareVersions(version, version.includes('.') ? needed : branchOf(needed)) >= 0
}

const branchOf = (version: string): string => version.split('.', 1)[0] as string
const twoParts = (version: string): string => version.split('.').slice(0, 2).join('.')

function compareVersions(one: string, other: string): number {
  const left = one.split('.').map(Number)
  const right = other.split('.').map(Number)
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
