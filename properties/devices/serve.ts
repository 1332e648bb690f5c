import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import sirv from 'sirv'

export interface ServeOptions {
  /** Send the headers that isolate the page from other origins, so that it has shared memory and threads. */
  readonly isolated?: boolean
  /** The port to listen on; 0 takes a free one. */
  readonly port?: number
  /** Send `main.js.gz` for `main.js`, where it is there, to whoever takes it packed. */
  readonly packed?: boolean
  /** More headers of every answer, a policy say. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Served {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Serves the files of a folder, as it is now, to this machine alone; an address that ends in `/` means its `index.html`. Only what was found in
 * the folder is sent, so no address leads out of it.
 *
 * Defaults: isolated = false, port = 0, packed = false, no more headers.
 */
export const serve = async (
  folder: string,
  { isolated = false, port = 0, packed = false, headers: more = {} }: ServeOptions = {},
): Promise<Served> => {
  const answer = sirv(folder, { gzip: packed })
  const headers = { 'Cache-Control': 'no-store', ...(isolated ? ISOLATION : {}), ...more }
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    // Files are sent whole: a range that ends before it begins would throw.
    delete request.headers.range
    answer(request, response)
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const address = server.address() as AddressInfo
  return { url: `http://localhost:${address.port}/`, close: () => close(server) }
}

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const close = (server: Server): Promise<void> =>
  new Promise((closed, failed) => {
    server.close((error) => (error ? failed(error) : closed()))
    server.closeAllConnections()
  })
