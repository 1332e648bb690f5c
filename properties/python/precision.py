"""Printed transformations in low precision, and the names of their states."""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax


def load(text):
    names = {}
    exec(compile(text, "printed", "exec"), names)
    return names["transformation"]


def grads_of(step):
    return {"a": jax.random.normal(jax.random.key(step), (8, 4))}


def rounded(tx, dtype):
    """The largest distance between updates in a dtype and those of the same numbers in float32, rounded; over steps within `lax.scan`, donated."""
    grads = jax.tree.map(lambda *xs: jnp.stack(xs).astype(dtype), *[grads_of(i) for i in range(30)])

    def updates(of):
        params = {"a": jnp.ones((8, 4), of)}

        def body(state, g):
            made, state = tx.update(g, state, params)
            return state, made

        scan = jax.jit(lambda s, g: jax.lax.scan(body, s, g), donate_argnums=0)
        return scan(tx.init(params), jax.tree.map(lambda x: x.astype(of), grads))[1]["a"]

    low, wide = updates(dtype), updates(jnp.float32)
    far = jnp.max(jnp.abs(low.astype(jnp.float32) - wide.astype(dtype).astype(jnp.float32)))
    return {"dtype": str(low.dtype), "far": float(far), "size": float(jnp.max(jnp.abs(wide)))}


def first(tx):
    """The first update, over the rate and against the sign of the gradient: 1 everywhere."""
    params, grads = {"a": jnp.ones((8, 4))}, grads_of(0)
    made, _ = jax.jit(tx.update)(grads, tx.init(params), params)
    return np.ravel(made["a"] / -jnp.sign(grads["a"])).tolist()


def fields(tx, theirs):
    params = {"a": jnp.ones((8, 4))}
    ours, other = tx.init(params), theirs.init(params)
    trees = [optax.tree_utils.tree_get(ours, name)["a"].shape for name in ("mu", "nu")]
    return {
        "ours": [type(ours[0]).__name__, *ours[0]._fields],
        "optax": [type(other[0]).__name__, *other[0]._fields],
        "found": trees,
        "count": str(optax.tree_utils.tree_get(ours, "count").dtype),
    }


asked = json.load(open(sys.argv[1]))
made = {
    "wideSlots": {str(jnp.dtype(d)): rounded(load(asked["wideSlots"]), d) for d in (jnp.bfloat16, jnp.float16)},
    "first": first(load(asked["slow"])),
    "fields": fields(load(asked["adam"]), optax.adam(1e-3)),
}
json.dump(made, open(sys.argv[2], "w"))
