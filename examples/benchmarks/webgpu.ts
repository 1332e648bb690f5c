/**
 * The WebGPU part of the benchmark: opens the device, and prints or writes what `webgpuTimes.ts` measures.
 *
 *     npm run bench -- --backend webgpu              the tables
 *     npm run bench -- --backend webgpu --write      and puts them into docs/benchmarks.md
 *     npm run bench -- --backend webgpu --quick      a tenth of the time, for a look
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { isLeft } from 'fp-ts/lib/Either.js'
import { releaseBackend, useBackend } from '../../lib/index.ts'
import { softwareGpu } from '../../properties/devices/softwareGpu.ts'
import { webgpuTimes } from './webgpuTimes.ts'

// The page

const page = new URL('../../docs/benchmarks.md', import.meta.url)
const [begin, end] = ['<!-- npm run bench -- --backend webgpu -->', '<!-- end of webgpu -->']

/** Puts the tables into the page, between marks of their own. */
const write = (text: string): void => {
  const old = readFileSync(page, 'utf8')
  const page0 = old.includes(begin) ? old : `${old.trimEnd()}\n\n## WebGPU\n\n${begin}\n${end}\n`
  const [before, after] = [page0.slice(0, page0.indexOf(begin) + begin.length), page0.slice(page0.indexOf(end))]
  writeFileSync(page, `${before}\n\n${text}\n\n${after}`)
}

// The device

/** Starts this process again on the software device of the tests, whose driver must be named before the start. */
const againInSoftware = (error: unknown): never => {
  const gpu = softwareGpu()
  if (process.env.VK_ICD_FILENAMES !== undefined || isLeft(gpu)) throw error
  const args = [...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync(process.execPath, args, { env: { ...process.env, ...gpu.right }, stdio: 'inherit' })
  process.exit(status ?? 1)
}

/** Times everything on WebGPU: on this machine's GPU, or where it has none on the software device of the tests. */
export const benchWebgpu = async (flags: { readonly write?: boolean; readonly quick?: boolean }): Promise<void> => {
  const { adapter, fused: isFused, why } = await useBackend({ prefer: ['webgpu'] }).catch(againInSoftware)
  if (!isFused) throw new Error(`The WebGPU engine does not run here: ${why.join(' ')}`)
  const text = await webgpuTimes(adapter as string, flags.quick ? { rounds: 2, time: 20 } : { rounds: 7, time: 200 })
  console.log(text)
  if (flags.write) write(text)
  await releaseBackend()
}
