import { flagsOf } from '../../examples/flags.ts'
import { freePort } from '../../examples/web/freePort.ts'
import { nextInterrupt } from '../../examples/web/interrupt.ts'
import { serve } from '../../properties/devices/serve.ts'
import { finished } from './places.ts'
import { policy } from './policy.ts'
import { writeSite } from './writeSite.ts'

/** `npm run site`: builds the site and serves it until Ctrl-C, with the policy that its pages ask for. */
flagsOf({ name: 'site', about: 'Builds the site of the docs and serves it until Ctrl-C.', table: {} })
const interrupted = nextInterrupt()
await writeSite()
const { url, close } = await serve(finished, {
  port: await freePort(8080),
  headers: { 'Content-Security-Policy': policy },
})
console.log(`The site: ${url}\nCtrl-C ends the server.`)
await interrupted
await close()
