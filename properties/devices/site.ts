import { copyFile, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles TypeScript source into a one-page site in a folder of its own and answers the folder, for `serve`.
 *
 * Imports in the source are as from a file in `from`. tfjs's `.wasm` files lie beside the page.
 *
 * Default: from = the project's root.
 */
export const buildSite = async (source: string, from = root): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'foregrad-site-'))
  await writeFile(join(folder, 'index.html'), PAGE)
  await build({
    stdin: { contents: source, resolveDir: from, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outfile: join(folder, 'page.js'),
    logLevel: 'error',
  })
  await copyWasm(folder)
  return folder
}

/** An empty icon keeps the browser from asking the server for one. */
const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>foregrad</title>
<link rel="icon" href="data:,">
<script type="module" src="page.js"></script>
`

const copyWasm = async (folder: string): Promise<void> => {
  const dist = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  const names = (await readdir(dist)).filter((name) => name.endsWith('.wasm'))
  await Promise.all(names.map((name) => copyFile(join(dist, name), join(folder, name))))
}
