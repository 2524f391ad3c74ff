"""Frame: the scopes that a struct adds for its fields."""

from .base import Environment, expand
from .container import descend
from .naming import MISSING, Namable


class Empty(object):
  """The value of an unset field. It is a class, and therefore true."""


class Frame(object):
  """The scopes that a struct gives to its fields: `self`, the fields, the struct's own scopes, and those as `super`.

  The fields are looked up in place; the environments are made only when somebody asks to see them.
  """
  __slots__ = ('_owner', '_own', '_known')

  def __init__(self, owner, scopes, shared=True):
    self._owner = owner
    self._own = scopes
    # What the enclosing scopes gave for a ref: structs in this one ask for the same refs again and again.
    self._known = {} if shared else None

  def _lookup(self, ref, _):
    owner, head = self._owner, ref._head
    stored = owner._set.get(head, Empty)
    if stored is Empty and head in owner._defaults:
      stored = owner._field(head)
    if stored is not Empty:
      found = descend(owner._klazzes[head], stored, ref._rest, ())
      if found is not MISSING:
        return found
    elif head == 'self':
      found = self._self(ref._rest)
      if found is not MISSING:
        return found
    known = self._known
    if known is None:
      return self._enclosing(ref)
    text = ref._text or str(ref)
    found = known.get(text)
    if found is None:
      found = self._enclosing(ref)
      if found is not MISSING and found.__class__ is not str:
        found = str(found)
      known[text] = found
    return found

  def _enclosing(self, ref):
    for scope in self._own:
      found = scope._lookup(ref, ())
      if found is not MISSING:
        return found
    return self._super(ref._rest) if ref._head == 'super' else MISSING

  def _self(self, rest):
    fields = self._fields()
    return fields if rest is None else fields._lookup(rest, ())

  def _super(self, rest):
    for scope in self._own:
      if rest is None:
        return scope.expanded()[1] if scope.__class__ is Frame else scope
      found = scope._lookup(rest, ())
      if found is not MISSING:
        return found
    return MISSING

  def _fields(self):
    return self._owner._self_scope()

  def find(self, ref):
    found = self._lookup(ref, ())
    if found is MISSING:
      raise Namable.NotFound(self, ref)
    return found

  def expanded(self):
    fields, own = self._fields(), expand(self._own)
    return (Environment({'self': fields}), fields) + own + tuple(Environment({'super': scope}) for scope in own)
