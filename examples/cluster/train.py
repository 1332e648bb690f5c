"""Trains the transformer of main.ts under JAX: on one device, and with its parameters in shards over all of them."""

import functools
import importlib.util
import json
import os
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


def load(folder, name):
    """A module by its file."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tree(x, numbers):
    """Shapes as arrays of the numbers that follow each other."""
    if isinstance(x, dict):
        return {key: tree(child, numbers) for key, child in x.items()}
    if x and not isinstance(x[0], int):
        return [tree(child, numbers) for child in x]
    count = int(np.prod(x))
    found, numbers[:] = numbers[0][:count], [numbers[0][count:]]
    return found.reshape(x)


def norm(p, x):
    centred = x - jnp.mean(x, -1, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(centred**2, -1, keepdims=True) + 1e-5) * p["gain"] + p["bias"]


def dense(p, x):
    return x @ p["w"] + p["b"]


def attention(p, x, heads):
    split = lambda layer: dense(p[layer], x).reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)
    q, k, v = split("query"), split("key"), split("value")
    scores = q @ k.swapaxes(2, 3) / np.sqrt(q.shape[-1])
    time = x.shape[1]
    scores = jnp.where(jnp.tril(jnp.ones((time, time), bool)), scores, -1e9)
    mixed = (jax.nn.softmax(scores) @ v).swapaxes(1, 2).reshape(x.shape)
    return dense(p["merge"], mixed)


def loss(params, tokens, heads):
    """The mean cross entropy of each next token; the last of a row has none."""
    seen, following = tokens[:, :-1], tokens[:, 1:]
    x = params["embedding"][seen] + params["positions"][: seen.shape[1]]
    for p in params["blocks"]:
        x = x + attention(p, norm(p["attentionNorm"], x), heads)
        x = x + dense(p["down"], jax.nn.relu(dense(p["up"], norm(p["feedNorm"], x))))
    logits = jax.nn.log_softmax(dense(params["scores"], norm(params["norm"], x)))
    return -jnp.mean(jnp.take_along_axis(logits, following[..., None], -1))


def spec_of(shape, devices):
    """The last axis that the devices share out evenly lies in shards."""
    for axis in reversed(range(len(shape))):
        if shape[axis] % devices == 0:
            return PartitionSpec(*[None] * axis, "devices")
    return PartitionSpec()


def train(module, params, batches, heads, devices):
    """The loss of every step."""
    mesh = Mesh(np.array(devices), ("devices",))
    put = lambda x, spec: jax.device_put(x, NamedSharding(mesh, spec))
    params = jax.tree.map(lambda x: put(jnp.array(x), spec_of(x.shape, len(devices))), params)
    state = jax.jit(module.optimizer.init)(params)
    ahead = jax.tree.map(jnp.copy, params)

    @functools.partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(params, state, ahead, tokens):
        # The gradient is taken where the optimizer is about to be.
        value, grads = jax.value_and_grad(loss)(ahead, tokens, heads)
        params, state, ahead = module.step(grads, state, params)
        return params, state, ahead, value

    values = []
    for tokens in batches:
        tokens = put(tokens, PartitionSpec("devices"))
        params, state, ahead, value = step(params, state, ahead, tokens)
        values.append(value)
    moments = [x for x in jax.tree.leaves(state) if x.ndim == 2]
    held = max(x.addressable_shards[0].data.size / x.size for x in moments)
    return [float(x) for x in values], held


def main(folder):
    task = json.load(open(os.path.join(folder, "task.json")))
    numbers = [np.fromfile(os.path.join(folder, "params.bin"), np.float32)]
    params = tree(task["shapes"], numbers)
    tokens = np.fromfile(os.path.join(folder, "batches.bin"), np.int32)
    batches = tokens.reshape(-1, task["rows"], task["time"] + 1)
    module = load(folder, "optimizer")
    made = {}
    for name, devices in {"one": jax.devices()[:1], "all": jax.devices()}.items():
        losses, held = train(module, params, batches, task["heads"], devices)
        made[name] = {"devices": len(devices), "losses": losses, "held": held}
        print(f"JAX, {len(devices)} devices: loss {losses[0]:.4f} to {losses[-1]:.4f}", flush=True)
    json.dump(made, open(os.path.join(folder, "made.json"), "w"))


if __name__ == "__main__":
    main(sys.argv[1])
