import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { UnpackSync } from 'tar'

/**
 * The folder of unpacked files from `@sparticuz/chromium`: SwiftShader's Vulkan driver and loader (`.`), the shared
 * libraries that a bare machine lacks (`lib/`) and a font (`fonts/`). Unpacks once, in about 0.2 s; later calls look.
 */
export const driverFolder = (): string =>
  unpackOnce('driver', (folder) => {
    for (const name of ['swiftshader', 'al2023', 'fonts']) untar(decompress(`${name}.tar.br`), folder)
    writeFileSync(join(folder, 'fonts.conf'), FONTS)
  })

/** The headless Chromium of the same package, its driver beside it. Unpacks once, in about 2 s. */
export const chromiumFolder = (): string =>
  unpackOnce('browser', (folder) => {
    untar(decompress('swiftshader.tar.br'), folder)
    writeFileSync(join(folder, 'chromium'), decompress('chromium.br'), { mode: 0o755 })
  })

/** Chromium reads its fonts from here alone, so that a page looks the same on every machine. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`

const packageFolder = (): string => {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  return join(dirname(main), '..', '..')
}

/** Writes the files of a tar archive below a folder. */
const untar = (archive: Buffer, cwd: string): void => {
  new UnpackSync({ cwd, strict: true }).end(archive)
}

const decompress = (name: string): Buffer => brotliDecompressSync(readFileSync(join(packageFolder(), 'bin', name)))

const version = (): string => JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')).version

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Fills `node_modules/.cache/…/<name>` unless it is there. Two processes may race: the folder appears whole or not. */
const unpackOnce = (name: string, fill: (folder: string) => void): string => {
  const parent = join(root, 'node_modules', '.cache', 'foregrad', `chromium-${version()}`)
  const folder = join(parent, name)
  if (existsSync(folder)) return folder
  mkdirSync(parent, { recursive: true })
  const draft = mkdtempSync(join(parent, `${name}-`))
  fill(draft)
  publish(draft, folder)
  return folder
}

const publish = (draft: string, folder: string): void => {
  try {
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}
