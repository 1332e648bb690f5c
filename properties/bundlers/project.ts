/** A user's project in a folder of its own: README's first program, foregrad from its packed tarball, and the peers that README installs. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packInto } from '../devices/packed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const runFile = promisify(execFile)

/** The tools, in the versions that were tried; docs/support.md names them. */
export const tools = {
  vite: '8.3.8',
  webpack: '5.113.0',
  'webpack-cli': '7.3.1',
  next: '15.5.29',
  react: '19.3.1',
  'react-dom': '19.3.1',
  typescript: '5.9.3',
  '@types/react': '19.3.0',
  '@types/node': '20.19.43',
  jest: '30.5.2',
  bun: '1.4.5',
  deno: '2.9.6',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
} as const

/** Next.js as it builds by webpack, and as it builds by Turbopack. */
export const nexts = [
  { version: tools.next, by: 'webpack' },
  { version: '16.4.6', by: 'Turbopack' },
] as const

/** The versions of Node beside the one that runs the tests: the first and the newest of each that `engines` names. */
export const nodes = ['20.19.0', '22.12.0', '22.23.3', '24.0.0', '24.21.0', '26.0.0', '26.10.0'] as const

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

/** The first block of TypeScript in README. */
export const firstProgram = (): string =>
  /^```ts\n([\s\S]*?)^```/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] as string

/** The program on a backend that it asks for. */
export const preferring = (backend: 'webgpu' | 'cpu'): string =>
  firstProgram().replace('await useBackend()', `await useBackend({ prefer: ['${backend}'] })`)

/** The one line that a page needs: where its server has the `.wasm` files. */
export const forPages = (program: string): string =>
  program.replace('await useBackend()', "await useBackend({ wasmPaths: '/' })")

const wasmFiles = ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd']
const pathOf = (name: string): string => `@tensorflow/tfjs-backend-wasm/dist/${name}.wasm`

/** The program with an address for each of the `.wasm` files, which the bundler finds: by an import of it, or by a `new URL`. */
export const withAddresses = (program: string, by: 'import' | 'URL'): string => {
  const imports = wasmFiles.map((name, i) => `import file${i} from '${pathOf(name)}?url'\n`).join('')
  const address = (name: string, i: number): string =>
    by === 'import' ? `file${i}` : `new URL('${pathOf(name)}', import.meta.url).href`
  const map = wasmFiles.map((name, i) => `'${name}.wasm': ${address(name, i)}`).join(', ')
  const changed = program.replace('await useBackend()', `await useBackend({ wasmPaths: { ${map} } })`)
  return by === 'import' ? imports + changed : changed
}

export interface Project {
  readonly folder: string
  /** Adds tools to the project. */
  readonly install: (...names: (keyof typeof tools | `next@${string}`)[]) => Promise<void>
  /** The program `node` in this version, beside the project. */
  readonly node: (version: (typeof nodes)[number]) => Promise<string>
  /** Runs a command of the project's own. Answers what it printed. */
  readonly run: (command: string, ...args: readonly string[]) => Promise<string>
  readonly write: (file: string, text: string) => void
  readonly remove: () => Promise<void>
}

/** Installs the project. `public` has the `.wasm` files, as docs/support.md says. */
export const userProject = async (): Promise<Project> => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-user-'))
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)
  const npm = (packages: readonly string[]) =>
    runFile('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent', ...packages], { cwd: folder })
  write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }))
  const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']
  await npm([await packInto(folder), ...peers.map((name) => `${name}@${versionOf(name)}`)])
  mkdirSync(join(folder, 'public'))
  const dist = join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')
  for (const name of readdirSync(dist).filter((name) => name.endsWith('.wasm'))) {
    cpSync(join(dist, name), join(folder, 'public', name))
  }
  return {
    folder,
    write,
    install: async (...names) => {
      await npm(names.map((name) => (name in tools ? `${name}@${tools[name as keyof typeof tools]}` : name)))
    },
    node: async (version) => {
      const beside = join(folder, `node-${version}`)
      mkdirSync(beside, { recursive: true })
      writeFileSync(join(beside, 'package.json'), JSON.stringify({ private: true }))
      await runFile('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent', `node@${version}`], {
        cwd: beside,
      })
      return join(beside, 'node_modules/.bin/node')
    },
    run: async (command, ...args) => {
      const file = join(folder, 'node_modules/.bin', command)
      return (await runFile(file, args, { cwd: folder, timeout: 390_000 })).stdout
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}
