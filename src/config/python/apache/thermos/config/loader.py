"""`.thermos` files: tasks that a file hands out with export(), and the JSON form; and what can be asked about a task."""

import os

from pystachio import Ref
from pystachio.compatibility import lazily
from pystachio.naming import Pattern

from . import schema
from .schema import Task

__getattr__ = lazily(__name__, copy='copy', json='json', re='re', textwrap='textwrap', Config='pystachio.config:Config',
                     Compatibility='pystachio.compatibility:Compatibility')
__all__ = ('Compatibility', 'Config', 'PortExtractor', 'Ref', 'Task', 'ThermosConfigLoader', 'ThermosProcessWrapper',
           'ThermosTaskValidator', 'ThermosTaskWrapper', 'copy', 'json', 'os', 're', 'textwrap')


class PortExtractor(object):
  class InvalidPorts(Exception): pass

  @staticmethod
  def extract(obj):
    """Names in {{thermos.ports[NAME]}} that an object refers to."""
    scope, ports = Ref.from_address('thermos.ports'), []
    for ref in obj.interpolate()[1]:
      inside = scope.scoped_to(ref)
      if inside is None:
        continue
      if not inside.is_index():
        raise PortExtractor.InvalidPorts('Bad port specification "%s" (should be of form "thermos.ports[name]"' % ref.address())
      ports.append(inside.action().value)
    return ports


class ThermosProcessWrapper(object):
  VALID_PROCESS_NAME_RE = Pattern(r'^[^./][^/]*$')

  class InvalidProcess(Exception): pass

  def __init__(self, process):
    self._process = process

  def ports(self):
    try:
      return PortExtractor.extract(self._process)
    except PortExtractor.InvalidPorts:
      raise self.InvalidProcess('Process has invalid ports scoping!')

  @staticmethod
  def assert_valid_process_name(name):
    if not ThermosProcessWrapper.VALID_PROCESS_NAME_RE.match(name):
      raise ThermosProcessWrapper.InvalidProcess('Invalid process name: %s' % name)


class ThermosTaskWrapper(object):
  """A task with bindings, checked if `strict`. Whatever else it is asked, the task answers."""

  class InvalidTask(Exception): pass

  def __init__(self, task, bindings=None, strict=True):
    if bindings:
      task = task.bind(*bindings)
    check = task.check()
    if strict and not check.ok():
      raise self.InvalidTask(check.message())
    self._task = task

  @property
  def task(self):
    return self._task

  def __getattr__(self, name):
    if name[:1] == '_':
      raise AttributeError(name)
    return getattr(self._task, name)

  def ports(self):
    """The names of ports that processes refer to."""
    task, ports = self._task.interpolate()[0], set()
    for process in task.processes() if task.has_processes() else ():
      try:
        ports.update(ThermosProcessWrapper(process).ports())
      except ThermosProcessWrapper.InvalidProcess:
        raise self.InvalidTask('Task has invalid process: %s' % process)
    return ports

  def to_json(self):
    import json
    return json.dumps(self._task.get())

  def to_file(self, filename):
    folder = os.path.dirname(filename)
    if folder:
      os.makedirs(folder, exist_ok=True)
    with open(filename, 'w', encoding='utf-8') as fp:
      fp.write(self._task.json_dumps())

  @staticmethod
  def from_file(filename, **kw):
    """None if the file holds no task."""
    try:
      with open(filename, encoding='utf-8') as fp:
        return ThermosTaskWrapper(Task.json_load(fp), **kw)
    except Exception:
      return None


class ThermosTaskValidator(object):
  class InvalidTaskError(Exception): pass

  @classmethod
  def assert_valid_task(cls, task):
    cls.assert_valid_names(task)
    cls.assert_typecheck(task)
    cls.assert_valid_plan(task)

  @classmethod
  def assert_valid_names(cls, task):
    for process in task.processes():
      try:
        ThermosProcessWrapper.assert_valid_process_name(process.name().get())
      except ThermosProcessWrapper.InvalidProcess as error:
        raise cls.InvalidTaskError('Task has invalid process: %s' % error)

  @classmethod
  def assert_typecheck(cls, task):
    check = task.check()
    if not check.ok():
      raise cls.InvalidTaskError('Failed to fully evaluate task: %s' % check.message())

  @classmethod
  def assert_valid_plan(cls, task):
    from aurora_config.task_plan import problem_of_order
    problem, _ = problem_of_order(task._data_now())
    if problem is not None:
      raise cls.InvalidTaskError('Task has invalid plan: %s' % problem)

  @classmethod
  def assert_valid_ports(cls, task, portmap):
    for port in ThermosTaskWrapper(task).ports():
      if port not in portmap:
        raise cls.InvalidTaskError('Task requires unbound port %s!' % port)


class ThermosConfigLoader(object):
  """The tasks of one file, in the order of export(), each as a ThermosTaskWrapper."""

  SCHEMA = '''
from pystachio import *
from apache.thermos.config.schema import *

__TASKS = []

def export(task):
  __TASKS.append(Task(task) if isinstance(task, dict) else task)
'''

  def __init__(self, exported_tasks=None):
    self._exported_tasks = list(exported_tasks or ())

  def tasks(self):
    return self._exported_tasks

  def add_task(self, task):
    self._exported_tasks.append(task)

  @classmethod
  def load(cls, loadable, **kw):
    """Evaluates a file, a file-like object or texts. `bindings` are dicts or Environments; `strict` checks every task."""
    if not isinstance(loadable, (str, os.PathLike)):
      from pystachio.config import Config
      tasks = Config(loadable, schema=cls.SCHEMA).environment['__TASKS']
    else:
      tasks = cls._tasks_of_file(os.fspath(loadable))
    return cls([ThermosTaskWrapper(task, **kw) for task in tasks])

  @staticmethod
  def _tasks_of_file(path):
    from aurora_config import loading
    import pystachio
    tasks, names = [], loading.prelude(pystachio, schema)
    names['export'] = lambda task: tasks.append(Task(task) if isinstance(task, dict) else task)
    loading.Loader(names).run(path)
    return tasks

  @classmethod
  def load_json(cls, filename, **kw):
    with open(filename, encoding='utf-8') as fp:
      return cls([ThermosTaskWrapper(Task.json_load(fp), **kw)])
