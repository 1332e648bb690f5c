'use client'
import { adamw, show } from 'foregrad'
import 'foregrad/gradients'
import { useEffect } from 'react'

export default function Page() {
  useEffect(() => {
    import('../main')
  }, [])
  return <pre>{show(adamw(1e-3))}</pre>
}
