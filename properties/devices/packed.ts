import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** What no package is made of, and what a build of the project itself may be writing at this moment. */
const leftOut = new Set([
  'node_modules',
  'dist',
  'out',
  'coverage',
  '.git',
  '.cache',
  'docs/site/dist',
  'docs/site/.cache',
])

const isSource = (path: string): boolean => !leftOut.has(relative(root, path)) && !basename(path).endsWith('.tgz')

/** The package's tarball, as `npm pack` makes it, built and packed in a copy of the project: the project's own `dist` is neither read nor written. */
const pack = async (folder: string): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'foregrad-pack-'))
  try {
    await cp(root, copy, { recursive: true, filter: isSource })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
    await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: copy })
  } finally {
    await rm(copy, { recursive: true })
  }
  return (await readdir(folder)).find((name) => name.endsWith('.tgz')) as string
}

/** The folder that all test files of a run share: vitest.config.ts names it, and takes it away at the end. */
const shared = join(process.env.FOREGRAD_SHARED as string, 'packed')

/** The tarball of this run: whoever comes first packs it, the others wait for it. */
const packedOnce = async (): Promise<string> => {
  const [done, failed] = [join(shared, 'done'), join(shared, 'failed')]
  const first = await mkdir(shared).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
  if (first) {
    const name = await pack(shared).catch(async (error) => {
      await writeFile(failed, String(error))
      throw error
    })
    await writeFile(done, name)
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error('the tarball could not be packed: the test file that came first says why')
    await sleep(100)
  }
  return join(shared, (await readdir(shared)).find((name) => name.endsWith('.tgz')) as string)
}

/** The package's tarball, as `npm pack` makes it. Answers the file, in `folder`. */
export const packInto = async (folder: string): Promise<string> => {
  const tarball = await packedOnce()
  const own = join(folder, basename(tarball))
  await cp(tarball, own)
  return own
}

/**
 * A folder outside the project in which `foregrad` is the unpacked tarball. Inside the project the name would be found in the project
 * itself. The package's peers are the project's, and so are the packages that are named `beside` them.
 */
export const unpackedProject = async (beside: readonly string[] = []): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'foregrad-unpacked-'))
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  await run('tar', ['-xzf', await packInto(folder), '-C', modules])
  await rename(join(modules, 'package'), join(modules, 'foregrad'))
  for (const name of ['@tensorflow', 'fp-ts', ...beside])
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction')
  return folder
}
