/** Functions of two numbers, for optimizers to walk on. Plain numbers: everything is float64. */

export type Point = readonly [number, number]

export interface Landscape {
  readonly title: string
  /** What it is good for, in a sentence. */
  readonly about: string
  readonly formula: string
  readonly value: (at: Point) => number
  readonly gradient: (at: Point) => Point
  /** The gradient that step number `step` sees, where it is not the landscape's own. */
  readonly noisy?: (at: Point, step: number) => Point
  /** What of it is shown: the least and the greatest x and y. */
  readonly x: Point
  readonly y: Point
  readonly start: Point
  /** Where it is least; absent where it goes down for ever. */
  readonly least?: Point
}

/** Two numbers of a normal distribution for a step, always the same ones. Source: Box & Muller 1958, on a hash of the step. */
const noiseAt = (step: number): Point => {
  const [u, v] = [uniform(2 * step + 1), uniform(2 * step + 2)]
  const radius = Math.sqrt(-2 * Math.log(u))
  return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)]
}

/** Above 0 and up to 1: 32 bits, mixed. Source: Wellons 2018, `triple32`. */
const uniform = (n: number): number => {
  let x = n | 0
  x = Math.imul(x ^ (x >>> 17), 0xed5ad4bb)
  x = Math.imul(x ^ (x >>> 11), 0xac4c1b51)
  x = Math.imul(x ^ (x >>> 15), 0x31848bab)
  return (((x ^ (x >>> 14)) >>> 0) + 1) / 2 ** 32
}

const valley: Landscape = {
  title: 'Valley',
  about: 'Steep across, flat along: what momentum is for, and where it swings.',
  formula: '½(x² + 12y²)',
  value: ([x, y]) => (x * x + 12 * y * y) / 2,
  gradient: ([x, y]) => [x, 12 * y],
  x: [-10, 4],
  y: [-3, 3],
  start: [-9, 1.9],
  least: [0, 0],
}

const rosenbrock: Landscape = {
  title: 'Rosenbrock',
  about: 'A bent valley: easy to find, hard to follow.',
  formula: '(1 − x)² + 100(y − x²)²',
  value: ([x, y]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  gradient: ([x, y]) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
  x: [-2, 2],
  y: [-1, 3],
  start: [-1.2, 1],
  least: [1, 1],
}

const saddle: Landscape = {
  title: 'Saddle',
  about: 'Flat in the middle, and down on both sides: who leaves it, and when?',
  formula: '½x² − ½y² + ¼y⁴',
  value: ([x, y]) => x * x * 0.5 - y * y * 0.5 + y ** 4 / 4,
  gradient: ([x, y]) => [x, -y + y ** 3],
  x: [-2.5, 2.5],
  y: [-1.75, 1.75],
  start: [-2, 0.001],
  least: [0, 1],
}

const bealeTerms = ([x, y]: Point): readonly [number, number, number] => [
  1.5 - x + x * y,
  2.25 - x + x * y * y,
  2.625 - x + x * y ** 3,
]

const beale: Landscape = {
  title: 'Beale',
  about: 'Flat plains with steep walls: steps of one size do not fit.',
  formula: '(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²',
  value: (at) => bealeTerms(at).reduce((sum, term) => sum + term * term, 0),
  gradient: ([x, y]) => {
    const [a, b, c] = bealeTerms([x, y])
    return [2 * a * (y - 1) + 2 * b * (y * y - 1) + 2 * c * (y ** 3 - 1), 2 * a * x + 4 * b * x * y + 6 * c * x * y * y]
  },
  x: [-1, 4],
  y: [-2, 2],
  start: [0.5, -1.5],
  least: [3, 0.5],
}

const noisy: Landscape = {
  title: 'Noisy quadratic',
  about: 'Gradients with noise, the same for every chain: what averages, and what a falling rate is for.',
  formula: '½(x² + 4y²), the gradient + 2 normal numbers',
  value: ([x, y]) => (x * x + 4 * y * y) / 2,
  gradient: ([x, y]) => [x, 4 * y],
  noisy: ([x, y], step) => {
    const [a, b] = noiseAt(step)
    return [x + 2 * a, 4 * y + 2 * b]
  },
  x: [-6, 4],
  y: [-3, 3],
  start: [-5, 2],
  least: [0, 0],
}

const plateau: Landscape = {
  title: 'Plateau',
  about: 'Hardly any gradient far out: who divides by its size walks on.',
  formula: '1 − exp(−(x² + 2y²) / 4)',
  value: ([x, y]) => 1 - Math.exp(-(x * x + 2 * y * y) / 4),
  gradient: ([x, y]) => {
    const e = Math.exp(-(x * x + 2 * y * y) / 4)
    return [(x / 2) * e, y * e]
  },
  x: [-5, 3],
  y: [-2.5, 2.5],
  start: [-4, 1.5],
  least: [0, 0],
}

export const landscapes = { valley, rosenbrock, saddle, beale, noisy, plateau } as const

export type LandscapeName = keyof typeof landscapes

export const isLandscape = (name: string | undefined): name is LandscapeName =>
  name !== undefined && Object.hasOwn(landscapes, name)
