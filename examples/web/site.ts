import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { loadDigits } from '../mnist/digits.ts'
import { pack } from './packing.ts'

const page = fileURLToPath(new URL('page', import.meta.url))

/** Writes the page, its script, tfjs's `.wasm` files and the digits to a folder; all addresses in it are relative. */
export const buildSite = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await Promise.all([
    ...['index.html', 'style.css'].map((name) => copyFile(join(page, name), join(folder, name))),
    copyWasm(folder),
    bundle(folder),
    // Packed here and unpacked by the page, so that it needs no server that packs.
    writeFile(join(folder, 'digits.bin'), gzipSync(pack(loadDigits()), { level: 9 })),
  ])
}

/** One chunk a backend: the browser loads those that it tries. */
const bundle = (outdir: string) =>
  build({
    entryPoints: [join(page, 'main.ts')],
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    plugins: [withoutNode],
  })

/** The page shares files with the command line; what of them needs Node is not used here, and falls out of the bundle. */
const withoutNode: Plugin = {
  name: 'without node',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
  },
}

const copyWasm = async (folder: string): Promise<void> => {
  const dist = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  const names = (await readdir(dist)).filter((name) => name.endsWith('.wasm'))
  await Promise.all(names.map((name) => copyFile(join(dist, name), join(folder, name))))
}
