"""Records the section "jax" of losses.json: values of optax's losses and their gradients by JAX's autodiff, in float64.

    python -m pip install jax==0.10.2 optax==0.2.8
    python properties/golden/recordLosses.py
"""

import json
import os
from pathlib import Path

os.environ['JAX_ENABLE_X64'] = '1'

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402

X = [[0.5, -1.2, 2.3, 0.1], [-0.7, 0.3, 0.9, -2.1], [4.0, 3.9, -5.0, 0.0]]
Y = [[0.1, 0.2, 0.3, 0.4], [0.0, 1.0, 0.0, 0.0], [0.25, 0.25, 0.5, 0.0]]
LOG_X = (np.array(X) - 3).tolist()
LOG_Y = [[-1.0, -2.0, -0.5, -3.0], [-0.1, -4.0, -2.0, -1.0], [-2.0, -2.5, -0.3, -1.5]]
SIGNS = [[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, 1.0, 1.0], [-1.0, -1.0, -1.0, 1.0]]
WHERE = [[True, True, False, True], [True, False, False, True], [False, False, False, False]]
IMAGE = np.random.default_rng(1).normal(size=(2, 3, 2, 3)).round(3).tolist()
SEGMENTS = np.eye(3)[np.random.default_rng(2).integers(0, 3, size=(2, 3, 2))].tolist()
CTC = np.random.default_rng(3).normal(size=(2, 6, 4)).round(3).tolist()
PADS = [[0.0] * 6, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]]

# name, inputs (floating point ones first; the gradient is by the first), options
CASES = [
    ('squared_error', {'predictions': X, 'targets': Y}, {}),
    ('l2_loss', {'predictions': X}, {}),
    ('huber_loss', {'predictions': X, 'targets': Y}, {'delta': 0.7}),
    ('log_cosh', {'predictions': [[0.0, 1e-3, -800.0, 0.4]]}, {}),
    ('cosine_similarity', {'predictions': X, 'targets': Y}, {'axis': 0}),
    ('cosine_similarity', {'predictions': X, 'targets': Y, 'where': WHERE}, {'epsilon': 0.1}),
    ('cosine_distance', {'predictions': X, 'targets': Y}, {'axis': [0, 1]}),
    ('sigmoid_binary_cross_entropy', {'logits': [[0.0, 800.0, -800.0, -20.0]], 'labels': [[1.0, 1.0, 0.0, 0.0]]}, {}),
    ('sigmoid_focal_loss', {'logits': X, 'labels': Y}, {'alpha': 0.3, 'gamma': 1.5}),
    ('sigmoid_focal_loss', {'logits': [[0.0, 0.0, -2.0, 3.0]], 'labels': [[0.0, 1.0, 1.0, 0.0]]}, {}),
    ('hinge_loss', {'predictor_outputs': X, 'targets': SIGNS}, {}),
    ('perceptron_loss', {'predictor_outputs': [row[:3] for row in X], 'targets': [row[:3] for row in SIGNS]}, {}),
    ('sparsemax_loss', {'logits': X, 'labels': [[1, 0, 1, 0], [0, 1, 1, 1], [0, 0, 0, 1]]}, {}),
    ('softmax_cross_entropy', {'logits': X, 'labels': Y}, {'axis': 0}),
    ('softmax_cross_entropy', {'logits': X, 'labels': Y}, {'axis': [0, 1]}),
    ('safe_softmax_cross_entropy', {'logits': [[0.5, float('-inf'), 2.3], [1.0, 2.0, float('-inf')]],
                                    'labels': [[0.4, 0.0, 0.6], [1.0, 0.0, 0.0]]}, {}),
    ('softmax_cross_entropy_with_integer_labels', {'logits': X, 'labels': [2, 0, 1], 'where': WHERE}, {}),
    ('softmax_cross_entropy_with_integer_labels', {'logits': [X, X], 'labels': [5, 11]}, {'axis': [1, 2]}),
    ('softmax_cross_entropy_with_integer_labels', {'logits': X, 'labels': [2, 0, 1, 1]}, {'axis': 0}),
    ('poly_loss_cross_entropy', {'logits': X, 'labels': Y}, {'epsilon': -0.5}),
    ('kl_divergence', {'log_predictions': LOG_X, 'targets': Y}, {}),
    ('kl_divergence', {'log_predictions': LOG_X, 'targets': Y, 'where': WHERE}, {'axis': 0}),
    ('kl_divergence_with_log_targets', {'log_predictions': LOG_X, 'log_targets': LOG_Y}, {}),
    ('generalized_kl_divergence', {'log_predictions': LOG_X, 'targets': Y}, {'axis': 1}),
    ('convex_kl_divergence', {'log_predictions': LOG_X, 'targets': Y}, {}),
    ('smooth_labels', {'labels': Y, 'where': [row[:4] for row in WHERE[:2]] + [[True, False, False, True]]}, {'alpha': 0.2}),
    ('multiclass_hinge_loss', {'scores': X, 'labels': [2, 0, 1]}, {}),
    ('multiclass_hinge_loss', {'scores': [[0.0, 0.0, 0.0, 0.0]], 'labels': [2]}, {}),
    ('multiclass_perceptron_loss', {'scores': X, 'labels': [2, 0, 1]}, {}),
    ('multiclass_sparsemax_loss', {'scores': X, 'labels': [2, 0, 1]}, {}),
    ('ctc_loss', {'logits': CTC, 'logit_paddings': PADS, 'labels': [[1, 1, 3], [2, 0, 0]],
                  'label_paddings': [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0]]}, {}),
    ('ctc_loss', {'logits': np.zeros((1, 4, 3)).tolist(), 'logit_paddings': [[0.0] * 4], 'labels': [[1]],
                  'label_paddings': [[0.0]]}, {'blank_id': 2}),
    ('ctc_loss_with_forward_probs', {'logits': CTC, 'logit_paddings': PADS, 'labels': [[1, 1, 3], [2, 3, 0]],
                                     'label_paddings': [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]}, {'log_epsilon': -50.0}),
    ('ranking_softmax_loss', {'logits': X, 'labels': Y, 'where': WHERE}, {}),
    ('ranking_softmax_loss', {'logits': X, 'labels': Y, 'where': WHERE, 'weights': SIGNS}, {'reduce_fn': 'none'}),
    ('ranking_softmax_loss', {'logits': X, 'labels': Y}, {'reduce_fn': 'sum'}),
    ('ntxent', {'embeddings': [[0.1, 0.9], [0.2, 0.8], [-0.7, 0.1], [-0.6, 0.3], [0.9, -0.9]], 'labels': [0, 0, 1, 1, 2]}, {}),
    ('triplet_margin_loss', {'anchors': X, 'positives': Y, 'negatives': LOG_Y}, {'margin': 5.0, 'norm_degree': 4}),
    ('dice_loss', {'predictions': IMAGE, 'targets': SEGMENTS}, {'alpha': 0.3, 'beta': 0.7, 'smooth': 0.5, 'reduction': 'none'}),
    ('dice_loss', {'predictions': IMAGE, 'targets': SEGMENTS, 'class_weights': [0.2, 0.3, 0.5]}, {'ignore_background': True}),
    ('dice_loss', {'predictions': IMAGE, 'targets': SEGMENTS}, {'reduction': 'sum', 'axis': [1]}),
    ('binary_dice_loss', {'predictions': X, 'targets': [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]]}, {}),
    ('multiclass_generalized_dice_loss', {'predictions': IMAGE, 'targets': SEGMENTS}, {'ignore_background': True}),
    ('make_fenchel_young_loss', {'scores': X, 'targets': Y}, {}),
]
REDUCTIONS = {'mean': jnp.mean, 'sum': jnp.sum, 'none': None}


def recorded(name, inputs, options):
    arrays = {key: jnp.asarray(value) for key, value in inputs.items()}
    more = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    if 'reduce_fn' in more:
        more['reduce_fn'] = REDUCTIONS[more['reduce_fn']]
    make = getattr(optax.losses, name)
    loss = make(jax.nn.logsumexp) if name == 'make_fenchel_young_loss' else make
    key = next(iter(arrays))

    def value(first):
        return loss(**{**arrays, key: first}, **more)

    def total(first):
        out = value(first)
        return jnp.sum(out[0] if isinstance(out, tuple) else out)

    outputs = {'value': plain(value(arrays[key])), 'grad_of_sum': plain(jax.grad(total)(arrays[key]))}
    return {'id': f'jax/{name}/{json.dumps(options)}', 'config': {'fn': name, 'args': options}, 'inputs': plain(inputs), 'outputs': outputs,
            'rtol_hint': 1e-11}


def plain(x):
    if isinstance(x, dict):
        return {key: plain(child) for key, child in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(child) for child in x]
    if isinstance(x, float):
        return x if np.isfinite(x) else str(x).replace('inf', 'Infinity').replace('nan', 'NaN')
    return plain(np.asarray(x).tolist()) if hasattr(x, 'shape') else x


path = Path(__file__).parent / 'losses.json'
sections = json.loads(path.read_text())
sections['jax'] = [recorded(*case) for case in CASES]
text = [json.dumps('_source') + ': ' + json.dumps(sections.pop('_source'))]
text += [json.dumps(key) + ': [\n' + ',\n'.join(map(json.dumps, entries)) + '\n]' for key, entries in sections.items()]
path.write_text('{' + ',\n'.join(text) + '}\n')
