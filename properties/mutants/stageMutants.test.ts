import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { arrayStage, chain, float64, type GradientTransformation, masked, scale, treeMap } from '../../lib/core.ts'
import { catalogue } from '../catalogue.ts'
import { runNode } from '../devices/runNode.ts'
import { agreesWith } from '../references/agreesWith.ts'
import { equivalents, mutants } from './mutants.ts'
import { mutationScore, survivors } from './survivors.ts'

const isMatrix = ({ shape }: { readonly shape: readonly number[] }): boolean => shape.length === 2

/** u = (g·gᵀ + (g·gᵀ)ᵀ)/4 · g for matrices. */
const symmetric = () =>
  arrayStage({
    name: 'symmetric',
    init: () => ({}),
    update: (ops, updates, state) => [
      treeMap(updates, (g) => {
        if (!isMatrix(g)) return g
        const gram = ops.matMul(g, ops.transpose(g, [1, 0]))
        return ops.matMul(ops.mul(ops.add(gram, ops.transpose(gram, [1, 0])), 0.25), g)
      }),
      state,
    ],
  }) as unknown as GradientTransformation

const words = (tx: GradientTransformation): string[] => mutants(tx).map(({ name, at }) => `${name} | ${at}`)

describe('the mutants of a stage on array operations', () => {
  test('are those of its operations, by place', () => {
    expect(words(symmetric())).toMatchInlineSnapshot(`
      [
        "the transposition left out | symmetric: transpose 1",
        "the sides of the product exchanged | symmetric: matMul 1",
        "the first factor of the product transposed | symmetric: matMul 1",
        "the second factor of the product transposed | symmetric: matMul 1",
        "sub for add | symmetric: add 1",
        "the second term left out | symmetric: add 1",
        "the first term left out | symmetric: add 1",
        "div for mul | symmetric: mul 1",
        "the second factor left out | symmetric: mul 1",
        "0.025 for 0.25 | symmetric: mul 1",
        "0.75 for 0.25 | symmetric: mul 1",
        "the sides of the product exchanged | symmetric: matMul 2",
        "the second factor of the product transposed | symmetric: matMul 2",
      ]
    `)
    // Where a gram is symmetric already, its other half and its transposition say nothing.
    expect(equivalents(symmetric()).map(({ name, at }) => `${name} | ${at}`)).toMatchInlineSnapshot(`
      [
        "the transposition left out | symmetric: transpose 2",
        "the first factor of the product transposed | symmetric: matMul 2",
      ]
    `)
  })

  test('are found in chains and under masks, beside those of rules', () => {
    const own = mutants(symmetric()).length
    const chained = mutants(chain(symmetric(), scale(0.5)))
    expect(chained).toHaveLength(own + mutants(scale(0.5)).length)
    const matrices = masked(symmetric(), (params) => treeMap(params as never, isMatrix as never) as never)
    expect(mutants(matrices as never)).toHaveLength(own)
  })

  test('are those of its places in a bundle, too, where all code is one file', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const stdin = {
      resolveDir: root,
      contents: `
        import { mutants } from './properties/mutants/mutants.ts'
        import { arrayStage } from './lib/core.ts'
        const update = (ops, { w }, state) => [{ w: ops.add(ops.mul(w, 0.5), ops.mul(w, 0.25)) }, state]
        console.log(mutants(arrayStage({ name: 'sum', init: () => ({}), update })).map(({ name, at }) => name + ' | ' + at).join('\\n'))`,
    }
    const options = {
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'node',
      packages: 'external',
    } as const
    const { outputFiles } = await build({ ...options, stdin })
    const { stdout, stderr } = await runNode(outputFiles[0]?.text as string, { folder: root })
    expect(stdout.split('\n'), stderr).toEqual(
      expect.arrayContaining(['0.025 for 0.25 | sum: mul 2', '0.05 for 0.5 | sum: mul 1']),
    )
  })

  test('survive a check that looks at nothing, as tests that pass for the stage and fail for the mutant', async () => {
    const alive = await survivors(symmetric(), () => undefined)
    const all = mutants(symmetric())
    expect(alive).toHaveLength(all.length)
    alive.forEach((text, i) => {
      const run = new Function('tx', 'float64', 'assert', 'test', text)
      const paste = (tx: GradientTransformation) => run(tx, float64, assert, (_: string, body: () => void) => body())
      expect(() => paste(symmetric())).not.toThrow()
      expect(() => paste((all[i] as { tx: GradientTransformation }).tx), text).toThrow()
    })
  })

  test('end by a reference', async () => {
    expect((await mutationScore(symmetric(), agreesWith(symmetric()))).survivors).toEqual([])
  })

  test('of Newton–Schulz have its coefficients among them', () => {
    const names = words(catalogue.find(({ name }) => name === 'scaleByMuon')!.make())
    expect(names.filter((name) => /transposed|exchanged/.test(name)).length).toBeGreaterThan(0)
    expect(names.filter((name) => / for \d/.test(name)).length).toBeGreaterThan(3)
  })
})
