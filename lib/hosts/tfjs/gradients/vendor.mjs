// Writes tfjs.ts, the gradients of @tensorflow/tfjs-core as one module that Node can import.
//
//     npm run prepare                                             writes the file; npm ci, npm install and npm pack do so by themselves
//     node lib/hosts/tfjs/gradients/vendor.mjs --check            fails when the file is not what the installed tfjs-core gives
//     node lib/hosts/tfjs/gradients/vendor.mjs --any-version      takes a tfjs-core that nobody has looked at yet
//
// The file is not in the repository: it is what others wrote, and stands in their package.
//
// tfjs-core's own gradient files import their neighbours without an extension, which Node refuses. Here esbuild joins
// them, and everything that tfjs-core exports publicly is imported from it by name: so no second engine, no second
// Tensor class, and nothing of tfjs-core's inside but the gradients and the few ops that it keeps to itself.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { build } from 'esbuild'

const CORE = '@tensorflow/tfjs-core'
const dist = dirname(createRequire(import.meta.url).resolve(CORE))
const target = join(dirname(fileURLToPath(import.meta.url)), 'tfjs.ts')

/** The versions whose gradients were read, and are held by properties/lib/gradients.test.ts. */
const KNOWN = ['4.22.0']

/** The gradients that foregrad writes itself, each in a file beside this one. */
const OURS = ['BatchMatMul', 'Conv2D', 'DepthwiseConv2dNative', 'GatherV2', 'MaxPool']

const header = `// biome-ignore-all format lint assist: written by vendor.mjs from ${CORE} ${tf.version_core}, not by hand
// @ts-nocheck
/**
 * The gradients of ${CORE} ${tf.version_core}, joined by \`node lib/hosts/tfjs/gradients/vendor.mjs\`.
 *
 * @license
 * Copyright 2019-2020 Google LLC. All Rights Reserved.
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 * http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
import type { GradConfig } from '${CORE}'
`

const footer = '\nexport const tfjsGradients: readonly GradConfig[] = gradients\n'

/** Where tfjs-core's public face may hold a name, in the order of search. */
const FACES = ['', 'util', 'backend_util', 'slice_util', 'tensor_util']

const core = { ...tf }

const faceOf = (name) => FACES.find((face) => name in (face === '' ? core : core[face]))

const source = (file) => readFileSync(`${file}.js`, 'utf8').replace(/^\/\/# sourceMappingURL.*$/m, '')

/** The names that a module of tfjs-core exports, with those that it passes on. */
const exportsOf = (file) => {
  const text = source(file)
  const own = [...text.matchAll(/^export (?:async )?(?:function|const|class|let|var) (\w+)/gm)].map((match) => match[1])
  const passed = [...text.matchAll(/^export \* from '(.*)'/gm)].flatMap((m) => exportsOf(join(dirname(file), m[1])))
  return [...own, ...passed]
}

/** A module that takes the same names from tfjs-core's public face; nothing where one of them is private. */
const publicTwin = (file) => {
  const name = relative(dist, file)
  if (name === 'engine') return `import { engine } from '${CORE}'\nexport const ENGINE = engine()`
  // Gradients hand tensors to the ops that are private: nothing is left to convert.
  if (name === 'tensor_util_env') return 'export const convertToTensor = (tensor) => tensor'
  const names = exportsOf(file)
  if (names.length === 0 || names.some((each) => faceOf(each) === undefined)) return undefined
  const top = names.filter((each) => faceOf(each) === '')
  const nested = names.filter((each) => faceOf(each) !== '')
  const faces = [...new Set(nested.map(faceOf))]
  return [
    top.length > 0 ? `export { ${top.join(', ')} } from '${CORE}'` : '',
    faces.length > 0 ? `import { ${faces.join(', ')} } from '${CORE}'` : '',
    ...nested.map((each) => `export const ${each} = /* @__PURE__ */ (() => ${faceOf(each)}.${each})()`),
  ].join('\n')
}

/** tfjs-core alone has no chained methods, and two gradients call one: the op takes its place. */
const withoutChaining = (text) => {
  if (!/\w\.reshape\(/.test(text)) return text
  return `import { reshape as reshapeOp } from '../ops/reshape'\n${text.replace(/(\w+)\.reshape\(/g, 'reshapeOp($1, ')}`
}

const plugin = {
  name: 'public face',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@tensorflow/ }, () => ({ path: CORE, external: true, sideEffects: false }))
    onResolve({ filter: /^\./ }, ({ path, importer, resolveDir }) => {
      const file = join(importer.startsWith('/') ? dirname(importer) : resolveDir, path)
      if (file === join(dist, 'base')) return { path: CORE, external: true, sideEffects: false }
      return { path: file, namespace: 'tfjs', sideEffects: false }
    })
    onLoad({ filter: /.*/, namespace: 'tfjs' }, ({ path }) => ({
      contents: path.includes('/gradients/') ? withoutChaining(source(path)) : (publicTwin(path) ?? source(path)),
      resolveDir: dirname(path),
    }))
  },
}

/** Imports what tfjs-core's own register_all_gradients imports, and collects it in one array. */
const entry = () => {
  const lines = source(join(dist, 'register_all_gradients')).match(/^import \{ \w+GradConfig \} from .*$/gm) ?? []
  const kept = lines.filter((line) => !OURS.some((name) => line.includes(`/${name}_grad'`)))
  const names = kept.map((line) => line.match(/\w+GradConfig/)?.[0])
  return `${kept.join('\n')}\nexport const gradients = [${names.join(', ')}]`
}

const vendored = async () => {
  const { outputFiles } = await build({
    stdin: { contents: entry(), resolveDir: dist },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    plugins: [plugin],
    logLevel: 'error',
  })
  const code = outputFiles[0].text
    .replace(/^\/\/ (tfjs:.*|<stdin>)\n/gm, '')
    .replace(/\nexport \{\n {2}gradients\n\};\n/, '')
  return `${header}${withOneImport(code)}${footer}`
}

/** One import statement, of the names that the code uses, in place of one a module. */
const withOneImport = (code) => {
  const statement = /^import \{ (.*) \} from "@tensorflow\/tfjs-core";\n+/gm
  const specifiers = [...code.matchAll(statement)].flatMap((match) => match[1].split(', '))
  const aliases = specifiers.map((specifier) => specifier.split(' as ')).filter(({ length }) => length === 2)
  const body = aliases.reduce(
    (text, [name, alias]) => text.replaceAll(new RegExp(`\\b${alias}\\b`, 'g'), name),
    code.replace(statement, ''),
  )
  const names = new Set(specifiers.map((specifier) => specifier.split(' as ')[0]))
  const used = [...names].filter((name) => new RegExp(`\\b${name}\\b`).test(body)).sort()
  return `import {\n${used.map((name) => `  ${name},\n`).join('')}} from '${CORE}'\n\n${body.trim()}\n`
}

const checkVersion = () => {
  if (KNOWN.includes(tf.version_core) || process.argv.includes('--any-version')) return
  const advice = `look at what changed in its gradients, run this with --any-version and the tests, and add it to KNOWN`
  throw new Error(`vendor.mjs knows ${CORE} ${KNOWN.join(', ')}, and ${tf.version_core} is installed: ${advice}`)
}

checkVersion()
const text = await vendored()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text)
    throw new Error('tfjs.ts is stale: run node lib/hosts/tfjs/gradients/vendor.mjs')
} else writeFileSync(target, text)
