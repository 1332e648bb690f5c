/** The catalogue and its docstrings, read when the page is built: see plugin.ts. */
declare module 'virtual:catalogue' {
  export const catalogue: readonly import('./stage.ts').Stage[]
}

declare module 'virtual:docs' {
  export const docs: import('./stage.ts').Docs
}

/** True where the playground is built as a part of the site. */
declare const inSite: boolean
