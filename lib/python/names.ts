/** Names in Python: of arguments, fields and variables, each once in its scope. */

const keywords: ReadonlySet<string> = new Set([
  ...['False', 'None', 'True', 'and', 'as', 'assert', 'async', 'await', 'break', 'class', 'continue', 'def', 'del'],
  ...['elif', 'else', 'except', 'finally', 'for', 'from', 'global', 'if', 'import', 'in', 'is', 'lambda', 'nonlocal'],
  ...['not', 'or', 'pass', 'raise', 'return', 'try', 'while', 'with', 'yield'],
])

/** What the printed module itself names, and the functions of Python that it calls. */
const taken: readonly string[] = [
  ...[
    'jax',
    'jnp',
    'math',
    'optax',
    'shard_alike',
    'functools',
    'ndtri',
    'solve_triangular',
    'Any',
    'NamedTuple',
    'init',
    'update',
    'step',
  ],
  ...['updates', 'params', 'state', 'new_params', 'new_state', 'extra', 'max', 'sum', 'map', 'zip', 'len', 'getattr'],
]

const identifier = /^[A-Za-z][A-Za-z0-9_]*$/

/** True for what Python takes for a name of a field or a variable. */
export const isIdentifier = (name: string): boolean => identifier.test(name) && !keywords.has(name)

/** `gradAtPrevious` as Python writes it: `grad_at_previous`. What is no word at all keeps its letters and digits. */
export const snakeCase = (name: string): string => {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
  const named = words === '' || /^[0-9]/.test(words) ? `x${words}` : words
  return keywords.has(named) ? `${named}_` : named
}

/** `scaleByAdam` as a class is named: `ScaleByAdam`. */
export const pascalCase = (name: string): string =>
  snakeCase(name)
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** Text as a string of Python. */
export const quoted = (text: string): string => JSON.stringify(text)

/** Names of one scope, and of those around it. */
export class Names {
  private readonly used: Set<string>

  constructor(around: Iterable<string> = taken) {
    this.used = new Set(around)
  }

  /** A name like `wish` that nothing else has. */
  fresh(wish: string): string {
    let name = wish
    for (let i = 2; this.used.has(name) || keywords.has(name); i++) name = `${wish}_${i}`
    this.used.add(name)
    return name
  }

  /** x1, x2, …: for what has no name of its own. */
  numbered(letter: string): string {
    let i = 1
    while (this.used.has(`${letter}${i}`)) i++
    return this.fresh(`${letter}${i}`)
  }

  /** A scope within this one. */
  within(): Names {
    return new Names(this.used)
  }
}
