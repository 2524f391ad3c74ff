"""Functions that build and combine tasks. Everything keeps the order of first occurrence."""

from pystachio import Empty, List
from pystachio.compatibility import Compatibility, lazily

from .schema_base import Constraint, GB, Process, Resources, Task

__all__ = ('Options', 'Processes', 'SequentialTask', 'SimpleTask', 'Tasks', 'Units', 'combine_tasks',
           'concat_tasks', 'java_options', 'order', 'python_options')

__getattr__ = lazily(__name__, itertools='itertools', reduce='functools:reduce')


def _unique(items):
  """The items without repetitions, by their raw values and then by equality, which follows templates in them."""
  alike, out = {}, []
  for item in items:
    others = alike.setdefault(item.get(), [])
    if item not in others:
      others.append(item)
      out.append(item)
  return out


def _each(value):
  return () if value is Empty else value


class Units(object):
  """Sums, maxima and unions of the parts of tasks. An unset part counts as 0 or nothing."""

  @classmethod
  def optional_resources(cls, resources):
    return Resources(cpu=0, ram=0, disk=0, gpu=0) if resources is Empty else resources

  @classmethod
  def resources_sum(cls, *resources):
    return cls._resources(resources, sum)

  @classmethod
  def resources_max(cls, resources):
    return cls._resources(resources, lambda values: max(values, default=0))

  @classmethod
  def _resources(cls, resources, fold):
    parts = [cls.optional_resources(part) for part in resources]
    return Resources(**{name: fold([cls.safe_get(getattr(part, name)()) for part in parts])
                        for name in ('cpu', 'ram', 'disk', 'gpu')})

  @classmethod
  def finalization_wait_sum(cls, waits):
    return sum(map(cls.safe_get, waits))

  @classmethod
  def finalization_wait_max(cls, waits):
    return max([0] + [cls.safe_get(wait) for wait in waits])

  @classmethod
  def processes_merge(cls, tasks):
    return _unique([process for task in tasks for process in _each(task.processes())])

  @classmethod
  def constraints_merge(cls, tasks):
    return _unique([constraint for task in tasks for constraint in _each(task.constraints())])

  @classmethod
  def safe_get(cls, value):
    return 0 if value is Empty else value.get()


class Processes(object):
  @classmethod
  def order(cls, *processes):
    """[Constraint] that runs the processes, given as Process objects or names, one after the other."""
    return [Constraint(order=[cls._process_name(process) for process in processes])]

  @classmethod
  def _process_name(cls, process):
    if isinstance(process, Process):
      return process.name()
    if isinstance(process, Compatibility.stringy):
      return process
    raise ValueError('Unknown value for process order: %s' % repr(process))


class Tasks(object):
  SIMPLE_CPU = 1.0
  SIMPLE_RAM = 1 * GB
  SIMPLE_DISK = 1 * GB

  @classmethod
  def simple(cls, name, command):
    return Task(name=name, processes=[Process(name=name, cmdline=command)],
                resources=Resources(cpu=cls.SIMPLE_CPU, ram=cls.SIMPLE_RAM, disk=cls.SIMPLE_DISK))

  @classmethod
  def _combine_processes(cls, *tasks):
    return tasks[-1](processes=Units.processes_merge(tasks)) if tasks else Task()

  @classmethod
  def combine(cls, *tasks, **kw):
    """One task that runs all processes of the given ones; name and limits are those of the last."""
    if not tasks:
      return Task()
    return cls._merged(tasks, Units.resources_sum(*[task.resources() for task in tasks]),
                       Units.finalization_wait_max(task.finalization_wait() for task in tasks), [], kw)

  @classmethod
  def concat(cls, *tasks, **kw):
    """As combine, but each task's processes wait for all of the task before."""
    if not tasks:
      return Task()
    constraints = []
    for first, second in zip(tasks, tasks[1:]):
      for before in _each(first.processes()):
        for after in _each(second.processes()):
          if before != after:
            constraints.extend(Processes.order(before, after))
    return cls._merged(tasks, Units.resources_max([task.resources() for task in tasks]),
                       Units.finalization_wait_sum(task.finalization_wait() for task in tasks), constraints, kw)

  @classmethod
  def _merged(cls, tasks, resources, wait, constraints, kw):
    merged = cls._combine_processes(*tasks)(constraints=_unique(Units.constraints_merge(tasks) + constraints),
                                            resources=resources, finalization_wait=wait)
    return merged(**kw) if kw else merged

  @classmethod
  def sequential(cls, task):
    """The task with one constraint that orders all of its processes as they are listed."""
    if task.constraints() is not Empty and task.constraints() != List(Constraint)([]):
      raise ValueError('Cannot turn a Task with existing constraints into a SequentialTask!')
    processes = task.processes()
    if processes is Empty or not processes.get():
      return task
    return task(constraints=Processes.order(*processes))


class Options(object):
  """Command-line options from strings (flags), dicts and keywords (options with a value)."""

  @classmethod
  def java(cls, *options, **kw):
    return ' '.join(cls.render_options('-', '-', *options, **kw))

  @classmethod
  def python(cls, *options, **kw):
    return ' '.join(cls.render_options('-', '--', *options, **kw))

  @classmethod
  def render_option(cls, short_prefix, long_prefix, option, value=None):
    flag = (short_prefix if len(option) == 1 else long_prefix) + option
    return '%s %s' % (flag, value) if value else flag

  @classmethod
  def render_options(cls, short_prefix, long_prefix, *options, **kw):
    """A list of the texts of the options."""
    out = []
    for option in options + (kw,):
      if isinstance(option, Compatibility.stringy):
        out.append(cls.render_option(short_prefix, long_prefix, option))
      elif isinstance(option, dict):
        out.extend(cls.render_option(short_prefix, long_prefix, name, value) for name, value in option.items())
      else:
        raise ValueError('Got an unexpected argument to render_options: %s' % repr(option))
    return out


def SequentialTask(*args, **kw):
  return Tasks.sequential(Task(*args, **kw))


SimpleTask = Tasks.simple
combine_tasks = Tasks.combine
concat_tasks = Tasks.concat
java_options = Options.java
order = Processes.order
python_options = Options.python
