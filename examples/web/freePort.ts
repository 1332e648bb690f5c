import { createServer } from 'node:net'

/** The first free port of this machine from `first` on. Errors: the system's own, where none is free. */
export const freePort = async (first: number): Promise<number> => {
  for (let port = first; ; port++) {
    const trouble = await tryPort(port)
    if (trouble === undefined) return port
    if (!isTaken(trouble) || port >= 65535) throw trouble
  }
}

/** Listens for a moment; what was thrown, or undefined. */
const tryPort = (port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((tried) => {
    const server = createServer()
    server.once('error', tried)
    server.listen(port, '127.0.0.1', () => server.close(() => tried(undefined)))
  })

/** A port that only the administrator may take is as good as taken. */
const isTaken = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRINUSE' || code === 'EACCES'
