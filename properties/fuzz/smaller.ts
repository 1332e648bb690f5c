import { type Case, hasLeaf, isShape, type Shapes, subjectFor } from './cases.ts'
import { smallerRecipes } from './recipe.ts'

const smallerTrees = (tree: Shapes): Shapes[] => {
  if (isShape(tree)) return tree.shape.length > 0 ? [{ shape: [] }, { shape: [2] }] : []
  if (Array.isArray(tree)) {
    const children = tree as readonly Shapes[]
    const inner = children.flatMap((child, i) => smallerTrees(child).map((less) => children.with(i, less)))
    return [...children, ...children.map((_, i) => children.toSpliced(i, 1)), ...inner]
  }
  const entries = Object.entries(tree) as [string, Shapes][]
  const inner = entries.flatMap(([key, child]) =>
    smallerTrees(child).map((less) => ({ ...tree, [key]: less }) as Shapes),
  )
  const without = entries.map(([key]) => Object.fromEntries(entries.filter(([other]) => other !== key)))
  return [...entries.map(([, child]) => child), ...without, ...inner]
}

/** Cases a little smaller or plainer than one, the boldest first. */
const smallerCases = (of: Case): Case[] =>
  [
    ...(of.trainings > 1 ? [{ ...of, trainings: 1 }] : []),
    ...(of.steps > 1
      ? [
          { ...of, steps: 1 },
          { ...of, steps: of.steps - 1 },
        ]
      : []),
    ...smallerRecipes(of.recipe).map((recipe) => ({ ...of, recipe })),
    ...smallerTrees(of.tree).map((tree) => ({ ...of, tree })),
    ...(of.restored > 0 ? [{ ...of, restored: 0 }] : []),
    ...(of.shared ? [{ ...of, shared: false }] : []),
    ...(of.donate ? [{ ...of, donate: false }] : []),
    ...(of.way === 'step' ? [] : [{ ...of, way: 'step' as const }]),
    ...(of.numbers === 'ordinary' ? [] : [{ ...of, numbers: 'ordinary' as const }]),
  ].filter(({ tree, recipe }) => hasLeaf(tree) && subjectFor(recipe))

/** The smallest case found, in so many tries, that still fails. */
export const smallest = async (of: Case, fails: (of: Case) => Promise<boolean>, tries = 200): Promise<Case> => {
  let found = of
  for (let left = tries; left > 0; ) {
    let better: Case | undefined
    for (const candidate of smallerCases(found)) {
      if (left-- <= 0) break
      if (await fails(candidate)) {
        better = candidate
        break
      }
    }
    if (!better) return found
    found = better
  }
  return found
}
