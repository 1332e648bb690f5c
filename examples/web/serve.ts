import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { policy } from '../../docs/site/policy.ts'
import { serve } from '../../properties/devices/serve.ts'
import { refuse, runCommand } from '../flags.ts'
import { command, type Flags } from './flags.ts'
import { freePort } from './freePort.ts'
import { nextInterrupt } from './interrupt.ts'
import { buildSite } from './site.ts'

/**
 * Serves the playground, with the policy that its page asks for.
 *
 *     npm run example:web -- --help
 */
const main = (args: readonly string[]): Promise<number> =>
  runCommand(command, args, (flags) => (flags.build === undefined ? serveUntilInterrupted(flags) : write(flags.build)))

const write = async (folder: string): Promise<number> => {
  try {
    await buildSite(folder)
  } catch (error) {
    if (!isPathTrouble(error)) throw error
    return refuse([`--build: expected a folder that can be written, got '${folder}' (${error.code}).`])
  }
  return say(`Written to ${folder}. Any web server can serve it; WebGPU needs https or localhost.`)
}

const serveUntilInterrupted = async ({ port: wanted }: Flags): Promise<number> => {
  const interrupted = nextInterrupt()
  const port = await freePort(wanted)
  const folder = await mkdtemp(join(tmpdir(), 'foregrad-web-'))
  try {
    await buildSite(folder)
    const { url, close } = await serve(folder, { port, headers: { 'Content-Security-Policy': policy } })
    if (port !== wanted) console.log(`Port ${wanted} is taken.`)
    console.log(`The playground: ${url}\nCtrl-C ends the server.`)
    await interrupted
    await close()
  } finally {
    await rm(folder, { recursive: true })
  }
  return 0
}

const isPathTrouble = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error

const say = (text: string): number => {
  console.log(text)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
