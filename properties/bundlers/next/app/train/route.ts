export const dynamic = 'force-dynamic'
export const GET = async () => {
  const { useBackend } = await import('foregrad')
  const { backend, fused } = await useBackend({ prefer: ['wasm'] })
  return Response.json({ backend, fused })
}
