import { type AllDigits, unpack } from '../packing.ts'

/** The digits that lie packed and gzipped at `address`. */
export const fetchDigits = async (address: string): Promise<AllDigits> => {
  const response = await fetch(address)
  if (!response.ok || !response.body)
    throw new Error(`${address}: expected the digits, got status ${response.status}. Reload the page.`)
  return unpack(await new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer())
}
