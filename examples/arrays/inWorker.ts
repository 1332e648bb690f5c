/**
 * Trains in a worker: the training has a thread of its own, and its memory ends with it.
 *
 *     npx tsx examples/arrays/inWorker.ts [--epochs 2]
 */
import { Worker } from 'node:worker_threads'
import { flagsOf, wholeFrom } from '../flags.ts'
import type { Epoch } from './train.ts'

const about = 'Trains on real handwritten digits in a worker, with a thread and a memory of its own.'
const table = { epochs: { help: 'how often each digit is seen', ...wholeFrom(1, 2) } }
const { epochs } = flagsOf({ name: 'examples/arrays/inWorker.ts', about, table })
const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { epochs } })
worker.on('message', ({ epoch, loss, error }: Epoch) => {
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
})
worker.on('error', (error) => {
  throw error
})
