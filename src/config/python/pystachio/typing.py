"""What a type is: a factory name and parameters. Two types with the same name, factory and parameters are one type."""

from .naming import frozendict


class TypeCheck(object):
  """The answer of check(): ok(), or a message that leads from the outermost struct to the problem."""

  class Error(Exception): pass

  __slots__ = ('_success', '_message')

  @staticmethod
  def success():
    return TypeCheck(True, '')

  @staticmethod
  def failure(msg):
    return TypeCheck(False, msg)

  def __init__(self, success, message):
    self._success = success
    self._message = message

  def message(self):
    return self._message

  def ok(self):
    return self._success

  def __repr__(self):
    return 'TypeCheck(OK)' if self._success else 'TypeCheck(FAILED): %s' % self._message


class TypeFactoryType(type):
  """Registers each factory under the name it PROVIDES."""

  _TYPE_FACTORIES = {}

  def __init__(cls, name, parents, attributes):
    super(TypeFactoryType, cls).__init__(name, parents, attributes)
    if 'PROVIDES' in attributes:
      TypeFactoryType._TYPE_FACTORIES[attributes['PROVIDES']] = cls


TypeFactoryClass = TypeFactoryType('TypeFactoryClass', (object,), {})


class TypeFactory(TypeFactoryClass):
  @staticmethod
  def get_factory(type_name):
    factories = TypeFactoryType._TYPE_FACTORIES
    assert type_name in factories, 'Unknown type: %s, Existing factories: %s' % (type_name, sorted(factories))
    return factories[type_name]

  @staticmethod
  def create(type_dict, *type_parameters, **kwargs):
    raise NotImplementedError('create unimplemented for: %s' % repr(type_parameters))

  @staticmethod
  def new(type_dict, type_factory, *type_parameters, **kwargs):
    """The class described by the tuple; `type_dict` collects every class made on the way."""
    key = (type_factory,) + tuple(type_parameters)
    made = type_dict.get(key)
    if made is None:
      made = TypeFactory.get_factory(type_factory).create(type_dict, *type_parameters, **kwargs)
      type_dict[key] = made
    return made

  @staticmethod
  def wrapper(factory):
    assert issubclass(factory, TypeFactory)

    def wrapper_function(*types):
      return TypeFactory.new({}, factory.PROVIDES, *tuple(typ.serialize_type() for typ in types))
    return wrapper_function

  @staticmethod
  def load(type_tuple, into=None):
    """Makes the type and all it is made of, and stores the classes by name in `into`."""
    type_dict = {}
    TypeFactory.new(type_dict, *type_tuple)
    deposit = into if isinstance(into, dict) else {}
    for reified in type_dict.values():
      deposit[reified.__name__] = reified
    return deposit

  @staticmethod
  def load_json(json_list, into=None):
    def frozen(value):
      if isinstance(value, list):
        return tuple(frozen(element) for element in value)
      if isinstance(value, dict):
        return frozendict((key, frozen(element)) for key, element in value.items())
      return value
    return TypeFactory.load(frozen(json_list), into=into)

  @staticmethod
  def load_file(filename, into=None):
    import json
    with open(filename) as fp:
      return TypeFactory.load_json(json.load(fp), into=into)


class TypeMetaclass(type):
  """Structural isinstance(): same name, factory and parameters."""

  def __instancecheck__(cls, other):
    kind = other.__class__
    if kind is cls:
      return True
    if not type.__instancecheck__(TypeMetaclass, kind):
      return False
    signature = cls._signature()
    if signature is None:
      return type.__instancecheck__(cls, other)
    return cls.__name__ == kind.__name__ and signature == kind._signature()

  def _signature(cls):
    """serialize_type() computed once per class; None for a base class, which says so by an _ABSTRACT of its own."""
    own = cls.__dict__
    if '_signature_cache' in own:
      return own['_signature_cache']
    if '_ABSTRACT' in own:
      signature = None
    elif own.get('_ORIGIN') is not None:
      signature = own['_ORIGIN']._signature()  # the same object, so that comparing the two takes no time
    else:
      signature = cls.serialize_type()
    cls._signature_cache = signature
    return signature


class TypeClass(object, metaclass=TypeMetaclass):
  __slots__ = ()
  _ABSTRACT = True


class Type(TypeClass):
  __slots__ = ()
  _ABSTRACT = True

  @classmethod
  def type_factory(cls):
    """The name of the factory that makes this class."""
    raise NotImplementedError

  @classmethod
  def type_parameters(cls):
    """The parameters that the factory made it from."""
    raise NotImplementedError

  @classmethod
  def serialize_type(cls):
    return (cls.type_factory(),) + tuple(cls.type_parameters())

  @classmethod
  def dump(cls, fp):
    import json
    json.dump(cls.serialize_type(), fp)

  def check(self):
    raise NotImplementedError
