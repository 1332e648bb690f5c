import type { Plugin } from 'vite'
import { readCatalogue } from './read.ts'

const moduleOf = (name: string, value: unknown): string =>
  `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))})`

/** Gives the page the catalogue as data: `virtual:catalogue`, and `virtual:docs`, which is loaded when somebody reads. */
export const cataloguePlugin = (): Plugin => {
  let read: ReturnType<typeof readCatalogue> | undefined
  return {
    name: 'foregrad catalogue',
    resolveId: (id) => (/^virtual:(catalogue|docs)$/.test(id) ? `\0${id}` : undefined),
    load: (id) => {
      if (id !== '\0virtual:catalogue' && id !== '\0virtual:docs') return undefined
      read ??= readCatalogue()
      return id === '\0virtual:docs' ? moduleOf('docs', read.docs) : moduleOf('catalogue', read.stages)
    },
  }
}
