/** What the page knows of a function that makes a stage or a schedule. */

/** An argument or an option: what may be given, in the package's words. */
export interface Given {
  readonly name: string
  /** `a number from 0 up and below 1`: what the function's own check says. Empty where it says nothing. */
  readonly expected: string
  /** It must be given. */
  readonly needed: boolean
  /** What is meant where nothing is given, as code; absent where the docstring names no number. */
  readonly fallback?: string
}

/** A function of the package that an expression may call. */
export interface Stage {
  readonly name: string
  readonly kind: 'optimizer' | 'rule' | 'combinator' | 'method' | 'schedule'
  /** The row of docs/catalogue.md. */
  readonly formula: string
  readonly source: string
  /** Arguments in their order, without the options. */
  readonly args: readonly Given[]
  readonly options: readonly Given[]
  /** A call that works: what is put into the chain when the stage is added. */
  readonly start: string
}

/** The docstrings by name, without their tags: paragraphs, and formulas as they are indented. */
export type Docs = Readonly<Record<string, string>>
