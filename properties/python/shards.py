"""What XLA makes of printed transformations: where their arrays lie, and what the devices tell each other."""

import json
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax


def load(text):
    names = {}
    exec(compile(text, "printed", "exec"), names)
    return names


def specs(tree):
    return sorted({str(x.sharding.spec) for x in jax.tree.leaves(tree) if x.ndim})


def sharded(names):
    mesh = jax.sharding.Mesh(np.array(jax.devices()), ("d",))
    shards = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("d"))
    params = {key: jax.device_put(jnp.ones((64, 8)), shards) for key in "abc"}
    state = jax.jit(names["transformation"].init)(params)
    f = jax.jit(names["step"] if "step" in names else names["transformation"].update)
    text = f.lower(params, state, params).compile().as_text()
    return {
        "state": specs(state),
        "made": specs(f(params, state, params)),
        "gathers": len(re.findall(r"all-gather(?:-start)?\(", text)),
        "reduces": len(re.findall(r"all-reduce(?:-start)?\(", text)),
    }


def low(names, dtype):
    params = {"a": jnp.ones((8, 4), dtype), "b": jnp.ones((4,), dtype)}

    def body(carry, _):
        params, state, ahead = carry
        grads = jax.tree.map(lambda x: 0.1 * x, ahead)
        params, state, ahead = names["step"](grads, state, params)
        return (params, state, ahead), None

    scan = jax.jit(lambda c: jax.lax.scan(body, c, None, length=10)[0], donate_argnums=0)
    state = names["transformation"].init(params)
    params, state, ahead = scan((params, state, jax.tree.map(jnp.copy, params)))
    return sorted({str(x.dtype) for x in jax.tree.leaves((params, state, ahead))})


def around(tx):
    """Updates through optax's own wrappers, where the tree has a leaf that is None."""
    params = {"a": jnp.ones((8, 4)), "b": None}
    made = {}
    for name, outer in {
        "alone": tx,
        "chain": optax.chain(tx, optax.scale(1.0)),
        "masked": optax.masked(tx, {"a": True, "b": None}),
        "MultiSteps": optax.MultiSteps(tx, 1),
    }.items():
        updates, _ = jax.jit(outer.update)(params, outer.init(params), params)
        made[name] = [round(float(updates["a"][0, 0]), 9), updates["b"] is None]
    return made


asked = json.load(open(sys.argv[1]))
plain, clipped, factored = (load(asked[key]) for key in ("plain", "clipped", "factored"))
made = {
    "plain": sharded(plain),
    "clipped": sharded(clipped),
    "factored": sharded(factored),
    "low": {str(jnp.dtype(d)): low(clipped, d) for d in (jnp.bfloat16, jnp.float16)},
    "around": around(plain["transformation"]),
}
json.dump(made, open(sys.argv[2], "w"))
