/** Laws and mistakes, away from the page. */
import { readChain } from '../chain/read.ts'
import {
  apartOf,
  checkChain,
  hunt,
  type LawReport,
  lawNames,
  type MistakeText,
  mistakesIn,
  type StepNumbers,
} from './check.ts'

export type Asked = { readonly id: number; readonly text: string; readonly descends: boolean } & (
  | { readonly ask: 'laws' | 'mistakes' }
  | { readonly ask: 'apart'; readonly index: number }
)

export type Answered = { readonly id: number } & (
  | { readonly tell: 'names'; readonly names: readonly string[] }
  | { readonly tell: 'law'; readonly report: LawReport }
  | { readonly tell: 'mistakes'; readonly mistakes: readonly MistakeText[] }
  | { readonly tell: 'mistake'; readonly index: number; readonly law: string | undefined; readonly alone: boolean }
  | { readonly tell: 'apart'; readonly index: number; readonly test: string; readonly steps: readonly StepNumbers[] }
  | { readonly tell: 'failed'; readonly message: string }
  | { readonly tell: 'done' }
)

type Told<T> = T extends unknown ? Omit<T, 'id'> : never

interface Scope {
  onmessage: ((event: MessageEvent<Asked>) => void) | null
  postMessage: (answer: unknown) => void
}

const scope = globalThis as unknown as Scope

const answer = async (asked: Asked, say: (told: Told<Answered>) => void): Promise<void> => {
  const { tx, error } = readChain(asked.text)
  if (!tx) return say({ tell: 'failed', message: error })
  if (asked.ask === 'laws') {
    say({ tell: 'names', names: lawNames(tx, asked) })
    for await (const report of checkChain(tx, asked)) say({ tell: 'law', report })
  } else if (asked.ask === 'mistakes') {
    say({ tell: 'mistakes', mistakes: mistakesIn(tx) })
    for await (const found of hunt(tx, asked)) say({ tell: 'mistake', ...found })
  } else if (asked.ask === 'apart') {
    const apart = apartOf(tx, asked.index)
    if (apart) say({ tell: 'apart', index: asked.index, ...apart })
  }
  say({ tell: 'done' })
}

scope.onmessage = ({ data }) => {
  const say = (told: Told<Answered>): void => scope.postMessage({ id: data.id, ...told })
  answer(data, say).catch((error: unknown) => {
    say({ tell: 'failed', message: error instanceof Error ? error.message : String(error) })
  })
}
