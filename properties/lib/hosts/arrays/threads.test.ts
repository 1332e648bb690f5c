import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Arrays, createArrays } from '../../../../lib/arrays.ts'
import {
  adafactor,
  adamw,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  lamb,
  ndarray,
  sm3,
} from '../../../../lib/core.ts'
import { arraysCounters } from '../../../../lib/hosts/arrays/engine.ts'
import type { ArrayLeaf } from '../../../../lib/hosts/arrays/leaf.ts'
import { teamCounters } from '../../../../lib/simd/threads/team.ts'

/** Over 150,000 numbers, so that a thread that sleeps is woken; leaves of one row and of several, one empty. */
const sizes = [1, 0, 5000, 8192, 8193, 40_001, ...Array.from({ length: 40 }, () => 3001)]
const cells = (t: number): Float32Array[] =>
  sizes.map((size, leaf) =>
    Float32Array.from({ length: size }, (_, i) => ((i * 7919 + leaf * 31 + t * 17) % 1000) / 500 - 1),
  )

/** Matrices and others, those of one shape over 150,000 numbers, too: what is reduced over their axes is cut between leaves alone. */
const shapes = [[300, 200], [5], [0, 3], [2, 3, 5], [1, 7], ...Array.from({ length: 40 }, () => [64, 65])]
const matrices = (t: number): unknown[] =>
  shapes.map((shape, leaf) => {
    const size = shape.reduce((n, d) => n * d, 1)
    return ndarray(
      Float32Array.from({ length: size }, (_, i) => ((i * 7919 + leaf * 31 + t * 17) % 1000) / 500 - 1),
      shape,
    )
  })

type Tree = (t: number) => unknown[]

const transformations: readonly (readonly [string, GradientTransformation<unknown>, Tree])[] = [
  ['adamw', adamw(1e-2), cells],
  ['clip by the global norm, then adamw', chain(clipByGlobalNorm(1), adamw(1e-2)), cells],
  ['lamb', lamb(1e-2), cells],
  ['sm3', sm3(1e-2), matrices],
  ['adafactor', adafactor(1e-2, { minDimSizeToFactor: 2 }), matrices],
]

const opened: Arrays[] = []
const open = (threads: number): Arrays => {
  const arrays = createArrays({ threads })
  opened.push(arrays)
  return arrays
}
afterEach(() => {
  for (const arrays of opened.splice(0)) arrays.close()
  vi.unstubAllGlobals()
})

/** A thread begins when the runtime finds time for it. */
const started = () => new Promise((done) => setTimeout(done, 100))

/** All bits of a tree, as text that is short. */
const bitsOf = (tree: readonly ArrayLeaf[]): string => {
  const hash = createHash('sha256')
  for (const { data } of tree) hash.update(new Uint8Array(data.slice().buffer))
  return hash.digest('hex')
}

const trained = async (
  arrays: Arrays,
  tx: GradientTransformation<unknown>,
  steps: number,
  tree: Tree = cells,
): Promise<string> => {
  let params = arrays.from(tree(0)) as readonly ArrayLeaf[]
  let state = arrays.init(tx, params)
  if (arrays.threads > 1) await started()
  const grads = arrays.from(tree(1)) as readonly ArrayLeaf[]
  for (let t = 0; t < steps; t++) {
    ;({ params, state } = arrays.step(tx, grads, state, params, { donate: true }))
    grads.forEach(({ data }, leaf) => {
      data.set((params[leaf] as ArrayLeaf).data)
    })
  }
  return bitsOf(params)
}

const needsProcessors = (context: { skip: (why: string) => void }): void => {
  if (availableParallelism() < 2) context.skip('this machine runs one thread at once')
}

describe.each(transformations)('%s', (_, tx, tree) => {
  test('has the same bits by one thread and by two, which share the work', async (context) => {
    needsProcessors(context)
    const alone = await trained(open(1), tx, 40, tree)
    const [before, { nested, fallbacks }] = [{ ...teamCounters }, arraysCounters]
    const two = open(2)
    expect([two.threads, two.why]).toEqual([2, []])
    let made = await trained(two, tx, 40, tree)
    expect(made).toEqual(alone)
    for (let i = 0; i < 20 && teamCounters.taken === before.taken; i++) made = await trained(two, tx, 40, tree)
    expect(made).toEqual(alone)
    expect(arraysCounters.nested > nested).toBe(tree === matrices)
    expect(arraysCounters.fallbacks).toBe(fallbacks)
    expect(teamCounters.shared).toBeGreaterThan(before.shared)
    expect(teamCounters.taken).toBeGreaterThan(before.taken)
  })
})

test('memory that grows between steps is seen by all threads', async (context) => {
  needsProcessors(context)
  const [one, two] = [open(1), open(2)].map((arrays) => {
    const params = arrays.from(cells(0)) as readonly ArrayLeaf[]
    return { arrays, params, state: arrays.init(adamw(1e-2), params) }
  }) as [Trained, Trained]
  await started()
  const before = teamCounters.taken
  for (let t = 0; t < 400 && (t < 10 || teamCounters.taken === before); t++) {
    for (const at of [one, two]) {
      const reserved = at.arrays.memory().reservedBytes
      const more = at.arrays.from(new Float32Array(reserved / 4 + 65_536).subarray(0, t < 4 ? undefined : 1))
      Object.assign(at, at.arrays.step(adamw(1e-2), at.params, at.state, at.params))
      at.arrays.dispose(more)
    }
  }
  expect(bitsOf(two.params)).toEqual(bitsOf(one.params))
  expect(teamCounters.taken).toBeGreaterThan(before)
})

interface Trained {
  readonly arrays: Arrays
  readonly params: readonly ArrayLeaf[]
  readonly state: unknown
}

test('closed, it goes on by one thread with the same bits, and may be closed again', async (context) => {
  needsProcessors(context)
  const two = open(2)
  const alone = await trained(open(1), adamw(1e-2), 5)
  two.close()
  two.close()
  expect(two.threads).toBe(1)
  const before = teamCounters.shared
  expect(await trained(two, adamw(1e-2), 5)).toEqual(alone)
  expect(teamCounters.shared).toBe(before)
})

test('where there is no shared memory it says so, and works on one thread', async () => {
  vi.stubGlobal('SharedArrayBuffer', undefined)
  const arrays = createArrays({ threads: 2 })
  expect(arrays.threads).toBe(1)
  expect(arrays.why).toEqual([expect.stringMatching(/^memory cannot be shared here/)])
  vi.unstubAllGlobals()
  expect(await trained(arrays, adamw(1e-2), 2)).toEqual(await trained(open(1), adamw(1e-2), 2))
})

test('of more threads than the machine runs it takes as many as that, and says so', () => {
  const arrays = open(1000)
  expect(arrays.threads).toBe(availableParallelism())
  expect(arrays.why).toEqual([expect.stringMatching(/^this machine runs .* at once$/)])
})

const program = (body: string): string => `
  const { createArrays } = await import('./lib/arrays.ts')
  const { adamw } = await import('./lib/core.ts')
  const train = async () => {
    const arrays = createArrays({ threads: 2 })
    const tx = adamw(0.1)
    let params = arrays.from({ w: new Float32Array(400_000) })
    let state = arrays.init(tx, params)
    await new Promise((done) => setTimeout(done, 100))
    const grads = { w: new Float32Array(400_000).fill(1) }
    for (let t = 0; t < 3; t++) ({ params, state } = arrays.step(tx, grads, state, params, { donate: true }))
    return arrays
  }
  ${body}
`
const run = (body: string): string =>
  execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program(body)], {
    encoding: 'utf8',
    timeout: 30_000,
  })

test('threads keep no program from ending', (context) => {
  needsProcessors(context)
  expect(run('const arrays = await train(); console.log(arrays.threads)').trim()).toBe('2')
})

test('threads of an instance that nobody holds are ended', (context) => {
  needsProcessors(context)
  const ended = run(`
    const { Worker } = await import('node:worker_threads')
    let ended = 0
    const terminate = Worker.prototype.terminate
    Worker.prototype.terminate = function () { ended++; return terminate.call(this) }
    await train()
    for (let i = 0; i < 100 && ended === 0; i++) { globalThis.gc(); await new Promise((done) => setTimeout(done, 10)) }
    console.log(ended)
  `)
  expect(ended.trim()).toBe('1')
})
