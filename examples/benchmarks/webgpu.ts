/**
 * The WebGPU part of the benchmark: opens the device, and prints or writes what `webgpuTimes.ts` measures.
 *
 *     npm run bench -- --backend webgpu              the tables
 *     npm run bench -- --backend webgpu --write      and puts them into docs/benchmarks.md
 *     npm run bench -- --backend webgpu --quick      a tenth of the time, for a look
 */
import { releaseBackend, useBackend } from '../../lib/index.ts'
import { againInSoftware } from './againInSoftware.ts'
import { writePage } from './page.ts'
import { webgpuTimes } from './webgpuTimes.ts'

/** Times everything on WebGPU: on this machine's GPU, or where it has none on the software device of the tests. */
export const benchWebgpu = async (flags: { readonly write?: boolean; readonly quick?: boolean }): Promise<void> => {
  const { adapter, fused: isFused, why } = await useBackend({ prefer: ['webgpu'] }).catch(againInSoftware)
  if (!isFused) throw new Error(`The WebGPU engine does not run here: ${why.join(' ')}`)
  const text = await webgpuTimes(adapter as string, flags.quick ? { rounds: 2, time: 20 } : { rounds: 7, time: 200 })
  console.log(text)
  if (flags.write) writePage('<!-- npm run bench -- --backend webgpu -->', '<!-- end of webgpu -->', text)
  await releaseBackend()
}
