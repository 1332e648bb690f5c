/** Optimizers as plain data, so that a failed case can be printed, made smaller and run again. */

import type { GradientTransformation, Params } from '../../lib/index.ts'
import * as f from '../../lib/index.ts'
import { catalogue } from '../catalogue.ts'

/** Options with numbers, booleans, words and what makes them. */
export type Plain = number | boolean | string | { readonly [key: string]: Plain } | readonly Plain[]

/** A row of the catalogue by its name, a call of an exported function, or several of these put together. */
export type Recipe =
  | { readonly row: string }
  | { readonly call: string; readonly args: readonly Plain[] }
  | { readonly chain: readonly Recipe[] }
  | { readonly masked: Recipe; readonly below: number }
  | { readonly partition: readonly [Recipe, Recipe]; readonly below: number }

const rankBelow = (rank: number) => (params: Params) =>
  f.treeMap(params as f.Tree<{ readonly rank: number }>, (leaf) => leaf.rank < rank)

const labels = (rank: number) => (params: Params) =>
  f.treeMap(
    params as f.Tree<{ readonly rank: number }>,
    (leaf) => (leaf.rank < rank ? 'low' : 'high') as 'low' | 'high',
  )

const exported = f as unknown as Readonly<Record<string, (...args: unknown[]) => GradientTransformation>>

/** The transformation that a recipe describes. */
export const cook = (recipe: Recipe): GradientTransformation => {
  if ('row' in recipe) return catalogue.find(({ name }) => name === recipe.row)!.make()
  if ('call' in recipe) return exported[recipe.call]!(...recipe.args)
  if ('chain' in recipe) return f.chain(...recipe.chain.map(cook)) as GradientTransformation
  if ('masked' in recipe) return f.masked(cook(recipe.masked), rankBelow(recipe.below)) as GradientTransformation
  const [low, high] = recipe.partition
  return f.partition({ low: cook(low), high: cook(high) }, labels(recipe.below)) as GradientTransformation
}

/** The same with one part less, and the parts alone. */
export const smallerRecipes = (recipe: Recipe): Recipe[] => {
  if ('chain' in recipe) {
    const { chain } = recipe
    const inner = chain.flatMap((part, i) => smallerRecipes(part).map((less) => ({ chain: chain.with(i, less) })))
    const without = chain.length > 1 ? chain.map((_, i) => ({ chain: chain.toSpliced(i, 1) })) : []
    return [...chain, ...without, ...inner]
  }
  if ('masked' in recipe)
    return [recipe.masked, ...smallerRecipes(recipe.masked).map((masked) => ({ ...recipe, masked }))]
  return 'partition' in recipe ? [...recipe.partition] : []
}
