import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const configFile = fileURLToPath(new URL('../playground/vite.config.ts', import.meta.url))

/** Writes the playground to a folder, beside what lies there; all addresses in it are relative. Errors: the system's own, where it cannot be written. */
export const buildSite = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  // Who only asks for help does not load the bundler.
  const { build } = await import('vite')
  await build({ configFile, logLevel: 'error', build: { outDir: folder, emptyOutDir: false } })
}
