"""Matcher: a pattern over the unbound refs of an object, used by binding helpers."""

import copy
import re
from itertools import zip_longest as zipl

from .compatibility import Compatibility
from .naming import Ref


class Any(object):
  """Matches every component."""


class Matcher(object):
  """`Matcher('docker').image[Any][Any]`. Patterns are regular expressions for whole components. Immutable."""

  __slots__ = ('_components',)

  class Error(Exception): pass
  class NoMatch(Error): pass

  @classmethod
  def escape(cls, pattern):
    if pattern is Any:
      pattern = '.*'
    return re.compile('%s%s%s' % ('' if pattern.startswith('^') else '^', pattern, '' if pattern.endswith('$') else '$'))

  def __init__(self, root=None):
    if root is None:
      self._components = ()
    elif isinstance(root, str) or root is Any:
      self._components = (Ref.Dereference(self.escape(root)),)
    else:
      raise ValueError('Invalid root match value: %s' % root)

  def _extended(self, component):
    new = Matcher()
    new._components = self._components + (component,)
    return new

  def __getattr__(self, pattern):
    if pattern == '_':
      return lambda wanted: self._extended(Ref.Dereference(self.escape(wanted)))
    return self._extended(Ref.Dereference(self.escape(Any if pattern == 'Any' else pattern)))

  def __getitem__(self, pattern):
    return self._extended(Ref.Index(self.escape(pattern)))

  def __repr__(self):
    return 'Match(%s)' % '+'.join('%s:%s' % (component.__class__.__name__, component.value.pattern)
                                  for component in self._components)

  def _match_ref(self, ref):
    """The matched values, or None."""
    components = ref.components()
    if len(components) < len(self._components):
      return None
    matched = []
    for pattern, component in zip(self._components, components):
      if pattern.__class__ is not component.__class__ or not pattern.value.match(component.value):
        return None
      matched.append(component.value)
    return tuple(matched)

  def match(self, obj):
    """Yields the matched component values for each unbound ref of `obj` that starts with this pattern."""
    _, refs = obj.interpolate()
    for ref in refs:
      matched = self._match_ref(ref)
      if matched is not None:
        yield matched

  def apply(self, fn, obj):
    """`obj` with each matched prefix bound to fn(*matched)."""
    if not callable(fn):
      raise TypeError('binder must be a callable')
    for values in self.match(obj):
      prefix = Ref([component.__class__(value) for component, value in zip(self._components, values)])
      obj = obj.bind({prefix: fn(*values)})
    return obj
