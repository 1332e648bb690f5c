/** States in safetensors files, for every host; no tensor library. */
export {
  checkpointMetadata,
  type LoadOptions,
  loadCheckpoint,
  type SaveOptions,
  saveCheckpoint,
} from './store/checkpoint.ts'
