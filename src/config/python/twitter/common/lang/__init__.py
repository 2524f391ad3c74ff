"""The names of twitter.common.lang that job files import."""

from pystachio.compatibility import Compatibility as _Base
from pystachio.compatibility import lazily

__getattr__ = lazily(__name__, total_ordering='functools:total_ordering', AbstractClass='abc:ABC', Interface='abc:ABC')
__all__ = ('AbstractClass', 'Compatibility', 'Interface', 'Singleton', 'total_ordering')


class Compatibility(_Base):
  """As pystachio's, with the further names of this package."""

  string = (str,)
  bytes = (bytes,)

  @staticmethod
  def to_bytes(text, encoding='utf-8'):
    return text.encode(encoding) if isinstance(text, str) else text


class Singleton(object):
  """One instance per class."""

  def __new__(cls, *args, **kw):
    made = cls.__dict__.get('_singleton_instance')
    if made is None:
      made = cls._singleton_instance = super(Singleton, cls).__new__(cls)
    return made
