/**
 * `npm run road`: the calls of our own functions in one donated step of adamw on two small leaves, after warm-up, on the wasm backend.
 *
 * V8 counts them (precise coverage by function), so nothing is instrumented. Inlining does not hide a call; calls of what JavaScript itself brings
 * are not counted. V8 keeps no order, so how often the road changes its room is not told: only how many calls each room takes.
 */
import { Session } from 'node:inspector/promises'
import * as tf from '@tensorflow/tfjs-core'
import { adamw, releaseBackend, step, useBackend } from '../../lib/index.ts'

const steps = 10

await useBackend({ prefer: ['wasm'] })
const tx = adamw(1e-3)
const leaves = () => ({ a: tf.ones([8]), b: tf.ones([8]) })
const grads = leaves()
let params = leaves()
let state = tx.init(params)
const run = (): void => {
  for (let n = 0; n < steps; n++) ({ params, state } = step(tx, grads, state, params, { donate: true }))
}
run()

const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
await session.post('Profiler.takePreciseCoverage')
run()
const { result } = await session.post('Profiler.takePreciseCoverage')
session.disconnect()

// A function's first range is its whole body. `__name` is tsx's own.
const called = result.flatMap(({ url, functions }) => {
  const file = /\/((?:lib|transforms)\/.*)$/.exec(url)?.[1]
  if (file === undefined || url.includes('node_modules')) return []
  return functions
    .filter(({ functionName }) => functionName !== '__name')
    .map(({ functionName, ranges }) => ({ file, name: functionName, calls: (ranges[0]?.count ?? 0) / steps }))
    .filter(({ calls }) => calls > 0)
})

type Called = (typeof called)[number]

const sums = (key: (one: Called) => string): [string, number][] => {
  const found = new Map<string, number>()
  for (const one of called) found.set(key(one), (found.get(key(one)) ?? 0) + one.calls)
  return [...found].sort(([, a], [, b]) => b - a)
}

const rooms = sums(({ file }) =>
  file
    .split('/')
    .slice(0, file.startsWith('lib/hosts/') ? 3 : 2)
    .join('/'),
)
const files = sums(({ file }) => file)
const total = called.reduce((sum, { calls }) => sum + calls, 0)
console.log(`${total} calls of ${called.length} functions in ${files.length} files and ${rooms.length} rooms`)
for (const [name, calls] of [...rooms, ...files]) console.log(`${String(calls).padStart(6)}  ${name}`)

tf.dispose([params, grads])
tf.dispose(state as unknown as tf.TensorContainer)
await releaseBackend()
