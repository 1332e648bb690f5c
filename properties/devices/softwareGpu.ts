import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { driverFolder } from './chromiumFiles.ts'

/** The environment in which Dawn (the `webgpu` package) finds the software device. */
export interface SoftwareGpu {
  readonly LD_LIBRARY_PATH: string
  readonly VK_ICD_FILENAMES: string
}

/**
 * A WebGPU device without a GPU: SwiftShader's Vulkan driver, unpacked from an npm package on first use.
 *
 * Answers the environment variables that must stand *before* the process starts that asks for the device (the dynamic
 * linker reads them at start), or a sentence that says why this machine cannot have the device.
 */
export const softwareGpu = (): E.Either<string, SoftwareGpu> => {
  const refusal = whyNoSoftwareGpu()
  return refusal === undefined ? E.right(environment(driverFolder())) : E.left(refusal)
}

/** Why this machine cannot run the packaged driver and browser; undefined where it can. */
export const whyNoSoftwareGpu = (): string | undefined =>
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `the software WebGPU device and its browser are built for linux-x64, this is ${process.platform}-${process.arch}`

const environment = (folder: string): SoftwareGpu => ({
  LD_LIBRARY_PATH: searchPath(folder, join(folder, 'lib')),
  VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
})

const searchPath = (...folders: readonly string[]): string =>
  [...folders, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
