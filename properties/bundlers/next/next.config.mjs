const tfjs = ['core', 'backend-wasm', 'backend-cpu', 'backend-webgpu'].map((name) => `@tensorflow/tfjs-${name}`)

// For training in a route of the server: there tfjs finds its .wasm files beside its own code, not beside a bundle.
export default { serverExternalPackages: ['foregrad', ...tfjs] }
