/** What runs in the worker: it trains, and tells each epoch to the thread that started it. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadDigits } from '../mnist/handwritten.ts'
import { train } from './train.ts'

const { epochs } = workerData as { readonly epochs: number }
train(loadDigits(), epochs, (epoch) => parentPort?.postMessage(epoch))
