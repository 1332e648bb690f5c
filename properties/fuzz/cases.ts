/** Random trainings as plain data. */

import { stagesOf } from '../../lib/form/stages.ts'
import { ForegradError } from '../../lib/index.ts'
import { catalogue } from '../catalogue.ts'
import { lawSubject, type Subject } from '../laws/subject.ts'
import { type Chance, chanceOf } from './chance.ts'
import { fits, openDriver } from './driver.ts'
import { cook, type Plain, type Recipe } from './recipe.ts'

export const engineNames = ['wasm', 'cpu', 'webgpu'] as const
export type EngineName = (typeof engineNames)[number]

/** How a training is stepped: by `update` and `applyUpdates`, by `step`, by the driver that its optimizer needs, or by `trainer`. */
export const wayNames = ['update', 'step', 'driver', 'trainer'] as const
export type WayName = (typeof wayNames)[number]

/** A tree of shapes. */
export type Shapes = { readonly shape: readonly number[] } | readonly Shapes[] | { readonly [key: string]: Shapes }

/** One training or several in turns, of one optimizer. */
export interface Case {
  readonly recipe: Recipe
  readonly tree: Shapes
  /** Everyday numbers; these with zeros, subnormals and huge ones; or with NaN and infinities, too. */
  readonly numbers: 'ordinary' | 'finite' | 'any'
  readonly way: WayName
  readonly donate: boolean
  /** Whether leaves of one shape start as one tensor. */
  readonly shared: boolean
  readonly trainings: number
  /** Steps of all trainings together, in random turns. */
  readonly steps: number
  /** How often the state is written as data and read back before a step. */
  readonly restored: number
  /** What numbers and turns follow from. */
  readonly seed: string
}

/**
 * The gram of a vector has rank one: all eigenvectors but one are any basis of the rest, and no bound is too wide. The laws take it through bases
 * that are settled.
 */
export const unsettled: readonly string[] = ['scaleBySoap, vectors']

const rows: readonly Recipe[] = catalogue
  .filter(({ name }) => !unsettled.includes(name))
  .map(({ name }) => ({ row: name }))

const decays = [0, 0.5, 0.9, 0.99, 0.999]
const rates = [0, 1e-3, 0.01, 0.1, 1]
const epsilons = [1e-16, 1e-8, 1e-3]

/** Calls with random options, of the functions that have most of them. */
const calls: Readonly<Record<string, (chance: Chance) => readonly Plain[]>> = {
  scale: ({ oneOf }) => [oneOf([-1, 0, 0.3, 1e-20, 1e20])],
  clip: ({ oneOf }) => [oneOf([1e-3, 1, 10])],
  clipByGlobalNorm: ({ oneOf }) => [oneOf([1e-3, 1, 10])],
  clipByBlockRms: ({ oneOf }) => [oneOf([1e-3, 1, 10])],
  trace: ({ oneOf, happens }) => [{ decay: oneOf(decays), nesterov: happens(0.5) }],
  ema: ({ oneOf, happens }) => [{ decay: oneOf(decays), debias: happens(0.5) }],
  addDecayedWeights: ({ oneOf }) => [{ weightDecay: oneOf([0, 0.01, 0.1]) }],
  predictAhead: ({ oneOf }) => [{ steps: oneOf([0, 0.5, 1, 2, 10]), learningRate: oneOf(rates) }],
  scaleByAdam: ({ oneOf, happens }) => [
    { b1: oneOf(decays), b2: oneOf(decays), eps: oneOf(epsilons), epsRoot: oneOf([0, 1e-8]), nesterov: happens(0.3) },
  ],
  scaleByRms: ({ oneOf, happens }) => [
    { decay: oneOf(decays), eps: oneOf(epsilons), biasCorrection: happens(0.5), epsInSqrt: happens(0.5) },
  ],
  scaleByStddev: ({ oneOf, happens }) => [
    { decay: oneOf(decays), eps: oneOf([1e-8, 1e-3]), biasCorrection: happens(0.5), epsInSqrt: happens(0.5) },
  ],
  adam: ({ oneOf, happens }) => [oneOf(rates), { b1: oneOf(decays), b2: oneOf(decays), ...ahead(oneOf, happens) }],
  adamw: ({ oneOf, happens }) => [oneOf(rates), { weightDecay: oneOf([0, 0.1]), ...ahead(oneOf, happens) }],
  sgd: ({ oneOf, happens }) => [
    oneOf(rates),
    { momentum: oneOf(decays), nesterov: happens(0.5), ...ahead(oneOf, happens) },
  ],
  lion: ({ oneOf }) => [oneOf(rates), { b1: oneOf(decays), b2: oneOf(decays), weightDecay: oneOf([0, 0.1]) }],
  lamb: ({ oneOf, happens }) => [oneOf(rates), { weightDecay: oneOf([0, 0.1]), ...ahead(oneOf, happens) }],
  scaleByIvon: (chance) => [ivonOptions(chance)],
  ivon: (chance) => [chance.oneOf(rates), ivonOptions(chance)],
  marsCorrection: ({ oneOf, happens }) => [
    { mode: happens(0.7) ? 'exact' : 'approx', b1: oneOf(decays), firstStep: oneOf(['same', 'zero']) },
  ],
  marsAdamw: ({ oneOf, happens }) => [
    oneOf(rates),
    { mode: happens(0.7) ? 'exact' : 'approx', b1: oneOf(decays), ...ahead(oneOf, happens) },
  ],
  marsLion: ({ oneOf, happens }) => [oneOf(rates), { mode: happens(0.7) ? 'exact' : 'approx', b1: oneOf(decays) }],
  rmsprop: ({ oneOf, happens }) => [
    oneOf(rates),
    { decay: oneOf(decays), centered: happens(0.5), momentum: oneOf(decays), eps: oneOf([1e-8, 1e-3]) },
  ],
}

const ahead = (oneOf: Chance['oneOf'], happens: Chance['happens']): { readonly predictSteps?: number } =>
  happens(0.5) ? { predictSteps: oneOf([0, 0.5, 1, 2]) } : {}

const ivonOptions = ({ oneOf }: Chance): Plain => ({
  ess: oneOf([1, 100, 50_000]),
  hessInit: oneOf([0.01, 1]),
  b1: oneOf(decays),
  b2: oneOf([0.5, 0.99, 0.99999]),
  mcSamples: oneOf([1, 1, 2, 3]),
  hessApprox: oneOf(['price', 'gradsq']),
})

const drawLink = (chance: Chance): Recipe => {
  if (chance.happens(0.5)) return chance.oneOf(rows)
  const call = chance.oneOf(Object.keys(calls))
  return { call, args: calls[call]!(chance) }
}

const drawRecipe = (chance: Chance, depth = 0): Recipe => {
  if (depth < 2 && chance.happens(0.12)) return { masked: drawRecipe(chance, depth + 1), below: chance.whole(0, 3) }
  if (depth < 2 && chance.happens(0.12)) {
    const branches = [drawRecipe(chance, depth + 1), drawRecipe(chance, depth + 1)] as const
    return { partition: branches, below: chance.whole(0, 3) }
  }
  const length = chance.whole(1, 4)
  if (length === 1) return drawLink(chance)
  return {
    chain: Array.from({ length }, () => (chance.happens(0.1) ? drawRecipe(chance, depth + 1) : drawLink(chance))),
  }
}

/** Both sides of the multiples of 4 and 16, and a few that are larger. */
const smallShapes = [
  [],
  [1],
  [2],
  [3],
  [4],
  [5],
  [7],
  [8],
  [15],
  [16],
  [17],
  [1, 1],
  [2, 3],
  [2, 2, 2],
  [3, 1, 2, 2],
  [0],
  [2, 0],
]
const largerShapes = [[33], [64], [257], [3, 11], [16, 16]]

const keys = ['w', 'b', 'layers', 'scale', '2', '10', 'odd key', "it's", 'a.b']

const drawTree = (chance: Chance, depth = 0): Shapes => {
  if (depth > 2 || chance.happens(depth === 0 ? 0.15 : 0.6))
    return { shape: chance.oneOf(chance.happens(0.1) ? largerShapes : smallShapes) }
  const children = Array.from({ length: chance.whole(depth === 0 ? 1 : 0, 3) }, () => drawTree(chance, depth + 1))
  if (chance.happens(0.4)) return children
  return Object.fromEntries(children.map((child) => [chance.oneOf(keys), child]))
}

/** Whether a tree has a leaf at all. */
export const hasLeaf = (tree: Shapes): boolean =>
  isShape(tree) || (Object.values(tree) as readonly Shapes[]).some(hasLeaf)

/** How many elements a tree has. */
export const sizeOf = (tree: Shapes): number =>
  isShape(tree)
    ? tree.shape.reduce((n, d) => n * d, 1)
    : (Object.values(tree) as readonly Shapes[]).reduce((sum, child) => sum + sizeOf(child), 0)

export const isShape = (tree: Shapes): tree is { readonly shape: readonly number[] } => 'shape' in tree

/** What is said of parts that do not go together. */
const refusals: readonly string[] = ['bad-rule', 'unsupported']

const rejected = (make: () => unknown): boolean => {
  try {
    make()
    return false
  } catch (error) {
    if (error instanceof ForegradError && refusals.includes(error.code)) return true
    throw error
  }
}

const subjects = new WeakMap<Recipe, Subject | undefined>()

/** A subject, or nothing where the parts of a recipe do not go together or have no meaning on plain numbers. Made once a recipe. */
export const subjectFor = (recipe: Recipe): Subject | undefined => {
  if (!subjects.has(recipe)) subjects.set(recipe, madeSubject(recipe))
  return subjects.get(recipe)
}

const madeSubject = (recipe: Recipe): Subject | undefined => {
  let subject: Subject | undefined
  if (rejected(() => (subject = lawSubject('fuzzed', cook(recipe))))) return undefined
  return subject?.hasMeaning ? subject : undefined
}

/** Whether an optimizer may be trained by a driver: some ask for one of their own. */
export const drives = (subject: Subject, way: WayName): boolean => {
  if (way === 'update' || way === 'step') return true
  const any = way === 'trainer'
  let fit = false
  const refused = rejected(() => {
    fit = fits(subject, any)
    if (fit) openDriver(subject, any, false, 0)
  })
  return fit && !refused
}

const again = <A>(draw: () => A | undefined): A => {
  for (;;) {
    const drawn = draw()
    if (drawn !== undefined) return drawn
  }
}

/** Whether stages work on the host's numbers: the eigenvectors of a long side, 24 times a step for its bounds, take minutes. */
const decomposes = ({ tx: { form } }: Subject): boolean =>
  stagesOf(form).some(({ form }) => form.kind === 'opaque' && form.onNumbers !== undefined)

const isLong = (tree: Shapes): boolean =>
  isShape(tree) ? tree.shape.some((n) => n > 64) : (Object.values(tree) as readonly Shapes[]).some(isLong)

/** The case of a seed. */
export const drawCase = (seed: string): Case => {
  const chance = chanceOf(seed)
  const recipe = again(() => {
    const drawn = drawRecipe(chance)
    // Where a stage is written by hand, numbers beyond float32 on the way to it are not bounded by any rule of agree.ts.
    const isHuge = /e[+-]20/.test(JSON.stringify(drawn).replaceAll('100000000000000000000', '1e+20'))
    const made = subjectFor(drawn)
    return made && !(made.opaque && isHuge) ? drawn : undefined
  })
  const subject = subjectFor(recipe) as Subject
  const tree = again(() => {
    const drawn = drawTree(chance)
    return hasLeaf(drawn) && !(decomposes(subject) && isLong(drawn)) ? drawn : undefined
  })
  const way = again(() => {
    const drawn = chance.oneOf(wayNames)
    return drives(subject, drawn) ? drawn : undefined
  })
  const special = chance.number()
  const trainings = chance.whole(1, 3)
  return {
    recipe,
    tree,
    numbers: subject.opaque || special < 0.6 ? 'ordinary' : special < 0.85 ? 'finite' : 'any',
    way,
    donate: way !== 'update' && chance.happens(0.6),
    shared: chance.happens(0.15),
    trainings,
    steps: trainings * chance.whole(1, 4),
    restored: chance.happens(0.2) ? 0.3 : 0,
    seed,
  }
}
