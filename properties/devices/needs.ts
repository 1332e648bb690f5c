import type { TestContext } from 'vitest'
import { whyNoSoftwareGpu } from './softwareGpu.ts'

/** Skips the test, aloud, where Dawn has no device: neither the packaged one nor, with FOREGRAD_GPU=system, the machine's own. */
export const needsGpu = ({ skip }: TestContext): void => skipBecause(skip, whyNoGpu())

/** Skips the test, aloud, unless the device is the packaged software one. */
export const needsSoftwareGpu = ({ skip }: TestContext): void => skipBecause(skip, whyNoPackagedGpu())

/** Skips the test, aloud, where the packaged headless browser cannot run. */
export const needsBrowser = ({ skip }: TestContext): void => skipBecause(skip, whyNoSoftwareGpu())

const skipBecause = (skip: TestContext['skip'], reason: string | undefined): void => {
  if (reason !== undefined) skip(reason)
}

/** Why Dawn has no device; undefined where it has one. */
export const whyNoGpu = (): string | undefined =>
  process.env.FOREGRAD_GPU === 'system' ? undefined : whyNoSoftwareGpu()

const whyNoPackagedGpu = (): string | undefined =>
  process.env.FOREGRAD_GPU === 'system' ? 'FOREGRAD_GPU=system asks for the machine’s own device' : whyNoSoftwareGpu()
