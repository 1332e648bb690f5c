/** Docstrings as data. */

/** The text of a docstring: no stars, no tags. */
export const docText = (comment: string): string =>
  comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .replace(/^@example[\s\S]*$/m, '')
    .trim()

/** The paragraph that begins with `Defaults:`, up to the next of such words. */
const defaultsIn = (docs: string): string =>
  /Defaults(?: and errors)?: ([\s\S]*?)(?=\n(?:\w+|\s*)(?::|\n)|Errors:|Units:|Source:|$)/.exec(docs)?.[1] ?? ''

/** Defaults by name, as code; `those` are the functions whose defaults hold, too. */
export const defaultsOf = (
  docs: string,
): { readonly own: ReadonlyMap<string, string>; readonly those: readonly string[] } => {
  // What another function has is said beside it; a power is no number yet.
  const text = defaultsIn(docs).replaceAll(/`\w+` has [^.;]*(?:\.\d[^.;]*)?/g, '')
  const own = new Map<string, string>()
  for (const [, name, value] of text.matchAll(/\b(\w+) = ((?:\[[^\]]*\])|(?:'[^']*')|[-\w.]+)(?!\S*[\^·])/g))
    own.set(name as string, (value as string).replace(/\.$/, ''))
  return { own, those: [...text.matchAll(/those of `(\w+)`/g)].map(([, name]) => name as string) }
}
