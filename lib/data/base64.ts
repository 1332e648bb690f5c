/** Bytes as text that JSON can hold, and numbers as bytes in the order that every machine agrees on. */

const chunk = 0x8000

/** Bytes in base64 (RFC 4648, padded). */
export const toBase64 = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let i = 0; i < bytes.length; i += chunk)
    parts.push(String.fromCharCode(...bytes.subarray(i, Math.min(i + chunk, bytes.length))))
  return btoa(parts.join(''))
}

/** How many bytes a text in base64 holds; nothing where it is none. */
export const base64Length = (text: string): number | undefined => {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}

/** The bytes of a text in base64, which `base64Length` has looked at. */
export const fromBase64 = (text: string): Uint8Array => {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The bytes with every number of `size` bytes turned between this machine's order and little-endian: a copy, or `bytes` where nothing is to turn. */
export const littleEndian = (bytes: Uint8Array, size: number, little = isLittle): Uint8Array => {
  if (little) return bytes
  const turned = bytes.slice()
  for (let i = 0; i < turned.length; i += size) turned.subarray(i, i + size).reverse()
  return turned
}
