/** Rows of the catalogue that optax has, too: the same transformation in optax's own words. */

/** What the expressions share with the rows: a rate, a schedule, masks. */
const before = `import jax
import jax.numpy as jnp
import optax
from optax import contrib

rate = 0.05
half = optax.linear_schedule(0.5, 0.25, 4)


def vectors(params):
    return jax.tree.map(lambda p: p.ndim < 2, params)


def scalars(params):
    return jax.tree.map(lambda p: p.ndim == 0, params)


def kinds(params):
    return jax.tree.map(lambda p: "vector" if p.ndim < 2 else "matrix", params)


squares = optax.stateless(lambda g, _: jax.tree.map(jnp.square, g))


`

/** A module that binds \`transformation\`, as a printed one does. */
export const namesakeText = (expression: string): string => `${before}transformation = ${expression}\n`

/** By the name of a row. A forecast changes no parameters: it is what ours return beside them. */
export const namesakes: Readonly<Record<string, string>> = {
  identity: 'optax.identity()',
  scale: 'optax.scale(-0.3)',
  scaleByLearningRate: 'optax.scale_by_learning_rate(rate)',
  'scaleByLearningRate, a schedule': 'optax.scale_by_learning_rate(half)',
  'scaleByLearningRate, the sign as it is': 'optax.scale_by_learning_rate(rate, flip_sign=False)',
  scaleBySign: 'optax.scale_by_sign()',
  clip: 'optax.clip(1)',
  clipByGlobalNorm: 'optax.clip_by_global_norm(1)',
  clipByBlockRms: 'optax.clip_by_block_rms(1)',
  setToZero: 'optax.set_to_zero()',
  zeroNans: 'optax.zero_nans()',
  ema: 'optax.ema(0.9)',
  'ema, biased': 'optax.ema(0.9, debias=False)',
  trace: 'optax.trace(0.9)',
  'trace, nesterov': 'optax.trace(0.9, nesterov=True)',
  addDecayedWeights: 'optax.add_decayed_weights(0.1)',
  'addDecayedWeights, masked': 'optax.add_decayed_weights(half, mask=vectors)',
  predictAhead: 'optax.identity()',
  scaleByAdam: 'optax.scale_by_adam()',
  'scaleByAdam, other constants': 'optax.scale_by_adam(b1=0.5, b2=0.7, eps_root=1e-3)',
  'scaleByAdam, nesterov': 'optax.scale_by_adam(nesterov=True)',
  scaleByAmsgrad: 'optax.scale_by_amsgrad()',
  scaleByBelief: 'optax.scale_by_belief(eps=1e-3, eps_root=1e-3)',
  'scaleByBelief, defaults': 'optax.scale_by_belief()',
  scaleByLion: 'optax.scale_by_lion(b1=0.75, b2=0.5)',
  'scaleByLion, smooth': 'optax.scale_by_lion(mode="smooth", smooth_beta=2)',
  'scaleByLion, refined': 'optax.scale_by_lion(mode="refined")',
  scaleByRms: 'optax.scale_by_rms()',
  'scaleByRms, without bias': 'optax.scale_by_rms(bias_correction=True, eps_in_sqrt=False)',
  scaleByStddev: 'optax.scale_by_stddev(eps=1e-3)',
  scaleByRss: 'optax.scale_by_rss()',
  scaleByTrustRatio: 'optax.scale_by_trust_ratio()',
  scaleByAdamax: 'optax.scale_by_adamax()',
  scaleByAdadelta: 'optax.scale_by_adadelta()',
  scaleByAdan: 'optax.scale_by_adan()',
  scaleByRadam: 'optax.scale_by_radam(b2=0.9)',
  'scaleByRadam, nesterov': 'optax.scale_by_radam(nesterov=True)',
  scaleByYogi: 'optax.scale_by_yogi()',
  scaleByRprop: 'optax.scale_by_rprop(0.1)',
  scaleByNovograd: 'optax.scale_by_novograd()',
  scaleByLbfgs: 'optax.scale_by_lbfgs(memory_size=2)',
  'scaleByLbfgs, not scaled': 'optax.scale_by_lbfgs(memory_size=3, scale_init_precond=False)',
  lbfgs: 'optax.lbfgs(0.5, memory_size=2, linesearch=None)',
  scaleByOptimisticGradient: 'optax.scale_by_optimistic_gradient(alpha=0.6, beta=0.3)',
  scaleByPolyak: 'optax.scale_by_polyak()',
  'scaleByPolyak, sps+': 'optax.scale_by_polyak(f_min=0.5, eps=0.1, variant="sps+")',
  centralize: 'optax.centralize()',
  adaptiveGradClip: 'optax.adaptive_grad_clip(0.5, eps=0.1)',
  scaleByFactoredRms: 'optax.scale_by_factored_rms(min_dim_size_to_factor=2, epsilon=1e-3)',
  'scaleByFactoredRms, not factored': 'optax.scale_by_factored_rms(factored=False, epsilon=1e-3)',
  scaleByParamBlockNorm: 'optax.scale_by_param_block_norm(min_scale=0.1)',
  scaleByParamBlockRms: 'optax.scale_by_param_block_rms()',
  normalizeByUpdateNorm: 'optax.normalize_by_update_norm(scale_factor=0.5, eps=1e-3)',
  keepParamsNonnegative: 'optax.keep_params_nonnegative()',
  stateless: 'optax.stateless(lambda g, _: jax.tree.map(lambda x: 0.5 * x, g))',
  statelessWithTreeMap: 'optax.stateless_with_tree_map(lambda g, p: g + 0.25 * p)',
  snapshot: 'optax.snapshot("norm", lambda g: jax.tree.map(jnp.linalg.norm, g))',
  normalize: 'contrib.normalize()',
  reduceOnPlateau: 'contrib.reduce_on_plateau(factor=0.5, patience=1, cooldown=1, accumulation_size=2)',
  'scaleByAcprop, defaults': 'contrib.scale_by_acprop()',
  scaleByAdemamix: 'contrib.scale_by_ademamix()',
  'scaleByAdemamix, schedules': 'contrib.scale_by_ademamix(b3=half, alpha=half)',
  scaleBySimplifiedAdemamix: 'contrib.scale_by_simplified_ademamix(alpha=2)',
  scaleByAdopt: 'contrib.scale_by_adopt()',
  'scaleByAdopt, nesterov, not clipped': 'contrib.scale_by_adopt(nesterov=True, use_clipping=False)',
  scaleByMadgrad: 'contrib.scale_by_madgrad(rate)',
  scaleByCocob: 'contrib.scale_by_cocob()',
  sgd: 'optax.sgd(rate)',
  'sgd, momentum and forecast': 'optax.sgd(rate, momentum=0.9)',
  adam: 'optax.adam(rate)',
  'adam, a schedule and forecast': 'optax.adam(half)',
  adamw: 'optax.adamw(rate, weight_decay=0.1)',
  'adamw, forecast': 'optax.adamw(rate, weight_decay=0.1)',
  'adamw, masked decay': 'optax.adamw(rate, weight_decay=0.1, mask=vectors)',
  amsgrad: 'optax.amsgrad(rate)',
  adabelief: 'optax.adabelief(rate, eps=1e-3, eps_root=1e-3)',
  rmsprop: 'optax.rmsprop(rate)',
  'rmsprop, centred, momentum and forecast': 'optax.rmsprop(0.01, centered=True, momentum=0.9, eps=1e-3)',
  adagrad: 'optax.adagrad(rate)',
  lion: 'optax.lion(rate, b1=0.75, b2=0.5, weight_decay=0.1)',
  lamb: 'optax.lamb(rate)',
  nadam: 'optax.nadam(rate)',
  nadamw: 'optax.nadamw(rate, weight_decay=0.1)',
  adamax: 'optax.adamax(rate)',
  adamaxw: 'optax.adamaxw(rate, weight_decay=0.1)',
  adadelta: 'optax.adadelta(1.0)',
  'adadelta, no learning rate: uphill': 'optax.adadelta()',
  'adadelta, decay and forecast': 'optax.adadelta(half, weight_decay=0.1, weight_decay_mask=vectors)',
  adan: 'optax.adan(rate, weight_decay=0.1)',
  radam: 'optax.radam(rate, b2=0.9)',
  yogi: 'optax.yogi(rate)',
  signSgd: 'optax.sign_sgd(rate)',
  signum: 'optax.signum(rate)',
  rprop: 'optax.rprop(rate)',
  novograd: 'optax.novograd(rate, weight_decay=0.1)',
  lars: 'optax.lars(1.0, weight_decay=0.1)',
  'lars, masks and forecast': 'optax.lars(half, weight_decay=0.1, weight_decay_mask=vectors, trust_ratio_mask=vectors)',
  fromage: 'optax.fromage(rate)',
  optimisticGradientDescent: 'optax.optimistic_gradient_descent(rate)',
  optimisticAdam: 'optax.optimistic_adam(rate, optimism=0.03, nesterov=False)',
  optimisticAdamV2: 'optax.optimistic_adam_v2(rate, alpha=0.8, beta=0.6)',
  polyakSgd: 'optax.polyak_sgd(scaling=half)',
  adafactor: 'optax.adafactor(rate, min_dim_size_to_factor=2, eps=1e-3)',
  'adafactor, momentum and decay':
    'optax.adafactor(half, min_dim_size_to_factor=2, eps=1e-3, clipping_threshold=None, momentum=0.5, weight_decay_rate=0.1, multiply_by_parameter_scale=False)',
  ademamix: 'contrib.ademamix(rate, weight_decay=0.1)',
  simplifiedAdemamix: 'contrib.simplified_ademamix(0.005, weight_decay=0.1)',
  adopt: 'contrib.adopt(rate)',
  madgrad: 'contrib.madgrad(rate, weight_decay=0.1)',
  cocob: 'contrib.cocob()',
  'cocob, decay': 'contrib.cocob(half, weight_decay=0.1, mask=vectors)',
  sophia: 'contrib.sophia(rate, update_interval=2, gamma=1, weight_decay=0.1, hessian_diagonal_fn=squares)',
  prodigy: 'contrib.prodigy(0.5, weight_decay=0.1, estim_lr0=0.01)',
  'prodigy, safe in warm-up': 'contrib.prodigy(half, safeguard_warmup=True, estim_lr0=0.01)',
  dadaptAdamw: 'contrib.dadapt_adamw(0.5, weight_decay=0.1, estim_lr0=0.01)',
  dog: 'contrib.dog(init_step=("distance", 0.1))',
  'dog, a first rate': 'contrib.dog(half, init_step=("learning_rate", 0.5), weight_decay=0.1)',
  dowg: 'contrib.dowg(init_estim_sq_dist=0.25)',
  momo: 'contrib.momo(0.1, weight_decay=0.1)',
  'momo, a bound that adapts': 'contrib.momo(half, adapt_lower_bound=True, lower_bound=-1)',
  momoAdam: 'contrib.momo_adam(0.1, weight_decay=0.1, eps=1e-3)',
  'momoAdam, a bound that adapts': 'contrib.momo_adam(half, adapt_lower_bound=True, lower_bound=-1, eps=1e-3)',
  injectHyperparams: 'optax.inject_hyperparams(optax.adamw)(0.05, weight_decay=half, b1=0.75)',
  'injectHyperparams, a bound': 'optax.inject_hyperparams(optax.clip_by_global_norm)(half)',
  applyIfFinite: 'optax.apply_if_finite(optax.adamw(half, weight_decay=0.1), 1)',
  'applyIfFinite, sgd': 'optax.apply_if_finite(optax.sgd(0.25), 2)',
  chain: 'optax.chain(optax.clip_by_global_norm(1), optax.adamw(rate))',
  namedChain: 'optax.named_chain(("clip", optax.clip_by_global_norm(1)), ("adam", optax.adam(rate)))',
  flatten: 'optax.flatten(optax.chain(optax.clip_by_block_rms(1), optax.lamb(rate)))',
  freeze: 'optax.chain(optax.scale_by_adam(), optax.freeze(vectors))',
  multiSteps: 'optax.MultiSteps(optax.adamw(rate, weight_decay=0.1), 2)',
  'multiSteps, a forecast': 'optax.MultiSteps(optax.adam(rate), 3)',
  'multiSteps, not finite ones skipped':
    'optax.MultiSteps(optax.adam(0.1), 2, should_skip_update_fn=optax.skip_not_finite)',
  'multiSteps, large ones skipped':
    'optax.MultiSteps(optax.chain(optax.clip_by_global_norm(1), optax.trace(0.5)), 1, should_skip_update_fn=lambda g, n, p: optax.skip_large_updates(g, n, p, 4))',
  conditionallyMask:
    'optax.conditionally_mask(optax.chain(optax.clip_by_global_norm(1), optax.scale_by_adam()), lambda step: step < 2)',
  conditionallyTransform: 'optax.conditionally_transform(optax.scale_by_adam(), lambda step: step > 0)',
  multiTransform:
    'optax.multi_transform({"a": optax.scale_by_lion(), "b": optax.scale_by_sign()}, lambda params: jax.tree.map(lambda p: "a" if p.ndim == 1 else "b", params))',
  applyEvery: 'optax.chain(optax.adam(rate), optax.apply_every(3))',
  masked: 'optax.masked(optax.chain(optax.clip_by_global_norm(1), optax.scale_by_adam()), vectors)',
  'masked, within a mask': 'optax.masked(optax.masked(optax.scale_by_adam(), scalars), vectors)',
  partition: 'optax.partition({"matrix": optax.adamw(rate), "vector": optax.sgd(rate, momentum=0.9)}, kinds)',
  'partition, norms and forecasts':
    'optax.partition({"matrix": optax.chain(optax.clip_by_global_norm(1), optax.lamb(rate)), "vector": optax.sgd(rate, momentum=0.9)}, kinds)',
  scheduleFree: 'contrib.schedule_free(optax.sgd(half), half, b1=0.75)',
  scheduleFreeSgd: 'contrib.schedule_free_sgd(0.1, warmup_steps=2, weight_decay=0.1)',
  scheduleFreeAdamw: 'contrib.schedule_free_adamw(0.1, weight_decay=0.1)',
  mechanize: 'contrib.mechanize(optax.sgd(half, momentum=0.75), s_init=0.5, num_betas=3)',
  'mechanize, adamw': 'contrib.mechanize(optax.adamw(1.0), s_init=0.125, weight_decay=0, eps=1e-6)',
  sam: 'contrib.sam(optax.adam(rate), optax.chain(contrib.normalize(), optax.sgd(0.25)), reset_state=True)',
  'sam, goes on': 'contrib.sam(optax.adamw(rate, weight_decay=0.1), optax.adam(0.1), sync_period=3, reset_state=False)',
  muon: 'contrib.muon(rate, weight_decay=0.1)',
}
