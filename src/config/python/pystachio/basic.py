"""Scalars: String, Integer, Float, Boolean and Enum.

A scalar keeps whatever it was given; it is coerced when it is interpolated, never when it is made (but Enum checks
at once). Structs and lists store scalars without scopes as the bare Python value, and the static functions here
accept both forms.
"""

from .base import Object
from .compatibility import Compatibility
from .naming import Namable
from .parsing import Evaluation, MustacheParser, resolve
from .typing import Type, TypeCheck, TypeFactory, TypeMetaclass

__all__ = ('Boolean', 'BooleanFactory', 'Compatibility', 'Enum', 'EnumContainer', 'EnumFactory', 'Float', 'FloatFactory', 'Integer',
           'IntegerFactory', 'MustacheParser', 'Object', 'SimpleObject', 'String', 'StringFactory', 'Type', 'TypeCheck',
           'TypeFactory', 'TypeMetaclass')

_BARE = frozenset((str, int, float, bool))


class SimpleObject(Object):
  __slots__ = ('_value',)
  _ABSTRACT = True

  CoercionError = Object.CoercionError

  def __init__(self, value):
    self._scopes = ()
    self._value = value

  def _dup(self):
    new = object.__new__(self.__class__)
    new._value = self._value
    return new

  @classmethod
  def _make(cls, value, scopes):
    new = object.__new__(cls)
    new._value, new._scopes = value, scopes
    return new

  @classmethod
  def _wrap(cls, value):
    if value.__class__ in _BARE:
      return value
    if value.__class__ is cls or isinstance(value, cls):
      return value if value._scopes or value._value.__class__ not in _BARE else value._value
    return cls(value)

  def get(self):
    return self._value

  @classmethod
  def _raw(cls, stored):
    return stored._value if _is_simple(stored) else stored

  @classmethod
  def _data(cls, stored, outer, evaluation):
    """The coerced Python value, or the text itself while refs in it are unbound."""
    kind = stored.__class__
    if kind not in _BARE and _is_simple(stored):
      outer = stored._scopes + outer
      stored = stored._value
      kind = stored.__class__
    if kind is str:
      if '{{' not in stored:
        return cls.coerce(stored)
      before = len(evaluation.unbound)
      inner = evaluation if not before else Evaluation()
      text = resolve(stored, outer, inner)
      if inner is not evaluation:
        evaluation.templates += 1
        evaluation.aliases |= inner.aliases
        evaluation.nested |= inner.nested
        before = 0
        evaluation.unbound.update(inner.unbound)
      if len(inner.unbound) == before:
        return cls.coerce(text)
      if not cls._accepts_text:
        evaluation.bad = True
      return text
    return cls.coerce(stored)

  _accepts_text = False

  @classmethod
  def _object(cls, stored, outer, evaluation):
    return cls._make(cls._data(stored, outer, evaluation), ())

  @classmethod
  def _text(cls, stored, outer):
    return str(cls._data(stored, outer, Evaluation()))

  @classmethod
  def _problems(cls, stored, outer, path):
    try:
      value = cls._data(stored, outer, Evaluation())
    except (Object.CoercionError, MustacheParser.Uninterpolatable) as error:
      yield path, 'Unable to interpolate: %s' % error
      return
    message = cls._type_problem(value)
    if message is None and cls.checker.__func__ is not SimpleObject.checker.__func__:
      check = cls.checker(cls._make(value, ()))  # a user's own
      message = None if check.ok() else check.message()
    if message is not None:
      yield path, message

  @classmethod
  def _type_problem(cls, value):
    return None

  @classmethod
  def checker(cls, obj):
    message = cls._type_problem(obj._value)
    return TypeCheck.success() if message is None else TypeCheck.failure(message)

  @classmethod
  def coerce(cls, value):
    raise NotImplementedError

  @classmethod
  def type_factory(cls):
    return cls.__name__

  @classmethod
  def type_parameters(cls):
    return ()

  def _final(self):
    return self._data(self, (), Evaluation())

  def find(self, ref):
    raise Namable.Unnamable(self)

  def __hash__(self):
    return hash(self._value)

  def __str__(self):
    return str(self._final())

  def __repr__(self):
    return '%s(%s)' % (self.__class__.__name__, self)

  def __eq__(self, other):
    return self.__class__ is other.__class__ and self._final() == other._final()

  def _my_cmp(self, other):
    if self.__class__ is not other.__class__:
      return -1
    mine, theirs = self._final(), other._final()
    return -1 if mine < theirs else (1 if mine > theirs else 0)

  def __lt__(self, other):
    return self._my_cmp(other) == -1

  def __gt__(self, other):
    return self._my_cmp(other) == 1

  def __le__(self, other):
    return self._my_cmp(other) <= 0

  def __ge__(self, other):
    return self._my_cmp(other) >= 0


def _is_simple(stored):
  return type.__instancecheck__(SimpleObject, stored)


class String(SimpleObject):
  __slots__ = ()
  _accepts_text = True

  @classmethod
  def _data(cls, stored, outer, evaluation):
    # The commonest evaluation of all, so it skips the bookkeeping that the other scalars need.
    if stored.__class__ is not str:
      if _is_simple(stored):
        outer = stored._scopes + outer
        stored = stored._value
      if stored.__class__ is not str:
        return cls.coerce(stored)
    return resolve(stored, outer, evaluation) if '{{' in stored else stored

  @classmethod
  def coerce(cls, value):
    if isinstance(value, (str, int, float)):
      return str(value)
    raise cls.CoercionError(value, cls)

  @classmethod
  def _type_problem(cls, value):
    return None if isinstance(value, str) else '%r not a string' % (value,)


class Integer(SimpleObject):
  __slots__ = ()

  @classmethod
  def coerce(cls, value):
    if value.__class__ is int:
      return value
    if not isinstance(value, (str, int, float)):
      raise cls.CoercionError(value, cls)
    try:
      return int(value)
    except (ValueError, OverflowError):
      raise cls.CoercionError(value, cls) from None

  @classmethod
  def _type_problem(cls, value):
    return None if isinstance(value, int) else '%r not an integer' % (value,)


class Float(SimpleObject):
  __slots__ = ()

  @classmethod
  def coerce(cls, value):
    if not isinstance(value, (str, int, float)):
      raise cls.CoercionError(value, cls)
    try:
      return float(value)
    except (ValueError, OverflowError):
      raise cls.CoercionError(value, cls) from None

  @classmethod
  def _type_problem(cls, value):
    return None if isinstance(value, (float, int)) else '%r not a float' % (value,)


class Boolean(SimpleObject):
  __slots__ = ()

  @classmethod
  def coerce(cls, value):
    if value.__class__ is bool:
      return value
    if isinstance(value, str):
      lowered = value.lower()
      if lowered in ('true', '1'):
        return True
      if lowered in ('false', '0'):
        return False
    elif isinstance(value, (int, float)):
      return bool(value)
    raise cls.CoercionError(value, cls)

  @classmethod
  def _type_problem(cls, value):
    return None if isinstance(value, bool) else '%r not a boolean' % (value,)


def _simple_factory(kind):
  def create(type_dict, *type_parameters):
    return kind
  return type('%sFactory' % kind.__name__, (TypeFactory,), {'PROVIDES': kind.__name__, 'create': staticmethod(create)})


StringFactory, IntegerFactory, FloatFactory, BooleanFactory = map(_simple_factory, (String, Integer, Float, Boolean))


class EnumContainer(SimpleObject):
  __slots__ = ()
  _ABSTRACT = True
  VALUES = ()

  def __init__(self, value):
    self._require(value)
    SimpleObject.__init__(self, value)

  @classmethod
  def _require(cls, value):
    if not isinstance(value, str) or (value not in cls.VALUES and not _has_ref(value)):
      raise ValueError(cls._only())

  @classmethod
  def _only(cls):
    return '%s only accepts the following values: %s' % (cls.__name__, ', '.join(cls.VALUES))

  @classmethod
  def _wrap(cls, value):
    if value.__class__ is cls or isinstance(value, cls):
      return value if value._scopes else value._value
    cls._require(value)
    return value

  @classmethod
  def coerce(cls, value):
    if isinstance(value, str) and value in cls.VALUES:
      return value
    raise cls.CoercionError(value, cls, '%s is not one of %s' % (value, ', '.join(cls.VALUES)))

  @classmethod
  def _type_problem(cls, value):
    if value in cls.VALUES:
      return None
    return '%r not in the enumeration (%s)' % (value, ', '.join(cls.VALUES))

  @classmethod
  def type_factory(cls):
    return 'Enum'

  @classmethod
  def type_parameters(cls):
    return (cls.__name__, tuple(cls.VALUES))


def _has_ref(text):
  return any(not isinstance(part, str) for part in MustacheParser.split(text))


class EnumFactory(TypeFactory):
  PROVIDES = 'Enum'

  @staticmethod
  def create(type_dict, *type_parameters):
    name, values = type_parameters
    return TypeMetaclass(str(name), (EnumContainer,), {'__slots__': (), 'VALUES': tuple(values)})


def Enum(*stuff):
  """Enum('Red', 'Green') or Enum('Color', ('Red', 'Green'))."""
  if len(stuff) == 2 and isinstance(stuff[0], str) and isinstance(stuff[1], (list, tuple)):
    name, values = stuff
  else:
    name, values = 'Enum_' + '_'.join(stuff), stuff
  if not isinstance(name, str) or not all(isinstance(value, str) for value in values):
    raise TypeError('Enum expects strings, or a name and a sequence of strings; got %r' % (stuff,))
  return TypeFactory.new({}, 'Enum', name, tuple(values))
