/**
 * What the search reads of a page: of the reference its names and docstrings, without the signatures and tables of types. A name that is made of
 * several words is found by these, too.
 */
export const searched = (text: string, page: string): string => {
  if (!page.startsWith('reference/')) return text
  return text
    .replaceAll(/^```[\s\S]*?^```$|^\|.*$|^Defined in: .*$|^#+ (Type )?(Parameters|Returns|Properties|Extends)$/gm, '')
    .replaceAll(/^#+ .*$/gm, (heading) => [heading, ...wordsIn(heading)].join('\n\n'))
}

/** The words of each name in a heading that is made of several: `add Decayed Weights`. */
const wordsIn = (heading: string): readonly string[] =>
  (heading.replace(/ \{#.*\}$/, '').match(/\w*[a-z][A-Z]\w*/g) ?? []).map((name) =>
    name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' '),
  )
