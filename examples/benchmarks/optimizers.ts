/**
 * What a step of an optimizer costs on tfjs's wasm backend, beside its peers, beside a plain loop and beside copying the same bytes.
 *
 *     npm run bench                    the tables
 *     npm run bench -- --native        with optax and torch, where $FOREGRAD_PYTHON or python3 has them
 *     npm run bench -- --write         and puts them into docs/benchmarks.md
 *     npm run bench -- --json FILE     and writes what was measured, with machine and commit
 *     npm run bench -- --against FILE  and says what became slower since such a file was written
 *     npm run bench -- --quick         a tenth of the time, for a look
 *     npm run bench -- --backend webgpu   the same on WebGPU: see webgpu.ts
 *     npm run bench -- --backend webgpu --host-only   the host's own work on WebGPU, without a device: see hostOnly.ts
 *     npm run bench -- --others        only adafactor, prodigy, multiSteps and sm3, with --native beside optax
 *     npm run bench -- --first-use     only what the first use of each rule takes in this process
 *
 * Times are medians in milliseconds, all of one run; below tables beside peers the fastest tenth of the same steps. Steps are donated; all work on one thread.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { adamw, releaseBackend, useBackend } from '../../lib/index.ts'
import { isGiven, oneOf, pathEnding, runCommand } from '../flags.ts'
import { againstText, changesSince } from './against.ts'
import { arraysTable, onArrays, raceArrays } from './arrays.ts'
import { bounds } from './bounds.ts'
import { byOps, copy, fused, jaxJs, plainLoop, type Shape, shapeText, trainAdam } from './contestants.ts'
import { type FirstUse, firstUse } from './firstUse.ts'
import { type Forecasts, forecastReport, raceForecasts } from './forecast.ts'
import { importTable, importTimes } from './importTime.ts'
import { farFromFloat64, jaxjsTable, raceJaxjs } from './jaxjs.ts'
import { type Native, openNative } from './native.ts'
import { type OtherTimes, othersTable, othersText, raceOthers } from './others.ts'
import { writePage } from './page.ts'
import { type Row, readRecorded, recordedOf, rowsOf, writeRecorded } from './recorded.ts'
import { rate, rules } from './rules.ts'
import { raceStores, storesTable, storesText } from './stores.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Budget, quantile, raceRounds, raceSteps, type Times, together } from './timing.ts'
import { trainingShare } from './trainingShare.ts'

const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
  { leaves: 1000, size: 64 },
]

const peers = async (shape: Shape, native: Native | undefined, budget: Budget): Promise<readonly Times[]> =>
  raceRounds(
    [
      ...[fused(adamw(rate), shape), byOps(adamw(rate), shape), trainAdam(shape), await jaxJs(shape)].map(alone),
      ...[onArrays(adamw(rate), shape), plainLoop(shape), copy(shape)].map(alone),
      ...(native ? [native.party(shape)] : []),
    ],
    budget,
  )

/** Beside a plain loop, which two runs are compared by. */
const byRule = (shape: Shape, budget: Budget): Promise<readonly Times[]> =>
  raceRounds(
    [...Object.entries(rules).map(([name, make]) => fused(make(), shape, name)), plainLoop(shape)].map(alone),
    budget,
  )

const byRuleOnTensors = (shape: Shape, budget: Budget): Promise<Times> =>
  raceSteps(
    Object.entries(rules).map(([name, make]) => alone({ ...byOps(make(), shape), name })),
    { ...budget, rounds: Math.ceil(budget.rounds / 2) },
  )

const loop = 'plain JS loop'

// Tables

const namesOf = (results: readonly Times[]): string[] => [...new Set(results.flatMap((result) => Object.keys(result)))]

const peersTable = (results: readonly Times[], share: number): string =>
  table(
    ['adamw', ...shapes.map(shapeText)],
    namesOf(results).map((name) => [
      name,
      ...results.map((times) => {
        if (!times[name]) return '–'
        const [own, other] = [quantile(times.foregrad!, share), quantile(times[name], share)]
        return name === 'foregrad' ? milliseconds(own) : `${milliseconds(other)} (${ratio(other / own)})`
      }),
    ]),
  )

const rulesTable = (results: readonly Times[], onTensors: readonly Times[], share: number): string =>
  table(
    ['rule', ...shapes.map(shapeText)],
    Object.keys(rules).map((name) => [
      name,
      ...results.map((times, i) => {
        const [own, adamw, ops] = [times[name]!, times.adamw!, onTensors[i]![name]!].map((all) => quantile(all, share))
        return `${milliseconds(own!)} (${ratio(own! / adamw!)}; ops ${milliseconds(ops!)})`
      }),
    ]),
  )

const versionOf = (name: string): string =>
  `${name} ${(createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version}`

const machine = (native: Native | undefined): string =>
  [
    `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`,
    `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    ...['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'].map(versionOf),
    `@jax-js/jax ${jaxJsVersion()}`,
    ...(native?.versions ?? []),
  ].join('; ')

/** jax-js exports no package.json: it is read beside its code. */
const jaxJsVersion = (): string => {
  const code = createRequire(import.meta.url).resolve('@jax-js/jax')
  const text = readFileSync(new URL('../package.json', `file://${code}`), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const undisturbed = 'The fastest tenth of the same steps: what remains where other programs interrupt less.'

const othersReport = (times: OtherTimes): string[] => [
  ...['### Reductions and gates beside optax', '', othersText, ''],
  ...[othersTable(times, 0.5), '', undisturbed, '', othersTable(times, 0.1), ''],
]

/** The tables, and the rows that two runs are compared by. */
const report = async (native: Native | undefined, budget: Budget): Promise<{ text: string; rows: readonly Row[] }> => {
  const first = firstUses()
  const rows: Row[] = []
  const kept = (name: string, shape: Shape, rounds: readonly Times[]): Times => {
    rows.push(...rowsOf(name, shapeText(shape), rounds, loop))
    return together(rounds)
  }
  const [own, onTensors, others, ahead]: [Times[], Times[], Times[], Forecasts[]] = [[], [], [], []]
  for (const shape of shapes) {
    console.error(`… ${shapeText(shape)}`)
    own.push(kept('rules', shape, await byRule(shape, budget)))
    onTensors.push(await byRuleOnTensors(shape, budget))
    others.push(kept('adamw', shape, await peers(shape, native, budget)))
    ahead.push(await raceForecasts(shape, alone, budget))
  }
  console.error('… adafactor, prodigy, multiSteps and sm3')
  const reducing = await raceOthers(native, budget)
  console.error('… arrays and jax-js')
  const onOwnMemory = await raceArrays(budget)
  const onJaxjs = await raceJaxjs(budget)
  const far = await farFromFloat64()
  const stores = await raceStores(budget)
  const bound = await bounds(shapes[0]!, budget)
  const share = await trainingShare(budget)
  const text = [
    machine(native),
    '',
    '### AdamW beside its peers',
    '',
    'Milliseconds a step, and in brackets how many times as long as foregrad’s. `tf.train.adam` is Adam without decay.',
    '',
    peersTable(others, 0.5),
    '',
    undisturbed,
    '',
    peersTable(others, 0.1),
    '',
    '### Rules',
    '',
    'Milliseconds a step on the wasm engine, in brackets beside adamw, and the same rule op by op through tfjs.',
    '',
    rulesTable(own, onTensors, 0.5),
    '',
    undisturbed,
    '',
    rulesTable(own, onTensors, 0.1),
    '',
    ...othersReport(reducing),
    '### Plain arrays',
    '',
    'A step of `foregrad/arrays` in its own memory, in brackets beside the same in tfjs’s; its gradients lie there, or are copied in.',
    '',
    arraysTable(onOwnMemory, 0.5),
    '',
    undisturbed,
    '',
    arraysTable(onOwnMemory, 0.1),
    '',
    '### jax-js',
    '',
    'On its wasm device: `foregrad/jaxjs` with scalars on the host, the formula of jax-js’s own optimizer in one `jit`, and the same in a `jit` a leaf with its scalars',
    `computed by hand. In brackets beside foregrad. After 30 steps ours is off from float64 by ${far.toExponential(1)} of max(1, |p|).`,
    '',
    jaxjsTable(onJaxjs, 0.5),
    '',
    undisturbed,
    '',
    jaxjsTable(onJaxjs, 0.1),
    '',
    '### The forecast',
    '',
    ...forecastReport(shapes, ahead),
    '',
    '### What bounds the forecast',
    '',
    storesText,
    '',
    storesTable(stores),
    '',
    '### What bounds a large leaf',
    '',
    `A step on ${shapeText(shapes[0]!)}: milliseconds in the median and in the fastest tenth, and the bytes that the plan moves by the latter.`,
    '',
    table(['rule', 'median', 'fastest tenth', 'GB/s'], bound),
    '',
    '### First use',
    '',
    `Milliseconds, medians of ${processes} fresh processes, in the order in which each first used them; what the runtime itself had not yet compiled is in it.`,
    '',
    table(
      ['rule', 'plan', 'emit, compile, instantiate', 'first step beyond the second'],
      Object.entries(first).map(([name, { plan, link, step }]) => [name, ...[plan, link, step].map(milliseconds)]),
    ),
    '',
    '### Import',
    '',
    `What Node takes to import an entry of the package and all that it imports, milliseconds of ${imports} fresh processes each.`,
    '',
    importTable(importTimes(imports)),
    '',
    '### A training step on digits',
    '',
    share,
  ].join('\n')
  return { text, rows }
}

const processes = 7
/** The fresh processes of each import. */
const imports = 11

/** The first use of each rule in fresh processes: of every part the median. */
const firstUses = (): Record<string, FirstUse> => {
  const all = Array.from({ length: processes }, () => {
    const given = [...process.execArgv, fileURLToPath(import.meta.url), '--first-use']
    const out = execFileSync(process.execPath, given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return JSON.parse(out.slice(out.indexOf('{'))) as Record<string, FirstUse>
  })
  const median = (name: string, part: keyof FirstUse): number =>
    quantile(
      all.map((one) => one[name]![part]),
      0.5,
    )
  return Object.fromEntries(
    Object.keys(rules).map((name) => [
      name,
      { plan: median(name, 'plan'), link: median(name, 'link'), step: median(name, 'step') },
    ]),
  )
}

const flags = {
  native: { help: 'with optax and torch, where $FOREGRAD_PYTHON or python3 has them', ...isGiven },
  json: { help: 'write what was measured, with machine and commit', ...pathEnding('.json', undefined) },
  against: { help: 'say what became slower since such a file was written', ...pathEnding('.json', undefined) },
  write: { help: 'put the tables into docs/benchmarks.md', ...isGiven },
  quick: { help: 'a tenth of the time, for a look', ...isGiven },
  backend: { help: 'what tfjs runs on, wasm or webgpu', ...oneOf(['wasm', 'webgpu'], 'wasm') },
  'host-only': { help: 'with --backend webgpu: the host’s own work, without a device', ...isGiven },
  others: { help: 'only adafactor, prodigy, multiSteps and sm3, with --native beside optax', ...isGiven },
  'first-use': { help: 'only what the first use of each rule takes in this process', ...isGiven },
}

const about = 'Times what a step of an optimizer costs, beside its peers, a plain loop and copying the same bytes.'

process.exitCode = await runCommand({ name: 'bench', about, table: flags }, process.argv.slice(2), async (given) => {
  if (given['host-only']) {
    if (given.backend !== 'webgpu') throw new Error('--host-only: expected --backend webgpu beside it.')
    const { benchHostOnly } = await import('./hostOnly.ts')
    await benchHostOnly(given)
    return 0
  }
  if (given.backend === 'webgpu') {
    const { benchWebgpu } = await import('./webgpu.ts')
    await benchWebgpu(given)
    return 0
  }
  const { fused: isFused, why } = await useBackend({ prefer: ['wasm'] })
  if (!isFused) throw new Error(`The wasm engine does not run here: ${why.join(' ')}`)
  if (given['first-use']) {
    console.log(JSON.stringify(firstUse(rules)))
    return 0
  }
  const native = given.native ? await openNative() : undefined
  const budget = given.quick ? { rounds: 2, time: 20 } : { rounds: 7, time: 60 }
  if (given.others) {
    console.log([machine(native), '', ...othersReport(await raceOthers(native, budget))].join('\n'))
    native?.close()
    await releaseBackend()
    return 0
  }
  const before = given.against === undefined ? undefined : readRecorded(given.against)
  const { text, rows } = await report(native, budget)
  console.log(text)
  if (given.write) writePage('<!-- npm run bench -->', '<!-- end -->', text)
  const now = recordedOf(machine(native), rows)
  if (given.json !== undefined) writeRecorded(given.json, now)
  const changes = before ? changesSince(before, now) : []
  if (before) console.log(`\n${againstText(before, changes)}`)
  native?.close()
  await releaseBackend()
  return changes.some(({ verdict }) => verdict === 'slower') ? 1 : 0
})
// jax-js keeps its workers.
process.exit()
