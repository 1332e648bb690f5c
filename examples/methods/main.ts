/**
 * The methods' examples: trains what is missing, keeps every run in docs/methods, and writes docs/methods.md from them.
 *
 *     npm run methods -- --only mars
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { flagsOf, isGiven, someOf } from '../flags.ts'
import { type Found, missing } from './experiment.ts'
import { names, openExperiment } from './experiments.ts'
import { sectionOf, withSection } from './page.ts'
import { addRun, readRuns, storeOf } from './store.ts'

const flags = flagsOf({
  name: 'methods',
  about:
    'Compares published methods with their baselines on real tasks: settings chosen on validation data, judged on test data by other\nseeds. Every run is kept in docs/methods; Ctrl-C ends it, and the same command goes on from there.',
  table: {
    only: { ...someOf(names, undefined), help: 'only these, with commas between' },
    full: { ...isGiven, help: 'twice as many seeds' },
    report: { ...isGiven, help: 'train nothing; write docs/methods.md of the runs there are' },
  },
})

for (const name of flags.only ?? names) {
  const experiment = await openExperiment(name)
  const path = storeOf(name)
  const begun = performance.now()
  for (;;) {
    const left = flags.report ? [] : missing(experiment, readRuns(path), experiment.seeds * (flags.full ? 2 : 1))
    const [trial] = left
    if (!trial) break
    const { arm, setting, seed, part } = trial
    console.log(`${name}: ${left.length} to go; ${part}, ${arm}${setting ? `, ${setting}` : ''}, seed ${seed}`)
    const figures = await experiment.arms[arm]!.train(setting, seed, part)
    addRun(path, { ...trial, figures } satisfies Found)
  }
  const found = readRuns(path)
  console.log(`\n${sectionOf(experiment, found)}\n`)
  console.log(`${name}: ${found.length} runs, ${((performance.now() - begun) / 1000).toFixed(0)} s\n`)
  writeFileSync('docs/methods.md', withSection(readFileSync('docs/methods.md', 'utf8'), experiment, found))
}
process.exit(0)
