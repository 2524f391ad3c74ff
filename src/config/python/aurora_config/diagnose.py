"""The slow walk over a job: every problem and every unbound ref, with the path of the field it is in."""

from pystachio.base import Environment, Object
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


def place_of(job, path, files):
  """` at FILE:LINE` of the call that set the field of a path like `jobs[2].task.processes[0].cmdline`, or ''.

  The innermost struct on the path that the user's own files made counts; `files` are their paths.
  """
  place, value, field = '', job, None
  for step in _steps(path):
    if isinstance(value, Structural):
      field = step if isinstance(step, str) else None
      place = _site_line(value._site, field, files) or place
      value = value._field(field) if field in value.TYPEMAP else Empty
    elif isinstance(value, ListContainer) and isinstance(step, int) and step < len(value._values):
      value = value._values[step]
    else:
      break
  if isinstance(value, Structural):
    place = _site_line(value._site, None, files) or place
  return place


def _steps(path):
  """Names and indexes after `jobs[N]`."""
  steps = []
  for part in path.partition(']')[2].replace('[', '.[').split('.'):
    if part[:1] == '[':
      steps.append(int(part[1:-1]) if part[1:-1].isdigit() else part[1:-1])
    elif part:
      steps.append(part)
  return steps


def _site_line(site, field, files):
  """FILE:LINE of the call that set the field, else of the latest call."""
  latest = ''
  while site is not None:
    code, instruction, names, site = site
    if code.co_filename in files:
      text = '%s:%d' % (code.co_filename, _line(code, instruction))
      if field is None or field in names:
        return text
      latest = latest or text
  return latest


def _line(code, instruction):
  for start, end, line in code.co_lines():
    if start <= instruction < end and line is not None:
      return line
  return code.co_firstlineno


def visible_names(job):
  """What a ref at the top of the job could have meant: fields, bound names, and the run-time ones."""
  names = {'mesos.instance', 'mesos.hostname', 'thermos.task_id', 'thermos.user'}
  for klazz in (type(job), job.TYPEMAP['task'].klazz, job.TYPEMAP['task'].klazz.TYPEMAP['processes'].klazz.TYPE):
    names.update(klazz.TYPEMAP)
  for scope in job._scopes:
    if isinstance(scope, Environment):
      for ref, value in scope._table.items():
        names.add(ref.address())
        if isinstance(value, Structural):
          names.update('%s.%s' % (ref.address(), field) for field in value.TYPEMAP)
  return names
