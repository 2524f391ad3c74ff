"""Runs job files: the namespace they see, include(), and what is read back from it."""

import posix
from _collections_abc import Sequence

from pystachio.composite import Structural
from pystachio.container import ListContainer

from . import heritage, sources
from .failures import Failure, from_exception

_INCLUDES_MAX = 100

# From the schema modules, but not for files: pystachio's users get these by importing.
_HIDDEN = ('Compatibility', 'frame', 'resource')


def prelude(*modules):
  """The public names of modules, as `from module import *` gives them."""
  names = {}
  for module in modules:
    for name in getattr(module, '__all__', None) or module.__dict__:
      if not name.startswith('_') and name not in _HIDDEN:
        names[name] = module.__dict__[name]
  return names


class Loader(object):
  """One namespace that a file and all it includes run in.

  `files` maps each path that was run to its code's file name; `warnings` gathers lines for stderr.
  """

  def __init__(self, names):
    self.environment = dict(names)
    self.environment['include'] = self.include
    self.environment['__builtins__'] = heritage.builtins_for_file(self._execfile)
    self.warnings = []
    self.loadables = {}
    self.files = {}
    self._stack = []

  def run(self, path):
    """Runs the top-level file."""
    self._run_file('', path, path)

  def include(self, path):
    if not isinstance(path, str):
      raise ValueError('include() expects a path, got %r' % (path,))
    origin = self._stack[-1] if self._stack else ''
    folder = origin[:origin.rfind('/') + 1]
    actual = path if path.startswith('/') else folder + path
    if len(self._stack) >= _INCLUDES_MAX:
      raise ValueError('include() is nested more than %d deep: %s includes %s'
                       % (_INCLUDES_MAX, origin, 'itself' if actual == origin else actual))
    self._run_file(origin, path, actual)

  def _run_file(self, origin, spelling, actual):
    data, actual = _read(actual, spelling)
    self.loadables['%s\0%s' % (origin, spelling)] = data
    code = sources.compile_source(data, actual, self.warnings.append)
    self.files[actual] = data
    self._stack.append(actual)
    try:
      exec(code, self.environment)
    finally:
      self._stack.pop()

  def _execfile(self, path, globals=None, locals=None):
    data = sources.read_source(path)
    code = sources.compile_source(data, path, self.warnings.append)
    self.files[path] = data
    scope = self.environment if globals is None else globals
    exec(code, scope, scope if locals is None else locals)


def _read(path, spelling):
  """(bytes, name) of a file; if there is none, of a resource of a Python package by either name."""
  try:
    return sources.read_source(path), path
  except FileNotFoundError:
    from pystachio.resource import read_resource
    for name in (path, spelling):
      data = read_resource(name)
      if data is not None:
        return data, name
    raise


def is_file(path):
  try:
    return posix.stat(path).st_mode & 0o170000 == 0o100000
  except (OSError, ValueError):
    return False


def read_jobs(loader, path, job_type):
  """Stores the jobs of a JSON file in the loader's environment: one job, or {"jobs": [...], ...}."""
  import json
  text = sources.decode(sources.read_source(path), path)
  loader.files[path] = text
  try:
    document = json.loads(text)
  except RecursionError:
    raise Failure('%s: nested too deeply to be read as JSON' % path) from None
  except ValueError as error:
    raise Failure('%s is not JSON: %s' % (path, error)) from None
  if not isinstance(document, dict):
    raise Failure('%s: a JSON configuration is an object, either one job or {"jobs": [...]}, not %s'
                  % (path, _kind_of(document)))
  jobs = [document]
  if 'jobs' in document:
    jobs = document['jobs']
    if not isinstance(jobs, list):
      raise Failure('%s: "jobs" must be an array, not %s' % (path, _kind_of(jobs)))
    loader.environment.update(document)
  for position, job in enumerate(jobs):
    if not isinstance(job, dict):
      raise Failure('%s: jobs[%d] must be an object, not %s' % (path, position, _kind_of(job)))
  loader.environment['jobs'] = [_job_of(job, 'jobs[%d]' % position, path, job_type) for position, job in enumerate(jobs)]


def _job_of(document, where, path, job_type):
  """The Job of a JSON object; what does not fit is a Failure with the path of the field."""
  try:
    return job_type(document)
  except (AttributeError, ValueError, TypeError) as error:
    failure = from_exception(error, ())
    found = _field_of(document, job_type, where, error)
    failure.path, failure.place = (where if found is None else found), (path, 0)
    raise failure from None


def _field_of(value, klazz, where, error):
  """The path of the innermost value that makes its type raise `error`."""
  try:
    klazz(value)
    return None
  except (AttributeError, ValueError, TypeError) as own:
    if type(own) is not type(error):
      return None
  inner = None
  if isinstance(value, dict) and issubclass(klazz, Structural):
    unknown = next((name for name in value if name not in klazz.TYPEMAP), None)
    members = ((name, klazz.TYPEMAP[name].klazz, member) for name, member in value.items() if name in klazz.TYPEMAP)
    inner = next(filter(None, (_field_of(member, field, '%s.%s' % (where, name), error) for name, field, member in members)), None)
    if inner is None and unknown is not None:
      inner = '%s.%s' % (where, unknown)
  elif isinstance(value, list) and issubclass(klazz, ListContainer):
    members = (_field_of(member, klazz.TYPE, '%s[%d]' % (where, at), error) for at, member in enumerate(value))
    inner = next(filter(None, members), None)
  return inner or where


def _kind_of(value):
  names = {list: 'an array', dict: 'an object', str: 'a string', bool: 'a boolean', int: 'a number',
           float: 'a number'}
  return names.get(type(value), 'null')


def jobs_of(environment, path, job_type):
  """The Job objects of the variable `jobs`, which may be missing."""
  jobs = environment.get('jobs')
  if jobs is None:
    return []
  if isinstance(jobs, Structural) or isinstance(jobs, (str, dict)) or not hasattr(jobs, '__iter__'):
    raise Failure('%s: `jobs` must be a list of Job objects, not %s' % (path, type(jobs).__name__))
  listed = jobs if isinstance(jobs, Sequence) else list(jobs)
  for position, job in enumerate(listed):
    if not (isinstance(job, Structural) and type(job).__name__ == job_type.__name__):
      raise Failure('%s: jobs[%d] must be a Job, not %s' % (path, position, _describe(job)))
  return list(listed)


def _describe(value):
  if isinstance(value, type):
    return 'the class %s' % value.__name__
  text = repr(value) if isinstance(value, (str, int, float, list, dict, type(None))) else ''
  return '%s %s' % (type(value).__name__, ' '.join(text.split())[:60]) if text else type(value).__name__
