import { checkOptions, decay, type Kind, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { pathText } from '../../lib/data/path.ts'
import { noBlocks } from '../../lib/errors/transforms/rules.ts'
import { add, div, type LeafInfo, mask, select, sqrt } from '../../lib/expr/expr.ts'
import { debias, ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { alongAxes, axes, meanAxes } from '../../lib/rule/axes.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Which elements of a leaf share one second moment: none ('element'), all ('leaf'), or those that differ by these axes alone. */
export type AdamMiniBlocks = 'element' | 'leaf' | readonly number[]

/** Options of `scaleByAdamMini`. */
export interface ScaleByAdamMiniOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly blocks?: (leaf: LeafInfo) => AdamMiniBlocks
}

const blocksKind: Kind = { expected: 'a function of a leaf', test: (x) => typeof x === 'function' }

/** What `scaleByAdamMini` accepts as options. */
export const adamMiniKinds = { b1: decay, b2: decay, eps: notNegative, blocks: blocksKind }

/** One block an output for leaves of rank 2 and more, else one an element. */
const byOutputs = ({ rank }: LeafInfo): AdamMiniBlocks =>
  rank < 2 ? 'element' : Array.from({ length: rank - 1 }, (_, axis) => axis)

/** The axes that share a number. Errors: `bad-rule` for blocks of another kind. */
const sharedAxes = (blocks: AdamMiniBlocks, { path, rank }: LeafInfo): readonly number[] => {
  if (blocks === 'element') return []
  if (blocks === 'leaf') return Array.from({ length: rank }, (_, axis) => axis)
  if (!Array.isArray(blocks)) throw noBlocks(pathText(path), blocks)
  return blocks
}

/**
 * Rescales gradients by Adam's moments, where whole blocks of elements share one second moment: Adam-mini.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·mean(g²), the mean over the block
 *     u   = (mu' / (1 − b1^t)) / (√(nu' / (1 − b2^t)) + eps)
 *
 * `blocks` says of a leaf 'element' (that is Adam), 'leaf', or the axes over which one number is shared. The paper's blocks, for kernels
 * [inputs, outputs] of tfjs: [0] for values, projections, perceptrons and the head; [1] for an embedding, one number a token; the head of an
 * attention for queries and keys, as [0, 2] of a leaf [inputs, heads, size]; 'leaf' for gains.
 *
 * Shapes: u and mu are shaped like g, nu has an extent of 1 along the shared axes. One pass more over the gradients.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8; blocks: one an output (the last axis) for leaves of rank 2 and more, one an element for others.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps ≥ 0; `bad-rule` for blocks that a leaf has not got.
 * Source: Zhang et al. 2024, arXiv 2406.16793; github.com/zyushun/Adam-mini, which finds the blocks by the names of parameters, and
 * where biases are Adam's and what it does not know is one block.
 */
export const scaleByAdamMini = (options: ScaleByAdamMiniOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdamMini', options, adamMiniKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, blocks = byOutputs } = options
  const shared = axes('block', (leaf) => sharedAxes(blocks(leaf), leaf))
  const isShared = mask('shared', (leaf) => sharedAxes(blocks(leaf), leaf).length > 0)
  return rule({
    name: 'scaleByAdamMini',
    slots: { count: counter, mu: moment, nu: alongAxes(shared) },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, select(isShared, meanAxes(square(g), shared), square(g)), b2)
      const u = div(debias(mu, b1, count), add(sqrt(debias(nu, b2, count)), eps))
      return { u, next: { count, mu, nu }, hypers: { b1, b2, eps } }
    },
  })
}
