/** The address of the last WebAssembly module that this page or worker asked for. */
import { aPage, noAnswer, otherStatus } from '../../../errors/backends.ts'

const lastAsked = (): string | undefined => {
  if (typeof location === 'undefined' || typeof performance?.getEntriesByType !== 'function') return undefined
  const names = performance.getEntriesByType('resource').map(({ name }) => name)
  return names.filter((name) => /\.wasm($|\?)/.test(name)).at(-1)
}

/**
 * What a server answers where a page asked for the module of tfjs, a noun phrase: many answer their index page for whatever they do not have.
 * Undefined where it is a module, and where nobody can be asked.
 */
export const servedInstead = async (): Promise<string | undefined> => {
  const address = lastAsked()
  if (address === undefined) return undefined
  const answer = await fetch(address, { method: 'HEAD' }).catch(() => undefined)
  if (!answer) return noAnswer(address)
  if (!answer.ok) return otherStatus(answer.status, address)
  const type = answer.headers.get('content-type') ?? ''
  return type.includes('html') ? aPage(type, address) : undefined
}
