/** The functions of Python that printed rules call. */

/** The name of the one that makes slots which are not the same for all leaves. */
export const initial = '_by_group'

export const full = `def _full(p, value, dtype=None):
    """A constant shaped like a parameter, in shards where the parameter is."""
    return shard_alike(p, jnp.full_like(p, value, dtype=dtype))[1]`

export const fullAlong = `def _full_along(p, axes, value, dtype=None):
    """A constant shaped like a parameter with 1 along axes, in shards where the parameter is."""
    return _full(jnp.sum(p, axis=axes, keepdims=True), value, dtype)`

export const choosing = `def _group(path):
    """The group of the leaf at a path."""
    name = jax.tree_util.keystr(path, simple=True, separator="/")
    if name not in _GROUPS:
        name = name.removesuffix("/value")  # a variable of flax.nnx
    if name not in _GROUPS:
        raise ValueError(f"no leaf {name!r} among those that this was printed for")
    return _GROUPS[name]`

export const byGroup = `def ${initial}(functions, params):
    """What the function of each leaf's group makes of the leaf."""
    return jax.tree_util.tree_map_with_path(
        lambda path, p: functions[_group(path)](p), params
    )`

export const wide = `def _wide(x):
    """In float32 at least."""
    return jnp.asarray(x, jnp.promote_types(jnp.result_type(x), jnp.float32))`

export const wideOrMasked = `def _wide(x):
    """In float32 at least."""
    if isinstance(x, optax.MaskedNode):
        return x
    return jnp.asarray(x, jnp.promote_types(jnp.result_type(x), jnp.float32))`

/** One row of results a leaf, by one function or by that of the leaf's group. */
export const rows = (isGrouped: boolean): string =>
  isGrouped
    ? `def _rows(functions, trees):
    """What the function of each leaf's group makes of the leaf."""
    paths, treedef = jax.tree_util.tree_flatten_with_path(trees[0])
    columns = [treedef.flatten_up_to(tree) for tree in trees]
    return [
        functions[_group(path)](*map(_wide, row))
        for (path, _), *row in zip(paths, *columns)
    ]`
    : `def _rows(function, trees):
    """What the function makes of each leaf."""
    treedef = jax.tree.structure(trees[0])
    columns = [treedef.flatten_up_to(tree) for tree in trees]
    return [function(*map(_wide, row)) for row in zip(*columns)]`

/** Results as trees, of the shapes and dtypes of others. */
export const each = (hasHoles: boolean): string => `def _each(function, trees, like):
    """What is made of each leaf, as trees with the shapes and dtypes of \`like\`."""
    treedef = jax.tree.structure(trees[0])
    made = _rows(function, trees)

    def cast(x, old):${
      hasHoles
        ? `
        if isinstance(old, optax.MaskedNode):
            return x`
        : ''
    }
        return jnp.broadcast_to(jnp.asarray(x, old.dtype), old.shape)

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
