/**
 * `npm run road`: the calls of our own functions in one donated step of adamw on two small leaves, after warm-up, on the wasm backend, and how often
 * the road changes its room.
 *
 * Counted is every entry of a function of `lib` and `transforms`, in order: the sources are bundled with a mark at the head of every function body.
 * What JavaScript and tfjs bring is not counted. A change of room is an entry of a function in another room than that of the entry before.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import ts from 'typescript'
import { runCommand } from '../flags.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const steps = 10

/** Puts `enter(name)` at the head of every function body. */
const marking =
  (name: string): ts.TransformerFactory<ts.SourceFile> =>
  (context) =>
  (file) => {
    const { factory } = context
    const mark = factory.createExpressionStatement(
      factory.createCallExpression(factory.createIdentifier('globalThis.enter'), undefined, [
        factory.createStringLiteral(name),
      ]),
    )
    const marked = (body: ts.ConciseBody): ts.Block =>
      ts.isBlock(body)
        ? factory.updateBlock(body, [mark, ...body.statements])
        : factory.createBlock([mark, factory.createReturnStatement(body)])
    const visit = (node: ts.Node): ts.Node => {
      const inner = ts.visitEachChild(node, visit, context)
      if (ts.isArrowFunction(inner)) {
        const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken: arrow, body } = inner
        return factory.updateArrowFunction(inner, modifiers, typeParameters, parameters, type, arrow, marked(body))
      }
      const { body } = inner as { body?: ts.Node }
      const isFunction = ts.isFunctionLike(inner) && body !== undefined && ts.isBlock(body)
      return isFunction ? ts.visitEachChild(inner, (child) => (child === body ? marked(body) : child), context) : inner
    }
    return ts.visitNode(file, visit) as ts.SourceFile
  }

const marks: Plugin = {
  name: 'marks',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/(lib|transforms)\/.*\.ts$/ }, ({ path }) => {
      const name = path.slice(root.length)
      const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
        compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
        transformers: { before: [marking(name)] },
      })
      return { contents: outputText, loader: 'js', resolveDir: dirname(path) }
    })
  },
}

/** The library with marks, as a module beside `node_modules`. */
const marked = async (): Promise<typeof import('../../lib/index.ts')> => {
  const folder = join(root, 'node_modules', '.road')
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, 'foregrad.mjs')
  const external = ['@tensorflow/*', 'webgpu', 'fp-ts']
  const entryPoints = [join(root, 'lib/index.ts')]
  await build({ entryPoints, bundle: true, format: 'esm', outfile, external, plugins: [marks], logLevel: 'error' })
  const library = await import(pathToFileURL(outfile).href)
  rmSync(folder, { recursive: true })
  return library
}

let road: string[] = []
Object.assign(globalThis, { enter: (name: string) => road.push(name) })

const roomOf = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('lib/hosts/') ? 3 : 2)
    .join('/')

const countsOf = (names: readonly string[]): [string, number][] => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)
}

const count = async (): Promise<number> => {
  const tf = await import('@tensorflow/tfjs-core')
  const { adamw, releaseBackend, step, useBackend } = await marked()
  await useBackend({ prefer: ['wasm'] })
  const tx = adamw(1e-3)
  const leaves = () => ({ a: tf.ones([8]), b: tf.ones([8]) })
  const grads = leaves()
  let params = leaves()
  let state = tx.init(params)
  for (let n = 0; n < steps; n++) {
    road = []
    ;({ params, state } = step(tx, grads, state, params, { donate: true }))
  }

  const files = countsOf(road)
  const rooms = countsOf(road.map(roomOf))
  const changes = road.filter((file, i) => i > 0 && roomOf(file) !== roomOf(road[i - 1] as string)).length
  console.log(`${road.length} calls in ${files.length} files and ${rooms.length} rooms, ${changes} changes of room`)
  for (const [name, calls] of [...rooms, ...files]) console.log(`${String(calls).padStart(6)}  ${name}`)

  tf.dispose([params, grads])
  tf.dispose(state as never)
  await releaseBackend()
  return 0
}

const about =
  'Counts the calls of our own functions in one donated step of adamw on two small leaves, and the changes of room.'
process.exitCode = await runCommand({ name: 'road', about, table: {} }, process.argv.slice(2), count)
