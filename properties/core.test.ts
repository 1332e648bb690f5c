/** foregrad/core: a value needs no array library, and costs what it should. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What a program loads before it runs, a file each; tfjs is not in it. */
const eagerFiles = async (program: string, minify: boolean): Promise<readonly Uint8Array[]> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts', sourcefile: 'program.ts' },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify,
    write: false,
    metafile: true,
    outdir: 'out',
    external: ['@tensorflow/*', 'webgpu'],
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [path.split('/').at(-1), contents]))
  return [...eager(metafile)].map((file) => files.get(file.split('/').at(-1) as string) as Uint8Array)
}

/** Their bytes, minified and gzipped. */
const eagerBytes = async (program: string): Promise<number> =>
  (await eagerFiles(program, true)).reduce((sum, file) => sum + gzipSync(file).length, 0)

/** The constants at the top of a bundled file that nothing in it names again. */
const unusedIn = (text: string): string[] => {
  const source = ts.createSourceFile('bundle.js', text, ts.ScriptTarget.ESNext, true)
  const uses = new Map<string, number>()
  const count = (node: ts.Node): void => {
    const { parent } = node
    const isKey =
      parent && (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node
    if (ts.isIdentifier(node) && !isKey) uses.set(node.text, (uses.get(node.text) ?? 0) + 1)
    ts.forEachChild(node, count)
  }
  count(source)
  return source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList: { declarations } }) => declarations.map(({ name }) => name.getText()))
    .filter((name) => uses.get(name) === 1)
}

/** The entry, and all that it imports before it runs. */
const eager = ({ outputs }: Metafile): Set<string> => {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file) || !outputs[file]) return
    found.add(file)
    for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement') visit(path)
  }
  visit(Object.keys(outputs).find((file) => outputs[file]?.entryPoint !== undefined) as string)
  return found
}

describe('what a program loads before it runs, gzipped, without tfjs', () => {
  it('is at most 9 kB for an optimizer out of core', async () => {
    const bytes = await eagerBytes("export { adamw } from './lib/core.ts'")
    console.log(`{ adamw } from foregrad/core: ${bytes} bytes`)
    expect(bytes).toBeLessThanOrEqual(9_000)
  })

  it('is at most 26 kB for an optimizer, its steps and a choice of backends', async () => {
    const bytes = await eagerBytes("export { adamw, step, useBackend } from './lib/index.ts'")
    console.log(`{ adamw, step, useBackend } from foregrad: ${bytes} bytes`)
    expect(bytes).toBeLessThanOrEqual(26_000)
  })

  it('holds no constant that is not used: what makes one is marked as /* @__PURE__ */, or stands in a file of its own', async () => {
    const files = await eagerFiles("export { adamw, step, useBackend } from './lib/index.ts'", false)
    expect(files.flatMap((file) => unusedIn(new TextDecoder().decode(file)))).toEqual([])
    expect(unusedIn('var sizeLeaf = fact("size");\nvar mean = (x) => div(x, 2);\nmean(1);')).toEqual(['sizeLeaf'])
  })
})

const program = `
import { adamw, explain, float64, show } from './lib/core.js'
const tx = adamw(0.1, { predictSteps: 2 })
const meaning = float64(tx)
const { params } = meaning.step([0.5], meaning.init([1]), [1])
const refused = (run) => { try { run() } catch ({ code, message }) { return { code, message } } }
const { code, message } = refused(() => tx.init(null))
console.log(JSON.stringify({
  shown: show(tx).includes("mu'"), passes: explain(tx).passes.length, moved: params[0] < 1,
  code, named: message.includes("Import 'foregrad'"), update: refused(() => tx.update(null, null)).code,
}))
`

describe('in a folder that holds foregrad and fp-ts alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-core-'))

  beforeAll(() => {
    execFileSync(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      ...['-p', join(root, 'tsconfig.build.json'), '--outDir', folder, '--declaration', 'false'],
    ])
    mkdirSync(join(folder, 'node_modules'))
    cpSync(join(root, 'node_modules/fp-ts'), join(folder, 'node_modules/fp-ts'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(folder, 'main.js'), program)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('reads a value, and says what to import before it runs on tensors', () => {
    const printed = execFileSync(process.execPath, ['main.js'], { cwd: folder, encoding: 'utf8' })
    expect(JSON.parse(printed)).toEqual({
      ...{ shown: true, passes: 1, moved: true, code: 'no-host', named: true, update: 'no-host' },
    })
  })
})
