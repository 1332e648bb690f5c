import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** What no package is made of, and what a build of the project itself may be writing at this moment. */
const leftOut = new Set(['node_modules', 'dist', 'out', 'coverage', '.git', '.cache'])

const isSource = (path: string): boolean => !leftOut.has(relative(root, path)) && !basename(path).endsWith('.tgz')

/**
 * The package's tarball, as `npm pack` makes it, built and packed in a copy of the project: the project's own `dist` is neither read nor
 * written, so that tests and builds may run side by side. Answers the file, in `folder`.
 */
export const packInto = async (folder: string): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'foregrad-pack-'))
  try {
    await cp(root, copy, { recursive: true, filter: isSource })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
    await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: copy })
  } finally {
    await rm(copy, { recursive: true })
  }
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  return join(folder, tarball as string)
}

/**
 * A folder outside the project in which `foregrad` is the unpacked tarball. Inside the project the name would be found in the project
 * itself. The package's peers are the project's.
 */
export const unpackedProject = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'foregrad-unpacked-'))
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  await run('tar', ['-xzf', await packInto(folder), '-C', modules])
  await rename(join(modules, 'package'), join(modules, 'foregrad'))
  for (const name of ['@tensorflow', 'fp-ts'])
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction')
  return folder
}
