import { checkOptions, decay, fraction, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { pathText } from '../../lib/data/path.ts'
import { tooManyCovers } from '../../lib/errors/transforms/rules.ts'
import { add, div, type Expr, type LeafInfo, less, mask, min, mul, select, sqrt } from '../../lib/expr/expr.ts'
import { ema, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { alongAxes, axes, maxAxes } from '../../lib/rule/axes.ts'
import { moment } from '../../lib/rule/slot.ts'

/** Options of `scaleBySm3`. */
export interface ScaleBySm3Options {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
}

/** What `scaleBySm3` accepts as options. */
export const sm3Kinds = { b1: decay, b2: fraction, eps: notNegative }

/** Leaves of more axes are refused: each axis has a slot. */
const MOST = 6

const rankOf = ({ rank, path }: LeafInfo): number => {
  if (rank > MOST) throw tooManyCovers(pathText(path), MOST, rank)
  return rank
}

/** The axes beside one, whose accumulator is the same along them; none for what has no two. */
const beside = (i: number) =>
  axes(`all axes but ${i}`, (leaf) =>
    rankOf(leaf) < 2 || i >= leaf.rank
      ? []
      : Array.from({ length: leaf.rank }, (_, axis) => axis).filter((axis) => axis !== i),
  )

const rows = Array.from({ length: MOST }, (_, i) => {
  const along = beside(i)
  const has = mask(`has axis ${i}`, (leaf) => rankOf(leaf) > i || i === 0)
  return { key: `mu${i}`, along, has, slot: alongAxes(along, 0, has) }
})

/**
 * Scales updates by SM3's accumulators: one number for each index of each axis covers all elements that have it.
 *
 *     s     = (1 − b2)·g² + b2·min over the axes i of mu_i, or g² + min mu_i where b2 = 1
 *     mu_i' = max(s) over all axes but i;  for leaves of one axis or none mu_0' = s
 *     nu'   = b1·nu + (1 − b1)·g / √(s + eps), 0 where s is 0
 *     u     = nu'
 *
 * Shapes: u and nu are shaped like g; mu_i has an extent of 1 on all axes but i, so that a matrix of m·n numbers has m + n of them. The direction is
 * uphill: scale it by −1. State: { mu0, mu1, …, nu }, where optax has a list: a leaf has as many as axes, and holes for the others.
 * Defaults: b1 = 0.9, b2 = 1, eps = 1e-8.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1 < 1, 0 ≤ b2 ≤ 1 and eps ≥ 0; `bad-rule` for a leaf of more than 6 axes.
 * Source: Anil et al. 2019, SM3-II, arXiv 1901.11150; optax, `scale_by_sm3`.
 */
export const scaleBySm3 = (options: ScaleBySm3Options = {}, ...excess: Excess) => {
  checkOptions('scaleBySm3', options, sm3Kinds, excess)
  const { b1 = 0.9, b2 = 1, eps = 1e-8 } = options
  return rule({
    name: 'scaleBySm3',
    slots: { ...Object.fromEntries(rows.map(({ key, slot }) => [key, slot])), nu: moment },
    update: ({ g }, state) => {
      const mu = rows.map(({ key }) => (state as Readonly<Record<string, Expr<'cell'>>>)[key] as Expr<'cell'>)
      // One minimum for each rank, so that a leaf takes no more of them than it has axes.
      const leasts = mu.map((_, i) => mu.slice(0, i + 1).reduce((x, y) => min(x, y)))
      const least = leasts.reduce((found, own, i) => select((rows[i] as (typeof rows)[number]).has, own, found))
      const s = add(b2 === 1 ? square(g) : mul(1 - b2, square(g)), b2 === 1 ? least : mul(b2, least))
      const scaled = select(less(0, s), div(g, sqrt(add(s, eps))), 0)
      const nu = ema(state.nu as Expr<'cell'>, scaled, b1)
      return {
        u: nu,
        next: { ...Object.fromEntries(rows.map(({ key, along }) => [key, maxAxes(s, along)])), nu } as never,
      }
    },
  })
}
