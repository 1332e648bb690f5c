"""The training steps of trainingStep.ts in torch and in jax under jit, each pinned to one core and to one thread.

Reads requests and writes answers as lines of JSON:
  {"model": "mlp", "params": tree, "batch": [inputs, targets]}   ->  {"torch": loss, "jax jit": loss}
  {"seconds": 0.05}                                              ->  {"torch, forward": [milliseconds, ...], ...}
An array is {"shape": [...], "dtype": "float32", "data": base64}. The first line it writes says which libraries there are.
"""

import base64
import json
import math
import sys

from one_thread import burst  # before numpy, which reads how many threads it may have

import numpy as np

HEADS = 4


def arrays(tree):
    """The tree with numpy arrays for leaves."""
    if isinstance(tree, list):
        return [arrays(part) for part in tree]
    if "data" in tree:
        return np.frombuffer(base64.b64decode(tree["data"]), tree["dtype"]).reshape(tree["shape"])
    return {key: arrays(part) for key, part in tree.items()}


def jax_steps(model, params, batch):
    import jax
    import jax.numpy as jnp
    import optax

    def dense(layer, x):
        return x @ layer["w"] + layer["b"]

    def norm(layer, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * layer["gain"] + layer["bias"]

    def conv(layer, x, stride=1):
        numbers = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, layer["w"], (stride, stride), "SAME", dimension_numbers=numbers) + layer["b"]

    def mlp(p, x):
        for layer in p[:-1]:
            x = jax.nn.relu(dense(layer, x))
        return dense(p[-1], x)

    def cnn(p, x):
        x = x.reshape(-1, 28, 28, 1)
        for stage in p["stages"]:
            x = conv(stage["down"], x, 2)
            x = x + conv(stage["second"], jax.nn.relu(conv(stage["first"], jax.nn.relu(x))))
        return dense(p["scores"], jax.nn.relu(x).reshape(x.shape[0], -1))

    def lstm(p, tokens):
        hidden = p["scores"]["w"].shape[0]

        def cell(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(dense(p["gates"], jnp.concatenate([x, h], 1)), 4, 1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((tokens.shape[0], hidden))
        _, states = jax.lax.scan(cell, (zeros, zeros), p["embedding"][tokens.T])
        return dense(p["scores"], states.swapaxes(0, 1).reshape(-1, hidden))

    def transformer(p, tokens):
        rows, length = tokens.shape
        width = p["embedding"].shape[1]
        x = p["embedding"][tokens] + p["positions"][:length]
        mask = jnp.tril(jnp.ones((length, length), bool))

        def heads(layer, x):
            return dense(layer, x).reshape(rows, length, HEADS, -1).swapaxes(1, 2)

        for block in p["blocks"]:
            y = norm(block["attentionNorm"], x)
            q, k, v = (heads(block[name], y) for name in ("query", "key", "value"))
            scores = q @ k.swapaxes(2, 3) / math.sqrt(width / HEADS)
            mixed = jax.nn.softmax(jnp.where(mask, scores, -1e9)) @ v
            x = x + dense(block["merge"], mixed.swapaxes(1, 2).reshape(rows, length, width))
            y = norm(block["feedNorm"], x)
            x = x + dense(block["down"], jax.nn.relu(dense(block["up"], y)))
        return dense(p["scores"], norm(p["norm"], x)).reshape(rows * length, -1)

    logits = {"mlp": mlp, "cnn": cnn, "lstm": lstm, "transformer": transformer}[model]
    x, y = (jnp.asarray(each) for each in batch)

    def loss(p, x, y):
        return optax.softmax_cross_entropy_with_integer_labels(logits(p, x), y.reshape(-1)).mean()

    tx = optax.adamw(1e-3)

    def update(p, state, x, y):
        value, grads = jax.value_and_grad(loss)(p, x, y)
        updates, state = tx.update(grads, state, p)
        return optax.apply_updates(p, updates), state, value

    forward, gradient = jax.jit(loss), jax.jit(jax.value_and_grad(loss))
    step = jax.jit(update, donate_argnums=(0, 1))
    fixed = jax.tree.map(jnp.asarray, params)
    carry = [jax.tree.map(jnp.array, params), tx.init(fixed)]

    def take():
        carry[0], carry[1], value = step(carry[0], carry[1], x, y)
        return value

    ways = {"forward": lambda: forward(fixed, x, y), "gradient": lambda: gradient(fixed, x, y), "step": take}
    return {name: lambda f=f: jax.block_until_ready(f()) for name, f in ways.items()}


def torch_steps(model, params, batch):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    leaves = []

    def parameter(array):
        leaves.append(torch.nn.Parameter(torch.tensor(np.ascontiguousarray(array))))
        return leaves[-1]

    def tree(part):
        if isinstance(part, np.ndarray):
            return parameter(part)
        if isinstance(part, list):
            return [tree(each) for each in part]
        return {key: tree(each) for key, each in part.items()}

    def dense(layer, x):
        return x @ layer["w"] + layer["b"]

    def norm(layer, x):
        return F.layer_norm(x, x.shape[-1:], layer["gain"], layer["bias"], 1e-5)

    def mlp_of(p):
        p = tree(p)

        def logits(x):
            for layer in p[:-1]:
                x = F.relu(dense(layer, x))
            return dense(p[-1], x)

        return logits

    def cnn_of(p):
        # Channels first, as torch has them: taps and the rows of the scores in that order.
        def conv(layer):
            return {"w": layer["w"].transpose(3, 2, 0, 1), "b": layer["b"]}

        last = p["stages"][-1]["second"]["w"].shape[3]
        side = math.isqrt(p["scores"]["w"].shape[0] // last)
        w = p["scores"]["w"].reshape(side, side, last, -1).transpose(2, 0, 1, 3).reshape(side * side * last, -1)
        stages = tree([{name: conv(layer) for name, layer in stage.items()} for stage in p["stages"]])
        scores = tree({"w": w, "b": p["scores"]["b"]})

        def apply(layer, x):
            return F.conv2d(x, layer["w"], layer["b"], padding=1)

        def logits(x):
            x = x.reshape(-1, 1, 28, 28)
            for stage in stages:
                x = F.conv2d(F.pad(x, (0, 1, 0, 1)), stage["down"]["w"], stage["down"]["b"], stride=2)
                x = x + apply(stage["second"], F.relu(apply(stage["first"], F.relu(x))))
            return dense(scores, F.relu(x).flatten(1))

        return logits

    def lstm_of(p):
        width, hidden = p["embedding"].shape[1], p["scores"]["w"].shape[0]
        layer = torch.nn.LSTM(width, hidden, batch_first=True)
        w = torch.tensor(p["gates"]["w"])
        with torch.no_grad():
            layer.weight_ih_l0.copy_(w[:width].T)
            layer.weight_hh_l0.copy_(w[width:].T)
            layer.bias_ih_l0.copy_(torch.tensor(p["gates"]["b"]))
            layer.bias_hh_l0.zero_()
        leaves.extend(layer.parameters())
        embedding, scores = parameter(p["embedding"]), tree(p["scores"])
        return lambda tokens: dense(scores, layer(F.embedding(tokens, embedding))[0].reshape(-1, hidden))

    def transformer_of(p):
        p = tree(p)

        def logits(tokens):
            rows, length = tokens.shape
            x = F.embedding(tokens, p["embedding"]) + p["positions"][:length]

            def heads(layer, x):
                return dense(layer, x).reshape(rows, length, HEADS, -1).transpose(1, 2)

            for block in p["blocks"]:
                y = norm(block["attentionNorm"], x)
                q, k, v = (heads(block[name], y) for name in ("query", "key", "value"))
                mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
                x = x + dense(block["merge"], mixed.transpose(1, 2).reshape(rows, length, -1))
                x = x + dense(block["down"], F.relu(dense(block["up"], norm(block["feedNorm"], x))))
            return dense(p["scores"], norm(p["norm"], x)).reshape(rows * length, -1)

        return logits

    logits = {"mlp": mlp_of, "cnn": cnn_of, "lstm": lstm_of, "transformer": transformer_of}[model](params)
    x, y = torch.tensor(batch[0]), torch.tensor(batch[1]).reshape(-1).long()
    x = x if x.is_floating_point() else x.long()
    tx = torch.optim.AdamW(leaves, lr=1e-3, weight_decay=1e-4, fused=True)

    def forward():
        with torch.no_grad():
            return F.cross_entropy(logits(x), y)

    def gradient():
        tx.zero_grad(set_to_none=True)
        loss = F.cross_entropy(logits(x), y)
        loss.backward()
        return loss

    def step():
        loss = gradient()
        tx.step()
        return loss

    return {"forward": forward, "gradient": gradient, "step": step}


makers = {}
versions = {}
try:
    import torch

    makers["torch"] = torch_steps
    versions["torch"] = torch.__version__
except ImportError:
    pass
try:
    import jax
    import optax

    makers["jax jit"] = jax_steps
    versions.update(jax=jax.__version__, optax=optax.__version__)
except ImportError:
    pass


print(json.dumps(versions), flush=True)
made = {}
for line in sys.stdin:
    asked = json.loads(line)
    if "model" in asked:
        given = arrays(asked["params"]), arrays(asked["batch"])
        made = {name: make(asked["model"], *given) for name, make in makers.items()}
        answer = {name: float(steps["forward"]()) for name, steps in made.items()}
    else:
        times = ((name, what, burst(step, asked["seconds"])) for name, steps in made.items() for what, step in steps.items())
        answer = {f"{name}, {what}": each for name, what, each in times}
    print(json.dumps(answer), flush=True)
