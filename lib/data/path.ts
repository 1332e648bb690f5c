/** The way from the root of a tree to one of its leaves: record keys and array positions. */
export type Path = readonly (string | number)[]

/** What is written as it is: a word, and the name of an argument at the root, `step: train`. */
const word = /^(\w+: )?[A-Za-z_$][\w$]*$/

/**
 * A path as text: `layers[1].w`, `['odd key'].b`; the root is `(root)`.
 *
 * @example pathText(['layers', 1, 'w']) // 'layers[1].w'
 */
export const pathText = (path: Path, root = '(root)'): string =>
  path.length === 0
    ? root
    : path
        .map((step, i) => {
          if (typeof step === 'number') return `[${step}]`
          if (!word.test(step)) return `['${step.replaceAll("'", "\\'")}']`
          return i === 0 ? step : `.${step}`
        })
        .join('')
