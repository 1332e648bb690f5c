import { spawnSync } from 'node:child_process'
import { isLeft } from 'fp-ts/lib/Either.js'
import { softwareGpu } from '../../properties/devices/softwareGpu.ts'

/** Starts this process again on the software device of the tests, whose driver must be named before the start. */
export const againInSoftware = (error: unknown): never => {
  const gpu = softwareGpu()
  if (process.env.VK_ICD_FILENAMES !== undefined || isLeft(gpu)) throw error
  const args = [...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync(process.execPath, args, { env: { ...process.env, ...gpu.right }, stdio: 'inherit' })
  process.exit(status ?? 1)
}
