"""The slow walk over a job: every problem and every unbound ref, with the path of the field it is in."""

from pystachio.base import Environment, Object
from pystachio.basic import SimpleObject
from pystachio.choice import ChoiceContainer
from pystachio.composite import Empty, Frame, Structural
from pystachio.container import ListContainer, MapContainer
from pystachio.naming import Ref
from pystachio.parsing import Evaluation, MustacheParser

from . import references
from .failures import Failure


def leaves(klazz, stored, outer, path):
  """(path, type, stored value, scopes) of each scalar, in declaration order. The scopes give values as they are."""
  if issubclass(klazz, SimpleObject):
    yield path, klazz, stored, outer
    return
  scopes = stored._scopes + outer
  if issubclass(klazz, Structural):
    frame = (Frame(stored, scopes, False),)
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
    try:
      fitting = klazz._fitting(stored, scopes)
    except (Ref.Error, MustacheParser.Error):
      yield path, klazz, stored, outer
      return
    if fitting is not None:
      yield from leaves(fitting[0], fitting[1], scopes, path)


def unbound_refs(job, path):
  """[references.Unbound] for every ref that no scope knows."""
  found = []
  for where, klazz, stored, outer in leaves(type(job), job, (), path):
    found.extend(references.unbound_in(where, klazz, stored, outer))
  return found


def all_problems(klazz, stored, outer, path):
  """A Failure, with the innermost text only, for each field that has no value: malformed refs in one do not hide the rest."""
  if issubclass(klazz, Structural):
    frame = (Frame(stored, stored._scopes + outer),)
    for name, field, value in stored._fields():
      where = '%s.%s' % (path, name)
      if value is not Empty:
        yield from all_problems(field, value, frame, where)
      elif stored.TYPEMAP[name].required:
        yield Failure('%s[%s] is required.' % (klazz.__name__, name), path=where)
  elif issubclass(klazz, ListContainer):
    for position, value in enumerate(stored._values):
      yield from all_problems(klazz.TYPE, value, stored._scopes + outer, '%s[%d]' % (path, position))
  elif issubclass(klazz, MapContainer):
    for key, value in stored._pairs:
      where = '%s[%s]' % (path, key.get() if isinstance(key, Object) else key)
      yield from all_problems(klazz.KEYTYPE, key, stored._scopes + outer, where)
      yield from all_problems(klazz.VALUETYPE, value, stored._scopes + outer, where)
  else:
    try:
      for where, message in list(klazz._problems(stored, outer, path)):
        yield Failure(_innermost(message), path=where)
    except Ref.InvalidRefError as error:
      yield references.bad_ref_failure(path, error)


def _innermost(message):
  """`Cannot coerce ...` of `Task[resources] failed: Resources[cpu] failed: Unable to interpolate: Cannot coerce ...`."""
  for mark in ('] failed: ', ' failed check: ', 'Unable to interpolate: '):
    message = message.rpartition(mark)[2] or message
  return message


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


def place_of(job, path, files, written=''):
  """(file, line) of the call that set the field of a path like `jobs[2].task.processes[0].cmdline`, or None.

  The innermost struct on the path that the user's own files made counts; `files` are their texts by path. With `written`
  it is the line where that stands: in the call, else where the files have it only once.
  """
  call = None
  for value, step in _walk(job, path):
    if isinstance(value, Structural):
      call = _site_lines(value._site, step if isinstance(step, str) else None, files) or call
  if written:
    return _line_of(written, call, files) or (call and call[:2])
  return call and call[:2]


def _line_of(written, call, files):
  """(file, line) of a text; None if no file has it, or several lines may be meant."""
  if call is not None:
    lines = _lines_with(written, call[0], files[call[0]])
    inside = [line for line in lines if call[1] <= line <= call[2]]
    if inside or len(lines) == 1:
      return call[0], (inside or lines)[0]
  found = [(path, line) for path, text in files.items() for line in _lines_with(written, path, text)]
  return found[0] if len(found) == 1 else None


_found = {}  # what _lines_with() gave: many jobs may have the same wrong reference


def _lines_with(written, path, text):
  if (path, written) not in _found:
    if isinstance(text, bytes):
      text = text.decode('utf-8', 'replace')
    _found[path, written] = [number for number, line in enumerate(text.split('\n'), 1) if written in line] if written in text else []
  return _found[path, written]


def _walk(job, path):
  """(value, the step that the path takes from there) from the job down to the field; the last step is None."""
  value = job
  for step in _steps(path):
    yield value, step
    if isinstance(value, Structural):
      value = value._field(step) if step in value.TYPEMAP else Empty
    elif isinstance(value, ListContainer) and isinstance(step, int) and step < len(value._values):
      value = value._values[step]
    else:
      return
  yield value, None


def _steps(path):
  """Names and indexes after `jobs[N]`."""
  steps = []
  for part in path.partition(']')[2].replace('[', '.[').split('.'):
    if part[:1] == '[':
      steps.append(int(part[1:-1]) if part[1:-1].isdigit() else part[1:-1])
    elif part:
      steps.append(part)
  return steps


def _site_lines(site, field, files):
  """(file, first line, last line) of the call that set the field, else of the latest call; None if no file of the user's
  called."""
  latest = None
  while site is not None:
    code, instruction, names, site = site
    if code.co_filename in files:
      lines = (code.co_filename,) + _lines(code, instruction)
      if field is None or field in names:
        return lines
      latest = latest or lines
  return latest


_positions = {}  # by the id of a code, which a call keeps alive: of each of its instructions


def _lines(code, instruction):
  if id(code) not in _positions:
    _positions[id(code)] = [position[:2] for position in code.co_positions()]
  first, last = _positions[id(code)][instruction // 2]
  return (code.co_firstlineno,) * 2 if first is None else (first, last)


def visible_names(job, path):
  """The fields of the structs around a field, the names bound to them, and the run-time ones."""
  names = {'mesos.instance', 'mesos.hostname', 'thermos.task_id', 'thermos.user'}
  for value, _ in _walk(job, path):
    if isinstance(value, Structural):
      names.update(value.TYPEMAP)
    for scope in getattr(value, '_scopes', ()):
      if isinstance(scope, Environment):
        for ref, bound in scope._table.items():
          names.add(ref.address())
          if isinstance(bound, Structural):
            names.update('%s.%s' % (ref.address(), field) for field in bound.TYPEMAP)
  return names
