/** What a section of docs/catalogue.md is made of. */

/** Names as Markdown, files in transforms, formula, source. */
export type Entry = readonly [name: string, files: readonly string[], formula: string, source: string]

export interface Section {
  readonly title: string
  readonly intro?: string
  /** True where each row says what a step costs and what the state holds. */
  readonly costs?: boolean
  readonly entries: readonly Entry[]
}
