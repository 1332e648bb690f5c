/** Transformations as Python source, for JAX. Take them from `foregrad` or `foregrad/core`. */
export { type ShapeLike, type ShapeTree, type ToOptaxOptions, toOptax } from './python/toOptax.ts'
