/**
 * The columns `name` and `file` of a Markdown's tables as one: each name is a link. A reader of the repository wants the file; a reader of the
 * site wants the page of what is named, and room for its formula. `addresses`: the pages of the exports, by name; a name without one leads to
 * its file.
 */
export const linkedNames = (text: string, addresses: ReadonlyMap<string, string>): string => {
  let isInside = false
  return text
    .split('\n')
    .map((line) => {
      const [begin, name, file, ...others] = line.split('|')
      if (begin !== '' || name === undefined || file === undefined) {
        isInside = false
        return line
      }
      const isHead = name.trim() === 'name' && file.trim() === 'file'
      if (!isInside && !isHead) return line
      isInside = true
      const cell = isHead || /^-+$/.test(name) ? name : ` ${linkedCell(name.trim(), file, addresses)} `
      return [begin, cell, ...others].join('|')
    })
    .join('\n')
}

/** Each name by its page, or by the file that is called like it; where none is, by the next one that no name is called like. */
const linkedCell = (cell: string, file: string, addresses: ReadonlyMap<string, string>): string => {
  const files = [...file.matchAll(/\[(.*?)(?:\.ts)?\]\((.*?)\)/g)].map(([, stem, target]) => ({
    stem: stem!.toLowerCase(),
    target: target!,
  }))
  const names = cell.includes('`') ? /`([^`]+)`/g : /(.+)/g
  const stems = new Set([...cell.matchAll(names)].map(([, name]) => name!.toLowerCase()))
  const others = files.filter(({ stem }) => !stems.has(stem))
  let last = files[0]
  return cell.replaceAll(names, (code, name: string) => {
    last = files.find(({ stem }) => stem === name.toLowerCase()) ?? others.shift() ?? last
    const target = addresses.get(name) ?? last?.target
    return target === undefined ? code : `[${code}](${target})`
  })
}
