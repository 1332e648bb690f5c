import { type FlagValues, wholeFrom } from '../flags.ts'

const table = {
  port: { help: 'the port, or the next free one where it is taken', ...wholeFrom(1, 8080, 65535) },
  build: {
    placeholder: 'path',
    help: 'write the playground to this folder, for any web server, and end',
    fallback: undefined as string | undefined,
    expected: 'a folder',
    read: (text: string) => (text === '' ? undefined : text),
  },
}

const about = `Serves the playground: chains composed in the browser, their rules, their paths, their laws, and a race on real
handwritten digits, side by side from the same weights.`

/** The command line of `npm run example:web`. */
export const command = { name: 'example:web', about, table }

/** The first port to try; the folder to write the page to, instead of serving it. */
export type Flags = FlagValues<typeof table>
