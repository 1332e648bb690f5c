/** A program as source that can be pasted and run. */
import type { NdArray } from '../../lib/data/ndArray.ts'
import { type Flat, shapes } from './instruction.ts'

export const numberText = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

/** A tree of tensors of these numbers. */
export const tensorsText = (flat: Flat): string => {
  const [w, b] = [flat.slice(0, 4), flat.slice(4)].map((xs) => xs.map(numberText))
  const rows = [w?.slice(0, shapes.w[1]), w?.slice(shapes.w[1])].map((row) => `[${row?.join(', ')}]`)
  return `{ w: tf.tensor([${rows.join(', ')}]), b: tf.tensor([${b?.join(', ')}]) }`
}

/** A number of a tree, where it stands: `next.params.w`, and element 3 of it. */
export const placeText = (root: string, path: string, element: number, leaf: NdArray | number): string => {
  const dot = path === '' || path.startsWith('[') ? '' : '.'
  const at = `${root}${dot}${path}`
  return typeof leaf === 'number' ? at : `(await ${at}.data())[${element}]`
}

/** What of foregrad the lines call. */
const exported = [
  'chain',
  'dispose',
  'fromData',
  'masked',
  'scaleByLearningRate',
  'signal',
  'step',
  'toDataAsync',
  'treeMap',
  'useBackend',
]

const helpers: readonly (readonly [string, string])[] = [
  ['start(', 'const start = (tx, params) => ({ tx, params, state: tx.init(params) })'],
  [
    'cloned(',
    'const cloned = (tree) => treeMap(tree, (x) => (x instanceof tf.Tensor ? tf.clone(x) : x)) // numbers of a state stay',
  ],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is one in the program
  ['near(', 'const near = (x, y, by) => assert.ok(Object.is(x, y) || Math.abs(x - y) <= by, `${x} is not ${y}`)'],
]

/** What a program is written with. */
export interface Wording {
  /** What is tested, and its formulas. */
  readonly about: string
  /** How the rate is put in, of `tx`; nothing where none is. */
  readonly rated: string | undefined
}

const variables = ['a', 'b', 'next', 'grads', 'extra', 'savedA', 'savedB']

/** The whole program. `tx` is what is tested: it stands above what is pasted. */
export const programText = ({ about, rated }: Wording, lines: readonly string[]): string => {
  const base = rated === undefined ? 'tx' : 'rated'
  const body = lines.join('\n')
  const made = [
    ...(rated === undefined ? [] : [`const rated = ${rated}`, 'let rate = 1']),
    ...(body.includes('onMatrices')
      ? [`const onMatrices = masked(${base}, (params) => treeMap(params, ({ rank }) => rank === 2))`]
      : []),
    ...helpers.flatMap(([call, text]) => (body.includes(call) ? [text] : [])),
  ]
  const all = [...made, body].join('\n')
  const used = exported.filter((name) => new RegExp(`\\b${name}\\(`).test(all))
  const assigned = variables.filter((name) => new RegExp(`^(assert.*=> )?${name} = `, 'm').test(body))
  return [
    ...about.split('\n').map((line) => `// ${line}`),
    "import assert from 'node:assert/strict'",
    "import * as tf from '@tensorflow/tfjs-core'",
    `import { ${used.join(', ')} } from 'foregrad'`,
    '',
    ...made,
    `let ${assigned.join(', ')}`,
    '',
    ...lines,
  ].join('\n')
}
