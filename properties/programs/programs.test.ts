import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import * as f from '../../lib/index.ts'
import { type GradientTransformation, ndarray, opaque, treeMap } from '../../lib/index.ts'
import { describeEngines, testEngine } from '../devices/engines.ts'
import { runNode } from '../devices/runNode.ts'
import { checkPrograms } from './checkPrograms.ts'

/** What the smallest program says of an optimizer: nothing, or what is wrong and its source. */
const found = async (
  make: () => GradientTransformation,
  runs = 100,
): Promise<{ readonly said: string; readonly source: string }> => {
  const told = await checkPrograms('planted', make, { runs, seed: 1 }).then(
    () => '',
    (error: Error) => error.message,
  )
  const [said = '', ...rest] = told.split('\n\n')
  return { said, source: rest.join('\n\n') }
}

/** What a pasted program says of an optimizer: nothing, or its error. */
const pasted = async (source: string, tx: GradientTransformation): Promise<unknown> => {
  const body = source.replaceAll(/^import .*$/gm, '')
  const names = Object.keys(f)
  const run = new Function('assert', 'tf', 'tx', ...names, `return (async () => {${body}\n})()`) as (
    ...given: readonly unknown[]
  ) => Promise<void>
  try {
    await run(assert, tf, tx, ...Object.values(f))
    return undefined
  } catch (error) {
    return error
  }
}

const lines = (source: string): string[] =>
  source.split('\n').filter((line) => line !== '' && !/^(\/\/|import|const|let)/.test(line))

interface Counted {
  readonly count: number
  readonly key: tf.Tensor
}

const over = (g: unknown, t: number) => treeMap(g as f.Tree<tf.Tensor>, (x) => tf.div(x, t)) as f.Params

const zero = ndarray(Float64Array.of(0), [])

/** u = g/t where t counts the steps. `update`: how it is done on tensors, right or wrong. */
const slower = (
  update: (g: f.Params, state: Counted) => readonly [f.Params, Counted] = (g, { count }) => [
    over(g, count + 1),
    { count: count + 1, key: tf.scalar(0) },
  ],
): GradientTransformation =>
  opaque<Counted>({
    name: 'slower',
    init: () => ({ count: 0, key: tf.scalar(0) }),
    update: update as never,
    float64: {
      init: () => ({ count: 0, key: zero }),
      update: (g, state) => {
        const t = (state as Counted).count + 1
        const divided = treeMap(g, ({ data, shape }) =>
          ndarray(
            data.map((x) => x / t),
            shape,
          ),
        )
        return [divided, { count: t, key: zero }]
      },
    },
  }) as unknown as GradientTransformation

describeEngines([testEngine('wasm')], () => {
  test('an optimizer without a fault passes', () => checkPrograms('slower', () => slower(), { runs: 20, seed: 1 }))

  describe('a planted fault shrinks to a program that fails where it is pasted, and passes for the optimizer without it:', () => {
    const faults: readonly (readonly [string, number, RegExp, () => GradientTransformation])[] = [
      [
        'a count beside the state, which a second training goes on with',
        12,
        /start\([\s\S]*start\([\s\S]*near\(/,
        () => {
          let t = 0
          return slower((g, { count }) => [over(g, ++t), { count: count + 1, key: tf.scalar(0) }])
        },
      ],
      [
        'a tensor that is known by its object, which is another when it is read back or cloned',
        15,
        /(toDataAsync|cloned)\([\s\S]*near\(/,
        () => {
          const counts = new WeakMap<object, number>()
          return slower((g, { count, key }) => {
            const t = (counts.get(key) ?? 0) + 1
            const next = { count: count + 1, key: tf.scalar(0) }
            counts.set(next.key, t)
            return [over(g, t), next]
          })
        },
      ],
      [
        'a leak in the second step',
        12,
        /assert\.equal\(tf\.memory\(\)\.numTensors - before, \d\)/,
        () =>
          slower((g, { count }) => {
            if (count === 1) tf.keep(tf.scalar(1))
            return [over(g, count + 1), { count: count + 1, key: tf.scalar(0) }]
          }),
      ],
      [
        'a gradient that is written into, where tfjs lets it: on cpu',
        9,
        /prefer: \['cpu'\][\s\S]*Object\.is\(\(await grads/,
        () =>
          slower((g, { count }) => {
            const u = over(g, count + 1)
            if (tf.getBackend() === 'cpu') for (const x of f.treeLeaves<tf.Tensor>(g as never)) x.dataSync()[0] = 7
            return [u, { count: count + 1, key: tf.scalar(0) }]
          }),
      ],
    ]
    test.each(faults)('%s', async (_, most, shape, make) => {
      const { said, source } = await found(make)
      expect(source).toMatch(shape)
      expect(lines(source).length, source).toBeLessThanOrEqual(most)
      expect(said).toContain('seed 1, path ')
      expect(await pasted(source, make()), source).toBeInstanceOf(assert.AssertionError)
      expect(await pasted(source, slower()), source).toBe(undefined)
    })
  })

  test('the program is source for Node as it stands', async () => {
    const { source } = await found(() =>
      slower((g, { count }) => [over(g, 2 * count + 1), { count: count + 1, key: tf.scalar(0) }]),
    )
    expect(source).toMatchInlineSnapshot(`
      "// tx is planted:
      // slower
      //   (opaque: written by hand)
      import assert from 'node:assert/strict'
      import * as tf from '@tensorflow/tfjs-core'
      import { dispose, step, useBackend } from 'foregrad'

      const start = (tx, params) => ({ tx, params, state: tx.init(params) })
      const near = (x, y, by) => assert.ok(Object.is(x, y) || Math.abs(x - y) <= by, \`\${x} is not \${y}\`)
      let b, next, grads

      await useBackend({ prefer: ['wasm'] })
      const before = tf.memory().numTensors
      b = start(tx, { w: tf.tensor([[0, 0], [0, 0]]), b: tf.tensor([0, 0]) })
      grads = { w: tf.tensor([[0, 0], [0, 0]]), b: tf.tensor([0, 0]) }
      next = step(b.tx, grads, b.state, b.params)
      dispose([grads, b.params, b.state])
      b = { ...b, ...next }
      grads = { w: tf.tensor([[0, 0], [0, 0]]), b: tf.tensor([0, 0.125]) }
      next = step(b.tx, grads, b.state, b.params)
      near((await next.params.b.data())[1], 0.0625, 0.010) // by float64; it is 0.0416666679084301"
    `)
    const above = (tx: string) =>
      `import { scaleBySchedule } from './lib/index.ts'\nconst tx = scaleBySchedule((t) => 1 / (${tx} + 1))\n`
    const program = `${source.replace("'foregrad'", "'./lib/index.ts'")}\nprocess.exit(0)`
    const [wrong, right] = await Promise.all([runNode(above('2 * t') + program), runNode(above('t') + program)])
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('AssertionError')])
    expect([right.code, right.stderr]).toEqual([0, expect.not.stringContaining('Error')])
  })
})

test('what has no meaning on plain numbers is refused, and what is no text, function or option', async () => {
  const byHand = opaque({ name: 'byHand', init: () => ({}), update: (g, state) => [g, state] as const })
  const refused = (code: string) => expect.objectContaining({ code })
  await expect(checkPrograms('byHand', () => byHand as never)).rejects.toThrow(refused('unsupported'))
  await expect(checkPrograms(7 as never, () => f.scale(1))).rejects.toThrow(refused('bad-argument'))
  await expect(checkPrograms('x', f.scale(1) as never)).rejects.toThrow(refused('bad-argument'))
  await expect(checkPrograms('x', () => 7 as never)).rejects.toThrow(refused('bad-argument'))
  for (const wrong of [{ runs: 0 }, { backends: [] }, { backends: ['metal'] }, { instructions: 1.5 }, { step: 1 }])
    await expect(checkPrograms('x', () => f.scale(1), wrong as never)).rejects.toThrow(refused('bad-argument'))
})
