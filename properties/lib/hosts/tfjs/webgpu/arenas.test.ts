/** Trainings of many small leaves, whose slots the engine moves into arenas: nobody can tell, but by the dispatches that a step takes. */
import * as tf from '@tensorflow/tfjs-core'
import '../../../../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import { treeLeaves } from '../../../../../lib/data/tree.ts'
import { add, input } from '../../../../../lib/expr/expr.ts'
import type { Engine } from '../../../../../lib/hosts/engine.ts'
import { tfjsHost } from '../../../../../lib/hosts/tfjs/host.ts'
import { webgpuCounters } from '../../../../../lib/hosts/tfjs/webgpu/counters.ts'
import { memoryOf } from '../../../../../lib/hosts/tfjs/webgpu/memory.ts'
import { Tfjs, tensorUsage } from '../../../../../lib/hosts/tfjs/webgpu/tfjs.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  dispose,
  float64,
  fromData,
  type GradientTransformation,
  masked,
  multiSteps,
  ndarray,
  type Params,
  sgd,
  step,
  type Tree,
  toDataAsync,
  withLookaheadGradient,
} from '../../../../../lib/index.ts'
import { runForm } from '../../../../../lib/run/runForm.ts'
import { catalogue } from '../../../../catalogue.ts'
import { lawSubject } from '../../../../laws/subject.ts'
import { passOf, x, y } from '../wasm/harness.ts'
import { describeWebgpu, deviceNow, engineNow } from './harness.ts'

/** Leaves of three sizes, of which the second and third are not whole vectors of four and share a dispatch in remainders, too. */
const sizes = [64, 5, 64, 64, 101, 5, 64, 5, 64, 101, 64, 64, 5, 5, 64, 101]

const cells = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed) * Math.cos(78.233 * (i + seed)))

const treeOf = (seed: number, of: readonly number[] = sizes): tf.Tensor[] =>
  of.map((size, leaf) => tf.tensor1d(cells(size, 31 * seed + leaf)))
const numbersOf = (seed: number) =>
  sizes.map((size, leaf) => ndarray(Float64Array.from(cells(size, 31 * seed + leaf)), [size]))

type Train = { params: tf.Tensor[]; state: unknown }

/** The device says what it has to say, and answers what it was asked. */
const pause = async (): Promise<void> => {
  await deviceNow().queue.onSubmittedWorkDone()
  await new Promise((resolve) => setTimeout(resolve))
}

const STEPS = 12

const begin = (tx: GradientTransformation, of = sizes): Train => {
  const params = treeOf(1, of)
  return { params, state: tx.init(params) }
}

const take = (tx: GradientTransformation, train: Train, t: number, donate = true, of = sizes): Train => {
  const grads = treeOf(2 + t, of)
  const next = step(tx, grads as Params, train.state, train.params as Params, { donate }) as unknown as Train
  if (!donate) dispose([train as never])
  dispose(grads)
  return next
}

const trained = async (tx: GradientTransformation, steps = STEPS, donate = true, of = sizes): Promise<Train> => {
  let train = begin(tx, of)
  for (let t = 0; t < steps; t++) {
    train = take(tx, train, t, donate, of)
    await pause()
  }
  return train
}

const meaning = (tx: GradientTransformation, steps = STEPS): Float64Array[] => {
  const reader = float64(tx)
  let params: Parameters<typeof reader.step>[2] = numbersOf(1)
  let state = reader.init(params)
  for (let t = 0; t < steps; t++) ({ params, state } = reader.step(numbersOf(2 + t), state, params))
  return (params as ReturnType<typeof ndarray>[]).map(({ data }) => data as Float64Array)
}

const numbers = (tree: unknown): Promise<Float32Array[]> =>
  Promise.all(tensorsOf(tree).map(async (leaf) => Float32Array.from(await leaf.data())))

const tensorsOf = (tree: unknown): tf.Tensor[] =>
  treeLeaves(tree as Tree<unknown>).filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor)

/** Each step may round. */
const expectNear = (made: readonly Float32Array[], wanted: readonly Float64Array[], steps = 40): void => {
  expect(made.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length))
  made.forEach((leaf, i) => {
    leaf.forEach((x, j) => {
      expect(Math.abs(x - (wanted[i]?.[j] as number))).toBeLessThan(1e-7 * steps)
    })
  })
}

/** Numbers from 0 up to a bound, the same in every run. */
const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** The difference that `f` makes to a counter. */
const counted = async (what: keyof typeof webgpuCounters, f: () => unknown): Promise<number> => {
  const before = webgpuCounters[what]
  await f()
  return webgpuCounters[what] - before
}

/** The memory of tensors, and the bytes of those that are used, once the queue is submitted. */
const memory = async (): Promise<unknown> => {
  // More numbers than tfjs adds on the host.
  const one = tf.tidy(() => tf.add(tf.ones([1000]), 1))
  await one.data()
  one.dispose()
  const { numTensors, numDataBuffers } = tf.memory()
  const { numBytesInGPU } = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number }
  return { numTensors, numDataBuffers, numBytesInGPU }
}

const adam = adamw(1e-2) as GradientTransformation
const isLong = (params: Params) => (params as tf.Tensor[]).map(({ size }) => size > 5)

/** By name, with how many steps; gates come to rest later. */
const trainings: readonly (readonly [string, GradientTransformation, number])[] = [
  ['adamw', adam, STEPS],
  ['momentum', sgd(1e-2, { momentum: 0.9 }) as GradientTransformation, STEPS],
  ['clip and adamw', chain(clipByGlobalNorm(0.5), adamw(1e-2)) as GradientTransformation, STEPS],
  ['adamw on some leaves', masked(adamw(1e-2), isLong as never) as GradientTransformation, STEPS],
  ['every third step', multiSteps(adamw(1e-2), { everyKSchedule: 3 }) as GradientTransformation, 48],
]

describeWebgpu(() => {
  describe('a training of many small leaves', () => {
    test.each(trainings)('by %s is its float64 meaning, several leaves a dispatch', async (_, tx, steps) => {
      let train: Train | undefined
      const bunched = await counted('bunched', async () => {
        train = await trained(tx, steps)
      })
      expect(bunched).toBeGreaterThanOrEqual(steps / 2)
      expectNear(await numbers(train?.params), meaning(tx, steps))
      dispose(train as never)
    })

    test.each([64, 300])(
      'of %i numbers each, with the gradient taken a step ahead, has the same bits in place and not',
      async (size) => {
        const tx = adamw(1e-2, { predictSteps: 2 })
        const targets = Array.from({ length: 12 }, (_, leaf) => tf.tensor1d(cells(size, leaf)))
        const loss = (w: tf.Tensor[]): tf.Scalar =>
          tf.addN(w.map((leaf, i) => tf.mean(tf.square(tf.sub(leaf, targets[i] as tf.Tensor))))) as tf.Scalar
        const run = async (donate: boolean) => {
          const trainer = withLookaheadGradient(loss, tx, { donate })
          let train = trainer.init(
            Array.from({ length: 12 }, (_, leaf) => tf.tensor1d(cells(size, 50 + leaf))) as tf.Tensor[],
          )
          for (let t = 0; t < STEPS; t++) {
            const before = train
            const { train: next, value } = trainer.step(before)
            if (!donate) dispose(before as never)
            train = next
            value.dispose()
            await pause()
          }
          const made = [train.params, train.ahead, train.state]
          const all = await Promise.all(made.map(numbers))
          dispose(train as never)
          return all
        }
        const alone = await run(false)
        let together: unknown
        const bunched = await counted('bunched', async () => {
          together = await run(true)
        })
        expect(bunched).toBeGreaterThanOrEqual(STEPS / 2)
        expect(together).toEqual(alone)
        dispose(targets)
      },
    )

    test('takes a third of the dispatches, and binds and moves nothing once it has come round', async () => {
      let train = await trained(adam)
      const go = (t: number) => () => {
        train = take(adam, train, t)
      }
      for (const [what, count] of [
        ['housed', 0],
        ['bindGroups', 0],
        ['pipelines', 0],
      ] as const) {
        await counted('fused', go(STEPS))
        expect(await counted(what, go(STEPS + 1))).toBe(count)
      }
      // 8 of 64, 5 of 5 and 3 of 101 numbers, three or four a dispatch.
      expect(await counted('dispatches', go(STEPS + 1))).toBeLessThanOrEqual(6)
      dispose(train as never)
    })

    test('goes on while its state is read, saved, computed with and cloned, and neither sees the other', async () => {
      let train = begin(adam)
      const clones: { clone: tf.Tensor; numbers: Float32Array }[] = []
      const bunched = await counted('bunched', async () => {
        for (let t = 0; t < 40; t++) {
          train = take(adam, train, t)
          await pause()
          const [one, ...others] = tensorsOf(train.state) as [tf.Tensor, ...tf.Tensor[]]
          if (t % 8 === 2) {
            // The next step must not write it in place.
            const clone = (train.params[t % 16] as tf.Tensor).clone()
            clones.push({ clone, numbers: Float32Array.from(await clone.data()) })
          }
          if (t % 8 === 3) await one.data()
          if (t % 8 === 4) await Promise.all(others.map((leaf) => leaf.data()))
          if (t % 8 === 5) {
            const double = tf.mul(one, 2)
            const [twice, once] = await numbers([double, one])
            expect(twice).toEqual(once?.map((x) => 2 * x))
            double.dispose()
          }
          if (t % 8 === 6) {
            const clone = one.clone()
            clones.push({ clone, numbers: Float32Array.from(await one.data()) })
          }
          if (t % 8 === 7) {
            const { tensorRef, buffer } = (one as tf.Tensor).dataToGPU() as never as {
              tensorRef: tf.Tensor
              buffer: GPUBuffer
            }
            expect(buffer.size).toBe(4 * one.size)
            expect(await numbers([tensorRef])).toEqual(await numbers([one]))
            tensorRef.dispose()
          }
        }
      })
      expect(bunched).toBeGreaterThan(4)
      expectNear(await numbers(train.params), meaning(adam, 40))
      for (const { clone, numbers: before } of clones) expect(await numbers([clone])).toEqual([before])
      dispose([train as never, clones.map(({ clone }) => clone)])
    })

    test('answers a read that is under way with what it was asked for, and the next with what the steps have made', async () => {
      let [train, twin] = [await trained(adam), await trained(adam)]
      const tensors = tensorsOf(train.state).slice(0, 5)
      const before = await numbers(tensorsOf(twin.state).slice(0, 5))
      const reads = tensors.map((leaf) => leaf.data())
      const bunched = await counted('bunched', () => {
        for (let t = STEPS; t < STEPS + 4; t++) [train, twin] = [take(adam, train, t), take(adam, twin, t)]
      })
      expect(bunched).toBeGreaterThan(0)
      expect((await Promise.all(reads)).map((leaf) => Float32Array.from(leaf))).toEqual(before)
      const after = await numbers(tensorsOf(twin.state).slice(0, 5))
      expect(after).not.toEqual(before)
      expect(await numbers(tensors)).toEqual(after)
      dispose([train, twin] as never)
    })

    test('is saved whole, and goes on from what was saved with the same bits', async () => {
      let train = await trained(adam)
      const saved = await toDataAsync(train.state)
      const params = (await numbers(train.params)).map((leaf) => tf.tensor1d(leaf))
      let again: Train = { params, state: fromData(saved) }
      for (let t = STEPS; t < 2 * STEPS; t++) {
        train = take(adam, train, t)
        again = take(adam, again, t)
        await pause()
      }
      expect(await numbers(again)).toEqual(await numbers(train))
      dispose([train, again] as never)
    })

    test('leaves neither a tensor nor a byte behind, disposed of as a whole, leaf by leaf, or inside a queue', async () => {
      // The engine keeps a few small buffers of its own.
      dispose((await trained(adam)) as never)
      const start = await memory()
      dispose((await trained(adam)) as never)
      expect(await memory()).toEqual(start)
      const { params, state } = await trained(adam)
      for (const leaf of tensorsOf(state)) {
        leaf.dispose()
        await pause()
      }
      dispose(params)
      expect(await memory()).toEqual(start)
      // Before the queue is submitted.
      let train = await trained(adam)
      train = take(adam, train, STEPS)
      dispose(train as never)
      expect(await memory()).toEqual(start)
      // Nor does the device keep more for tfjs, however many trainings there were.
      const allocated = () => (tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU
      const after: number[] = []
      for (let n = 0; n < 12; n++) {
        dispose((await trained(adam)) as never)
        expect(await memory()).toEqual(start)
        after.push(allocated())
      }
      expect(after[11]).toBe(after[5])
    })

    test('says that a moment was disposed, and does not take the memory of a clone of it', async () => {
      const train = await trained(adam)
      const moment = tensorsOf(train.state)[2] as tf.Tensor
      const clone = moment.clone()
      const [before] = await numbers([clone])
      moment.dispose()
      expect(() => take(adam, train, STEPS)).toThrow(expect.objectContaining({ code: 'disposed-tensor' }))
      expect(await numbers([clone])).toEqual([before])
      dispose([clone, tensorsOf(train).filter(({ isDisposed }) => !isDisposed)])
    })

    test('writes no parameter that is the gradient of another leaf, and none that two trainings share', async () => {
      const train = await trained(adam)
      const grads = [...treeOf(3)]
      const [first, third] = [train.params[0] as tf.Tensor, train.params[2] as tf.Tensor]
      const [, before] = await numbers([first, third])
      grads[0]?.dispose()
      grads[0] = third
      const kept = third.clone()
      const made = step(adam, grads as Params, train.state, train.params as Params, { donate: true })
      expect(await numbers([kept])).toEqual([before])
      dispose([made as never, kept, grads.slice(1)])
    })

    test('takes in a moment of another training, which lies in an arena of its own', async () => {
      /** A moment of one stands in the state of the other, in the place of its own. */
      const graft = ({ params, state }: Train, from: Train): Train => {
        const [first, ...rest] = state as [{ mu: tf.Tensor[] }, ...unknown[]]
        const mu = [...first.mu]
        mu[2]?.dispose()
        mu[2] = (from.state as [typeof first])[0].mu[2] as tf.Tensor
        return { params, state: [{ ...first, mu }, ...rest] }
      }
      const made: Float32Array[][] = []
      for (const isRead of [true, false]) {
        const [one, other] = [await trained(adam), await trained(adam, STEPS + 5)]
        // What is read leaves its arena.
        if (isRead) await numbers([one.state, other.state])
        await numbers([one.params, other.params])
        let train = graft(one, other)
        for (let t = 0; t < 4; t++) {
          train = take(adam, train, t)
          await pause()
        }
        made.push(await numbers(train))
        dispose([train, tensorsOf(other).filter(({ isDisposed }) => !isDisposed)] as never)
      }
      expect(made[1]).toEqual(made[0])
    })

    test.each(['twice in a tree', 'among the gradients'])(
      'reads what it only reads where it is, should it stand %s, too',
      async (where) => {
        const g = input('grads', 'g', 'cell')
        const { reads, outputs, ...rest } = passOf([add(x, y)])
        const [output] = outputs as [(typeof outputs)[number]]
        const pass = { ...rest, reads: [...reads, g], outputs: [{ ...output, expr: add(x, add(y, g)) }] }
        const engine = engineNow()
        const list = (from: number) => Array.from({ length: 6 }, (_, leaf) => tf.fill([64], from + leaf))
        const [xs, ys, gs] = [list(0), list(10), list(20)]
        const shapes = xs.map(({ shape }) => shape)
        const alias = where === 'twice in a tree' ? ys : gs
        const run = async (steps: number) => {
          for (let t = 0; t < steps; t++) {
            engine.run({ pass, shapes, reads: [xs, ys, gs], into: [xs], uniforms: [] })
            await pause()
          }
        }
        const bunched = await counted('bunched', () => run(6))
        expect(bunched).toBeGreaterThan(0)
        const before = alias[4] as tf.Tensor
        alias[4] = ys[1] as tf.Tensor
        before.dispose()
        await run(6)
        const [fourth] = await numbers([xs[4] as tf.Tensor])
        expect(fourth?.[0]).toBe(4 + 6 * (14 + 24) + 6 * (alias === ys ? 11 + 24 : 14 + 11))
        const [first] = await numbers([xs[1] as tf.Tensor])
        expect(first?.[63]).toBe(1 + 12 * (11 + 21))
        dispose([...new Set([...xs, ...ys, ...gs])] as never)
      },
    )

    test('takes no leaves together that are large, or that are few of a size', async () => {
      for (const [limits, count] of [
        [{ bunch: 4 }, 0],
        [{ bunch: 101 }, 8],
        [{ buffers: 5 }, 0],
      ] as const) {
        const engine = engineNow(limits) as unknown as Engine<tf.Tensor, unknown>
        const host = { ...tfjsHost, engine: () => engine }
        let train = begin(adam)
        const bunched = await counted('bunched', async () => {
          for (let t = 0; t < STEPS; t++) {
            const grads = treeOf(2 + t)
            train = runForm(adam.form, 'step', { ...train, grads, donate: true } as never, host) as never
            dispose(grads)
            await pause()
          }
        })
        expect(bunched).toBeGreaterThanOrEqual(count)
        if (count === 0) expect(bunched).toBe(0)
        expectNear(await numbers(train.params), meaning(adam))
        dispose(train as never)
      }
    })

    // What takes leaves out soon makes later trainings of the layout wait longer: one program alone may be over before.
    let together = 0
    test.each([1, 2, 3, 4, 5, 6, 7, 8])(
      'is its float64 meaning whatever is done between steps: program %i',
      async (seed) => {
        const [, tx] = trainings[seed % trainings.length] as (typeof trainings)[number]
        const reader = float64(tx)
        let meant: Parameters<typeof reader.step>[2] = numbersOf(1)
        let known = reader.init(meant)
        let train = begin(tx)
        let steps = 0
        const held: { tensor: tf.Tensor; numbers: Float32Array }[] = []
        const draw = randomOf(seed)
        const any = (): tf.Tensor => {
          const all = tensorsOf(draw(4) > 0 ? train.state : train.params)
          return all[draw(all.length)] as tf.Tensor
        }
        const hold = async (tensor: tf.Tensor) =>
          held.push({ tensor, numbers: (await numbers([tensor]))[0] as Float32Array })
        const go = (donate: boolean) => {
          train = take(tx, train, steps, donate)
          ;({ params: meant, state: known } = reader.step(numbersOf(2 + steps++), known, meant))
        }
        const actions: (() => unknown)[] = [
          () => any().data(),
          () => hold(any().clone()),
          () => hold(tf.mul(any(), 2)),
          () => hold(tf.reshape(any(), [-1, 1])),
          () => go(false),
          async () => {
            const { tensor, numbers: wanted } = held.splice(draw(held.length), 1)[0] ?? {}
            if (!tensor) return
            expect(await numbers([tensor])).toEqual([wanted])
            tensor.dispose()
          },
          async () => {
            const before = train.state
            train = { params: train.params, state: fromData(await toDataAsync(before as never)) }
            dispose(before as never)
          },
        ]
        together += await counted('bunched', async () => {
          for (let n = 0; n < 150; n++) {
            if (draw(5) > 0) go(true)
            else await actions[draw(actions.length)]?.()
            if (draw(3) > 0) await pause()
          }
        })
        expectNear(
          await numbers(train.params),
          (meant as ReturnType<typeof ndarray>[]).map(({ data }) => data as Float64Array),
          steps,
        )
        for (const { tensor, numbers: wanted } of held) expect(await numbers([tensor])).toEqual([wanted])
        dispose([train as never, held.map(({ tensor }) => tensor)])
      },
    )

    test('takes on several leaves a dispatch in such programs', () => expect(together).toBeGreaterThan(8))

    test('without memory for arenas goes on leaf by leaf, and raises nothing', async () => {
      const tfjs = new Tfjs(tf.backend())
      const [known, shelf] = [memoryOf(tfjs), tfjs.shelf as { hasFree: typeof tfjs.shelf.hasFree }]
      const { ask } = known
      const { hasFree } = shelf
      let asked = 0
      const refuse = async (): Promise<boolean> => {
        asked++
        return false
      }
      let train: Train | undefined
      const bunched = await counted('bunched', async () => {
        Object.assign(known, { ask: refuse })
        shelf.hasFree = () => false
        try {
          train = await trained(sgd(1e-2, { momentum: 0.5 }) as GradientTransformation)
        } finally {
          Object.assign(known, { ask })
          shelf.hasFree = hasFree
        }
      })
      expect([asked, bunched]).toEqual([1, 0])
      expectNear(await numbers(train?.params), meaning(sgd(1e-2, { momentum: 0.5 }) as GradientTransformation))
      dispose(train as never)
    })

    test('asks for memory without a word where the device has none', async () => {
      const known = memoryOf(new Tfjs(tf.backend()))
      const before = await memory()
      expect(await known.ask([256, deviceNow().limits.maxBufferSize], tensorUsage())).toBe(false)
      expect(() => known.check()).not.toThrow()
      expect(await memory()).toEqual(before)
    })
  })

  describe('the catalogue', () => {
    const rows = catalogue.flatMap(({ name, make }) => {
      const { signals, extraTrees, opaque } = lawSubject(name, make())
      return !opaque && signals.length + extraTrees.length === 0 ? [{ name, make }] : []
    })
    const bits = (tree: unknown) =>
      Promise.all(
        tensorsOf(tree).map(async (leaf) => [...new Uint32Array(Float32Array.from(await leaf.data()).buffer)]),
      )

    // As many as share dispatches to the last, so that each rule has few kernels.
    const few = [64, 5, 64, 5, 64, 64, 5, 64, 5, 64, 5, 5]

    test('gives the same bits, several leaves a dispatch and one', { timeout: 400_000 }, async () => {
      const together = new Set<string>()
      for (const { name, make } of rows) {
        const tx = make()
        const alone = await trained(tx, 7, false, few)
        let train: Train | undefined
        const bunched = await counted('bunched', async () => {
          train = await trained(tx, 7, true, few)
        })
        if (bunched > 0) together.add(name)
        expect([name, await bits(train)]).toEqual([name, await bits(alone)])
        dispose([alone, train] as never)
      }
      expect(together.size).toBeGreaterThan(40)
    })
  })
})
