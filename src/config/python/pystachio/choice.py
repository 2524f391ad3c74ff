"""Choice: a value of one of several types, tried in the order in which they are declared."""

from .base import Object
from .compatibility import Compatibility
from .naming import MISSING, Namable
from .parsing import Evaluation, MustacheParser
from .typing import Type, TypeCheck, TypeFactory, TypeMetaclass

__all__ = ('Choice', 'ChoiceContainer', 'ChoiceFactory', 'Compatibility', 'Object', 'Type', 'TypeCheck', 'TypeFactory',
           'TypeMetaclass')


class ChoiceFactory(TypeFactory):
  PROVIDES = 'Choice'

  @staticmethod
  def create(type_dict, *type_parameters):
    name, alternatives = type_parameters
    return _choice(name, [TypeFactory.new(type_dict, *alternative) for alternative in alternatives])


def _choice(name, alternatives):
  return TypeMetaclass(str(name), (ChoiceContainer,), {'__slots__': (), 'CHOICES': list(alternatives)})


def Choice(*args):
  """Choice([A, B]) or Choice('Name', [A, B])."""
  name, alternatives = args if len(args) == 2 else (None, args[0])
  if not all(isinstance(alternative, type) and issubclass(alternative, Type) for alternative in alternatives):
    raise TypeError('Choice expects pystachio types, got %r' % (alternatives,))
  if name is None:
    name = 'Choice_' + '_'.join(alternative.__name__ for alternative in alternatives)
  return _choice(name, alternatives)


class ChoiceContainer(Object, Namable):
  __slots__ = ('_value',)
  _ABSTRACT = True

  CHOICES = ()

  def __init__(self, value):
    self._scopes = ()
    self._value = value

  def _dup(self):
    new = object.__new__(self.__class__)
    new._value = self._value
    return new

  def get(self):
    """That of the alternative that fits, so that it can be hashed as any other; the value itself if none does."""
    fitting = self._fitting(self, self._scopes)
    if fitting is None:
      return self._value
    return fitting[0]._object(fitting[1], self._scopes, Evaluation()).get()

  def value(self):
    """The alternative that fits, interpolated."""
    return self.interpolate()[0]

  unwrap = value

  def _unwrap(self, found, none):
    """found(value as an alternative) of the first for which that gives something, else none(value)."""
    for alternative in self.CHOICES:
      if isinstance(self._value, alternative):
        return found(self._value)
      try:
        answer = found(alternative(self._value))
      except (ValueError, AttributeError, TypeError):
        continue
      if answer:
        return answer
    return none(self._value)

  @classmethod
  def _fitting(cls, stored, scopes):
    """(type, stored value) of the first alternative that fits; None if none does.

    An instance of an alternative is that alternative, whether it passes its check or not.
    """
    value = stored._value
    for alternative in cls.CHOICES:
      if isinstance(value, Object) and isinstance(value, alternative):
        return alternative, value
      try:
        wrapped = alternative._wrap(value)
        trial = Evaluation()
        alternative._data(wrapped, scopes, trial)
      except (ValueError, AttributeError, TypeError):
        continue
      if not trial.bad:
        return alternative, wrapped
    return None

  @classmethod
  def _unresolved(cls, stored, scopes, evaluation):
    """The text of a value that fits nothing yet because refs in it are unbound; else an error is raised."""
    if isinstance(stored._value, str):
      text, unbound = MustacheParser.resolve(stored._value, *scopes)
      if unbound:
        evaluation.unbound.update(dict.fromkeys(unbound))
        evaluation.templates += 1
        evaluation.bad = True
        return text
    raise cls.CoercionError(stored._value, cls)

  @classmethod
  def _data(cls, stored, outer, evaluation):
    scopes = stored._scopes + outer
    fitting = cls._fitting(stored, scopes)
    if fitting is None:
      return cls._unresolved(stored, scopes, evaluation)
    return fitting[0]._data(fitting[1], scopes, evaluation)

  @classmethod
  def _object(cls, stored, outer, evaluation):
    scopes = stored._scopes + outer
    fitting = cls._fitting(stored, scopes)
    if fitting is None:
      return cls(cls._unresolved(stored, scopes, evaluation))
    return fitting[0]._object(fitting[1], scopes, evaluation)

  @classmethod
  def _text(cls, stored, outer):
    scopes = stored._scopes + outer
    fitting = cls._fitting(stored, scopes)
    if fitting is None:
      return str(cls._unresolved(stored, scopes, Evaluation()))
    return fitting[0]._text(fitting[1], scopes)

  @classmethod
  def _problems(cls, stored, outer, path):
    try:
      fitting = cls._fitting(stored, stored._scopes + outer)
    except MustacheParser.Uninterpolatable as error:
      yield path, 'Unable to interpolate: %s' % error
      return
    if fitting is None:
      yield path, '%s typecheck failed: value %s did not match any of its alternatives' % (
          cls.__name__, stored._value)
      return
    for problem in fitting[0]._problems(fitting[1], stored._scopes + outer, path):
      yield problem

  def _lookup(self, ref, outer):
    scopes = self._scopes + outer
    fitting = self._fitting(self, scopes)
    if fitting is None or not isinstance(fitting[1], Object):
      return MISSING
    return fitting[1]._lookup(ref, scopes)

  def find(self, ref):
    found = self._lookup(ref, ())
    if found is MISSING:
      raise Namable.NotFound(self, ref)
    return found

  @classmethod
  def type_factory(cls):
    return 'Choice'

  @classmethod
  def type_parameters(cls):
    return (cls.__name__, tuple(alternative.serialize_type() for alternative in cls.CHOICES))

  def __hash__(self):
    return hash(self.get())

  def __eq__(self, other):
    if not isinstance(other, ChoiceContainer) or len(self.CHOICES) != len(other.CHOICES):
      return False
    if any(mine._signature() != theirs._signature() for mine, theirs in zip(self.CHOICES, other.CHOICES)):
      return False
    return self.value() == other.value()

  def __str__(self):
    return self._text(self, ())

  def __repr__(self):
    return '%s(%r)' % (self.__class__.__name__, self._value)
