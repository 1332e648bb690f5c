import type { Kind } from './options.ts'

/** Out of the options of a whole, those that a part takes, by the names of its kinds; what is undefined stays away. */
export const picked = <K extends string, T extends { readonly [key in K]?: unknown }>(
  options: T,
  kinds: Readonly<Record<K, Kind>>,
): Pick<T, K> =>
  Object.fromEntries(
    Object.entries(options).filter(([key, value]) => Object.hasOwn(kinds, key) && value !== undefined),
  ) as Pick<T, K>
