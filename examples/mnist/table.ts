/** Rows of text under a heading, in aligned columns: the first column to the left, numbers to the right. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    widths.map((width, i) => (i === 0 ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width))).join('   ')
  return [line(heading), widths.map((width) => '─'.repeat(width)).join('───'), ...rows.map(line)].join('\n')
}
