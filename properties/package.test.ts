import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

/** The package's description. */
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Every entry of the package, and the packages of tfjs whose types are named in docs/support.md. */
const entries = Object.keys(own.exports).filter((name) => name !== './package.json')
const faces = [
  ...entries.map((name) => name.replace('.', 'foregrad')),
  ...['core', 'layers', 'backend-wasm'].map((name) => `@tensorflow/tfjs-${name}`),
]
  .map((name, i) => `import * as face${i} from '${name}'\nexport { face${i} }\n`)
  .join('')

const gzipped = (text: string): number => gzipSync(text).length

/** What a program loads before it runs, minified; tfjs is not in it. */
const eager = async (contents: string): Promise<readonly string[]> => {
  const { outputFiles, metafile } = await build({
    ...{
      absWorkingDir: folder,
      stdin: { contents, resolveDir: folder },
      outdir: 'bundled',
      write: false,
      metafile: true,
    },
    ...{ bundle: true, splitting: true, format: 'esm', minify: true, external: ['@tensorflow/*', 'webgpu'] },
  })
  const { outputs } = metafile
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file) || !outputs[file]) return
    found.add(file)
    for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement') visit(path)
  }
  visit(Object.keys(outputs).find((file) => outputs[file]?.entryPoint !== undefined) as string)
  const texts = new Map(outputFiles.map(({ path, text }) => [path.split('/').at(-1), text]))
  return [...found].map((file) => texts.get(file.split('/').at(-1)) as string)
}

const eagerText = async (program: string): Promise<string> => (await eager(program)).join('\n')

const eagerBytes = async (program: string): Promise<number> =>
  (await eager(program)).reduce((sum, text) => sum + gzipped(text), 0)

describe('the packed tarball in an empty folder', () => {
  let packed = ''
  beforeAll(async () => {
    packed = await packInto(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
    const tfjs = ['core', 'backend-wasm', 'layers'].map((name) => `@tensorflow/tfjs-${name}`)
    const peers = [...tfjs, '@jax-js/jax', 'fast-check']
    const tools = ['typescript', '@types/node']
    const wanted = [...peers, ...tools].map((name) => `${name}@${version(name)}`)
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent', packed, ...wanted])
    writeFileSync(join(folder, 'main.js'), program)
    writeFileSync(join(folder, 'typed.ts'), typed)
    writeFileSync(join(folder, 'faces.ts'), faces)
  }, 400_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

  it.each([
    ['publint', ['run', '--strict']],
    ['attw', ['--profile', 'esm-only']],
  ])('has nothing that %s finds', { timeout: 180_000 }, (tool, options) => {
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

  it('is published without a warning about it', () => {
    const unpacked = join(folder, 'unpacked')
    mkdirSync(unpacked)
    run('tar', ['-xzf', packed, '-C', unpacked])
    // Scripts ran when it was packed.
    const args = ['publish', '--dry-run', '--ignore-scripts', '--loglevel', 'warn']
    const { status, stderr, stdout } = spawnSync('npm', args, { cwd: join(unpacked, 'package'), encoding: 'utf8' })
    const warnings = stderr.split('\n').filter((line) => line !== '' && !line.includes('requires you to be logged in'))
    expect([status, warnings, stdout.trim()]).toEqual([0, [], `+ foregrad@${own.version}`])
  })

  it('holds what a user needs: every file of its entries and its licences, and no test', () => {
    const files = run('tar', ['-tzf', packed])
      .trim()
      .split('\n')
      .map((file) => file.replace('package/', ''))
    const others = files.filter((file) => !/^dist\/(lib|transforms|properties)\/.*\.(js|js\.map|d\.ts)$/.test(file))
    const licence = 'lib/hosts/tfjs/gradients/LICENSE.txt'
    const wanted = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/foregrad.browser.js', licence, 'package.json']
    expect(others.sort()).toEqual(wanted)
    expect(files.filter((file) => /\.(test|spec)\.|\/(golden|examples|devices)\//.test(file))).toEqual([])
    const targets = JSON.stringify([own.exports, own.bin, own.jsdelivr]).matchAll(/(?<=")(?:\.\/)?(dist\/[^"]+)/g)
    expect([...targets].map(([, file]) => file).filter((file) => !files.includes(file as string))).toEqual([])
  })

  it('is cited by the version that it has', () => {
    expect(readFileSync(join(root, 'CITATION.cff'), 'utf8')).toContain(`\nversion: ${own.version}\n`)
  })

  it('runs from plain JavaScript in Node, fused, and Node exits', () => {
    const last = run(process.execPath, ['main.js']).trim().split('\n').at(-1) as string
    expect(JSON.parse(last)).toEqual({ fused: true, close: true })
  })

  it('has the command foregrad', () => {
    const foregrad = (...args: string[]) => run(join(folder, 'node_modules/.bin/foregrad'), args)
    expect(foregrad('--version').trim()).toBe(own.version)
    foregrad('python', 'chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 }))', '--name', 'tx', '--out', 'tx.py')
    expect(readFileSync(join(folder, 'tx.py'), 'utf8')).toMatch(/^def step\([\s\S]*^tx = optax\./m)
    writeFileSync(join(folder, 'optimizer.js'), "import { lion } from 'foregrad/core'\nexport const tx = lion(1e-3)\n")
    expect(foregrad('show', './optimizer.js#tx')).toBe(foregrad('show', 'lion(1e-3)'))
    expect(() => foregrad('show', 'process.exit(0)')).toThrow(/expression 1:1: expected a name of the package/)
  })

  /** What TypeScript says, one place an error, the packages of others by their names. */
  const errorsOf = (options: object, files: readonly string[]): string[] => {
    const compilerOptions = {
      ...{ target: 'ES2022', lib: ['ESNext', 'DOM'], strict: true, noEmit: true, exactOptionalPropertyTypes: true },
      ...options,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const output = (() => {
      try {
        return run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'])
      } catch (error) {
        return (error as { stdout: string }).stdout
      }
    })()
    return output.split('\n').filter((line) => /^\S/.test(line))
  }

  /** Where an error of tfjs's own declarations stands. */
  const placeOf = (line: string): string => line.replace(/^node_modules\/(@tensorflow\/[^/]+)\/.*\/(.*)\(.*/, '$1 $2')

  it('has types that compile in a bundler’s project, without skipLibCheck', { timeout: 180_000 }, () => {
    expect(errorsOf({ module: 'ESNext', moduleResolution: 'bundler' }, ['typed.ts'])).toEqual([])
  })

  it('has types in every entry that compile without skipLibCheck; tfjs’s own that do not are named in docs/support.md', {
    timeout: 180_000,
  }, () => {
    const node = { module: 'NodeNext', moduleResolution: 'NodeNext' }
    const places = errorsOf({ ...node, types: ['node'] }, ['typed.ts', 'faces.ts']).map(placeOf)
    const page = readFileSync(join(root, 'docs/support.md'), 'utf8')
    const named = [...page.matchAll(/^\| `(@tensorflow\/\S+)` \| `(\S+\.d\.ts)` \|/gm)].map(
      ([, name, file]) => `${name} ${file}`,
    )
    expect([...new Set(places)].sort()).toEqual(named.sort())
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

  it('gives an importer of one optimizer that optimizer, and nothing else of its chunks', async () => {
    const bytes = await eagerBytes("export { adamw, step, useBackend } from 'foregrad'")
    const text = await eagerText("export { adamw } from 'foregrad/core'")
    console.log(`from the package: { adamw, step, useBackend } ${bytes} bytes gzipped, { adamw } ${gzipped(text)}`)
    expect(bytes).toBeLessThanOrEqual(27_500)
    expect(gzipped(text)).toBeLessThanOrEqual(9_000)
    // The names of rules that a bundler left in.
    expect(text).toContain('scaleByAdam')
    expect(text).not.toMatch(/scaleByLion|scaleByLamb|scaleByRms|cosineDecaySchedule|Conv2D/)
  })

  it('holds every module once: what a rule is to one entry it is to all', async () => {
    writeFileSync(
      join(folder, 'once.js'),
      `import * as foregrad from 'foregrad'
      const found = []
      for (const entry of ['core', 'losses', 'tree', 'arrays', 'python', 'checkpoint', 'gradients']) {
        const other = await import('foregrad/' + entry)
        const both = Object.keys(other).filter((name) => name in foregrad)
        found.push([entry, both.length > 0, both.filter((name) => other[name] !== foregrad[name])])
      }
      console.log(JSON.stringify(found))
      process.exit()`,
    )
    const found = JSON.parse(run(process.execPath, ['once.js']).trim().split('\n').at(-1) as string)
    // `metrics` of foregrad reads tensors, that of core plain data.
    expect(found.filter(([, , other]: [string, boolean, string[]]) => other.length > 0)).toEqual([
      ['core', true, ['metrics']],
    ])
    expect(found.filter(([, shares]: [string, boolean]) => shares).map(([entry]: [string]) => entry)).toEqual(
      expect.arrayContaining(['core', 'losses', 'tree']),
    )
  }, 60_000)

  it('has few files of code, with a map of each that shows the repository', () => {
    const dist = join(folder, 'node_modules/foregrad/dist')
    const files = readdirSync(dist, { recursive: true }).map(String)
    const code = files.filter((file) => file.endsWith('.js') && file !== 'foregrad.browser.js')
    expect(code.length).toBeLessThan(100)
    for (const file of code) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(dist, `${file}.map`), 'utf8'))
      sources.forEach((source: string, i: number) => {
        expect(source).toMatch(/^foregrad\/(lib|transforms|properties)\//)
        expect(sourcesContent[i]).toBe(readFileSync(join(root, source.slice('foregrad/'.length)), 'utf8'))
      })
    }
  })
})
