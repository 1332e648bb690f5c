import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'

export interface ServeOptions {
  /** Send the headers that isolate the page from other origins, so that it has shared memory and threads. */
  readonly isolated?: boolean
  /** The port to listen on; 0 takes a free one. */
  readonly port?: number
}

export interface Served {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Serves the files of a folder to this machine alone; an address that ends in `/` means its `index.html`.
 *
 * Defaults: isolated = false, port = 0.
 */
export const serve = async (folder: string, { isolated = false, port = 0 }: ServeOptions = {}): Promise<Served> => {
  const server = createServer(async ({ url }, response) => {
    const path = fileOf(folder, url ?? '/')
    const body = path === undefined ? undefined : await readFile(path).catch(() => undefined)
    response.writeHead(body ? 200 : 404, { ...headersOf(path ?? ''), ...(isolated ? ISOLATION : {}) })
    response.end(body)
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const address = server.address() as AddressInfo
  return { url: `http://localhost:${address.port}/`, close: () => close(server) }
}

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

const headersOf = (path: string) => ({
  'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
  'Cache-Control': 'no-store',
})

/** The file that an address names, or undefined for an address outside the folder. */
const fileOf = (folder: string, url: string): string | undefined => {
  const { pathname } = new URL(url, 'http://localhost')
  const path = normalize(join(folder, decodeURIComponent(pathname), pathname.endsWith('/') ? 'index.html' : ''))
  return path.startsWith(normalize(folder + sep)) ? path : undefined
}

const close = (server: Server): Promise<void> =>
  new Promise((closed, failed) => {
    server.close((error) => (error ? failed(error) : closed()))
    server.closeAllConnections()
  })
