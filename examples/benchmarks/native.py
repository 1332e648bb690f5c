"""Native peers of the optimizer benchmark, pinned to one core: optax's optimizers under jit with donation, torch's fused and foreach AdamW.

Reads requests and writes answers as lines of JSON:
  {"leaves": 200, "size": 1000, "optimizer": "adamw", "seconds": 0.05}  ->  {"optax jit, donated": [milliseconds, ...], ...}
With "rows" each leaf is a matrix. Another optimizer than adamw is optax's alone; a step of "multiSteps" is a cycle of four.
The first line it writes says which libraries there are.
"""

import json
import sys

from one_thread import burst

RATE = 1e-6


def optax_optimizers():
    import optax

    return {
        "adamw": lambda: optax.adamw(1e-3),
        "adafactor": lambda: optax.adafactor(RATE, min_dim_size_to_factor=32),
        "prodigy": lambda: optax.contrib.prodigy(RATE),
        "multiSteps": lambda: optax.MultiSteps(optax.adamw(RATE), every_k_schedule=4),
        "sm3": lambda: optax.sm3(RATE),
    }


def optax_step(leaves, size, optimizer="adamw", rows=None):
    import jax
    import jax.numpy as jnp
    import optax

    tx = optax_optimizers()[optimizer]()
    keys = jax.random.split(jax.random.key(0), 2 * leaves)
    shape = (size,) if rows is None else (rows, size // rows)
    params = [jax.random.normal(k, shape) for k in keys[:leaves]]
    grads = [jax.random.normal(k, shape) for k in keys[leaves:]]

    def update(params, state, grads):
        updates, state = tx.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    run = jax.jit(update, donate_argnums=(0, 1))
    # A state may hold the parameters themselves, which cannot be given away twice.
    carry = [params, jax.tree.map(jnp.copy, tx.init(params))]

    def step():
        for _ in range(4 if optimizer == "multiSteps" else 1):
            carry[0], carry[1] = run(carry[0], carry[1], grads)
        jax.block_until_ready(carry[0])

    return step


def torch_step(leaves, size, **how):
    import torch

    torch.set_num_threads(1)
    params = [torch.nn.Parameter(torch.randn(size)) for _ in range(leaves)]
    for p in params:
        p.grad = torch.randn(size)
    return torch.optim.AdamW(params, lr=1e-3, weight_decay=1e-4, **how).step


makers = {}
versions = {}
try:
    import jax
    import optax

    makers["optax jit, donated"] = optax_step
    versions.update(jax=jax.__version__, optax=optax.__version__)
except ImportError:
    pass
try:
    import torch

    makers["torch fused"] = lambda leaves, size: torch_step(leaves, size, fused=True)
    makers["torch foreach"] = lambda leaves, size: torch_step(leaves, size, foreach=True)
    versions["torch"] = torch.__version__
except ImportError:
    pass


print(json.dumps(versions), flush=True)
steps = {}
for line in sys.stdin:
    asked = json.loads(line)
    seconds = asked.pop("seconds")
    optimizer = asked.get("optimizer", "adamw")
    key = tuple(sorted(asked.items()))
    if key not in steps:
        if optimizer == "adamw":
            made = {name: make(asked["leaves"], asked["size"]) for name, make in makers.items()}
        else:
            made = {"optax jit, donated": optax_step(**asked)} if "optax" in versions else {}
        steps = {key: made}
    print(json.dumps({name: burst(step, seconds) for name, step in steps[key].items()}), flush=True)
