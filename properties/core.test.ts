/** foregrad/core: a value needs no array library, and costs what it should. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The bytes, minified and gzipped, of what a program loads before it runs; tfjs is not counted. */
const eagerBytes = async (program: string): Promise<number> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts', sourcefile: 'program.ts' },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
    outdir: 'out',
    external: ['@tensorflow/*', 'webgpu'],
  })
  const sizes = new Map(outputFiles.map(({ path, contents }) => [path.split('/').at(-1), gzipSync(contents).length]))
  return [...eager(metafile)].reduce((sum, file) => sum + (sizes.get(file.split('/').at(-1)) ?? 0), 0)
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
