import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type MarkdownIt from 'markdown-it'
import { publicFolder } from './places.ts'

/** How wide and high a picture is, in CSS pixels; undefined where its file does not say. */
export const sizeOf = (file: Uint8Array): readonly [width: number, height: number] | undefined => {
  const bytes = Buffer.from(file)
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 15) === 'WEBPVP8') {
    const kind = bytes.toString('latin1', 15, 16)
    if (kind === ' ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff]
    if (kind === 'X') return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
    const bits = bytes.readUInt32LE(21)
    return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]
  }
  if (bytes.toString('latin1', 1, 4) === 'PNG') return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const box = /<svg[^>]*?viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"/.exec(bytes.toString('utf8', 0, 2000))
  return box ? [Number(box[1]), Number(box[2])] : undefined
}

/** Wider than this, a picture's letters are too small on a phone: it stands in a box of its own there, which scrolls sideways. */
const widest = 640

/**
 * Pictures of a page come when the reader comes near them, the first of them at once; the place of each is kept until then: nothing jumps.
 */
export const pictures = (md: MarkdownIt): void => {
  const image = md.renderer.rules.image as NonNullable<typeof md.renderer.rules.image>
  const begun = new WeakSet<object>()
  md.renderer.rules.image = (tokens, i, options, env: object, self) => {
    const token = tokens[i] as (typeof tokens)[number]
    const { loading, ...attributes } = attributesOf(token.attrGet('src') ?? '')
    for (const [name, value] of Object.entries(attributes)) token.attrSet(name, value)
    if (begun.has(env)) token.attrSet('loading', loading as string)
    begun.add(env)
    return image(tokens, i, options, env, self)
  }
  md.core.ruler.push('wide pictures', ({ tokens }) => {
    for (const [i, { children }] of tokens.entries()) {
      const [only, ...others] = children ?? []
      if (only?.type !== 'image' || others.length > 0) continue
      if (!(Number(attributesOf(only.attrGet('src') ?? '').width) > widest)) continue
      const box = tokens[i - 1] as (typeof tokens)[number]
      box.attrJoin('class', 'picture')
      box.attrSet('tabindex', '0')
    }
  })
}

/** What a picture says beside its address. */
const attributesOf = (address: string): Readonly<Record<string, string>> => {
  const file = join(publicFolder, decodeURIComponent(address))
  const size = existsSync(file) ? sizeOf(readFileSync(file)) : undefined
  return {
    loading: 'lazy',
    decoding: 'async',
    ...(size && { width: String(Math.round(size[0])), height: String(Math.round(size[1])) }),
  }
}
