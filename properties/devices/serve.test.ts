import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Served, serve } from './serve.ts'

const around = mkdtempSync(join(tmpdir(), 'foregrad-serve-'))
const folder = join(around, 'site')
let served: Served

const files = {
  'site/index.html': '<title>page</title>',
  'site/main.js': 'export {}',
  'site/engine.wasm': '\0asm',
  'site/deep/index.html': 'deep',
  'site-beside/secret.txt': 'secret',
  'secret.txt': 'secret',
}

beforeAll(async () => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(around, name, '..'), { recursive: true })
    writeFileSync(join(around, name), text)
  }
  served = await serve(folder, { isolated: true })
})
afterAll(async () => {
  await served.close()
  rmSync(around, { recursive: true })
})

/** The answer to an address as it stands: fetch would mend it before it is sent. */
const ask = (address: string, header = ''): Promise<string> =>
  new Promise((told, failed) => {
    let text = ''
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => told(text)).on('error', failed)
    socket.write(`GET ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n`)
  })

describe('the server of the tests and examples', () => {
  test('sends what is packed where it is asked to, and to nobody else', async () => {
    writeFileSync(join(folder, 'packed.js'), 'plain')
    writeFileSync(join(folder, 'packed.js.gz'), gzipSync('packed'))
    const answers = await Promise.all(
      [false, true].map(async (packed) => {
        const { url, close } = await serve(folder, { packed })
        const answer = await fetch(`${url}packed.js`)
        const text = await answer.text()
        await close()
        return [text, answer.headers.get('content-type'), answer.headers.get('content-encoding')]
      }),
    )
    expect(answers).toEqual([
      ['plain', 'text/javascript', null],
      ['packed', 'text/javascript', 'gzip'],
    ])
  })

  test.each([
    ['/', 'text/html;charset=utf-8', '<title>page</title>'],
    ['/main.js', 'text/javascript', 'export {}'],
    ['/engine.wasm', 'application/wasm', '\0asm'],
    ['/deep/', 'text/html;charset=utf-8', 'deep'],
    ['/main.js?v=1', 'text/javascript', 'export {}'],
  ])('answers %s as %s', async (address, type, body) => {
    const answer = await fetch(new URL(address, served.url))
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, body])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
  })

  test.each([
    ...['/%', '/%E0%A4', '//', '///', '/%00', '/nothing.js', '/constructor', '/__proto__'],
    ...['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/../site-beside/secret.txt', '//../secret.txt'],
  ])('lives on after %s, and sends nothing from outside its folder', async (address) => {
    expect(await ask(address)).not.toContain('secret')
    expect((await fetch(served.url)).status).toBe(200)
  })

  test.each(['bytes=5-2', 'bytes=-', 'bytes=99-', 'bytes=a-b'])(
    'sends the whole file for the range %s',
    async (range) => {
      expect(await ask('/main.js', `Range: ${range}\r\n`)).toContain('export {}')
      expect((await fetch(served.url)).status).toBe(200)
    },
  )
})
