/** Walks, away from the page: it stays as quick as its screen while a start is dragged. */
import { readChain } from '../chain/read.ts'
import { type LandscapeName, landscapes, type Point } from './landscapes.ts'
import { type Walk, walk } from './walk.ts'

export interface Asked {
  readonly id: number
  readonly chains: readonly string[]
  readonly land: LandscapeName
  readonly start: Point
  readonly steps: number
}

export interface Answered {
  readonly id: number
  /** Nothing for a chain that cannot be read. */
  readonly walks: readonly (Walk | undefined)[]
}

interface Scope {
  onmessage: ((event: MessageEvent<Asked>) => void) | null
  postMessage: (answer: Answered) => void
}

const scope = globalThis as unknown as Scope

scope.onmessage = ({ data: { id, chains, land, start, steps } }) => {
  const walks = chains.map((text) => {
    const { tx } = readChain(text)
    return tx && walk(tx, landscapes[land], start, steps)
  })
  scope.postMessage({ id, walks })
}
