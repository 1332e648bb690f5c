/** Checkpoints as files, for Node, Bun and Deno. */
export { readCheckpoint, writeCheckpoint } from './store/node/files.ts'
