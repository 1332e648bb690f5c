/** What TypeScript says of programs that use foregrad: they compile, strict and with exactOptionalPropertyTypes, and types read as one would write them. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A program of files that stand nowhere but here, beside the tests. */
const programOf = (files: Readonly<Record<string, string>>, options: ts.CompilerOptions) => {
  const at = (name: string): string => join(root, 'properties', `typed-${name}.ts`)
  const texts = new Map(Object.entries(files).map(([name, text]) => [at(name), text]))
  const all: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['@webgpu/types'],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    ...options,
  }
  const host = ts.createCompilerHost(all)
  const { readFile, fileExists, getSourceFile } = host
  host.readFile = (name) => texts.get(name) ?? readFile(name)
  host.fileExists = (name) => texts.has(name) || fileExists(name)
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(name)
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version)
  }
  const program = ts.createProgram([...texts.keys()], all, host)
  /** What is wrong with a file, in words; nothing of the library's own files, which `npm run types` checks. */
  const errors = (name: string): string[] => {
    const file = program.getSourceFile(at(name))
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
  /** The type of a name that a file exports, as an editor shows it. */
  const shown = (name: string, variable: string): string => {
    const checker = program.getTypeChecker()
    const file = checker.getSymbolAtLocation(program.getSourceFile(at(name)) as ts.SourceFile) as ts.Symbol
    const symbol = checker.getExportsOfModule(file).find((each) => each.name === variable) as ts.Symbol
    const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias
    return checker.typeToString(checker.getDeclaredTypeOfSymbol(symbol), undefined, flags)
  }
  return { program, errors, shown }
}

const head = `
import * as tf from '@tensorflow/tfjs-core'
import * as f from '../lib/index.ts'
interface Net { readonly w: tf.Tensor2D; b?: tf.Tensor1D; readonly layers: readonly { k: tf.Tensor4D }[] }
declare let net: Net
declare const x: tf.Tensor
const loss = (p: Net, _x: tf.Tensor) => tf.mean(tf.square(p.w))
`

const programs = {
  trainers: `${head}
const key = f.seedKey(1)
for (const donate of [true, false]) {
  const plain = f.withGradient(loss, f.adamw(0.1), { donate })
  net = plain.step(plain.init(net), x).train.params
  const ahead = f.withLookaheadGradient(loss, f.adamw(0.1, { predictSteps: 1 }), { donate })
  net = ahead.step(ahead.init(net), x).train.ahead
  const sampled = f.withSampledGradient(loss, f.ivon(0.1, { ess: 10 }), { key, donate })
  net = sampled.step(sampled.init(net), x).train.noise
  const paired = f.withPairedGradient(loss, f.marsLion(0.1, { mode: 'exact' }), { donate })
  net = paired.step(paired.init(net), x).train.previous
  const any = f.trainer(loss, f.adamw(0.1), { donate, key, extra: (batch) => ({ size: batch.size }) })
  const { train, value } = any.step(any.init(net), x)
  const [count, place, scalar]: [number, Net | undefined, tf.Scalar] = [train.state[0].count, train.ahead, value]
  void [count, place, scalar]
}
// @ts-expect-error the batch of a step is the batch of the loss
f.withGradient(loss, f.sgd(0.1)).step(f.withGradient(loss, f.sgd(0.1)).init(net))
`,
  steps: `${head}
const tx = f.adam(0.1)
const { value, grads } = f.valueAndGrad(loss)(net, x)
const k: tf.Tensor4D = grads.layers[0]!.k
const scalar: tf.Scalar = value
let state = tx.init(net)
;({ params: net, state } = f.step(tx, grads, state, net, { donate: true }))
const [updates, next] = tx.update(grads, state, net)
net = f.applyUpdates(net, updates)
state = next
net = f.treeMap(net, (leaf) => tf.clone(leaf))
net = f.treeMap(net, (leaf) => tf.mul(leaf, 2))
const sizes = f.treeMap(net, (leaf) => leaf.size)
const size: number = sizes.layers[0]!.k
const loose: f.Params = net.w
f.step(tx, loose, state, loose)
const some: f.Tree<number> = f.treeMap(loose, ({ size }) => size)
void [k, scalar, size, some]
`,
  refused: `${head}
const tx = f.adam(0.1)
// @ts-expect-error a number is no tensor
tx.init({ w: 1 })
// @ts-expect-error nor deeper
tx.init({ layers: [{ w: tf.zeros([1]), b: 'x' }] })
// @ts-expect-error the gradients have the structure of the parameters
f.step(tx, { other: tf.zeros([1]), deep: 3 }, tx.init(net), net)
// @ts-expect-error the loss is of these parameters
f.withGradient((p: { w: number }) => tf.scalar(p.w), tx)
`,
  states: `${head}
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Moments = { readonly count: number; readonly mu: f.Params; readonly nu: f.Params }
const [adam, ahead, either] = [f.adam(0.1), f.adam(0.1, { predictSteps: 2 }), f.adam(0.1, { predictSteps: 2 as number })]
const clipped = f.chain(f.clipByGlobalNorm(1), f.scaleByAdam(), f.scale(-0.1))
export type Adam = f.StateOf<typeof adam>
export type Ahead = f.StateOf<typeof ahead>
export type Either = f.StateOf<typeof either>
export type Clipped = f.StateOf<typeof clipped>
export const same: readonly true[] = [
  true satisfies Same<f.StateOf<ReturnType<typeof f.scaleByAdam>>, Moments>,
  true satisfies Same<Adam, readonly [Moments, { readonly count?: number }]>,
  true satisfies Same<Ahead, readonly [Moments, { readonly count: number }, { readonly count?: number }]>,
  true satisfies Same<Either, Adam | Ahead>,
]
export const written: { readonly count: number; readonly mu: f.Params; readonly nu: f.Params } = adam.init(net)[0]
`,
}

describe.each([true, false])(
  'with exactOptionalPropertyTypes %s',
  (exactOptionalPropertyTypes) => {
    const { errors, shown } = programOf(programs, { exactOptionalPropertyTypes })

    test.each(Object.keys(programs))('%s', (name) => {
      expect(errors(name)).toEqual([])
    })

    test('an editor shows states as one would write them', () => {
      const moments = '{ readonly count: number; readonly mu: Params; readonly nu: Params; }'
      const rate = `{ readonly count?: number${exactOptionalPropertyTypes ? '' : ' | undefined'}; }`
      expect(shown('states', 'Adam')).toBe(`readonly [${moments}, ${rate}]`)
      expect(shown('states', 'Ahead')).toBe(`readonly [${moments}, { readonly count: number; }, ${rate}]`)
      expect(shown('states', 'Clipped')).toBe(`readonly [{}, ${moments}, {}]`)
    })
  },
  120_000,
)

test('foregrad/core has types without a tensor library: a leaf is what has a shape', () => {
  const core = `
import { adam, chain, float64, type GradientTransformation, type Params, type StateOf } from '../lib/core.ts'
interface Net { w: { readonly shape: readonly number[]; readonly own: true } }
declare let net: Net
const tx = adam(0.1)
const mu: Params = tx.init(net)[0].mu
const [updates] = tx.update(net, tx.init(net), net)
net = updates
const leaf: Params = { shape: [2] }
const all: readonly GradientTransformation[] = [tx, chain(tx)]
export type State = StateOf<typeof tx>
// @ts-expect-error a number has none
tx.init({ w: 1 })
void [mu, leaf, all, float64(tx)]
`
  const { program, errors } = programOf({ core }, { exactOptionalPropertyTypes: true })
  expect(errors('core')).toEqual([])
  const strangers = program.getSourceFiles().filter(({ fileName }) => /node_modules\/@tensorflow\//.test(fileName))
  expect(strangers.map(({ fileName }) => fileName)).toEqual([])
}, 120_000)
