"""List(T) and Map(K, V). Elements are kept in stored form (see basic.py) and evaluated in the container's scopes."""

from _collections_abc import Iterable, Mapping, Sequence

from .base import Object
from .compatibility import Compatibility, lazily
from .naming import MISSING, Namable, Ref, frozendict
from .parsing import Evaluation
from .typing import Type, TypeCheck, TypeFactory, TypeMetaclass

__getattr__ = lazily(__name__, copy='copy', isclass='inspect:isclass')
__all__ = ('Compatibility', 'Iterable', 'List', 'ListContainer', 'ListFactory', 'Map', 'MapContainer', 'MapFactory', 'Mapping',
           'Namable', 'Object', 'Sequence', 'Type', 'TypeCheck', 'TypeFactory', 'TypeMetaclass', 'copy', 'frozendict', 'isclass')

_types = {}


class ListFactory(TypeFactory):
  PROVIDES = 'List'

  @staticmethod
  def create(type_dict, *type_parameters):
    assert len(type_parameters) == 1, 'List factory expects one type parameter'
    return _list_of(TypeFactory.new(type_dict, *type_parameters[0]))


def _list_of(klazz):
  made = _types.get(klazz)
  if made is None:
    made = TypeMetaclass('%sList' % klazz.__name__, (ListContainer,), {'__slots__': (), 'TYPE': klazz})
    _types[klazz] = made
  return made


def List(klazz):
  if not isinstance(klazz, type) or not issubclass(klazz, Type):
    raise TypeError('List expects a pystachio type, got %r' % (klazz,))
  return _list_of(klazz)


class ListContainer(Object, Namable):
  __slots__ = ('_values', '_const')
  _ABSTRACT = True

  TYPE = None

  def __init__(self, vals):
    self._scopes = ()
    self._const = None
    kind = vals.__class__
    if kind is not list and kind is not tuple:
      _require_elements(vals)
    wrap = self.TYPE._wrap
    self._values = tuple([wrap(value) for value in vals])

  @staticmethod
  def isiterable(values):
    return isinstance(values, Sequence) and not isinstance(values, Compatibility.stringy)

  def _coerce_values(self, values):
    kind = self.TYPE
    return tuple([value if isinstance(value, kind) else kind(value) for value in values])

  @classmethod
  def _make(cls, values, scopes):
    new = object.__new__(cls)
    new._values, new._scopes, new._const = values, scopes, None
    return new

  def _dup(self):
    new = object.__new__(self.__class__)
    new._values, new._const = self._values, self._const
    return new

  def get(self):
    return tuple(_get(value) for value in self._values)

  @classmethod
  def _data(cls, stored, outer, evaluation):
    if stored._const is not None:
      return stored._const
    if stored._scopes:
      outer = stored._scopes + outer
    before, data = evaluation.templates, cls.TYPE._data
    out = [data(value, outer, evaluation) for value in stored._values]
    if evaluation.templates == before and not evaluation.bad:
      stored._const = out
    return out

  @classmethod
  def _object(cls, stored, outer, evaluation):
    outer = stored._scopes + outer
    make = cls.TYPE._object
    wrap = cls.TYPE._wrap
    return cls._make(tuple([wrap(make(value, outer, evaluation)) for value in stored._values]), ())

  @classmethod
  def _text(cls, stored, outer):
    outer = stored._scopes + outer
    return '%s(%s)' % (stored.__class__.__name__, ', '.join(cls.TYPE._text(value, outer) for value in stored._values))

  @classmethod
  def _problems(cls, stored, outer, path):
    outer = stored._scopes + outer
    for position, value in enumerate(stored._values):
      for where, message in cls.TYPE._problems(value, outer, '%s[%d]' % (path, position)):
        yield where, 'Element in %s failed check: %s' % (cls.__name__, message)

  def _elements(self):
    return tuple(self.TYPE._object(value, self._scopes, Evaluation()) for value in self._values)

  def _lookup(self, ref, outer):
    step = ref._components[0]
    if step.__class__ is not Ref.Index:
      return MISSING
    try:
      stored = self._values[int(step._value)]
    except (ValueError, IndexError):
      return MISSING
    return descend(self.TYPE, stored, ref._rest, self._scopes + outer)

  def find(self, ref):
    step = ref.action()
    if not isinstance(step, Ref.Index):
      raise Namable.NamingError(self, ref)
    try:
      position = int(step.value)
    except ValueError:
      raise Namable.NamingError(self, ref)
    if not -len(self._values) <= position < len(self._values):
      raise Namable.NotFound(self, ref)
    return find_rest(self.TYPE, self._values[position], ref._rest, self._scopes)

  @classmethod
  def type_factory(cls):
    return 'List'

  @classmethod
  def type_parameters(cls):
    return (cls.TYPE.serialize_type(),)

  def __iter__(self):
    return iter(self._elements())

  def __getitem__(self, index):
    if not isinstance(index, (int, slice)):
      raise TypeError('%s indices must be integers or slices, not %s'
                      % (self.__class__.__name__, type(index).__name__))
    picked = self._values[index]
    if isinstance(index, slice):
      return tuple(self.TYPE._object(value, self._scopes, Evaluation()) for value in picked)
    return self.TYPE._object(picked, self._scopes, Evaluation())

  def __contains__(self, item):
    if isinstance(item, self.TYPE):
      return item in self._elements()
    return item in self.interpolate()[0].get()

  def __hash__(self):
    return hash(self.get())

  def __eq__(self, other):
    if not isinstance(other, ListContainer) or self.TYPE._signature() != other.TYPE._signature():
      return False
    return self._data(self, (), Evaluation()) == other._data(other, (), Evaluation())

  def __repr__(self):
    return self._text(self, ())

  __str__ = __repr__


def _require_elements(vals):
  if isinstance(vals, (str, bytes, Mapping, set, frozenset)) or not isinstance(vals, (Sequence, Iterable)):
    raise ValueError('ListContainer expects an iterable, got %r' % (vals,))
  if not isinstance(vals, Sequence) and iter(vals) is vals:
    # Something that can be read only once: the text is that of the deep copy which the original made.
    raise TypeError("cannot pickle '%s' object" % type(vals).__name__)


def _get(stored):
  return stored.get() if isinstance(stored, Object) else stored


def descend(klazz, stored, rest, scopes):
  """The lookup of `rest` in a member that is evaluated in `scopes`; without rest, the member itself."""
  if rest is None:
    if stored.__class__ is str and klazz._accepts_text and '{{' not in stored:
      return stored
    return place(klazz, stored, scopes)
  if isinstance(stored, Object):
    return stored._lookup(rest, scopes)
  return MISSING


def place(klazz, stored, scopes):
  """A stored member as an object with `scopes` appended."""
  if isinstance(stored, Object):
    return stored._within(scopes)
  return klazz._make(stored, scopes)


def find_rest(klazz, stored, rest, scopes):
  found = place(klazz, stored, scopes)
  return found if rest is None else found.find(rest)


class MapFactory(TypeFactory):
  PROVIDES = 'Map'

  @staticmethod
  def create(type_dict, *type_parameters):
    assert len(type_parameters) == 2, 'Map factory expects two type parameters'
    return _map_of(*(TypeFactory.new(type_dict, *parameter) for parameter in type_parameters))


def _map_of(key, value):
  made = _types.get((key, value))
  if made is None:
    made = TypeMetaclass('%s%sMap' % (key.__name__, value.__name__), (MapContainer,),
                         {'__slots__': (), 'KEYTYPE': key, 'VALUETYPE': value})
    _types[(key, value)] = made
  return made


def Map(key, value):
  for klazz in (key, value):
    if not isinstance(klazz, type) or not issubclass(klazz, Type):
      raise TypeError('Map expects two pystachio types, got %r' % (klazz,))
  return _map_of(key, value)


class MapContainer(Object, Namable):
  __slots__ = ('_pairs',)
  _ABSTRACT = True

  KEYTYPE = VALUETYPE = None

  def __init__(self, *args):
    self._scopes = ()
    if len(args) == 1 and isinstance(args[0], Mapping):
      pairs = args[0].items()
    else:
      pairs = args
      for pair in pairs:
        if not isinstance(pair, Iterable) or isinstance(pair, Mapping) or len(tuple(pair)) != 2:
          raise ValueError('Unexpected input to MapContainer: %r' % (args,))
    wrap_key, wrap_value = self.KEYTYPE._wrap, self.VALUETYPE._wrap
    self._pairs = tuple([(wrap_key(key), wrap_value(value)) for key, value in pairs])

  @classmethod
  def _make(cls, pairs, scopes):
    new = object.__new__(cls)
    new._pairs, new._scopes = pairs, scopes
    return new

  def _dup(self):
    new = object.__new__(self.__class__)
    new._pairs = self._pairs
    return new

  @property
  def _map(self):
    """The pairs as objects."""
    return tuple([(place(self.KEYTYPE, key, ()), place(self.VALUETYPE, value, ())) for key, value in self._pairs])

  def _coerce_wrapper(self, key, value):
    wrapped = zip((self.KEYTYPE, self.VALUETYPE), (key, value))
    return tuple([part if isinstance(part, kind) else kind(part) for kind, part in wrapped])

  def _coerce_map(self, mapping):
    return self._coerce_tuple(mapping.items())

  def _coerce_tuple(self, pairs):
    return tuple([self._coerce_wrapper(key, value) for key, value in pairs])

  def get(self):
    return frozendict((_get(key), _get(value)) for key, value in self._pairs)

  @classmethod
  def _data(cls, stored, outer, evaluation):
    if stored._scopes:
      outer = stored._scopes + outer
    key_data, value_data = cls.KEYTYPE._data, cls.VALUETYPE._data
    out = frozendict()
    for key, value in stored._pairs:
      data = key_data(key, outer, evaluation)
      if data.__class__ is list or data.__class__ is dict:
        data = _frozen(data)
      dict.__setitem__(out, data, value_data(value, outer, evaluation))
    return out

  @classmethod
  def _object(cls, stored, outer, evaluation):
    outer = stored._scopes + outer
    key_type, value_type = cls.KEYTYPE, cls.VALUETYPE
    return cls._make(tuple([(key_type._wrap(key_type._object(key, outer, evaluation)),
                             value_type._wrap(value_type._object(value, outer, evaluation)))
                            for key, value in stored._pairs]), ())

  @classmethod
  def _text(cls, stored, outer):
    outer = stored._scopes + outer
    return '%s(%s)' % (stored.__class__.__name__, ', '.join(
        '%s => %s' % (cls.KEYTYPE._text(key, outer), cls.VALUETYPE._text(value, outer))
        for key, value in stored._pairs))

  @classmethod
  def _problems(cls, stored, outer, path):
    outer = stored._scopes + outer
    for key, value in stored._pairs:
      shown = _shown(cls.KEYTYPE, key, outer)
      where = '%s[%s]' % (path, shown)
      for inner, message in cls.KEYTYPE._problems(key, outer, where):
        yield inner, '%s key %s failed check: %s' % (cls.__name__, shown, message)
      for inner, message in cls.VALUETYPE._problems(value, outer, where):
        yield inner, '%s[%s] value %s failed check: %s' % (
            cls.__name__, shown, _shown(cls.VALUETYPE, value, outer), message)

  def _lookup(self, ref, outer):
    step = ref._components[0]
    if step.__class__ is not Ref.Index:
      return MISSING
    stored = self._stored(step._value, self._scopes + outer)
    if stored is MISSING:
      return MISSING
    return descend(self.VALUETYPE, stored, ref._rest, self._scopes + outer)

  def _stored(self, key, scopes):
    """The stored value under a key, which is coerced to the key type; or MISSING."""
    try:
      wanted = self.KEYTYPE._data(self.KEYTYPE._wrap(key), (), Evaluation())
      for mine, value in self._pairs:
        if self.KEYTYPE._data(mine, scopes, Evaluation()) == wanted:
          return value
    except ValueError:
      pass
    return MISSING

  def find(self, ref):
    step = ref.action()
    if not isinstance(step, Ref.Index):
      raise Namable.NamingError(self, ref)
    stored = self._stored(step.value, self._scopes)
    if stored is MISSING:
      raise Namable.NotFound(self, ref)
    return find_rest(self.VALUETYPE, stored, ref._rest, self._scopes)

  @classmethod
  def type_factory(cls):
    return 'Map'

  @classmethod
  def type_parameters(cls):
    return (cls.KEYTYPE.serialize_type(), cls.VALUETYPE.serialize_type())

  def __getitem__(self, key):
    stored = self._stored(key, self._scopes)
    if stored is MISSING:
      raise KeyError('%s not found' % (key,))
    return self.VALUETYPE._object(stored, self._scopes, Evaluation())

  def __contains__(self, key):
    return self._stored(key, self._scopes) is not MISSING

  def __iter__(self):
    return iter([self.KEYTYPE._object(key, self._scopes, Evaluation()) for key, _ in self._pairs])

  def __hash__(self):
    return hash(self.get())

  def __eq__(self, other):
    if not isinstance(other, MapContainer) or self._signature_of() != other._signature_of():
      return False
    return self._pair_data() == other._pair_data()

  def _signature_of(self):
    return self.KEYTYPE._signature(), self.VALUETYPE._signature()

  def _pair_data(self):
    evaluation, scopes = Evaluation(), self._scopes
    return [(self.KEYTYPE._data(key, scopes, evaluation), self.VALUETYPE._data(value, scopes, evaluation))
            for key, value in self._pairs]

  def __repr__(self):
    return self._text(self, ())

  __str__ = __repr__


def _frozen(data):
  if isinstance(data, dict):
    return frozendict((key, _frozen(value)) for key, value in data.items())
  return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _shown(klazz, stored, outer):
  try:
    return klazz._text(stored, outer)
  except ValueError:
    return str(_get(stored))
