/** How the benchmarks write numbers and tables. */

/** Three figures. */
export const milliseconds = (value: number): string =>
  value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)

export const ratio = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)}×`

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
