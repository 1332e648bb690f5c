"""Printed transformations on the trees that libraries of models make, held against the same leaves in a dict."""

import dataclasses
import json
import sys
from typing import Any

import jax
import jax.numpy as jnp
import optax


def load(text):
    names = {}
    exec(compile(text, "printed", "exec"), names)
    return names


def numbers(shape, seed):
    return jax.random.normal(jax.random.key(seed), shape)


def by_path(tree, make):
    """Arrays by the place of each leaf's path among all, so that each tree has the same, whatever the order of its fields."""
    paths, treedef = jax.tree_util.tree_flatten_with_path(tree)
    texts = [jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in paths]
    places = [sorted(texts).index(text) for text in texts]
    return treedef.unflatten([make(x.shape, place) for (_, x), place in zip(paths, places)])


def grads_of(tree, step):
    return by_path(tree, lambda shape, i: numbers(shape, 100 * step + i))


def filled(tree):
    return by_path(tree, lambda shape, i: numbers(shape, 7 + i))


def listed(tree):
    """The numbers of the leaves, in the order of their paths."""
    paths = jax.tree_util.tree_flatten_with_path(tree)[0]
    texts = [(jax.tree_util.keystr(path, simple=True, separator="/"), x) for path, x in paths]
    return [[float(y) for y in x.ravel()] for _, x in sorted(texts, key=lambda both: both[0])]


def trained(names, tree):
    """The leaves after some steps, the structure of the tree, and what its state's moments are like."""
    params = filled(tree)
    tx, step = names["transformation"], names["step"]
    state = jax.jit(tx.init)(params)
    jitted, update = jax.jit(step), jax.jit(tx.update)
    for i in range(3):
        params, state, ahead = jitted(grads_of(params, i), state, params)
    updates, state = update(grads_of(params, 3), state, params)
    params = optax.apply_updates(params, updates)
    same = jax.tree.structure(params)
    moments = optax.tree_utils.tree_get(state, "mu")
    return {
        "numbers": listed(params) + listed(ahead),
        "keeps": same == jax.tree.structure(tree) and same == jax.tree.structure(ahead) and same == jax.tree.structure(moments),
    }


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Linear:
    """As equinox has its modules: arrays and None are children, what is static is not."""

    kernel: Any
    bias: Any
    width: int = dataclasses.field(metadata={"static": True})
    activation: Any = dataclasses.field(metadata={"static": True})


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Network:
    first: Linear
    second: Linear
    dropout: Any
    name: str = dataclasses.field(metadata={"static": True})


def dataclasses_tree():
    first = Linear(jnp.ones((3, 8)), jnp.ones((8,)), 8, jax.nn.relu)
    second = Linear(jnp.ones((8, 2)), jnp.ones((2,)), 2, jax.nn.tanh)
    return Network(first, second, None, "small")


def linen_tree():
    from flax import linen

    class Small(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.Dense(2, name="second")(linen.relu(linen.Dense(8, name="first")(x)))

    return Small().init(jax.random.key(0), jnp.ones((1, 3)))["params"]


def frozen_tree():
    from flax.core import freeze

    return freeze(linen_tree())


def nnx_model():
    from flax import nnx

    class Small(nnx.Module):
        def __init__(self, rngs):
            self.first = nnx.Linear(3, 8, rngs=rngs)
            self.second = nnx.Linear(8, 2, rngs=rngs)

        def __call__(self, x):
            return self.second(nnx.relu(self.first(x)))

    return Small(nnx.Rngs(0))


def nnx_tree():
    from flax import nnx

    return nnx.state(nnx_model(), nnx.Param)


def train_state(names):
    """flax's own loop of linen: the losses of a TrainState."""
    from flax import linen
    from flax.training import train_state as training

    class Small(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.Dense(2, name="second")(linen.relu(linen.Dense(8, name="first")(x)))

    model, x = Small(), numbers((16, 3), 1)
    params = model.init(jax.random.key(0), x)["params"]
    state = training.TrainState.create(apply_fn=model.apply, params=params, tx=names["transformation"])

    @jax.jit
    def step(state):
        loss = lambda p: jnp.mean((model.apply({"params": p}, x) - 1.0) ** 2)
        value, grads = jax.value_and_grad(loss)(state.params)
        return state.apply_gradients(grads=grads), value

    values = []
    for _ in range(50):
        state, value = step(state)
        values.append(float(value))
    return [values[0], values[-1]]


def nnx_optimizer(names):
    """The loop of nnx: the losses of an nnx.Optimizer."""
    from flax import nnx

    model, x = nnx_model(), numbers((16, 3), 1)
    optimizer = nnx.Optimizer(model, names["transformation"], wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer):
        value, grads = nnx.value_and_grad(lambda m: jnp.mean((m(x) - 1.0) ** 2))(model)
        optimizer.update(model, grads)
        return value

    values = [float(step(model, optimizer)) for _ in range(50)]
    return [values[0], values[-1]]


def found(make):
    try:
        return make()
    except ImportError as error:
        return {"missing": str(error)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:2000]}


def main():
    asked = json.load(open(sys.argv[1]))
    everywhere, masked = load(asked["everywhere"]), load(asked["masked"])
    plain = {
        "first": {"bias": jnp.ones((8,)), "kernel": jnp.ones((3, 8))},
        "second": {"bias": jnp.ones((2,)), "kernel": jnp.ones((8, 2))},
    }
    trees = {
        "dict": lambda: plain,
        "dataclass": dataclasses_tree,
        "linen": linen_tree,
        "FrozenDict": frozen_tree,
        "nnx": nnx_tree,
    }
    made = {
        "everywhere": {name: found(lambda: trained(everywhere, tree())) for name, tree in trees.items()},
        "masked": {name: found(lambda: trained(masked, tree())) for name, tree in trees.items()},
        "TrainState": found(lambda: train_state(masked)),
        "nnx.Optimizer": found(lambda: nnx_optimizer(masked)),
    }
    json.dump(made, open(sys.argv[2], "w"))


main()
