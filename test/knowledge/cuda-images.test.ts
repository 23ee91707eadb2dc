// The operators' table of drivers and images, what NVIDIA published since, and what lies between.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cudaImages, readAsked, releases } from '../../src/knowledge/cuda-images.ts'
import { presentGpu } from '../../src/present/gpu.ts'
import { replyText } from '../support/reply-text.ts'

const ask = (text: string) => {
  const asked = readAsked(text)
  if (!asked) throw new Error(`not understood: ${text}`)
  return cudaImages(asked)
}
const runtimeOf = (text: string) => ask(text).images.find(({ flavour }) => flavour === 'runtime')?.tag

describe('a driver', () => {
  it.each([
    ['510', '11.6', 'nvidia/cuda:11.6.2-runtime-ubuntu20.04'],
    ['525', '12.0', 'nvidia/cuda:12.0.0-runtime-ubuntu20.04'],
    ['530', '12.1', 'nvidia/cuda:12.1.0-runtime-ubuntu20.04'],
    ['535', '12.2', 'nvidia/cuda:12.2.0-runtime-ubuntu20.04'],
  ])('%s of the operators’ table gets CUDA %s and %s', (driver, cuda, tag) => {
    expect(ask(driver)).toMatchObject({ cuda, exact: true, reason: null })
    expect(runtimeOf(driver)).toBe(tag)
  })

  it.each([
    ['535.104.05', '12.2', '12.2.0'],
    ['driver 550.54.14', '12.4', '12.4.0'],
    ['570', '12.8', '12.8.0'],
    ['575.57.08', '12.9', '12.9.0'],
    ['470.82.01', '11.4', '11.4.3'],
    ['520', '11.8', '11.8.0'],
    ['| NVIDIA-SMI 515.86.01    Driver Version: 515.86.01    CUDA Version: 11.7     |', '11.7', '11.7.1'],
  ])('%s gets CUDA %s and images %s', (driver, cuda, image) => {
    expect(ask(driver).cuda).toBe(cuda)
    expect(runtimeOf(driver)).toBe(`nvidia/cuda:${image}-runtime-ubuntu20.04`)
  })

  it('between two pairs gets the newest it runs, and why', () => {
    expect(ask('540')).toMatchObject({ cuda: '12.2', imageCuda: '12.2', exact: false })
    expect(ask('540').reason).toContain('CUDA 12.3 needs driver 545.23.06')
  })

  it('of a branch, but older than its release, gets the one before', () => {
    expect(ask('535.43.02')).toMatchObject({ cuda: '12.1', exact: false })
    expect(ask('535.43.02').reason).toContain('CUDA 12.2 needs driver 535.54.03')
  })

  it('for CUDA 13 gets the last image there is on ubuntu20.04', () => {
    expect(ask('580')).toMatchObject({ cuda: '13.0', imageCuda: '12.9', exact: false })
    expect(runtimeOf('580')).toBe('nvidia/cuda:12.9.0-runtime-ubuntu20.04')
    expect(ask('580').reason).toContain('no CUDA 13.0 image on ubuntu20.04')
  })

  it('newer than any known runs what is known', () => {
    expect(ask('700').reason).toContain('newer than any I know')
    expect(ask('700').imageCuda).toBe('12.9')
  })

  it('too old for any release gets no invented image', () => {
    expect(ask('390')).toMatchObject({ cuda: null, images: [] })
    expect(ask('390').reason).toContain('Update the driver')
  })
})

describe('a CUDA version', () => {
  it.each([
    ['cuda 12.1', '530.30.02', '12.1.0'],
    ['12.1', '530.30.02', '12.1.0'],
    ['CUDA 11.6.2', '510.47.03', '11.6.2'],
    ['cuda 12', '575.51.03', '12.9.0'],
    ['cuda 12.7', '560.28.03', '12.6.0'],
  ])('%s needs driver %s, image %s', (text, driver, image) => {
    expect(ask(text).driver).toBe(driver)
    expect(runtimeOf(text)).toBe(`nvidia/cuda:${image}-runtime-ubuntu20.04`)
  })

  it('without an image on our base says which is the last', () => {
    expect(ask('cuda 13.1')).toMatchObject({ driver: '590.44.01', imageCuda: '12.9' })
    expect(ask('cuda 8').images).toEqual([])
  })
})

it.each(['', 'latest', 'cuda 525', 'driver 12', '12..1', '525; rm -rf', '1e3', '-525.'])('%j is neither', (text) => {
  expect(readAsked(text)).toBeNull()
})

it('never offers an image whose CUDA the driver does not run', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), fc.option(fc.integer({ min: 0, max: 300 })), (branch, minor) => {
      const version = minor === null ? String(branch) : `${branch}.${minor}`
      const { imageCuda } = cudaImages({ kind: 'driver', version })
      const chosen = releases.find(({ cuda }) => cuda === imageCuda)
      const needed = chosen?.driver.split('.').map(Number) ?? [0, 0]
      expect(branch * 1000 + (minor ?? 999)).toBeGreaterThanOrEqual((needed[0] ?? 0) * 1000 + (needed[1] ?? 0))
    }),
  )
})

it.each([
  ['525', 'driver'],
  ['580.95.05', 'no-image'],
  ['cuda 12.1', 'cuda'],
  ['390', 'too-old'],
])('reads well: %s', async (text, name) => {
  await expect(replyText(presentGpu(ask(text)))).toMatchFileSnapshot(`../golden/gpu-${name}.txt`)
})
