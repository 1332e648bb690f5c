"""Records optax.json: what optax computes where first.json has nothing.

    python -m pip install jax==0.10.2 optax==0.2.8
    python properties/golden/recordOptax.py

Start and gradients are those of first.json. Everything runs op by op (no jit), in x64; under jit XLA divides by a constant through its
reciprocal, and schedules differ by one float32 rounding.
"""

import json
import os
import re
from pathlib import Path

os.environ['JAX_ENABLE_X64'] = '1'

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402

HERE = Path(__file__).parent

# In TypeScript's names: read as Python by `python` below.
SCHEDULES = [
    'linearSchedule({initValue: 0.1, endValue: 0.01, transitionSteps: 13, transitionBegin: 3})',
    'linearSchedule({initValue: 0.2, endValue: 0.1, transitionSteps: 0})',
    'polynomialSchedule({initValue: 0.3, endValue: 0.07, power: 2, transitionSteps: 11})',
    'polynomialSchedule({initValue: 0.3, endValue: 0.07, power: 3, transitionSteps: 11})',
    'polynomialSchedule({initValue: 0.3, endValue: 0.07, power: 7, transitionSteps: 17, transitionBegin: 2})',
    'polynomialSchedule({initValue: 0.3, endValue: 0.07, power: 2.7, transitionSteps: 19})',
    'polynomialSchedule({initValue: 0.3, endValue: 0.07, power: 0, transitionSteps: 5})',
    'cosineDecaySchedule({initValue: 0.3, decaySteps: 13, alpha: 0.1, exponent: 1.7})',
    'cosineDecaySchedule({initValue: 0.3, decaySteps: 1})',
    'exponentialDecay({initValue: 0.3, transitionSteps: 7, decayRate: 0.83, transitionBegin: 2})',
    'exponentialDecay({initValue: 0.3, transitionSteps: 3, decayRate: 0.6, staircase: True, endValue: 0.11})',
    'exponentialDecay({initValue: 0.03, transitionSteps: 7, decayRate: 1.3, endValue: 0.11})',
    'exponentialDecay({initValue: 0.1, transitionSteps: 3, decayRate: 0.0})',
    'exponentialDecay({initValue: 0.1, transitionSteps: 0, decayRate: 0.5})',
    'warmupCosineDecaySchedule({initValue: 0.01, peakValue: 0.2, warmupSteps: 7, decaySteps: 20, endValue: 0.03, exponent: 2.3})',
    'warmupCosineDecaySchedule({initValue: 0.01, peakValue: 0.2, warmupSteps: 0, decaySteps: 20, endValue: 0.03})',
    'joinSchedules([constantSchedule(0.1), cosineDecaySchedule({initValue: 0.2, decaySteps: 9})], [5])',
    'joinSchedules([constantSchedule(0.1), linearSchedule({initValue: 0.2, endValue: 0.1, transitionSteps: 7})], [5])',
    'joinSchedules([cosineDecaySchedule({initValue: 0.2, decaySteps: 9}), joinSchedules([constantSchedule(0.1), '
    'exponentialDecay({initValue: 0.3, transitionSteps: 7, decayRate: 0.83})], [4]), constantSchedule(0.7)], [3, 15])',
    'exponentialDecay({initValue: 0.3, transitionSteps: 4, decayRate: 0.7, transitionBegin: -3})',
    'linearSchedule({initValue: 0.3, endValue: 0.1, transitionSteps: 9, transitionBegin: -2})',
    'linearSchedule({initValue: 0.3, endValue: 0.1, transitionSteps: -1})',
    'piecewiseConstantSchedule({initValue: 0.3})',
    'piecewiseConstantSchedule({initValue: 0.3, boundariesAndScales: {17: 2.5, 5: 0.7, 9: 0.1}})',
    'piecewiseInterpolateSchedule({interpolateType: "linear", initValue: 0.3, boundariesAndScales: {17: 2.5, 5: 0.7, 9: 0.1}})',
    'piecewiseInterpolateSchedule({interpolateType: "cosine", initValue: 0.3, boundariesAndScales: {17: 2.5, 5: 0.7, 9: 0.1}})',
    'linearOnecycleSchedule({transitionSteps: 23, peakValue: 0.3})',
    'linearOnecycleSchedule({transitionSteps: 4, peakValue: 0.3, pctStart: 0.1, pctFinal: 0.2, divFactor: 3.0, finalDivFactor: 7.0})',
    'cosineOnecycleSchedule({transitionSteps: 23, peakValue: 0.3})',
    'cosineOnecycleSchedule({transitionSteps: 17, peakValue: 0.3, pctStart: 0.4, divFactor: 3.0, finalDivFactor: 7.0})',
    'warmupConstantSchedule({initValue: 0.01, peakValue: 0.3, warmupSteps: 7})',
    'warmupExponentialDecaySchedule({initValue: 0.01, peakValue: 0.3, warmupSteps: 7, transitionSteps: 5, decayRate: 0.7, '
    'transitionBegin: 2, staircase: True, endValue: 0.1})',
    'sgdrSchedule([{initValue: 0.01, peakValue: 0.3, warmupSteps: 3, decaySteps: 10}, '
    '{initValue: 0.02, peakValue: 0.2, warmupSteps: 0, decaySteps: 8, endValue: 0.05, exponent: 2.3}, '
    '{initValue: 0.1, peakValue: 0.1, warmupSteps: 2, decaySteps: 7}])',
]

TRAJECTORIES = [
    'sgd(exponentialDecay({initValue: 0.2, transitionSteps: 5, decayRate: 0.83}), {momentum: 0.7, nesterov: True})',
    'adam(0.01, {b1: 0.8, b2: 0.95, eps: 1e-3, epsRoot: 1e-4, nesterov: True})',
    'adamw(warmupCosineDecaySchedule({initValue: 0.01, peakValue: 0.2, warmupSteps: 0, decaySteps: 7}), '
    '{weightDecay: linearSchedule({initValue: 0.1, endValue: 0.01, transitionSteps: 7}), mask: {w: True, b: False, s: False}})',
    'adabelief(0.01, {eps: 1e-6, epsRoot: 1e-8, nesterov: True})',
    'amsgrad(0.01, {b2: 0.6, epsRoot: 1e-4})',
    'amsgrad(0.01, {b2: 0.9, biasCorrectionMu: False})',
    'amsgrad(0.01, {b2: 0.9, biasCorrectionNu: False})',
    'rmsprop(0.01, {decay: 0.8, eps: 1e-4, epsInSqrt: False, initialScale: 0.5})',
    'rmsprop(0.01, {biasCorrection: True, momentum: 0.5, nesterov: True})',
    'rmsprop(0.01, {centered: True, eps: 0.1, biasCorrection: True, epsInSqrt: True})',
    'adagrad(0.1, {initialAccumulatorValue: 0.0, eps: 1e-3})',
    'lion(0.01, {b1: 0.7, b2: 0.8, weightDecay: 0.1, mask: {w: True, b: False, s: True}})',
    'lamb(0.01, {eps: 1e-3, weightDecay: 0.1, mask: {w: False, b: True, s: True}})',
    'chain(scaleByTrustRatio({minNorm: 0.5, trustCoefficient: 0.1, eps: 1e-3}), scaleByLearningRate(0.5))',
    'chain(scaleBySign(), scaleBySchedule(cosineDecaySchedule({initValue: 0.1, decaySteps: 5})), scale(-1.0))',
    'chain(masked(clipByGlobalNorm(0.5), {w: True, b: False, s: True}), masked(scaleByAdam(), {w: False, b: True, s: True}), '
    'scaleByLearningRate(0.1))',
    "partition({fast: sgd(0.1, {momentum: 0.9}), slow: adam(0.01)}, {w: 'fast', b: 'slow', s: 'fast'})",
]


def snake(name):
    return re.sub(r'[A-Z]', lambda letter: '_' + letter.group().lower(), name)


def camel(name):
    return re.sub(r'_(\w)', lambda letter: letter.group(1).upper(), name)


class Options(dict):
    """What stands in braces: options of the last argument of a call, or a tree."""


def keywords(value):
    """Options, also those in a list, with Python's names; anything else as it is."""
    if isinstance(value, Options):
        return {snake(name): child for name, child in value.items()}
    return [keywords(child) for child in value] if isinstance(value, list) else value


def call(function):
    def with_options(*args):
        *first, last = args or (None,)
        if isinstance(last, Options):
            return function(*first, **keywords(last))
        return function(*map(keywords, args))

    return with_options


TREE = {'w', 'b', 's', 'fast', 'slow'}


def python(text):
    """The value of an expression in TypeScript's names."""
    names = {name: call(getattr(optax, snake(name))) for name in set(re.findall(r'(\w+)\(', text)) - {'braces'}}
    quoted = re.sub(r'([A-Za-z]\w*):', r"'\1':", text)
    braced = quoted.replace('{', 'braces({').replace('}', '})')
    return eval(braced, {**names, 'braces': lambda d: d if set(d) <= TREE or all(type(k) is int for k in d) else Options(d)})


def typescript(text):
    return text.replace('True', 'true').replace('False', 'false')


def plain(tree):
    """A state as plain data, with its fields in camelCase."""
    if isinstance(tree, optax.MaskedNode):
        return []
    if hasattr(tree, '_fields'):
        return {camel(name): plain(getattr(tree, name)) for name in tree._fields}
    if isinstance(tree, dict):
        return {name: plain(child) for name, child in tree.items()}
    if isinstance(tree, (tuple, list)):
        return [plain(child) for child in tree]
    return np.asarray(tree, np.float64).tolist()


def trajectory(text, start, grads):
    tx = python(text)
    params = jax.tree.map(jnp.asarray, start, is_leaf=lambda x: isinstance(x, list))
    state = tx.init(params)
    rows = []
    for grad in grads:
        grad = jax.tree.map(jnp.asarray, grad, is_leaf=lambda x: isinstance(x, list))
        updates, state = tx.update(grad, state, params)
        params = optax.apply_updates(params, updates)
        rows.append(plain(params))
    return {'ts': typescript(text), 'params': rows, 'state': plain(state)}


first = json.loads((HERE / 'first.json').read_text())
recorded = {
    '_source': f'recordOptax.py with optax {optax.__version__}, jax {jax.__version__}, numpy {np.__version__}',
    'schedules': [
        {'ts': typescript(text), 'values': [float(python(text)(jnp.int32(count))) for count in range(30)]}
        for text in SCHEDULES
    ],
    'trajectories': [trajectory(text, first['start'], first['grads']) for text in TRAJECTORIES],
}
lines = [f'{json.dumps(key)}: {json.dumps(value)}' for key, value in recorded.items()]
(HERE / 'optax.json').write_text('{' + ',\n'.join(lines) + '}\n')
