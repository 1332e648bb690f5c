/** Amos with slots of any shape that spreads over the variable's: fused where slots are full or one number, else by arrays. */

import { keptFaults, treeFindings } from '../../../lib/check/check.ts'
import type { Finding } from '../../../lib/data/error.ts'
import { describe, type Fault, raise } from '../../../lib/data/error.ts'
import { pathText } from '../../../lib/data/path.ts'
import { isBranch, leavesLike, type Tree, treeLeaves, treeMap, treeWithLeaves } from '../../../lib/data/tree.ts'
import { input, type LeafInfo } from '../../../lib/expr/expr.ts'
import type { Checked, UpdateFunctions } from '../../../lib/form/form.ts'
import { layoutOf, sameShape } from '../../../lib/form/layout.ts'
import { merge, only } from '../../../lib/form/onLeaves.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { float64Host } from '../../../lib/hosts/float64/host.ts'
import type { Host } from '../../../lib/hosts/host.ts'
import { type Arrays, evaluate, numberArrays, tensorArrays } from '../../../lib/hosts/tfjs/arrays.ts'
import { tfjsHost } from '../../../lib/hosts/tfjs/host.ts'
import { runForm } from '../../../lib/run/runForm.ts'
import { opaque } from '../../../lib/stage/opaque.ts'
import { type AmosConstants, amosEquations } from './amosEquations.ts'
import { type AmosState, amosRule, type EtaOf, etaFact } from './amosRule.ts'

/** The shape of the slots of a variable. */
export type ShapeOf = (leaf: LeafInfo) => readonly number[]

type Kind = 'full' | 'scalar' | 'reduced'
const kindOf = ({ shape }: LeafInfo, slot: readonly number[]): Kind => {
  if (slot.length === 0) return 'scalar'
  return sameShape(slot, shape) ? 'full' : 'reduced'
}

const spreads = (slot: readonly number[], shape: readonly number[]): boolean =>
  slot.length === 0 || (slot.length === shape.length && slot.every((d, i) => d === 1 || d === shape[i]))

const checkShapes = (leaves: readonly LeafInfo[], shapeOf: ShapeOf): void => {
  const faults = leaves.flatMap((leaf): Fault[] => {
    const slot: unknown = shapeOf(leaf)
    if (Array.isArray(slot) && spreads(slot, leaf.shape)) return []
    const expected = `a shape that spreads over [${leaf.shape.join(', ')}]`
    return [{ path: `amos: shapeFn: ${pathText(leaf.path)}`, expected, got: JSON.stringify(slot) ?? 'nothing' }]
  })
  raise('bad-hyperparameter', faults, 'Give [] for one number, or the shape with 1 on the axes to average over.')
}

const nodes = {
  g: input('grads', 'g', 'cell'),
  p: input('params', 'p', 'cell'),
  g2: input('extra', 'g2', 'cell'),
  v: input('slot', 'v', 'cell'),
  b: input('slot', 'b', 'cell'),
  count: input('slot', 'count', 'step'),
}

interface Kept<B> {
  readonly count: number
  readonly v: Tree<B>
  readonly b: Tree<B>
}

const functionsOn = <B extends Shaped>(
  domain: Host<B>,
  arrays: Arrays<B>,
  constants: AmosConstants,
  etaOf: EtaOf,
  shapeOf: ShapeOf,
): UpdateFunctions<Kept<B>, B> => {
  const results = amosEquations({ ...nodes, eta: etaFact(etaOf) }, constants)
  const fused = { full: amosRule(constants, etaOf, 'full').form, scalar: amosRule(constants, etaOf, 'scalar').form }
  const is = (kind: Kind) => (leaf: LeafInfo) => kindOf(leaf, shapeOf(leaf)) === kind

  const updateReduced = (leaf: LeafInfo, count: number, [g, p, v, b]: readonly [B, B, B, B]) => {
    const given = new Map<never, B | number>([
      [nodes.g, g],
      [nodes.p, p],
      [nodes.v, v],
      [nodes.b, b],
      [nodes.count, count],
      [nodes.g2, arrays.mean(arrays.operations.binary.mul(g, g), shapeOf(leaf))],
    ] as never)
    const value = evaluate(arrays, given, leaf)
    return [value(results.u), value(results.v), value(results.b)] as const
  }

  return {
    init: (params) => {
      const { skeleton, leaves } = layoutOf(params)
      checkShapes(leaves, shapeOf)
      const zeros = (): Tree<B> => treeMap(skeleton, (leaf) => domain.engine().fill(shapeOf(leaf), 0))
      return { count: 0, v: zeros(), b: zeros() }
    },
    update: (updates, state, given) => {
      const params = given as Tree<B>
      const { skeleton } = layoutOf(updates)
      let next: { u: Tree<B>; v: Tree<B>; b: Tree<B> } = { u: updates, v: state.v, b: state.b }
      for (const kind of ['full', 'scalar'] as const) {
        const [grads, p, v, b] = [updates, params, state.v, state.b].map((tree) => only(tree, skeleton, is(kind)))
        if (treeLeaves(grads as Tree<B>).length === 0) continue
        const given = { grads: grads as Tree<B>, params: p, state: { count: state.count, v, b } }
        const made = runForm(fused[kind], 'update', given, domain)
        const kept = made.state as Kept<B>
        next = {
          u: merge(next.u, made.updates as Tree<B>, skeleton),
          v: merge(next.v, kept.v, skeleton),
          b: merge(next.b, kept.b, skeleton),
        }
      }
      const lists = [updates, params, state.v, state.b].map((tree) => leavesLike(skeleton, tree))
      const infos = leavesLike<LeafInfo>(skeleton, skeleton)
      const made = infos.map((leaf, i) => {
        if (is('reduced')(leaf)) return updateReduced(leaf, state.count, lists.map((list) => list[i]) as never)
        return [next.u, next.v, next.b].map((tree) => leavesLike(skeleton, tree)[i]) as unknown as readonly [B, B, B]
      })
      const tree = (k: 0 | 1 | 2): Tree<B> =>
        treeWithLeaves(
          skeleton,
          made.map((row) => row[k]),
        )
      return [tree(0), { count: state.count + 1, v: tree(1), b: tree(2) }]
    },
  }
}

/** What is wrong with what an update would be given. A variable without a scale is an error of `etaOf`. */
const findings = ({ params, state, leaf }: Checked, etaOf: EtaOf, shapeOf: ShapeOf): Finding[] => {
  if (state === undefined) return []
  const { count, v, b } = (isBranch(state) ? state : {}) as Partial<Kept<Shaped>>
  const leaves = params === undefined ? [] : layoutOf(params).leaves
  leaves.forEach(etaOf)
  const faults = [
    ...(typeof count === 'number' ? [] : [{ path: 'state.count', expected: 'a number', got: describe(count) }]),
    ...keptFaults(v, ['state', 'v'], leaves, shapeOf, leaf),
    ...keptFaults(b, ['state', 'b'], leaves, shapeOf, leaf),
  ]
  return treeFindings(faults, 'Give the state that init made.')
}

/** Amos with slots of these shapes, as one opaque stage. */
export const reducedAmos = (
  constants: AmosConstants,
  etaOf: EtaOf,
  shapeOf: ShapeOf,
): GradientTransformation<AmosState> =>
  opaque<AmosState>({
    name: 'scaleByAmos',
    ...(functionsOn(tfjsHost, tensorArrays, constants, etaOf, shapeOf) as UpdateFunctions<AmosState, never>),
    needsParams: true,
    reads: [],
    check: (given) => findings(given, etaOf, shapeOf),
    float64: functionsOn(float64Host, numberArrays, constants, etaOf, shapeOf),
  } as Parameters<typeof opaque<AmosState>>[0])
