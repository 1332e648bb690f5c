"""Runs printed transformations under jit: rows of JSON in, the numbers of every step out, and what the devices gather."""

import json
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax


def tree(x, make):
    """A tree of {"shape", "data"} as a tree of arrays."""
    if isinstance(x, list):
        return [tree(y, make) for y in x]
    if "shape" in x and "data" in x:
        return make(np.asarray(x["data"], np.float64).reshape(x["shape"]))
    return {key: tree(y, make) for key, y in x.items()}


def stacked(trees):
    return jax.tree.map(lambda *xs: jnp.stack(xs), *trees)


def numbers(x):
    """A list of numbers that JSON has; others are text that JavaScript reads as a number."""
    said = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [said.get(str(y), y) for y in np.asarray(x, np.float64).ravel().tolist()]


def placed(devices):
    """Puts an array on all devices, its first axis in shards where that goes."""
    if devices == 1:
        return lambda x: x
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:devices]), ("d",))

    def put(x):
        split = x.ndim > 0 and x.shape[0] % devices == 0
        spec = jax.sharding.PartitionSpec("d") if split else jax.sharding.PartitionSpec()
        return jax.device_put(x, jax.sharding.NamedSharding(mesh, spec))

    return put


def whole(params, made):
    """How many arrays that are shaped as a matrix of parameters in shards do not lie in shards themselves."""
    shapes = {x.shape for x in jax.tree.leaves(params) if x.ndim > 1 and not x.sharding.is_fully_replicated}
    return sum(x.shape in shapes and x.sharding.is_fully_replicated for x in jax.tree.leaves(made))


def run(row, dtype, devices):
    names = {}
    exec(compile(row["text"], row["name"], "exec"), names)
    tx = names["transformation"]

    put = placed(devices)
    params = jax.tree.map(put, tree(row["params"], lambda x: jnp.asarray(x, dtype)))
    grads = stacked([tree(s["grads"], lambda x: jnp.asarray(x, dtype)) for s in row["steps"]])

    def extras(step, trees, signals):
        named = {k: tree(step["trees"][k], lambda x: jnp.asarray(x, dtype)) for k in trees}
        return named | {k: jnp.asarray(step["signals"][k], dtype) for k in signals}

    in_update = stacked([extras(s, row["updateTrees"], row["updateSignals"]) for s in row["steps"]])
    in_step = stacked([extras(s, row["stepTrees"], row["stepSignals"]) for s in row["steps"]])
    state = jax.jit(tx.init)(params)

    def marked(carry, given):
        params, state, ahead = carry
        grads, _, named = given
        held = {"ahead": ahead} if row["keepsAhead"] else {}
        params, state, ahead = names["step"](grads, state, params, **held, **named)
        return (params, state, ahead), (params, ahead)

    def plain(carry, given):
        params, state = carry
        grads, named, _ = given
        updates, state = tx.update(grads, state, params, **named)
        params = optax.apply_updates(params, updates)
        return (params, state), (params,)

    every = (grads, in_update, in_step)
    if "step" in names:
        start, body = (params, state, jax.tree.map(jnp.copy, params)), marked
    else:
        start, body = (params, state), plain
    scan = jax.jit(lambda s, g: jax.lax.scan(body, s, g)).lower(start, every).compile()
    last, made = scan(start, every)
    paths = jax.tree_util.tree_flatten_with_path(made)[0]
    return {
        "numbers": {jax.tree_util.keystr(path, simple=True, separator="/"): numbers(x) for path, x in paths},
        "whole": whole(params, (state, last)) if devices > 1 else 0,
        "gathers": len(re.findall(r"all-gather(?:-start)?\(", scan.as_text())),
    }


def main():
    asked = json.load(open(sys.argv[1]))
    if asked["x64"]:
        jax.config.update("jax_enable_x64", True)
    dtype = jnp.float64 if asked["x64"] else jnp.float32
    made = {}
    for row in asked["rows"]:
        try:
            made[row["name"]] = run(row, dtype, asked["devices"])
        except Exception as error:
            made[row["name"]] = {"error": f"{type(error).__name__}: {error}"[:2000]}
    json.dump(made, open(sys.argv[2], "w"))


main()
