/**
 * How long a checkpoint of 3,000,000 numbers takes: made and read as bytes, and written and read as a file.
 *
 *     npx tsx examples/benchmarks/checkpoints.ts
 *
 * Medians in milliseconds: what a clock shows, and what the processor was busy, which other programs leave alone.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { loadCheckpoint, saveCheckpoint } from '../../lib/checkpoint.ts'
import { adamw, dispose, releaseBackend, useBackend } from '../../lib/index.ts'
import { readCheckpoint, writeCheckpoint } from '../../lib/node.ts'
import { flagsOf, wholeFrom } from '../flags.ts'
import { milliseconds, table } from './tables.ts'
import { quantile } from './timing.ts'

const about = 'Times checkpoints of 3,000,000 numbers, AdamW on 1,000,000 parameters: as bytes, and as a file.'
const { rounds } = flagsOf({
  name: 'examples/benchmarks/checkpoints.ts',
  about,
  table: { rounds: { help: 'how often each is timed', ...wholeFrom(1, 20) } },
})

const { backend } = await useBackend({ prefer: ['wasm'] })
const tx = adamw(1e-3)
const params = { w: tf.randomNormal([1000, 1000], 0, 1, 'float32', 1) }
const train = { params, state: tx.init(params) }
const folder = mkdtempSync(join(tmpdir(), 'foregrad-checkpoints-'))
const path = join(folder, 'one.safetensors')
const bytes = await saveCheckpoint(train, { tx })

const jobs: Readonly<Record<string, () => unknown>> = {
  saveCheckpoint: () => saveCheckpoint(train, { tx }),
  loadCheckpoint: () => dispose(loadCheckpoint(bytes, { like: train, tx })),
  writeCheckpoint: () => writeCheckpoint(path, train, { tx }),
  readCheckpoint: async () => dispose(await readCheckpoint(path, { like: train, tx })),
}

const rows: string[][] = []
for (const [name, job] of Object.entries(jobs)) {
  const [clock, busy]: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await job()
    const { user, system } = process.cpuUsage(used)
    if (round === 0) continue
    clock.push(performance.now() - start)
    busy.push((user + system) / 1000)
  }
  rows.push([`\`${name}\``, ...[clock, busy].map((times) => milliseconds(quantile(times, 0.5)))])
}
console.log(`${backend}, ${(bytes.length / 1e6).toFixed(1)} MB, medians of ${rounds}:\n`)
console.log(table(['3,000,000 numbers', 'clock, ms', 'processor, ms'], rows))
rmSync(folder, { recursive: true })
dispose([train.params, train.state as never])
await releaseBackend()
