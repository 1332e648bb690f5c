"""Records trajectories of optax.contrib's Muon, in float64, into muon.json beside this file: `python recordMuon.py`."""

import json
import re
from pathlib import Path

import jax

jax.config.update('jax_enable_x64', True)

import jax.numpy as jnp
import numpy as np
import optax
from optax import contrib

HERE = Path(__file__).parent
STEPS = 6

rng = np.random.default_rng(16)
start = {'wide': rng.normal(size=(3, 5)), 'tall': rng.normal(size=(4, 2)), 'bias': rng.normal(size=3), 'deep': rng.normal(size=(2, 3, 2))}
grads = [{name: rng.normal(size=leaf.shape) for name, leaf in start.items()} for _ in range(STEPS)]

Numbers = contrib.MuonDimensionNumbers


def deep(reduction, output):
    """Matrices as they are, the leaf of rank 3 by these axes, vectors by Adam."""
    return lambda params: {
        name: {2: Numbers(), 3: Numbers(reduction, output)}.get(getattr(leaf, 'ndim', 0))
        for name, leaf in params.items()
    }


# The options as TypeScript has them, and what optax is given besides.
RUNS = [
    ({}, {}),
    ({'nesterov': False, 'weightDecay': 0.1, 'beta': 0.9}, {}),
    ({'adaptive': True}, {}),
    ({'consistentRms': 0.2, 'adamWeightDecay': 0.05, 'adamB1': 0.8, 'adamB2': 0.95, 'adamEpsRoot': 1e-4}, {}),
    ({'preconditioning': 'spectral', 'nsSteps': 3}, {}),
    ({'preconditioning': 'aol', 'nsSteps': 4}, {}),
    ({'preconditioning': 'schatten', 'eps': 1e-3}, {}),
    ({'nsCoeffs': 'dion', 'adamLearningRate': 0.01}, {}),
    ({'preconditioning': 'aol', 'nsCoeffs': 'dion'}, {}),
    ({'nsCoeffs': [2, -1.5, 0.5], 'nsSteps': 8, 'adaptive': True, 'preconditioning': 'schatten'}, {}),
    ({'nsCoeffs': [[4, -6.5, 2.8], [3, -3.5, 1.4], [2, -1.5, 0.5]], 'nsSteps': 5, 'preconditioning': 'spectral'}, {}),
    ({'weightDecay': 0.2, 'weightDecayMask': {'wide': True, 'tall': False, 'bias': True, 'deep': True}, 'adamWeightDecay': 0.1}, {}),
    ({'deep': [[0], [1]]}, {'muon_weight_dimension_numbers': deep(0, 1)}),
    ({'deep': [[2, 0], [1]], 'consistentRms': 0.3}, {'muon_weight_dimension_numbers': deep((2, 0), 1)}),
    ({'deep': [[-1], [-3, -2]]}, {'muon_weight_dimension_numbers': deep(-1, (-3, -2))}),
]


def snake(name):
    return re.sub(r'[A-Z0-9]', lambda letter: '_' + letter.group().lower() if letter.group().isalpha() else letter.group(), name)


def by_name(mask):
    """The mask as a function, since partition takes leaves out of the trees that it hands on."""
    return lambda params: {name: mask[name] for name in params}


def plain(tree):
    return {name: np.asarray(leaf, np.float64).tolist() for name, leaf in tree.items()}


def run(options, own):
    given = {snake(name): value for name, value in options.items() if name != 'deep'}
    if 'weight_decay_mask' in given:
        given['weight_decay_mask'] = by_name(given['weight_decay_mask'])
    if isinstance(given.get('ns_coeffs'), list):
        given['ns_coeffs'] = tuple(tuple(row) if isinstance(row, list) else row for row in given['ns_coeffs'])
    tx = contrib.muon(0.1, **given, **own)
    params = jax.tree.map(jnp.asarray, start)
    state = tx.init(params)
    rows = []
    for grad in grads:
        updates, state = tx.update(jax.tree.map(jnp.asarray, grad), state, params)
        params = optax.apply_updates(params, updates)
        rows.append(plain(params))
    return {'options': options, 'params': rows}


recorded = {
    '_source': f'recordMuon.py with optax {optax.__version__}, jax {jax.__version__}, numpy {np.__version__}, x64',
    'start': plain(start),
    'grads': [plain(grad) for grad in grads],
    'runs': [run(*options) for options in RUNS],
}
lines = [f'{json.dumps(key)}: {json.dumps(value)}' for key, value in recorded.items()]
(HERE / 'muon.json').write_text('{' + ',\n'.join(lines) + '}\n')
