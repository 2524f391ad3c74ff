"""The slow walk over a job: every problem and every unbound ref, with the path of the field it is in."""

from pystachio.base import Object
from pystachio.basic import SimpleObject
from pystachio.choice import ChoiceContainer
from pystachio.composite import Empty, Frame, Structural
from pystachio.container import ListContainer, MapContainer
from pystachio.naming import Ref
from pystachio.parsing import Evaluation, MustacheParser


def leaves(klazz, stored, outer, path):
  """(path, type, stored value, scopes) of each scalar, in declaration order."""
  if issubclass(klazz, SimpleObject):
    yield path, klazz, stored, outer
    return
  scopes = stored._scopes + outer
  if issubclass(klazz, Structural):
    frame = (Frame(stored, scopes),)
    for name, field, value in stored._fields():
      if value is not Empty:
        yield from leaves(field, value, frame, '%s.%s' % (path, name))
  elif issubclass(klazz, ListContainer):
    for position, value in enumerate(stored._values):
      yield from leaves(klazz.TYPE, value, scopes, '%s[%d]' % (path, position))
  elif issubclass(klazz, MapContainer):
    for key, value in stored._pairs:
      shown = key.get() if isinstance(key, Object) else key
      yield from leaves(klazz.KEYTYPE, key, scopes, '%s[%s]' % (path, shown))
      yield from leaves(klazz.VALUETYPE, value, scopes, '%s[%s]' % (path, shown))
  elif issubclass(klazz, ChoiceContainer):
    fitting = klazz._fitting(stored, scopes)
    if fitting is not None:
      yield from leaves(fitting[0], fitting[1], scopes, path)


def unbound_refs(job, path):
  """[(path, Ref)] for every ref that no scope knows."""
  found = []
  for where, klazz, stored, outer in leaves(type(job), job, (), path):
    evaluation = Evaluation()
    try:
      klazz._data(stored, outer, evaluation)
    except (ValueError, MustacheParser.Error, Ref.Error):
      continue
    found.extend((where, ref) for ref in evaluation.unbound)
  return found


def type_problems(job, path):
  """[(path, message)]: everything that check() could complain about, innermost texts included."""
  return list(type(job)._problems(job, (), path))


def field_of_bad_ref(job, path):
  """(path, error) of the first field that holds a malformed ref."""
  for where, klazz, stored, outer in leaves(type(job), job, (), path):
    try:
      klazz._data(stored, outer, Evaluation())
    except Ref.InvalidRefError as error:
      return where, error
    except (ValueError, MustacheParser.Error):
      continue
  return None
