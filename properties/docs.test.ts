import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cataloguePage } from './catalogue/page.ts'
import { unpackedProject } from './devices/packed.ts'
import { runNode } from './devices/runNode.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((f) => f.endsWith('.md'))
    .map((f) => `docs/${f}`),
]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** The TypeScript of a page, block by block, each with the line it starts at. */
const blocksOf = (page: string): { readonly name: string; readonly code: string }[] => {
  const text = textOf(page)
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length
    return { name: `${page}:${line}`, code: match[1] as string }
  })
}

const entries = {
  foregrad: 'lib/index.ts',
  'foregrad/core': 'lib/core.ts',
  'foregrad/arrays': 'lib/arrays.ts',
  'foregrad/jaxjs': 'lib/jaxjs.ts',
  'foregrad/python': 'lib/python.ts',
  'foregrad/gradients': 'lib/gradients.ts',
  'foregrad/layers': 'lib/layers.ts',
  'foregrad/checkpoint': 'lib/checkpoint.ts',
  'foregrad/node': 'lib/node.ts',
  'foregrad/losses': 'lib/losses.ts',
  'foregrad/tree': 'lib/tree.ts',
  'foregrad/properties': 'properties/index.ts',
}

/** The block with the package's entries replaced by their sources, relative to the root. */
const fromSource = (code: string, toRoot: string): string =>
  Object.entries(entries).reduce((text, [name, file]) => text.replaceAll(`'${name}'`, `'${toRoot}${file}'`), code)

const withoutTypes = (code: string): string => transformSync(code, { loader: 'ts', format: 'esm' }).code

const blocks = pages.flatMap(blocksOf)

const run = (file: string, args: readonly string[]): Promise<string> =>
  new Promise((done) => {
    execFile(process.execPath, [file, ...args], { cwd: root }, (error, stdout) =>
      done(error ? stdout || String(error) : ''),
    )
  })

/** A project in which the package is the packed tarball, with what the blocks import beside it. */
let project = ''
const inProject = (code: string) => runNode(withoutTypes(code), { folder: project, timeout: 60_000 })

beforeAll(async () => {
  project = await unpackedProject(['@jax-js', 'fast-check', 'vitest'])
}, 180_000)

afterAll(() => rmSync(project, { recursive: true }))

describe('the code of README and docs', () => {
  it.for(blocks)('$name runs from the tarball', async ({ code }) => {
    const { code: exit, stderr } = await inProject(code)
    expect(exit, stderr).toBe(0)
  })

  it('the example for vitest passes in vitest', { timeout: 120_000 }, async () => {
    const [, code = ''] = /^```js\n(import .* from 'vitest'\n[\s\S]*?)^```/m.exec(
      textOf('docs/testing-update-math.md'),
    )!
    writeFileSync(join(project, 'example.test.js'), code)
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = [vitest, 'run', '--root', project, '--reporter', 'json', '--testTimeout', '60000']
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project })
    const { numPassedTests, numTotalTests } = JSON.parse(stdout) as Readonly<Record<string, number>>
    expect([numPassedTests, numTotalTests]).toEqual([2, 2])
  })

  it.for(blocks)('$name waits for numbers, which WebGPU in Node cannot give at once', ({ code }) => {
    expect(code).not.toMatch(/\b(data|array)Sync\(/)
  })

  it("README's program prints what stands there", { timeout: 60_000 }, async () => {
    const [, printed] = /^```text\n([\s\S]*?)^```/m.exec(textOf('README.md'))!
    const { stdout } = await inProject(blocksOf('README.md')[0]!.code)
    const numbers = (text: string) => [...text.matchAll(/-?\d+\.\d+|^\d+(?= )/gm)].map(([x]) => Number(x))
    const [there, here] = [numbers(printed as string), numbers(stdout)]
    expect(here.length).toBe(there.length)
    // Losses near 0 are what rounding leaves of them: another engine leaves another.
    there.forEach((x, i) => {
      expect(Math.abs(here[i]! - x)).toBeLessThanOrEqual(1e-3 * Math.abs(x) + 1e-5)
    })
    expect(stdout).toMatch(/^(wasm|webgpu) fused$/m)
  })

  it('has the types that it should', async () => {
    const folder = join(root, 'node_modules/.cache/foregrad/blocks')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    blocks.forEach(({ name, code }, i) => {
      const text = `// ${name}\n${fromSource(code, '../../../../')}\nexport {}\n`
      writeFileSync(join(folder, `block${i}.ts`), text)
    })
    const config = {
      extends: '../../../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ['./*.ts'],
      exclude: [],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    expect(await run(join(root, 'node_modules/typescript/bin/tsc'), ['-p', folder])).toBe('')
  })
})

describe('the pages', () => {
  it.for(pages)('%s has no dead link to a file', (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] as string)
    const folder = join(root, page, '..')
    expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([])
  })

  it('the catalogue has a row for every rule, combinator and optimizer', () => {
    const catalogue = textOf('docs/catalogue.md')
    const folders = ['rules', 'combinators', 'optimizers']
    const files = folders.flatMap((folder) => readdirSync(join(root, 'transforms', folder)))
    const inner = new Set(['labels', 'forecast', 'gated', 'rated', 'rateOr', 'alongLine'])
    const names = files.map((file) => file.replace(/\.ts$/, '')).filter((name) => !inner.has(name))
    expect(names.filter((name) => !catalogue.includes(`/${name}.ts`))).toEqual([])
  })

  it('the catalogue is what the code says: `npm run catalogue` writes it', () => {
    expect(textOf('docs/catalogue.md')).toBe(cataloguePage())
  })
})
