"""Records trajectories of optax.contrib's GaLore, in float64, into galoreOptax.json beside this file: `python recordGalore.py`.

Its projectors are made in float32, whatever the gradients are; here they are float64. A singular vector has a sign of its own choice in every
library: here that of the shorter side (of a square, the right one) has its first number of at least half the largest size positive.
"""

import json
import types
from pathlib import Path

import jax

jax.config.update('jax_enable_x64', True)

import jax.numpy as jnp
import numpy as np
import optax
from optax import contrib
from optax.contrib import _galore

HERE = Path(__file__).parent
STEPS = 8
RATE = 0.05


def upright(vectors):
    """1 or -1 for each column."""
    sizes = jnp.abs(vectors)
    first = jnp.argmax(sizes >= sizes.max(axis=0) / 2, axis=0)
    return jnp.sign(vectors[first, jnp.arange(vectors.shape[1])])


def svd(x, full_matrices):
    u, s, vh = jnp.linalg.svd(x, full_matrices=full_matrices)
    sign = upright(u if x.shape[0] < x.shape[1] else vh.T)
    return u * sign, s, vh * sign[:, None]


own = types.SimpleNamespace(**{name: getattr(jnp, name) for name in dir(jnp) if not name.startswith('__')})
own.float32 = jnp.float64
own.linalg = types.SimpleNamespace(svd=svd)
_galore.jnp = own

rng = np.random.default_rng(17)
start = {'wide': rng.normal(size=(3, 5)), 'tall': rng.normal(size=(4, 2)), 'square': rng.normal(size=(3, 3)), 'bias': rng.normal(size=3), 'deep': rng.normal(size=(2, 3, 2))}
grads = [{name: rng.normal(size=leaf.shape) for name, leaf in start.items()} for _ in range(STEPS)]

Numbers = contrib.GaLoreDimensionNumbers


def by_leaf(numbers):
    """Matrices as they are, the leaf of rank 3 by these axes, vectors not at all."""
    return lambda params: {name: Numbers() if jnp.ndim(leaf) == 2 else numbers if jnp.ndim(leaf) == 3 else None for name, leaf in params.items()}


BASES = {
    'lion': lambda: optax.scale_by_lion(),
    'trace': lambda: optax.trace(decay=0.9, nesterov=True),
    'rms': lambda: optax.scale_by_rms(),
}
# The options as TypeScript has them, and what optax is given besides.
RUNS = [
    ({'rank': 2, 'updateProjGap': 100}, {}),
    ({'rank': 1, 'updateProjGap': 3, 'scale': 0.25}, {}),
    ({'updateProjGap': 2}, {}),
    ({'rank': 2, 'updateProjGap': 4, 'weightDecay': 0.1, 'mask': {'wide': True, 'tall': False, 'square': True, 'bias': True, 'deep': False}}, {}),
    ({'rank': 2, 'updateProjGap': 3, 'base': 'lion'}, {}),
    ({'rank': 2, 'updateProjGap': 3, 'base': 'trace', 'scale': 2}, {}),
    ({'rank': 1, 'updateProjGap': 1, 'base': 'rms'}, {}),
    ({'rank': 2, 'updateProjGap': 3, 'deep': [[0, 2], [1]]}, {'weight_dimension_numbers': by_leaf(Numbers((0, 2), 1))}),
    ({'rank': 1, 'updateProjGap': 2, 'deep': [[-1], [-3, -2]]}, {'weight_dimension_numbers': by_leaf(Numbers(-1, (-3, -2)))}),
    ({'rank': 2, 'updateProjGap': 2, 'numbers': [[1], [0]], 'leaves': ['wide', 'tall', 'bias']}, {'weight_dimension_numbers': Numbers(1, 0)}),
]
NAMES = {'rank': 'rank', 'updateProjGap': 'update_proj_gap', 'scale': 'scale', 'weightDecay': 'weight_decay', 'mask': 'mask'}


def plain(tree):
    return {name: np.asarray(leaf, np.float64).tolist() for name, leaf in tree.items()}


def run(options, besides):
    leaves = options.get('leaves', list(start))
    given = {NAMES[name]: value for name, value in options.items() if name in NAMES}
    base = BASES[options['base']]() if 'base' in options else None
    tx = contrib.galore(RATE, base_optimizer=base, **given, **besides)
    only = lambda tree: {name: jnp.asarray(tree[name]) for name in leaves}
    params = only(start)
    state = tx.init(params)
    rows = []
    for grad in grads:
        updates, state = tx.update(only(grad), state, params)
        params = optax.apply_updates(params, updates)
        rows.append(plain(params))
    return {'options': options, 'params': rows}


recorded = {
    '_source': f'recordGalore.py with optax {optax.__version__}, jax {jax.__version__}, numpy {np.__version__}, x64, its projectors float64, too; singular vectors with signs by a rule',
    'start': plain(start),
    'grads': [plain(grad) for grad in grads],
    'runs': [run(*options) for options in RUNS],
}
lines = [f'{json.dumps(key)}: {json.dumps(value)}' for key, value in recorded.items()]
(HERE / 'galoreOptax.json').write_text('{' + ',\n'.join(lines) + '}\n')
