import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packInto } from './devices/packed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'foregrad-package-'))

const run = (command: string, args: readonly string[], cwd = folder): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const version = (name: string): string =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

const program = `
import * as tf from '@tensorflow/tfjs-core'
import 'foregrad/gradients'
import { adamw, float64, releaseBackend, useBackend, withLookaheadGradient } from 'foregrad'

const info = await useBackend({ prefer: ['wasm'] })
const tx = adamw(0.1, { predictSteps: 2 })
const loss = (p, x) => tf.mean(tf.square(tf.sub(tf.matMul(x, p.w), 1)))
const trainer = withLookaheadGradient(loss, tx, { donate: true })
let train = trainer.init({ w: tf.zeros([2, 1]) })
for (let i = 0; i < 5; i++) train = trainer.step(train, tf.ones([4, 2])).train
const meaning = float64(tx)
let [params, state, ahead] = [[0, 0], meaning.init([0, 0]), [0, 0]]
for (let i = 0; i < 5; i++) {
  const slope = 2 * (ahead[0] + ahead[1] - 1)
  ;({ params, state, ahead } = meaning.step([slope, slope], state, params))
}
const far = Math.abs(train.params.w.dataSync()[0] - params[0])
console.log(JSON.stringify({ fused: info.fused, close: far < 1e-5 }))
await releaseBackend()
`

const typed = `
import * as tf from '@tensorflow/tfjs-core'
import { adamw, type GradientTransformation, type Params, scaleByAdam, type StateOf, withGradient } from 'foregrad'
import { checkLaws } from 'foregrad/properties'

const state: StateOf<ReturnType<typeof scaleByAdam>> = scaleByAdam().init({ w: tf.zeros([1]) })
export const count: number = state.count
export const mu: Params = state.mu
export const tx: GradientTransformation<unknown> = adamw(1e-3)
const loss = (p: { w: tf.Tensor }, x: tf.Tensor) => tf.sum(tf.mul(p.w, x)) as tf.Scalar
export const w: tf.Tensor = withGradient(loss, tx).init({ w: tf.zeros([1]) }).params.w
// @ts-expect-error no such option
adamw(1e-3, { weightdecay: 1 })
export { checkLaws }
`

describe('the packed tarball in an empty folder', () => {
  let packed = ''
  beforeAll(async () => {
    packed = await packInto(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
    const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', 'fast-check']
    const tools = ['typescript', '@types/node', '@webgpu/types']
    const wanted = [...peers, ...tools].map((name) => `${name}@${version(name)}`)
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent', packed, ...wanted])
    writeFileSync(join(folder, 'main.js'), program)
    writeFileSync(join(folder, 'typed.ts'), typed)
  }, 180_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

  it.each([
    ['publint', ['run', '--strict']],
    ['attw', ['--profile', 'esm-only']],
  ])('has nothing that %s finds', (tool, options) => {
    const found = (() => {
      try {
        run(join(root, 'node_modules', '.bin', tool), [...options, packed], root)
        return ''
      } catch (error) {
        return (error as { stdout: string }).stdout
      }
    })()
    expect(found).toBe('')
  })

  it('runs from plain JavaScript in Node, fused, and Node exits', () => {
    const last = run(process.execPath, ['main.js']).trim().split('\n').at(-1) as string
    expect(JSON.parse(last)).toEqual({ fused: true, close: true })
  })

  it('has the command foregrad', () => {
    const foregrad = (...args: string[]) => run(join(folder, 'node_modules/.bin/foregrad'), args)
    expect(foregrad('--version').trim()).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)
    foregrad('python', 'chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 }))', '--name', 'tx', '--out', 'tx.py')
    expect(readFileSync(join(folder, 'tx.py'), 'utf8')).toMatch(/^def step\([\s\S]*^tx = optax\./m)
    writeFileSync(join(folder, 'optimizer.js'), "import { lion } from 'foregrad/core'\nexport const tx = lion(1e-3)\n")
    expect(foregrad('show', './optimizer.js#tx')).toBe(foregrad('show', 'lion(1e-3)'))
    expect(() => foregrad('show', 'process.exit(0)')).toThrow(/expression 1:1: expected a name of the package/)
  })

  it.each(['NodeNext', 'bundler'])('has types that compile with module resolution %s', (resolution) => {
    const module = resolution === 'bundler' ? 'ESNext' : 'NodeNext'
    const compilerOptions = {
      ...{ target: 'ES2022', module, moduleResolution: resolution, strict: true, noEmit: true, skipLibCheck: true },
      ...{ exactOptionalPropertyTypes: true, types: ['node', '@webgpu/types'] },
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['typed.ts'] }))
    const output = (() => {
      try {
        return run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'])
      } catch (error) {
        return (error as { stdout: string }).stdout
      }
    })()
    expect(output).toBe('')
  })

  it('runs through a bundler, with one copy of tfjs', async () => {
    const bundle = await build({
      absWorkingDir: folder,
      entryPoints: ['main.js'],
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: join(folder, 'bundled.mjs'),
      external: ['@tensorflow/*', 'webgpu'],
      logLevel: 'silent',
    })
    expect(bundle.errors).toEqual([])
    const last = run(process.execPath, ['bundled.mjs']).trim().split('\n').at(-1) as string
    expect(JSON.parse(last)).toEqual({ fused: true, close: true })
  })

  it('gives an importer of one optimizer that optimizer, and no gradients', async () => {
    writeFileSync(join(folder, 'one.js'), "export { adamw } from 'foregrad'\n")
    const { outputFiles, metafile } = await build({
      absWorkingDir: folder,
      entryPoints: ['one.js'],
      bundle: true,
      format: 'esm',
      minify: true,
      write: false,
      metafile: true,
      external: ['@tensorflow/*', 'webgpu'],
    })
    const [output] = Object.values(metafile.outputs)
    const used = Object.entries(output?.inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file)
    expect(used.filter((file) => /\/(gradients|schedules|properties)\//.test(file))).toEqual([])
    expect(
      used.filter((file) => /\/transforms\/optimizers\//.test(file)).map((file) => file.split('/').at(-1)),
    ).toEqual(expect.arrayContaining(['adamw.js']))
    expect(used.filter((file) => /optimizers\/(lion|lamb|sgd|rmsprop)/.test(file))).toEqual([])
    const bytes = outputFiles[0]?.contents as Uint8Array
    console.log(`import { adamw }: ${bytes.length} bytes minified, ${gzipSync(bytes).length} gzipped, without tfjs`)
  })
})
