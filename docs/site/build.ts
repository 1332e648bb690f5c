import { refuse, runCommand } from '../../examples/flags.ts'
import { whyNotOwn } from './ownFolder.ts'

const command = {
  name: 'site:build',
  about: `Writes the site of the docs, the reference and the playground: static files for any server.
Where they will not lie at its root, FOREGRAD_SITE_BASE=/folder/ says in which folder.`,
  table: {
    folder: {
      placeholder: 'path',
      help: 'where to',
      fallback: 'docs/site/dist',
      expected: 'a folder',
      read: (text: string) => (text === '' ? undefined : text),
    },
  },
}

process.exitCode = await runCommand(command, process.argv.slice(2), async ({ folder }) => {
  const fault = whyNotOwn(folder)
  if (fault !== undefined) return refuse([`--folder: ${fault}`])
  const { writeSite } = await import('./writeSite.ts')
  await writeSite({ folder })
  console.log(`Written to ${folder}.`)
  return 0
})
