/** A process of `npm run mutants`: it is sent the names of rows, and answers each with what was found of it, or with what failed. */
import { catalogue } from '../catalogue.ts'
import type { Answer } from './answers.ts'
import { resultOf } from './result.ts'

const answerTo = async (name: string): Promise<Answer> => {
  const row = catalogue.find((one) => one.name === name)
  try {
    if (!row) throw new Error('no such row')
    return { row: name, result: await resultOf(row) }
  } catch (error) {
    return { row: name, failed: String(error) }
  }
}

process.on('message', async (names: readonly string[]) => {
  for (const name of names) process.send?.(await answerTo(name))
})
