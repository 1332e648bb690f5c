"""The printed adamw beside optax's own: what a step costs by XLA's own count, and how long it takes.

Reads {"text", "shapes", "pairs"} and writes the versions and a list, one entry a shape:
  {"costs": {"printed": {"flops", "bytes"}, "optax": ...}, "pairs": [{"printed": [wall, cpu], "optax": [wall, cpu]}, ...]}
Times are milliseconds. A pair is one step of each, one after the other; who begins changes from pair to pair. The first tenth only warms up.
"""

import json
import os
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", JAX_PLATFORMS="cpu")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import optax


def step_of(tx):
    """One donated step, as a training calls it; the gradients stay."""

    def update(params, state, grads):
        updates, state = tx.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    return jax.jit(update, donate_argnums=(0, 1))


def given(tx, leaves, size):
    keys = jax.random.split(jax.random.key(0), 2 * leaves)
    params = [jax.random.normal(k, (size,)) for k in keys[:leaves]]
    grads = [jax.random.normal(k, (size,)) for k in keys[leaves:]]
    return params, jax.jit(tx.init)(params), grads


def costs(tx, leaves, size):
    found = step_of(tx).lower(*given(tx, leaves, size)).compile().cost_analysis()
    found = found[0] if isinstance(found, list) else found
    return {"flops": found["flops"], "bytes": found["bytes accessed"]}


def stepper(tx, leaves, size):
    run = step_of(tx)
    params, state, grads = given(tx, leaves, size)
    carry = [params, state]

    def step():
        carry[0], carry[1] = run(carry[0], carry[1], grads)
        jax.block_until_ready(carry)

    return step


def timed(step):
    """What a step takes: on the clock, and of processors, which others on the machine take less part in."""
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return [1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)]


def measured(txs, leaves, size, pairs):
    steps = {name: stepper(tx, leaves, size) for name, tx in txs.items()}
    first = -(pairs // 10) - 1
    kept = []
    for i in range(first, pairs):
        order = list(steps) if i % 2 == 0 else list(reversed(steps))
        times = {name: timed(steps[name]) for name in order}
        if i >= 0:
            kept.append(times)
    return kept


def main():
    asked = json.load(open(sys.argv[1]))
    names = {}
    exec(compile(asked["text"], "printed", "exec"), names)
    txs = {"printed": names["transformation"], "optax": optax.adamw(1e-3)}
    made = []
    for shape in asked["shapes"]:
        leaves, size = shape["leaves"], shape["size"]
        made.append(
            {
                "costs": {name: costs(tx, leaves, size) for name, tx in txs.items()},
                "pairs": measured(txs, leaves, size, asked["pairs"]) if asked["pairs"] else [],
            }
        )
    json.dump({"versions": [f"jax {jax.__version__}", f"optax {optax.__version__}"], "made": made}, open(sys.argv[2], "w"))


main()
