/** What a step costs on plain arrays, in a memory of our own, beside the same in tfjs's memory. */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createArrays } from '../../lib/arrays.ts'
import { adamw, type GradientTransformation, releaseBackend, useBackend } from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { each, fused, plainLoop, random, type Shape, shapeText } from './contestants.ts'
import { rate } from './rules.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Budget, type Contestant, quantile, raceSteps, type Times } from './timing.ts'

/** A donated step of `foregrad/arrays`; its gradients lie in the memory, or are plain arrays that every step copies in. */
export const onArrays = (
  tx: GradientTransformation,
  shape: Shape,
  { copied = false, threads = 1 }: { readonly copied?: boolean; readonly threads?: number } = {},
): Contestant => {
  const arrays = createArrays({ threads })
  const numbers = (): Float32Array[] => each(shape, () => random(shape.size))
  const grads = copied ? numbers() : arrays.from(numbers())
  let params = arrays.from(numbers())
  let state = arrays.init(tx, params)
  return {
    name: [
      'foregrad/arrays',
      ...(copied ? ['gradients copied in'] : []),
      ...(threads > 1 ? [`${arrays.threads} threads`] : []),
    ].join(', '),
    leave: () => arrays.close(),
    step: () => {
      const next = arrays.step(tx, grads, state, params, { donate: true })
      params = next.params
      state = next.state
    },
  }
}

const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
  { leaves: 1000, size: 64 },
]

/** Steps of adamw on arrays, on tfjs's wasm backend and in a plain loop, shape by shape. */
export const raceArrays = async (budget: Budget): Promise<readonly Times[]> => {
  const results: Times[] = []
  for (const shape of shapes) {
    const tx = adamw(rate)
    const all = [
      fused(tx, shape),
      onArrays(tx, shape),
      ...(availableParallelism() > 1 ? [onArrays(tx, shape, { threads: 2 })] : []),
      onArrays(tx, shape, { copied: true }),
      plainLoop(shape),
    ]
    results.push(await raceSteps(all.map(alone), budget))
  }
  return results
}

/** The times that a share of the steps stay under, with the ratios to foregrad on tfjs. */
export const arraysTable = (results: readonly Times[], share: number): string =>
  table(
    ['adamw', ...shapes.map(shapeText)],
    Object.keys(results[0]!).map((name) => [
      name,
      ...results.map((times) => {
        const [own, other] = [quantile(times.foregrad!, share), quantile(times[name]!, share)]
        return name === 'foregrad' ? milliseconds(own) : `${milliseconds(other)} (${ratio(other / own)})`
      }),
    ]),
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  flagsOf({
    name: 'examples/benchmarks/arrays.ts',
    about: 'Times a step of adamw on plain arrays, on one thread and on two, beside tfjs.',
    table: {},
  })
  const { backend, simd } = await useBackend({ prefer: ['wasm'] })
  console.log(`${backend}, SIMD ${simd}: milliseconds a step, the median, and the fastest tenth below`)
  const results = await raceArrays({ rounds: 20, time: 100 })
  console.log(arraysTable(results, 0.5))
  console.log(arraysTable(results, 0.1))
  await releaseBackend()
}
