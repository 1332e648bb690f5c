/** The functions of Python that printed rules call. */

/** The name of the one that makes slots which are not the same for all leaves. */
export const initial = '_by_group'

export const full = `def _full(p, value, dtype=None):
    """A constant shaped like a parameter, in shards where the parameter is."""
    return shard_alike(p, jnp.full_like(p, value, dtype=dtype))[1]`

export const fullAlong = `def _full_along(p, axes, value, dtype=None):
    """A constant shaped like a parameter with 1 along axes, in shards where the parameter is."""
    return _full(jnp.sum(p, axis=axes, keepdims=True), value, dtype)`

export const finding = `def _at(path, table):
    """What a table says of the leaf at a path."""
    name = jax.tree_util.keystr(path, simple=True, separator="/")
    if name not in table:
        name = name.removesuffix("/value")  # a variable of flax.nnx
    if name not in table:
        raise ValueError(f"no leaf {name!r} among those that this was printed for")
    return table[name]`

export const byPath = `def _by_path(table, tree):
    """What a table says of each leaf."""
    return jax.tree_util.tree_map_with_path(lambda path, _: _at(path, table), tree)`

export const byGroup = `def ${initial}(functions, params):
    """What the function of each leaf's group makes of the leaf."""
    return jax.tree_util.tree_map_with_path(
        lambda path, p: functions[_at(path, _GROUPS)](p), params
    )`

export const either = `def _either(test, yes, no):
    """What one of two functions makes; the other does not run."""
    kinds = jax.tree.map(
        lambda x, y: jnp.promote_types(x.dtype, y.dtype),
        jax.eval_shape(yes),
        jax.eval_shape(no),
    )

    def cast(made):
        return jax.tree.map(lambda x, kind: jnp.asarray(x, kind), made, kinds)

    return jax.lax.cond(test, lambda: cast(yes()), lambda: cast(no()))`

export const along = `def _along(place, moved, new):
    """A place that moves along where a parameter is set."""
    return place + (new - moved)`

export const eigh = `def _eigh(x):
    """The eigenvalues and eigenvectors of a symmetric matrix.

    In each vector the first number of at least half the largest size is positive.
    """
    values, vectors = jnp.linalg.eigh(x)
    sizes = jnp.abs(vectors)
    leading = jnp.argmax(sizes >= jnp.max(sizes, axis=0) / 2, axis=0)
    signs = jnp.take_along_axis(vectors, leading[None], axis=0)
    return values, jnp.where(signs < 0, -vectors, vectors)`

export const normals = `def _high(x, y):
    """The upper 32 bits of the product of two words."""
    middle = (x >> 16) * (y & 0xFFFF) + (((x & 0xFFFF) * (y & 0xFFFF)) >> 16)
    carried = (x & 0xFFFF) * (y >> 16) + (middle & 0xFFFF)
    return (x >> 16) * (y >> 16) + (middle >> 16) + (carried >> 16)


def _normals(key, shape, step, leaf):
    """Normal numbers by key, step, leaf and element, those that foregrad draws.

    They are quantiles of the words of Philox4x32-10.
    """
    count = math.prod(shape)
    first, second = jnp.uint32(0xD2511F53), jnp.uint32(0xCD9E8D57)
    a = jnp.arange(-(-count // 4), dtype=jnp.uint32)
    b, c, d = jnp.full_like(a, jnp.uint32(leaf)), jnp.full_like(a, step), jnp.zeros_like(a)
    left, right = (jnp.uint32(word) for word in key)
    for _ in range(10):
        a, b, c, d = (
            _high(second, c) ^ b ^ left,
            second * c,
            _high(first, a) ^ d ^ right,
            first * a,
        )
        left, right = left + jnp.uint32(0x9E3779B9), right + jnp.uint32(0xBB67AE85)
    words = jnp.stack([a, b, c, d], axis=1).ravel()[:count]
    share = (jnp.minimum(words, ~words).astype(float) + 0.5) * 2.0**-32
    lower = ndtri(share).astype(jnp.float32)
    return jnp.where(words >> 31 == 0, lower, -lower).reshape(shape)`

export const wide = `def _wide(x):
    """In float32 at least."""
    return jnp.asarray(x, jnp.promote_types(jnp.result_type(x), jnp.float32))`

export const wideOrMasked = `def _wide(x):
    """In float32 at least."""
    if isinstance(x, optax.MaskedNode):
        return x
    return jnp.asarray(x, jnp.promote_types(jnp.result_type(x), jnp.float32))`

export const wideBundles = `def _wide(x):
    """In float32 at least, each array of it."""
    return jax.tree.map(
        lambda y: jnp.asarray(y, jnp.promote_types(jnp.result_type(y), jnp.float32)), x
    )`

/** One row of results a leaf, by one function or by that of the leaf's group. */
export const rows = (isGrouped: boolean): string =>
  isGrouped
    ? `def _rows(functions, trees):
    """What the function of each leaf's group makes of the leaf."""
    paths, treedef = jax.tree_util.tree_flatten_with_path(trees[0])
    columns = [treedef.flatten_up_to(tree) for tree in trees]
    return [
        functions[_at(path, _GROUPS)](*map(_wide, row))
        for (path, _), *row in zip(paths, *columns)
    ]`
    : `def _rows(function, trees):
    """What the function makes of each leaf."""
    treedef = jax.tree.structure(trees[0])
    columns = [treedef.flatten_up_to(tree) for tree in trees]
    return [function(*map(_wide, row)) for row in zip(*columns)]`

const castBundles = `return jax.tree.map(
            lambda y, o: jnp.broadcast_to(jnp.asarray(y, o.dtype), o.shape), x, old
        )`

/** Results as trees, of the shapes and dtypes of others. */
export const each = (hasHoles: boolean, hasBundles: boolean): string => `def _each(function, trees, like):
    """What is made of each leaf, as trees with the shapes and dtypes of \`like\`."""
    treedef = jax.tree.structure(trees[0])
    made = _rows(function, trees)

    def cast(x, old):${
      hasHoles && !hasBundles
        ? `
        if isinstance(old, optax.MaskedNode):
            return x`
        : ''
    }
        ${hasBundles ? castBundles : 'return jnp.broadcast_to(jnp.asarray(x, old.dtype), old.shape)'}

    return [
        treedef.unflatten(
            cast(row[i], old) for row, old in zip(made, treedef.flatten_up_to(tree))
        )
        for i, tree in enumerate(like)
    ]`

export const reducing = {
  sum: `def _sum(function, trees):
    """The sum of what is made of each leaf."""
    return sum(_rows(function, trees), jnp.zeros([]))`,
  max: `def _max(function, trees):
    """The largest of what is made of each leaf."""
    return functools.reduce(jnp.maximum, _rows(function, trees), -jnp.inf)`,
}
