/**
 * Trains in a worker: the training has a thread of its own, and its memory ends with it.
 *
 *     npx tsx examples/arrays/inWorker.ts [epochs]
 */
import { Worker } from 'node:worker_threads'
import type { Epoch } from './train.ts'

const epochs = Number(process.argv[2] ?? 2)
const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { epochs } })
worker.on('message', ({ epoch, loss, error }: Epoch) => {
  console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, ${(100 * error).toFixed(1)} % of the test digits wrong`)
})
worker.on('error', (error) => {
  throw error
})
