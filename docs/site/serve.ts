import { runCommand, wholeFrom } from '../../examples/flags.ts'
import { freePort } from '../../examples/web/freePort.ts'
import { nextInterrupt } from '../../examples/web/interrupt.ts'
import { serve } from '../../properties/devices/serve.ts'
import { finished } from './places.ts'
import { policy } from './policy.ts'

const command = {
  name: 'site',
  about: `Builds the site of the docs, the reference and the playground, and serves it until Ctrl-C, with the policy that its
pages ask for.`,
  table: { port: { help: 'the port, or the next free one where it is taken', ...wholeFrom(1, 8080, 65535) } },
}

process.exitCode = await runCommand(command, process.argv.slice(2), async ({ port }) => {
  const interrupted = nextInterrupt()
  // What builds it is loaded when it is wanted: a second or two.
  const { writeSite } = await import('./writeSite.ts')
  await writeSite()
  const { url, close } = await serve(finished, {
    port: await freePort(port),
    headers: { 'Content-Security-Policy': policy },
  })
  console.log(`The site: ${url}\nCtrl-C ends the server.`)
  await interrupted
  await close()
  return 0
})
