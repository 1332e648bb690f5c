/** Transformations as Python source, for JAX. Take them from `foregrad` or `foregrad/core`. */
export type { ShapeLike, ShapeTree } from './data/shapeTree.ts'
export { type ToOptaxOptions, toOptax } from './python/toOptax.ts'
