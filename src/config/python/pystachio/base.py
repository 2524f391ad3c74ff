"""Environment, the table of bound names, and Object, the root of every pystachio value."""

from .compatibility import Compatibility, lazily
from .naming import MISSING, Namable, Ref, frozendict
from .parsing import Evaluation, MustacheParser
from .typing import Type, TypeCheck

__getattr__ = lazily(__name__, copy='copy', pformat='pprint:pformat')
__all__ = ('Compatibility', 'Environment', 'MustacheParser', 'Namable', 'Object', 'Ref', 'TypeCheck', 'copy', 'frozendict', 'pformat')


def _bad_value(value):
  return ValueError('Environment values must be strings, numbers, Objects or other Environments. '
                    'Got %s instead.' % type(value))


def _convert(value):
  """A bound value as the table keeps it: text, or something with names of its own."""
  kind = value.__class__
  if kind is str:
    return value
  if kind is int or kind is float or kind is bool or isinstance(value, (str, int, float)):
    return str(value)
  if isinstance(value, (Object, Namable)):
    return value
  raise _bad_value(value)


class Environment(Namable):
  """A flat table Ref -> value. Later arguments win; keywords win over all."""

  __slots__ = ('_names', '_paths', '_buckets')

  @staticmethod
  def wrap(value):
    if isinstance(value, dict):
      return Environment(value)
    return _convert(value)

  def __init__(self, *dicts, **kw):
    self._names = {}      # one-step dereferences by name: nearly all bindings are of this kind
    self._paths = None    # every other Ref -> value
    self._buckets = None  # the same by first name: (numbers of steps, largest first; text of Ref -> value)
    for d in dicts:
      if isinstance(d, dict):
        self._assimilate_dictionary(d)
      elif isinstance(d, Environment):
        self._assimilate_table(d)
      else:
        raise ValueError('Environment expects dict or Environment, got %s' % repr(d))
    if kw:
      self._assimilate_dictionary(kw)

  def _assimilate_table(self, other):
    for ref, value in other._table.items():
      self._store(ref, value)

  def _assimilate_dictionary(self, d, prefix=None):
    for key, value in d.items():
      ref = key if isinstance(key, Ref) else Ref.from_address(key)
      if prefix is not None:
        ref = prefix + ref
      if isinstance(value, dict):
        self._assimilate_dictionary(value, ref)
      elif value.__class__ is Environment:
        for inner, bound in value._table.items():
          self._store(ref + inner, bound)
      else:
        self._store(ref, _convert(value))

  def _store(self, ref, value):
    if ref._rest is None and ref._head is not None:
      self._names[ref._head] = value
    else:
      if self._paths is None:
        self._paths = {}
      self._paths[ref] = value
      self._buckets = None

  @property
  def _table(self):
    table = {Ref.from_address(name): value for name, value in self._names.items()}
    if self._paths:
      table.update(self._paths)
    return table

  def _lookup(self, ref, outer):
    if self._paths:
      found = self._lookup_path(ref)
      if found is not MISSING:
        return found
    value = self._names.get(ref._head, MISSING)
    rest = ref._rest
    if rest is None or value is MISSING:
      return value
    if value.__class__ is str:
      return MISSING
    return value._lookup(rest, ())

  def _lookup_path(self, ref):
    """The exact hit, else what is found in the value of the longest path that `ref` begins with."""
    if self._buckets is None:
      self._buckets = self._bucketed()
    bucket = self._buckets.get(ref._head)
    if bucket is None:
      return MISSING
    lengths, values = bucket
    value = values.get(ref._text or str(ref), MISSING)
    if value is not MISSING:
      return value
    components = ref._components
    for length in lengths:
      if length < len(components):
        value = values.get(str(Ref(components[:length])), '')
        found = MISSING if value.__class__ is str else value._lookup(Ref(components[length:]), ())
        if found is not MISSING:
          return found
    return MISSING

  def _bucketed(self):
    lengths, values = {}, {}
    for ref, value in self._paths.items():
      lengths.setdefault(ref._head, set()).add(len(ref._components))
      values.setdefault(ref._head, {})[str(ref)] = value
    return {head: (sorted(lengths[head], reverse=True), values[head]) for head in values}

  def find(self, ref):
    steps = ref.components()
    for count in range(len(steps), 0, -1):
      value = self._bound(Ref(steps[:count]))
      if count == len(steps) and value is not MISSING:
        return value
      if isinstance(value, Namable):
        try:
          return value.find(Ref(steps[count:]))
        except Namable.Error:
          continue
    raise Namable.NotFound(self, ref)

  def _bound(self, ref):
    if ref._rest is None and ref._head is not None:
      return self._names.get(ref._head, MISSING)
    return self._paths.get(ref, MISSING) if self._paths else MISSING

  def __repr__(self):
    return 'Environment(%s)' % repr(self._table)

  def __eq__(self, other):
    return isinstance(other, Environment) and self._table == other._table

  def __ne__(self, other):
    return not self == other

  __hash__ = object.__hash__


class Object(Type):
  """A value with scopes: namables that are searched, first to last, for the refs in it.

  Subclasses say how a value is interpolated in a given tuple of scopes; the value itself never changes, so
  `bind` and its kin are shallow copies.
  """

  __slots__ = ('_scopes',)
  _ABSTRACT = True

  class CoercionError(ValueError):
    def __init__(self, src, dst, message=None):
      text = "Cannot coerce '%s' to %s" % (src, dst.__name__)
      super(Object.CoercionError, self).__init__(text if message is None else '%s: %s' % (text, message))

  class InterpolationError(Exception): pass

  @classmethod
  def checker(cls, obj):
    """The TypeCheck of an object that is interpolated."""
    raise NotImplementedError

  def __init__(self):
    self._scopes = ()

  # -- what each kind of object provides

  def _dup(self):
    """A new object with the same value and no scopes set."""
    raise NotImplementedError

  def get(self):
    raise NotImplementedError

  @classmethod
  def _wrap(cls, value):
    """`value` as a field of this type stores it: an instance, or for scalars plain Python data."""
    return value if value.__class__ is cls or isinstance(value, cls) else cls(value)

  # Static evaluators over stored values; `outer` ranks below the value's own scopes.
  #   _data:     interpolated plain Python data        _object: interpolated instance
  #   _text:     str() of the interpolated value       _problems: type errors as (path, message) pairs

  @classmethod
  def _object(cls, stored, outer, evaluation):
    raise NotImplementedError

  # -- the operations of every object

  def copy(self):
    new = self._dup()
    new._scopes = self._scopes
    return new

  __copy__ = copy

  def dup(self):
    """The same value without scopes."""
    new = self._dup()
    new._scopes = ()
    return new

  def __deepcopy__(self, memo):
    return self.copy()

  @staticmethod
  def translate_to_scopes(*args, **kw):
    scopes = [arg if isinstance(arg, (Namable, Object)) else Environment.wrap(arg) for arg in args]
    for scope in scopes:
      if not isinstance(scope, (Namable, Object)):
        raise ValueError('Scopes must be dictionaries, Environments or Objects, got %s' % repr(scope))
    if kw:
      scopes.append(Environment(kw))
    return tuple(scopes)

  def bind(self, *args, **kw):
    new = self._dup()
    new._scopes = self.translate_to_scopes(*args, **kw)[::-1] + self._scopes
    return new

  def in_scope(self, *args, **kw):
    new = self._dup()
    new._scopes = self._scopes + self.translate_to_scopes(*args, **kw)
    return new

  def _within(self, outer):
    if not outer:
      return self
    new = self._dup()
    new._scopes = self._scopes + outer
    return new

  def scopes(self):
    return expand(self._scopes)

  def interpolate(self):
    evaluation = Evaluation()
    value = self._object(self, (), evaluation)
    return value, list(evaluation.unbound)

  def _data_now(self):
    """The interpolated value as plain Python data."""
    return self._data(self, (), Evaluation())

  def check(self):
    for _, message in self._problems(self, (), ''):
      return TypeCheck.failure(message)
    return TypeCheck.success()

  def __mod__(self, namable):
    return self.bind(namable).interpolate()[0]

  def _lookup(self, ref, outer):
    return MISSING

  def find(self, ref):
    raise Namable.Unnamable(self)

  def __ne__(self, other):
    return not self == other

  __hash__ = object.__hash__


def expand(scopes):
  """Scopes as users see them: internal frames are replaced by the environments that they stand for."""
  out = []
  for scope in scopes:
    expanded = getattr(scope, 'expanded', None)
    if expanded is not None and not isinstance(scope, Object):
      out.extend(expanded())
    else:
      out.append(scope)
  return tuple(out)
