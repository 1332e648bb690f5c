/**
 * Trains small trees for a long time, and looks whether anything grows: tensors, buffers, the wasm heap, the JavaScript heap.
 *
 *     npm run soak -- --help
 */

import { runCommand, someOf, wholeFrom } from '../../examples/flags.ts'
import { releaseBackend, useBackend } from '../../lib/index.ts'
import { soak } from './soak.ts'
import { trainings } from './trainings.ts'

const table = {
  steps: { help: 'steps in all, shared by the kinds of training', ...wholeFrom(1000, 1_000_000) },
  backend: { help: 'what tfjs runs on, one after another', ...someOf(['wasm', 'cpu'], ['wasm']) },
}

const about = 'Trains small trees for a long time by every driver, donated and not, and fails where what is held grows.'

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
const heads = ['training', 'seconds', 'µs a step', 'tensors', 'buffers', 'wasm heap, MB', 'JS heap, MB', 'grown']
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2)

const main = (args: readonly string[]): Promise<number> =>
  runCommand({ name: 'soak', about, table }, args, async ({ steps, backend: backends }) => {
    let grew = 0
    const each = Math.ceil(steps / trainings.length)
    for (const backend of backends) {
      await useBackend({ prefer: [backend] })
      console.log(`${each.toLocaleString('en')} steps of each kind on ${backend}: after the first tenth → at the end`)
      console.log([row(heads), row(heads.map(() => '---'))].join('\n'))
      for (const training of trainings) {
        const { name, seconds, first, last, grown } = await soak(training, each)
        const heaps = (['wasmBytes', 'jsBytes'] as const).map((x) => `${megabytes(first[x])} → ${megabytes(last[x])}`)
        const counts = (['tensors', 'buffers'] as const).map((x) => `${first[x]} → ${last[x]}`)
        const times = [seconds.toFixed(1), ((seconds / each) * 1e6).toFixed(1)]
        console.log(row([name, ...times, ...counts, ...heaps, grown.join('; ') || 'nothing']))
        grew += grown.length
      }
    }
    await releaseBackend()
    return grew === 0 ? 0 : 1
  })

process.exitCode = await main(process.argv.slice(2))
