/**
 * README's first program from the packed tarball, under bundlers and runtimes: `npm run bundlers`. Pages run in the packaged Chromium.
 *
 * CI runs those whose tools are there anyway: `npm run bundlers -- -t short`.
 */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, transformSync } from 'esbuild'
import type { Browser, ConsoleMessage } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../devices/chromium.ts'
import { needsBrowser, needsSoftwareGpu } from '../devices/needs.ts'
import { serve } from '../devices/serve.ts'
import { whyNoSoftwareGpu } from '../devices/softwareGpu.ts'
import {
  firstProgram,
  forPages,
  nexts,
  nodes,
  type Project,
  preferring,
  tools,
  userProject,
  withAddresses,
} from './project.ts'

const runFile = promisify(execFile)
const html = (script: string): string =>
  `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`
const wasmNames = ['', '-simd', '-threaded-simd'].map((build) => `tfjs-backend-wasm${build}.wasm`)
const workerPage = "new Worker(new URL('./main.ts', import.meta.url), { type: 'module' })\n"

let project: Project
let browser: Browser | undefined

beforeAll(async () => {
  project = await userProject()
  project.write('main.ts', firstProgram())
  if (whyNoSoftwareGpu() === undefined) browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await project?.remove()
}, 60_000)

/** What a page printed until it showed the weights, and what went wrong on it. */
const printedBy = async (url: string): Promise<{ readonly lines: unknown[][]; readonly errors: string[] }> => {
  const page = await browser!.newPage()
  const lines: unknown[][] = []
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('requestfailed', (request) => errors.push(`${request.url()} failed`))
  const values = (message: ConsoleMessage) =>
    Promise.all(
      message.args().map((x) => x.evaluate((y: unknown) => (ArrayBuffer.isView(y) ? Array.from(y as never) : y))),
    )
  const isDone = new Promise<void>((done) => {
    page.on('console', async (message) => {
      if (message.type() === 'warning' || message.type() === 'error') errors.push(message.text())
      if (message.type() !== 'log') return
      const line = await values(message)
      lines.push(line)
      if (Array.isArray(line[0])) done()
    })
  })
  try {
    await page.goto(url)
    await Promise.race([isDone, new Promise((late) => setTimeout(late, 30_000))])
    return { lines, errors: errors.filter((text) => !text.startsWith('WebGPU is experimental')) }
  } finally {
    await page.close()
  }
}

const isTrained = (weights: readonly number[]): void => {
  expect(weights).toHaveLength(3)
  ;[1, -2, 3].forEach((w, i) => {
    expect(Math.abs(weights[i]! - w)).toBeLessThan(1e-2)
  })
}

/** A folder of files trains when it is served, fused on wasm, with a clean console. */
const pageTrains = async (url: string): Promise<void> => {
  const { lines, errors } = await printedBy(url)
  expect(errors).toEqual([])
  expect(lines[0]).toEqual(['wasm', 'fused'])
  isTrained((lines.at(-1) as number[][])[0] as number[])
}

const servedTrains = async (folder: string): Promise<void> => {
  const { url, close } = await serve(join(project.folder, folder))
  try {
    await pageTrains(url)
  } finally {
    await close()
  }
}

/** The address that a server of the project's own says it has; the server is ended after its use. */
const whileServing = async (
  program: string,
  args: readonly string[],
  use: (url: string) => Promise<void>,
): Promise<void> => {
  const server = spawn(process.execPath, [join(project.folder, program), ...args], { cwd: project.folder })
  try {
    const url = await new Promise<string>((found, failed) => {
      let text = ''
      const read = (chunk: unknown): void => {
        text += String(chunk)
        // Colours stand around the port.
        const plain = text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')
        const port = /http:\/\/[\w.]+:(\d+)/.exec(plain)?.[1]
        if (port) found(`http://127.0.0.1:${port}/`)
      }
      server.stdout.on('data', read)
      server.stderr.on('data', read)
      server.on('exit', () => failed(new Error(text)))
    })
    await use(url)
  } finally {
    server.kill()
  }
}

/** What a runtime printed: the backend first, the weights last. */
const runtimeTrained = (printed: string, where = 'wasm fused'): void => {
  expect(printed.split('\n')).toContain(where)
  const weights = /Float32Array\(3\) \[([^\]]*)\]/.exec(printed)?.[1]
  isTrained((weights as string).split(',').map(Number).slice(0, 3))
}

test('README has the line that a page changes', () => {
  expect(forPages(firstProgram())).not.toBe(firstProgram())
})

test('docs/support.md and engines name the versions of Node', () => {
  const page = readFileSync(new URL('../../docs/support.md', import.meta.url), 'utf8')
  expect(page).toContain(`| Node ${nodes.join(', ')} |`)
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const majors = nodes.map((version) => version.split('.')[0])
  const lowest = nodes.filter((_, i) => majors.indexOf(majors[i]) === i)
  expect(engines.node).toBe(lowest.map((version) => `^${version}`).join(' || '))
})

/** What comes along with a tool. */
const isNamed = (tool: string): boolean => !/^(webpack-cli|react-dom|typescript|@types\/.*|@tensorflow\/.*)$/.test(tool)

test.for(Object.entries(tools))('docs/support.md names %s %s', ([name, version]) => {
  const page = readFileSync(new URL('../../docs/support.md', import.meta.url), 'utf8')
    .toLowerCase()
    .replaceAll('.js ', ' ')
  if (isNamed(name)) expect(page).toContain(`${name} ${version}`)
})

describe('short: Node and esbuild', () => {
  test('Node runs the program', () => {
    project.write('main.mjs', transformSync(firstProgram(), { loader: 'ts', format: 'esm' }).code)
    runtimeTrained(execFileSync(process.execPath, ['main.mjs'], { cwd: project.folder, encoding: 'utf8' }))
  })

  const bundle = async (folder: string): Promise<void> => {
    const out = join(project.folder, folder)
    mkdirSync(out)
    cpSync(join(project.folder, 'public'), out, { recursive: true })
    await build({
      absWorkingDir: project.folder,
      stdin: { contents: forPages(firstProgram()), resolveDir: project.folder, loader: 'ts' },
      bundle: true,
      format: 'esm',
      minify: true,
      outfile: join(out, 'main.js'),
      logLevel: 'silent',
    })
  }

  test('esbuild: a page', async (context) => {
    needsBrowser(context)
    await bundle('esbuild')
    project.write('esbuild/index.html', html('/main.js'))
    await servedTrains('esbuild')
  })

  test('esbuild: a worker', async (context) => {
    needsBrowser(context)
    await bundle('esbuildWorker')
    project.write('esbuildWorker/page.js', "new Worker('/main.js', { type: 'module' })")
    project.write('esbuildWorker/index.html', html('/page.js'))
    await servedTrains('esbuildWorker')
  })
})

describe('short: the file for pages without a bundler', () => {
  const page = (): string => {
    const code = forPages(firstProgram()).replaceAll(/^import '.*'\n|^import \* as tf .*\n/gm, '')
    return code.replace(/import \{([^}]*)\} from 'foregrad'/, "import {$1 tf } from '/foregrad.browser.js'")
  }

  test('a plain HTML page trains', async (context) => {
    needsBrowser(context)
    mkdirSync(join(project.folder, 'plain'))
    cpSync(join(project.folder, 'public'), join(project.folder, 'plain'), { recursive: true })
    const file = join(project.folder, 'node_modules/foregrad/dist/foregrad.browser.js')
    cpSync(file, join(project.folder, 'plain/foregrad.browser.js'))
    const script = transformSync(page(), { loader: 'ts', format: 'esm' }).code
    project.write(
      'plain/index.html',
      `<!doctype html><link rel="icon" href="data:,"><script type="module">${script}</script>`,
    )
    await servedTrains('plain')
  })

  test('has nothing to load from elsewhere, and the licence of what is in it', async () => {
    const file = join(project.folder, 'node_modules/foregrad/dist/foregrad.browser.js')
    const { metafile } = await build({
      ...{ entryPoints: [file], bundle: true, format: 'esm', write: false, outdir: 'out', metafile: true },
      logLevel: 'silent',
    })
    expect(Object.keys(metafile.inputs)).toHaveLength(1)
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
    const text = readFileSync(file, 'utf8')
    expect(text.includes('Licensed under the Apache License')).toBe(true)
    expect(gzipSync(text).length).toBeLessThan(420_000)
  })

  test('package.json sends a CDN to it', () => {
    const { jsdelivr, unpkg } = JSON.parse(
      readFileSync(join(project.folder, 'node_modules/foregrad/package.json'), 'utf8'),
    )
    expect([jsdelivr, unpkg]).toEqual(['./dist/foregrad.browser.js', './dist/foregrad.browser.js'])
  })
})

/** CommonJS has no await at its top. */
const required = `
  const tf = require('@tensorflow/tfjs-core')
  require('foregrad/gradients')
  const { adamw, useBackend, withGradient } = require('foregrad')
  const main = async () => {
    const { backend, fused } = await useBackend({ prefer: ['wasm'] })
    const trainer = withGradient(({ w }) => tf.sum(tf.square(w)), adamw(0.5))
    let train = trainer.init({ w: tf.tensor1d([1]) })
    for (let i = 0; i < 3; i++) train = trainer.step(train).train
    console.log(backend, fused, (await train.params.w.data())[0] < 0)
  }
  main()
`

test('short: CommonJS requires foregrad in Node 20', () => {
  project.write('required.cjs', required)
  const printed = execFileSync(process.execPath, ['required.cjs'], { cwd: project.folder, encoding: 'utf8' })
  expect(printed).toBe('wasm true true\n')
})

describe.for(nodes)('Node %s', (version) => {
  let node = ''
  beforeAll(async () => {
    node = await project.node(version)
    project.write('main.mjs', transformSync(firstProgram(), { loader: 'ts', format: 'esm' }).code)
    project.write('required.cjs', required)
  }, 300_000)

  test('runs the program', () => {
    const run = (...args: string[]) => execFileSync(node, args, { cwd: project.folder, encoding: 'utf8' })
    expect(run('--version').trim()).toBe(`v${version}`)
    runtimeTrained(run('main.mjs'))
    project.write('cpu.mjs', transformSync(preferring('cpu'), { loader: 'ts', format: 'esm' }).code)
    runtimeTrained(run('cpu.mjs'), 'cpu op by op')
    // From 24 on Node reads what README says to write.
    if (Number(version.split('.')[0]) >= 24) {
      project.write('main.mts', firstProgram())
      runtimeTrained(run('main.mts'))
    }
  })

  test('requires foregrad from CommonJS', () => {
    const { stdout, stderr } = spawnSync(node, ['required.cjs'], { cwd: project.folder, encoding: 'utf8' })
    expect(stdout).toBe('wasm true true\n')
    if (version !== '22.12.0') expect(stderr).toBe('')
  })
})

describe('jest', () => {
  beforeAll(async () => {
    await project.install('jest')
  }, 300_000)

  test('jest runs a test that trains', async () => {
    mkdirSync(join(project.folder, 'jest'))
    cpSync(new URL('./train.jest.js', import.meta.url), join(project.folder, 'jest/train.test.js'))
    const { stderr } = await runFile(
      process.execPath,
      ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--rootDir', 'jest'],
      { cwd: project.folder },
    )
    expect(stderr).toMatch(/Tests: +1 passed, 1 total/)
  })
})

describe('Vite', () => {
  beforeAll(async () => {
    await project.install('vite')
    project.write('main.ts', forPages(firstProgram()))
    project.write('page.ts', workerPage)
    // Its workers are no modules by default, and the program awaits at its top.
    project.write('vite.config.js', "export default { worker: { format: 'es' } }\n")
  }, 180_000)

  const developed = (): Promise<void> =>
    whileServing('node_modules/vite/bin/vite.js', ['--port', '0', '--host', '127.0.0.1'], pageTrains)

  test.for([
    ['a page', '/main.ts'],
    ['a worker', '/page.ts'],
  ])('builds %s', async ([, script], context) => {
    needsBrowser(context)
    project.write('index.html', html(script as string))
    const output = `vite${(script as string).replace(/\W/g, '')}`
    await project.run('vite', 'build', '--outDir', output)
    await servedTrains(output)
  })

  test('builds a page that imports its .wasm files', async (context) => {
    needsBrowser(context)
    project.write('imported.ts', withAddresses(firstProgram(), 'import'))
    project.write('index.html', html('/imported.ts'))
    await project.run('vite', 'build', '--outDir', 'viteImported')
    for (const name of wasmNames) rmSync(join(project.folder, 'viteImported', name))
    await servedTrains('viteImported')
  })

  test.for([
    ['a page', '/main.ts'],
    ['a worker', '/page.ts'],
  ])('serves %s while it is written', async ([, script], context) => {
    needsBrowser(context)
    project.write('index.html', html(script as string))
    await developed()
  })
})

describe('webpack 5', () => {
  beforeAll(async () => {
    await project.install('webpack', 'webpack-cli')
    const code = transformSync(forPages(firstProgram()), { loader: 'ts', format: 'esm' }).code
    mkdirSync(join(project.folder, 'src'))
    project.write('src/main.js', code)
    const addresses = withAddresses(firstProgram(), 'URL')
    project.write('src/addresses.js', transformSync(addresses, { loader: 'ts', format: 'esm' }).code)
    project.write('src/page.js', workerPage.replace('main.ts', 'main.js'))
  }, 180_000)

  test.for([
    ['a page', 'main'],
    ['a worker', 'page'],
    ['a page with addresses of its .wasm files', 'addresses'],
  ])('builds %s', { timeout: 180_000 }, async ([, entry], context) => {
    needsBrowser(context)
    const output = join(project.folder, `webpack-${entry}`)
    const config = { mode: 'production', entry: `./src/${entry}.js`, output: { path: output, filename: 'bundle.js' } }
    project.write(
      'webpack.config.js',
      `export default ${JSON.stringify({ ...config, performance: { hints: false } })}\n`,
    )
    await project.run('webpack')
    if (entry !== 'addresses') cpSync(join(project.folder, 'public'), output, { recursive: true })
    project.write(`webpack-${entry}/index.html`, html('/bundle.js'))
    await servedTrains(`webpack-${entry}`)
  })
})

describe.for(nexts)('Next.js $version, built by $by', ({ version }) => {
  const next = 'node_modules/next/dist/bin/next'
  const app = `next-${version}`
  const serving = (use: (url: string) => Promise<void>) => whileServing(next, ['start', app, '--port', '0'], use)

  beforeAll(async () => {
    await project.install(`next@${version}`, 'react', 'react-dom', 'typescript', '@types/react', '@types/node')
    cpSync(new URL('./next', import.meta.url), join(project.folder, app), { recursive: true })
    cpSync(join(project.folder, 'public'), join(project.folder, app, 'public'), { recursive: true })
    project.write(`${app}/main.ts`, forPages(firstProgram()))
    await project.run('next', 'build', app)
  }, 600_000)

  test('a page that imports foregrad is rendered on the server', () =>
    serving(async (url) => {
      const answer = await fetch(url)
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('mu&#x27;')
    }))

  test('the page trains', async (context) => {
    needsBrowser(context)
    await serving(pageTrains)
  })

  test('a route of the server trains, with serverExternalPackages', () =>
    serving(async (url) => {
      expect(await (await fetch(`${url}train`)).json()).toEqual({ backend: 'wasm', fused: true })
    }))
})

describe('runtimes', () => {
  beforeAll(async () => {
    await project.install('bun', 'deno', '@tensorflow/tfjs-backend-webgpu')
    project.write('program.ts', firstProgram())
    project.write('cpu.ts', preferring('cpu'))
    project.write('webgpu.ts', preferring('webgpu'))
  }, 300_000)

  test('Bun runs the program', async () => {
    runtimeTrained(await project.run('bun', 'program.ts'))
    runtimeTrained(await project.run('bun', 'cpu.ts'), 'cpu op by op')
  })

  test('Deno runs the program', async () => {
    runtimeTrained(await project.run('deno', 'run', '--allow-all', 'program.ts'))
    runtimeTrained(await project.run('deno', 'run', '--allow-all', 'cpu.ts'), 'cpu op by op')
  })

  test('Deno runs the program on WebGPU', async (context) => {
    needsSoftwareGpu(context)
    runtimeTrained(await project.run('deno', 'run', '--allow-all', 'webgpu.ts'), 'webgpu fused')
  })
})
