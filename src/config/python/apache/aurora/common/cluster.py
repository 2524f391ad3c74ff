"""Cluster: what is known of a cluster by name, and traits, which are Structs over that."""

from pystachio import Empty, Struct
from pystachio.composite import Structural

__all__ = ('Cluster',)


class Cluster(dict):
  """A read-only dict whose keys, and the fields of the traits that were asked for, are attributes too."""

  Trait = Struct

  def __init__(self, **kwargs):
    super(Cluster, self).__init__(**kwargs)
    self._traits = ()

  def get_trait(self, trait):
    if not issubclass(trait, Structural):
      raise TypeError('provided trait must be a Cluster.Trait subclass, got %s' % type(trait))
    return trait(trait._filter_against_schema(self))

  def check_trait(self, trait):
    check = self.get_trait(trait).check()
    if not check.ok():
      raise TypeError(check.message())

  def with_traits(self, *traits):
    """A copy with the fields of traits, which must type-check."""
    new = self.__class__(**self)
    for trait in traits:
      new.check_trait(trait)
    new._traits = traits
    return new

  def with_trait(self, trait):
    return self.with_traits(trait)

  def __setitem__(self, key, value):
    raise TypeError('Clusters are immutable.')

  def __getattr__(self, name):
    if name[:1] == '_':
      raise AttributeError(name)
    for trait in self._traits:
      if name in trait.TYPEMAP:
        value = getattr(self.get_trait(trait), name)()
        return None if value is Empty else value.get()
    if name in self:
      return self[name]
    raise AttributeError("'%s' object has no attribute '%s'" % (self.__class__.__name__, name))

  def __copy__(self):
    return self

  def __deepcopy__(self, memo):
    return self
