/** The bytes that lie gzipped at `address`. Errors: a sentence, where it cannot be had. */
export const fetched = async (address: string): Promise<ArrayBuffer> => {
  const response = await fetch(address)
  if (!response.ok || !response.body)
    throw new Error(`${address}: expected data, got status ${response.status}. Reload the page.`)
  return new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}
