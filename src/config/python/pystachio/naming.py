"""Names inside objects: a Ref is a parsed address such as `a.b[c]`; a Namable can look one up.

Lookup has two faces. `find(ref)` is the public one and raises. `_lookup(ref, outer)` is the fast one used by template
resolution: it returns MISSING instead of raising, and `outer` holds scopes that rank below the object's own.
"""

from .compatibility import Compatibility, lazily

__getattr__ = lazily(__name__, re='re')
__all__ = ('Compatibility', 'Namable', 'Ref', 'frozendict', 're')

MISSING = type('MISSING', (), {'__slots__': (), '__repr__': lambda self: 'MISSING'})()


class frozendict(dict):
  """A dict that can be hashed; must not be changed after it is built."""

  def __hash__(self):
    return hash(frozenset(self.items()))

  def __repr__(self):
    return 'frozendict(%s)' % dict.__repr__(self)


class Pattern(object):
  """A class attribute that is a compiled regular expression, which is made when it is asked for."""

  def __init__(self, source):
    self._source = source

  def __get__(self, instance, owner):
    import re
    return re.compile(self._source)


class Component(object):
  """One step of a Ref. Two components are equal when both kind and value are."""
  __slots__ = ('_value',)

  def __init__(self, value):
    self._value = value

  @property
  def value(self):
    return self._value

  def __eq__(self, other):
    return self.__class__ is other.__class__ and self._value == other._value

  def __ne__(self, other):
    return not self == other

  def __lt__(self, other):
    return (self.__class__.__name__, self._value) < (other.__class__.__name__, other._value)

  def __gt__(self, other):
    return other < self

  def __hash__(self):
    return hash((self.__class__.__name__, self._value))


_NAME, _INDEX = r'[^\d\W]\w*', r'[\w\-\./]+'


class Index(Component):
  __slots__ = ()
  RE = Pattern('^%s$' % _INDEX)

  def __repr__(self):
    return '[%s]' % self._value


class Dereference(Component):
  __slots__ = ()
  RE = Pattern('^%s$' % _NAME)

  def __repr__(self):
    return '.%s' % self._value


_STEPS_MAX = 100  # of an address: looking it up takes a call for each


def _is_name(text):
  """[^\\d\\W]\\w*"""
  if text.isascii():
    return text.isidentifier()
  return not text[0].isdecimal() and all(c == '_' or c.isalnum() for c in text)


def _is_index(text):
  """[\\w\\-./]+"""
  if not text:
    return False
  for c in text:
    if not (c.isalnum() or c in '_-./'):
      return False
  return True


def _split(address):
  """The components of an address that starts with '.' or '[', or None if it is badly formed."""
  components = []
  position, end = 0, len(address)
  while position < end:
    if address[position] == '[':
      close = address.find(']', position)
      if close < 0 or not _is_index(address[position + 1:close]):
        return None
      components.append(Index(address[position + 1:close]))
      position = close + 1
    elif address[position] == '.':
      stop = position + 1
      while stop < end and address[stop] not in '.[':
        stop += 1
      name = address[position + 1:stop]
      if not name or not _is_name(name):
        return None
      components.append(Dereference(name))
      position = stop
    else:
      return None
  return components


class Ref(object):
  """A parsed address. Immutable; `from_address` hands out one object per spelling."""

  __slots__ = ('_components', '_head', '_rest', '_hash', '_text')

  _DEREF_RE, _INDEX_RE = _NAME, _INDEX
  _REF_RE = Pattern(r'(\.%s|\[%s\])' % (_NAME, _INDEX))
  _VALID_START = Pattern('[a-zA-Z_]')
  _COMPONENT_SEPARATOR = '.'

  class Error(Exception): pass
  class UnnamableError(Error): pass
  class InvalidRefError(Error):
    """`address` is what was to be parsed."""

    def __init__(self, text, address=None):
      super(Ref.InvalidRefError, self).__init__(text)
      self.address = text if address is None else address
  class Component(Component): pass

  Component = Component
  Index = Index
  Dereference = Dereference

  _cache = {}

  @classmethod
  def from_address(cls, address):
    ref = cls._cache.get(address) if address.__class__ is str else None
    if ref is None:
      ref = cls(cls.components_from_address(address))
      if len(cls._cache) > 100000:
        cls._cache.clear()
      cls._cache[address] = ref
    return ref

  @classmethod
  def wrap(cls, value):
    return value if isinstance(value, Ref) else cls.from_address(value)

  @classmethod
  def components_from_address(cls, address):
    if not address or not isinstance(address, str):
      raise cls.InvalidRefError('Invalid address: %s' % repr(address), address)
    full = address
    if address[0] not in '.[':
      if not (address[0] == '_' or (address[0].isascii() and address[0].isalpha())):
        raise cls.InvalidRefError(address)
      full = '.' + address
    components = _split(full)
    if components is None:
      raise cls.InvalidRefError('Badly formed address %s' % full, address)
    if len(components) > _STEPS_MAX:
      raise cls.InvalidRefError('Address of more than %d steps: %s...' % (_STEPS_MAX, full[:60]), address)
    return components

  split_components = components_from_address

  def __init__(self, components):
    self._components = tuple(components)
    self._hash = None
    self._text = None
    first = self._components[0] if self._components else None
    # The name of the first step if that is a dereference, else None; and what follows it (None: nothing does).
    self._head = first._value if first.__class__ is Dereference else None
    self._rest = Ref(self._components[1:]) if len(self._components) > 1 else None

  def components(self):
    return list(self._components)

  def action(self):
    return self._components[0]

  def is_index(self):
    return isinstance(self._components[0], Index)

  def is_dereference(self):
    return isinstance(self._components[0], Dereference)

  def is_empty(self):
    return len(self._components) == 0

  def rest(self):
    return Ref(self._components[1:])

  def address(self):
    return str(self)[2:-2]

  def scoped_to(self, ref):
    """What remains of `ref` inside self, as a Ref, or None when `ref` does not start with self (or equals it)."""
    count = len(self._components)
    if len(ref._components) > count and ref._components[:count] == self._components:
      return Ref(ref._components[count:])
    return None

  @staticmethod
  def subscope(ref1, ref2):
    return ref1.scoped_to(ref2)

  def __add__(self, other):
    return Ref(self._components + other._components)

  def __str__(self):
    text = self._text
    if text is None:
      joined = ''.join(map(repr, self._components))
      # An address whose first letter is not ASCII is one only with its dot.
      text = self._text = '{{%s}}' % (joined[1:] if joined.startswith('.') and joined[1:2].isascii() else joined)
    return text

  def __repr__(self):
    return 'Ref(%s)' % str(self)[2:-2]

  def __eq__(self, other):
    return self is other or (isinstance(other, Ref) and self._components == other._components)

  def __ne__(self, other):
    return not self == other

  def __lt__(self, other):
    return (len(self._components), self._components) < (len(other._components), other._components)

  def __gt__(self, other):
    return other < self

  @staticmethod
  def compare(one, other):
    """-1, 0 or 1: fewer steps come first."""
    return (one > other) - (one < other)

  def __hash__(self):
    value = self._hash
    if value is None:
      value = self._hash = hash(str(self))
    return value


class Namable(object):
  """Anything that can look up a Ref inside itself."""

  __slots__ = ()

  class Error(Exception): pass

  class Unnamable(Error):
    def __init__(self, obj):
      super(Namable.Unnamable, self).__init__('Object is not indexable: %s' % obj.__class__.__name__)

  class NamingError(Error):
    def __init__(self, obj, ref):
      super(Namable.NamingError, self).__init__(
          'Cannot dereference object %s by %s' % (obj.__class__.__name__, ref.action()))

  class NotFound(Error):
    def __init__(self, obj, ref):
      super(Namable.NotFound, self).__init__(
          'Could not find %s in object %s' % (ref.action().value, obj.__class__.__name__))

  def find(self, ref):
    raise NotImplementedError

  def _lookup(self, ref, outer):
    # For Namables that users write: they only have find().
    try:
      return self.find(ref)
    except Namable.Error:
      return MISSING
