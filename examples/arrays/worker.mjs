/** The worker of inWorker.ts. Node 20 reads no TypeScript: tsx does. */
import { tsImport } from 'tsx/esm/api'

await tsImport('./trainInWorker.ts', import.meta.url)
