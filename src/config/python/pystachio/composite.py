"""Struct: a schema of named fields.

An instance stores only the fields that were set; defaults live in the class. For every combination of set fields the
class compiles one plan: a dict with all constant defaults in place, and the list of fields that are evaluated per
instance. So a pass over a job costs what its author wrote, not what the schema has.
"""

import sys
from _collections_abc import Mapping

from .base import Environment, Object
from .basic import Boolean, Float, Integer, SimpleObject, String
from .choice import Choice, ChoiceContainer
from .compatibility import lazily
from .container import List, ListContainer, Map, MapContainer, descend, find_rest, place
from .frame import Empty, Frame
from .naming import MISSING, Namable, Ref, frozendict
from .parsing import Evaluation
from .typing import Type, TypeCheck, TypeFactory, TypeMetaclass

__getattr__ = lazily(__name__, copy='copy', json='json', isclass='inspect:isclass')
__all__ = ('Default', 'Empty', 'Environment', 'Mapping', 'Namable', 'Object', 'Required', 'Struct', 'StructFactory',
           'StructMetaclass', 'StructMetaclassWrapper', 'Structural', 'Type', 'TypeCheck', 'TypeFactory', 'TypeMetaclass',
           'TypeSignature', 'copy', 'frozendict', 'isclass', 'json')


_getframe = sys._getframe


class TypeSignature(object):
  """A field of a schema: its type, whether it is required, and its default (Empty: none)."""

  __slots__ = ('klazz', 'required', 'default')

  def __init__(self, klazz, required=False, default=Empty):
    if not isinstance(klazz, type) or not issubclass(klazz, Type):
      raise TypeError('A field of a Struct needs a pystachio type, got %r' % (klazz,))
    if default is not Empty and not isinstance(default, klazz):
      default = klazz(default)
    self.klazz, self.required, self.default = klazz, required, default

  @property
  def empty(self):
    return self.default is Empty

  @classmethod
  def parse(cls, value):
    """The signature of a class attribute, or None for an attribute that is not a field."""
    if value.__class__ is TypeSignature:
      return value
    if isinstance(value, type) and issubclass(value, Type):
      return cls(value)
    return None

  wrap = parse

  @classmethod
  def deserialize(cls, signature, type_dict):
    required, default, empty, klazz = signature
    made = TypeFactory.new(type_dict, *klazz)
    return cls(made, required, Empty if empty else made(default))

  def serialize(self):
    default = () if self.default is Empty else self.default.get()
    return self.required, default, self.default is Empty, self.klazz.serialize_type()

  def __eq__(self, other):
    return isinstance(other, TypeSignature) and self.serialize() == other.serialize()

  def __ne__(self, other):
    return not self == other

  def __hash__(self):
    return hash(self.serialize())

  def __repr__(self):
    return 'TypeSignature(%s, required: %s, default: %s, empty: %s)' % (
        self.klazz.__name__, self.required, self.default, self.empty)


def Required(klazz):
  return TypeSignature(klazz, required=True)


def Default(klazz, default):
  return TypeSignature(klazz, default=default)


class StructFactory(TypeFactory):
  PROVIDES = 'Struct'

  @staticmethod
  def create(type_dict, *type_parameters):
    name, fields = type_parameters
    return _struct(name, {field: TypeSignature.deserialize(signature, type_dict) for field, signature in fields})


def _struct(name, typemap, **further):
  attributes = dict(further, __slots__=(), TYPEMAP=frozendict(typemap))
  made = TypeMetaclass(str(name), (Structural,), attributes)
  made._compile()
  return made


def in_name_order(klazz):
  """The type with the fields of every struct in it sorted by name.

  Fields of a struct have such types, so that values made from plain data or from defaults print in that order, as
  they did in the original; instances that the user made keep the order of their own class.
  """
  if issubclass(klazz, Structural):
    names = list(klazz.TYPEMAP)
    if names == sorted(names):
      return klazz
    twin = klazz.__dict__.get('_twin')
    if twin is None:
      twin = klazz._twin = _struct(klazz.__name__, {name: klazz.TYPEMAP[name] for name in sorted(names)},
                                   __module__=klazz.__module__)
      twin._ORIGIN = klazz
    return twin
  if issubclass(klazz, ListContainer):
    return List(in_name_order(klazz.TYPE))
  if issubclass(klazz, MapContainer):
    return Map(in_name_order(klazz.KEYTYPE), in_name_order(klazz.VALUETYPE))
  if issubclass(klazz, ChoiceContainer):
    return Choice(klazz.__name__, [in_name_order(alternative) for alternative in klazz.CHOICES])
  return klazz


class StructMetaclass(TypeMetaclass):
  """Turns `class X(Struct)` into a class made from X's fields; nothing else of the body survives."""

  @staticmethod
  def attributes_to_parameters(attributes):
    """The fields among class attributes, as StructFactory takes them."""
    signatures = {name: TypeSignature.wrap(value) for name, value in attributes.items()}
    return tuple((name, signature.serialize()) for name, signature in signatures.items() if signature is not None)

  def __new__(mcs, name, parents, attributes):
    if not any(parent.__class__ is StructMetaclass for parent in parents):
      return type.__new__(mcs, name, parents, attributes)
    typemap = {}
    for field, value in attributes.items():
      signature = TypeSignature.parse(value)
      if signature is not None:
        # A default is re-made from its raw value, so scopes bound to it do not survive.
        klazz, default = in_name_order(signature.klazz), signature.default
        if default is not Empty:
          default = klazz(default.get())
        typemap[field] = TypeSignature(klazz, signature.required, default)
    # __classcell__ is there when a method, discarded like the others, speaks of super() or __class__.
    further = {kept: attributes[kept] for kept in ('__module__', '__classcell__') if kept in attributes}
    return _struct(name, typemap, **further)


StructMetaclassWrapper = type.__new__(StructMetaclass, 'StructMetaclassWrapper', (object,), {})


_PLAIN = {String: str, Integer: int, Float: float, Boolean: bool}


class Structural(Object, Namable):
  """The base of every class made from a schema."""

  # _site: (code, instruction, fields set there, the _site before) of each call that set fields, latest first.
  __slots__ = ('_set', '_cleared', '_const', '_site')
  _ABSTRACT = True

  TYPEMAP = frozendict()
  _ORIGIN = None  # on a class made by in_name_order: the class that it re-orders

  class IsNotMappingError(ValueError): pass

  @classmethod
  def _compile(cls):
    """Lookup tables by field name, all in declaration order."""
    cls._klazzes = {name: signature.klazz for name, signature in cls.TYPEMAP.items()}
    cls._wraps = {name: klazz._wrap for name, klazz in cls._klazzes.items()}
    cls._defaults = {name: _stored_default(signature) for name, signature in cls.TYPEMAP.items()
                     if signature.default is not Empty}
    cls._plans = {}

  @classmethod
  def _wrap(cls, value):
    kind = value.__class__
    if kind is cls or kind is cls._ORIGIN or isinstance(value, cls):
      return value
    return cls(value)

  def __init__(self, *args, **kw):
    self._scopes = ()
    self._set = {}
    self._cleared = self._const = None
    caller = _getframe(1)
    self._site = (caller.f_code, caller.f_lasti, args[0] if args and not kw else kw, None)
    for arg in args:
      if not isinstance(arg, Mapping):
        raise self.IsNotMappingError('Expected dictionary argument, got %r' % (arg,))
      self._update(arg)
    if kw:
      self._update(kw)

  def _update_schema_data(self, **kw):
    self._set, self._const = self._set.copy(), None  # copies share them
    self._update(kw)

  def _process_schema_attribute(self, name, value):
    """A value as the field `name` takes it."""
    klazz = self._klazzes.get(name)
    if klazz is None:
      raise unknown_attribute(self.__class__, name)
    return value if value is Empty or isinstance(value, klazz) else klazz(value)

  def _update(self, values):
    wraps, mine = self._wraps, self._set
    for name, value in values.items():
      wrap = wraps.get(name)
      if wrap is None:
        if self._accept_legacy(name, value):
          continue
        raise unknown_attribute(self.__class__, name)
      if value is Empty or (isinstance(value, ChoiceContainer) and value._value is Empty):
        mine.pop(name, None)
        self._cleared = (self._cleared or frozenset()) | {name}
        continue
      mine[name] = wrap(value)
      if self._cleared is not None:
        self._cleared = (self._cleared - {name}) or None

  # Set on classes that still take fields of older releases: _LEGACY(self, name, value) stores and returns True, or
  # returns False for a name that never existed.
  _LEGACY = None

  def _accept_legacy(self, name, value):
    accept = (self._ORIGIN or self.__class__)._LEGACY
    return accept is not None and accept(self, name, value)

  def __call__(self, **kw):
    new = object.__new__(self.__class__)
    new._scopes, new._set, new._cleared, new._const = self._scopes, self._set.copy(), self._cleared, None
    caller = _getframe(1)
    new._site = (caller.f_code, caller.f_lasti, kw, self._site)
    new._update(kw)
    return new

  def _dup(self):
    new = object.__new__(self.__class__)
    new._set, new._cleared, new._const, new._site = self._set, self._cleared, self._const, self._site
    return new

  @classmethod
  def _from_stored(cls, values):
    """An instance with exactly these stored fields: a field that is not among them is unset."""
    new = object.__new__(cls)
    new._scopes, new._set, new._const, new._site = (), values, None, None
    missing = cls._defaults.keys() - values.keys()
    new._cleared = frozenset(missing) if missing else None
    return new

  # -- fields

  def _field(self, name):
    """The stored value of a field, or Empty."""
    stored = self._set.get(name, MISSING)
    if stored is MISSING:
      stored = self._defaults.get(name, Empty)
      if self._cleared is not None and name in self._cleared:
        return Empty
    return stored

  def _fields(self):
    """(name, type, stored value or Empty), in declaration order."""
    return [(name, klazz, self._field(name)) for name, klazz in self._klazzes.items()]

  @property
  def _schema_data(self):
    return frozendict((name, stored if stored is Empty else place(klazz, stored, ()))
                      for name, klazz, stored in self._fields())

  def __getattr__(self, name):
    klazz = self._klazzes.get(name)
    if klazz is not None:
      return lambda: self._value_of(name, klazz)
    if name[:4] == 'has_' and name[4:] in self._klazzes:
      return lambda: self._field(name[4:]) is not Empty
    raise AttributeError('%s has no attribute %s' % (self.__class__.__name__, name))

  def _value_of(self, name, klazz):
    stored = self._field(name)
    if stored is Empty:
      return Empty
    value = klazz._object(stored, (Frame(self, self._scopes),), Evaluation())
    return value if isinstance(value, klazz) else klazz(value)

  def interpolate_key(self, name):
    return self._value_of(name, self._klazzes[name])

  def get(self):
    return frozendict((name, stored.get() if isinstance(stored, Object) else stored)
                      for name, _, stored in self._fields() if stored is not Empty)

  # -- evaluation

  @classmethod
  def _plan(cls, names, cleared):
    """(constant part, [(name, evaluate, plain type)], [(name, evaluate, default)], whether a required field is unset,
    whether a field that is no scalar is set)

    A stored value of exactly the plain type is its own evaluation; text must also be free of mustaches.
    """
    constant, from_set, from_default, incomplete, nested = {}, [], [], False, False
    for name, signature in cls.TYPEMAP.items():
      data = signature.klazz._data
      if name in names:
        constant[name] = None
        nested |= not issubclass(signature.klazz, SimpleObject)
        from_set.append((name, data, _PLAIN.get(signature.klazz)))
      elif name in cls._defaults and name not in cleared:
        evaluation = Evaluation()
        value = data(cls._defaults[name], (), evaluation)
        constant[name] = value
        incomplete |= evaluation.bad and evaluation.templates == 0
        if evaluation.templates:
          from_default.append((name, data, cls._defaults[name]))
      elif signature.required:
        incomplete = True
    return constant, from_set, from_default, incomplete, nested

  @classmethod
  def _plan_of(cls, stored):
    key = (tuple(stored._set), stored._cleared)
    plan = cls._plans.get(key)
    if plan is None:
      plan = cls._plans[key] = cls._plan(frozenset(stored._set), stored._cleared or ())
    return plan

  @classmethod
  def _data(cls, stored, outer, evaluation):
    if stored._const is not None:
      return stored._const
    constant, from_set, from_default, incomplete, nested = stored._plan_of(stored)
    frame = (Frame(stored, stored._scopes + outer if stored._scopes else outer, nested),)
    before, values, out = evaluation.templates, stored._set, constant.copy()
    for name, data, plain in from_set:
      value = values[name]
      if value.__class__ is plain and (plain is not str or '{{' not in value):
        out[name] = value
      else:
        out[name] = data(value, frame, evaluation)
    for name, data, default in from_default:
      out[name] = data(default, frame, evaluation)
    if incomplete:
      evaluation.bad = True
    elif evaluation.templates == before and not evaluation.bad:
      stored._const = out
    return out

  @classmethod
  def _object(cls, stored, outer, evaluation):
    frame = (Frame(stored, stored._scopes + outer),)
    values = {}
    for name, klazz, value in stored._fields():
      if value is not Empty:
        values[name] = klazz._wrap(klazz._object(value, frame, evaluation))
    return stored._from_stored(values)

  @classmethod
  def _text(cls, stored, outer):
    frame = (Frame(stored, stored._scopes + outer),)
    name = stored.__class__.__name__
    return '%s(%s)' % (name, (',\n' + ' ' * (len(name) + 1)).join(
        '%s=%s' % (field, klazz._text(value, frame))
        for field, klazz, value in stored._fields() if value is not Empty))

  @classmethod
  def _problems(cls, stored, outer, path):
    frame = (Frame(stored, stored._scopes + outer),)
    name = stored.__class__.__name__
    for field, klazz, value in stored._fields():
      where = '%s.%s' % (path, field)
      if value is not Empty:
        for inner, message in klazz._problems(value, frame, where):
          yield inner, '%s[%s] failed: %s' % (name, field, message)
      elif stored.TYPEMAP[field].required:
        yield where, '%s[%s] is required.' % (name, field)

  def scopes(self):
    return Frame(self, self._scopes).expanded()

  def _self_scope(self):
    return Environment({name: value for name, value in self._schema_data.items() if value is not Empty})

  @classmethod
  def _cast_scopes_to_child(cls, scopes):
    return tuple(Environment({'super': scope}) for scope in scopes)

  # -- lookup

  def _lookup(self, ref, outer):
    head = ref._head
    stored = self._field(head) if head is not None else Empty
    if stored is Empty:
      return MISSING
    return descend(self._klazzes[head], stored, ref._rest, (Frame(self, self._scopes + outer),))

  def find(self, ref):
    step = ref.action()
    if not isinstance(step, Ref.Dereference):
      raise Namable.NamingError(self, ref)
    stored = self._field(step.value)
    if stored is Empty:
      raise Namable.NotFound(self, ref)
    return find_rest(self._klazzes[step.value], stored, ref._rest, (Frame(self, self._scopes),))

  # -- JSON

  def json_dumps(self):
    import json
    return json.dumps(self._data(self, (), Evaluation()))

  def json_dump(self, fp):
    fp.write(self.json_dumps())

  @classmethod
  def json_loads(cls, json_string, strict=False):
    import json
    return cls._from_json(json.loads(json_string), strict)

  @classmethod
  def json_load(cls, fp, strict=False):
    return cls.json_loads(fp.read(), strict)

  @classmethod
  def _from_json(cls, data, strict):
    if not isinstance(data, Mapping):
      raise cls.IsNotMappingError('Expected dictionary argument, got %r' % (data,))
    return cls(data if strict else cls._filter_against_schema(data))

  @classmethod
  def _filter_against_schema(cls, data):
    """`data` without unknown keys, here and in directly nested structs."""
    out = {}
    for name, value in data.items():
      klazz = cls._klazzes.get(name)
      if klazz is not None:
        nested = isinstance(value, Mapping) and issubclass(klazz, Structural)
        out[name] = klazz._filter_against_schema(value) if nested else value
    return out

  # -- type and identity

  @classmethod
  def type_factory(cls):
    return 'Struct'

  @classmethod
  def type_parameters(cls):
    return cls.__name__, tuple((name, cls.TYPEMAP[name].serialize()) for name in sorted(cls.TYPEMAP))

  def __eq__(self, other):
    if not isinstance(other, Structural):
      return False
    if self.__class__ is not other.__class__ and self.type_parameters()[1] != other.type_parameters()[1]:
      return False
    return self._data(self, (), Evaluation()) == other._data(other, (), Evaluation())

  def __hash__(self):
    return hash(self.get())

  def __repr__(self):
    return self._text(self, ())

  __str__ = __repr__


def _stored_default(signature):
  default = signature.default
  return signature.klazz._wrap(default) if isinstance(default, SimpleObject) else default


def unknown_attribute(klazz, name):
  """The error for a field that the schema lacks; says which struct it was, for hints."""
  error = AttributeError('Unknown schema attribute %s' % name)
  error.struct, error.field = klazz, name
  return error


Structural._compile()


class Struct(Structural, metaclass=StructMetaclass):
  """The base that job files derive their own types from."""
  __slots__ = ()
  _ABSTRACT = True
