import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refuse, runCommand } from '../../examples/flags.ts'
import { figuresText } from './figuresText.ts'
import { lighthouseFile, looksFile, site, timesFile } from './places.ts'

const command = {
  name: 'site:figures',
  about: `Writes the figures of docs/site/README.md from what the last npm run site:test saw of every page, and, where it was run,
from what npm run site:times took and npm run site:lighthouse was told.`,
  table: {},
}

const begin = '<!-- npm run site:test && npm run site:figures -->'
const end = '<!-- end -->'

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

process.exitCode = await runCommand(command, process.argv.slice(2), async () => {
  if (!existsSync(looksFile))
    return refuse(['Expected what npm run site:test writes down, found nothing. Run it first.'])
  const file = join(site, 'README.md')
  const text = readFileSync(file, 'utf8')
  const [before, , after] = text.split(new RegExp(`(?<=${begin}\n)([\\s\\S]*?)(?=\n${end})`)) as [
    string,
    string,
    string,
  ]
  if (after === undefined)
    throw new Error(`docs/site/README.md: expected the comments ${begin} and ${end}, found none.`)
  const [scored, times] = [lighthouseFile, timesFile].map((from) => (existsSync(from) ? read(from) : undefined))
  writeFileSync(file, `${before}${figuresText(read(looksFile), scored, times)}${after}`)
  console.log('Written to docs/site/README.md.')
  return 0
})
