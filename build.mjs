// Writes dist, the package: types a module each, code in few files, whose shared parts stand in chunks.
//
//     npm run build                      all of it
//     node build.mjs --code FOLDER       the code alone, into another folder
//
// Node takes time for every file that it imports, so what the entries share is joined, and each module's state exists once. A bundler cannot leave out a
// module of a chunk by package.json's `sideEffects`: it leaves out what it sees to be unused. So what stands at the top of a module is marked as free of
// effects, as `sideEffects` says of the whole file.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import ts from 'typescript'

const root = dirname(fileURLToPath(import.meta.url))
const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Imports that stay imports of a file: what is imported for its effect, under the name that `sideEffects` has, and whole modules as one name, which a
 * bundler then still takes apart. The files that import them end up in `lib`, and so do all chunks.
 */
const kept = {
  'lib/index.ts': ['./hosts/tfjs/attach.ts'],
  'lib/layers.ts': ['./hosts/tfjs/attach.ts'],
  'lib/core.ts': ['./rule/words.ts', '../transforms/arrays/index.ts'],
  'lib/cli.ts': ['./core.ts'],
}

/** Every entry of package.json that is a module, by its file in dist without its ending. */
const entries = () => {
  const named = [...Object.values(exports), bin.foregrad].map((entry) => entry.default ?? entry)
  const own = named.filter((file) => file.startsWith('./dist/') || file.startsWith('dist/'))
  const files = own.filter((file) => !file.endsWith('foregrad.browser.js'))
  const apart = Object.entries(kept).flatMap(([from, paths]) => paths.map((path) => join(dirname(from), path)))
  const names = [
    ...files.map((file) => file.replace(/^(\.\/)?dist\/|\.js$/g, '')),
    ...apart.map((file) => file.slice(0, -3)),
  ]
  return Object.fromEntries([...new Set(names)].map((name) => [name, join(root, `${name}.ts`)]))
}

const keepsFiles = {
  name: 'kept imports',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, importer }) =>
      kept[relative(root, importer)]?.includes(path)
        ? { path: path.replace(/\.ts$/, '.js'), external: true }
        : undefined,
    )
  },
}

/** Programs whose top does something, and the file that others wrote, which has its own marks. */
const unmarked = /\/(lib\/cli|lib\/hosts\/tfjs\/gradients\/tfjs)\.ts$/

/** What may do something when it is evaluated: what a bundler does not leave out by itself. */
const isActive = (node) => {
  if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return false
  const active = [
    ...[ts.isCallExpression, ts.isNewExpression, ts.isPropertyAccessExpression, ts.isElementAccessExpression],
    ...[
      ts.isSpreadElement,
      ts.isSpreadAssignment,
      ts.isTemplateExpression,
      ts.isBinaryExpression,
      ts.isClassExpression,
    ],
    ts.isComputedPropertyName,
  ]
  return active.some((is) => is(node)) || (ts.forEachChild(node, isActive) ?? false)
}

const marked = (expression) => `/* @__PURE__ */ (() => (${expression}))()`

/** Of names that are taken out of a value: the value once, and then each name by itself. Line breaks stay. */
const takenApart = ({ name, initializer }, i) => {
  const whole = `whole${i}$`
  const names = []
  const visit = (node) => {
    if (ts.isBindingElement(node) && ts.isIdentifier(node.name)) names.push(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(name)
  const pattern = name.getText().replaceAll(/\s+/g, ' ')
  const one = (each) => `${each} = /* @__PURE__ */ (() => { const ${pattern} = ${whole}; return ${each} })()`
  return [`${whole} = ${marked(initializer.getText())}`, ...names.map(one)].join(', ')
}

const changesIn = ({ declarationList: { declarations } }) =>
  declarations
    .filter(({ name, initializer }) => initializer && (!ts.isIdentifier(name) || isActive(initializer)))
    .map((each) => {
      const from = ts.isIdentifier(each.name) ? each.initializer.getStart() : each.getStart()
      const text = ts.isIdentifier(each.name) ? marked(each.initializer.getText()) : takenApart(each, from)
      return { from, end: each.end, text }
    })

/** A module with every constant at its top marked as free of effects. */
const withMarks = (file, text) =>
  ts
    .createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
    .statements.filter(ts.isVariableStatement)
    .filter(({ modifiers }) => !modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword))
    .flatMap(changesIn)
    .reverse()
    .reduce((all, { from, end, text: changed }) => all.slice(0, from) + changed + all.slice(end), text)

const marks = {
  name: 'marks',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) =>
      unmarked.test(path) ? undefined : { contents: withMarks(path, readFileSync(path, 'utf8')), loader: 'ts' },
    )
  },
}

const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning', absWorkingDir: root }

/** A source map shows the modules as they are in the repository. */
const withSources = (map) => {
  const { sources, ...others } = JSON.parse(map.text)
  const sourcesContent = sources.map((source) => readFileSync(join(dirname(map.path), source), 'utf8'))
  const shown = sources.map((source) => `foregrad/${relative(root, join(dirname(map.path), source))}`)
  return JSON.stringify({ ...others, sources: shown, sourcesContent })
}

/** esbuild keeps the order in which chunks are evaluated, which no chunk of ours depends on, and bundlers warn of imports without a name. */
const withoutBareChunks = (code) => code.replaceAll(/^import "[./]+(lib\/)?chunk-\w+\.js";$/gm, '')

const writeCode = async (folder) => {
  const { outputFiles } = await build({
    ...common,
    entryPoints: entries(),
    outdir: folder,
    splitting: true,
    chunkNames: 'lib/[name]-[hash]',
    platform: 'neutral',
    packages: 'external',
    sourcemap: true,
    write: false,
    plugins: [keepsFiles, marks],
  })
  for (const file of outputFiles) {
    // Then a module is taken as one name, and no bundler leaves out what of it is unused.
    if (file.text.includes('\n__export('))
      throw new Error(`${file.path}: a module as one name. Add its import to \`kept\`.`)
    mkdirSync(dirname(file.path), { recursive: true })
    writeFileSync(file.path, file.path.endsWith('.map') ? withSources(file) : withoutBareChunks(file.text))
  }
}

const writeTypes = () =>
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--emitDeclarationOnly'],
    { cwd: root, stdio: 'inherit' },
  )

/** One file with tfjs and its backends in it, for pages without a bundler. */
const writeBrowser = (folder) =>
  build({
    ...common,
    entryPoints: [join(root, 'lib/browser.ts')],
    outfile: join(folder, 'foregrad.browser.js'),
    minify: true,
    legalComments: 'eof',
  })

/** What is wrong with a command line ends the program before anything is deleted. */
const readFlags = () => {
  try {
    return parseArgs({ options: { code: { type: 'string' }, help: { type: 'boolean' } } }).values
  } catch (error) {
    console.error(`${error.message}\nRun with --help for the flags.`)
    return process.exit(2)
  }
}

const { code, help } = readFlags()
if (help) {
  console.log(
    'npm run build                  writes dist anew\nnode build.mjs --code FOLDER   writes the code alone, there',
  )
} else if (code !== undefined) {
  await writeCode(code)
} else {
  const dist = join(root, 'dist')
  rmSync(dist, { recursive: true, force: true })
  writeTypes()
  await writeBrowser(dist)
  await writeCode(dist)
}
