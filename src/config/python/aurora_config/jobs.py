"""Choosing a job of a file and preparing it: bindings, presence checks, images."""

from apache.aurora.config.schema.base import MesosJob, Task
from pystachio.base import Environment, Object
from pystachio.composite import Empty
from pystachio.naming import Ref
from pystachio.parsing import Evaluation, MustacheParser

from .failures import Failure, InvalidConfig

# Names of the deployment that are known as soon as the job is. Shared by all jobs: an Environment never changes.
_STANDARD = Environment({'mesos.role': '{{role}}', 'mesos.cluster': '{{cluster}}', 'thermos.user': '{{role}}'})


_ProcessList = Task.TYPEMAP['processes'].klazz
_evaluate_list = _ProcessList._data.__func__


def _evaluate_processes(cls, stored, outer, evaluation):
  """Keeps the refs that are unbound in processes apart: ports among them are asked for."""
  part = Evaluation()
  out = _evaluate_list(cls, stored, outer, part)
  evaluation.process_refs = tuple(part.unbound)
  evaluation.absorb(part)
  return out


_ProcessList._data = classmethod(_evaluate_processes)


def parse_bindings(bindings):
  """The scopes of NAME=VALUE options, later ones first."""
  scopes = []
  for binding in bindings:
    name, equals, value = binding.partition('=')
    if not equals:
      raise Failure('Binding parameter must be formatted name=value', 'usage')
    try:
      scopes.insert(0, Environment({Ref.from_address(name): value}))
    except Ref.InvalidRefError as error:
      raise Failure('Could not parse binding parameter %s: %s' % (binding, error), 'usage') from None
  return tuple(scopes)


def bind_all(jobs, scopes):
  return [job.bind(*reversed(scopes)) for job in jobs] if scopes else jobs


def with_standard_bindings(job):
  return job.bind(_STANDARD)


def _shown(job, field, missing='{MISSING}'):
  """str() of a field of a job; unset gives `missing`."""
  stored = job._field(field)
  return missing if stored is Empty else str(getattr(job, field)())


# What turning a field into text can raise.
_UNSHOWABLE = (ValueError, MustacheParser.Error, Ref.Error)


def key_of(job):
  return '/'.join(_shown(job, field) for field in ('cluster', 'role', 'environment', 'name'))


def candidates(jobs):
  return 'Candidates are:\n' + '\n'.join('  ' + key_of(job) for job in jobs)


def choose(jobs, key):
  """The job with the key (cluster, role, environment, name); None means the only job of the file."""
  if not jobs:
    raise Failure('No job defined in this config!')
  if key is None:
    if len(jobs) > 1:
      raise Failure('Configuration has multiple jobs but no job name specified!\n' + candidates(jobs))
    return jobs[0]
  wanted, matching, broken = '/'.join(key), [], []
  for job in jobs:
    try:
      # The name first: it tells most jobs of a large file apart.
      if _shown(job, 'name') == key[3] and key_of(job) == wanted:
        matching.append(job)
    except _UNSHOWABLE:
      broken.append(job)
  if not matching and broken:
    return broken[0]  # its evaluation says what is wrong with it
  if not matching:
    lines = ['Could not find job %s' % wanted]
    for job in jobs:
      if job._field('environment') is Empty:
        lines.append("Job %s in configuration file doesn't specify an environment" % key_of(job))
    raise Failure('\n'.join(lines + [candidates(jobs)]))
  if len(matching) > 1:
    raise Failure('Multiple jobs match, please disambiguate by specifying a job key.\n' + candidates(jobs))
  return matching[0]


def missing(job, path):
  """A Failure for each thing that must be there before anything else can be said about the job."""
  for field in ('cluster', 'task', 'role'):
    if job._field(field) is Empty:
      yield InvalidConfig('%s required for job "%s"' % (field.capitalize(), _name_for_people(job)), '%s.%s' % (path, field))
  task = job._field('task')
  processes = task._field('processes') if task is not Empty else None
  if processes is Empty or (processes is not None and not processes._values):
    yield InvalidConfig('Processes required for task on job "%s"' % _name_for_people(job), path + '.task.processes')


def _name_for_people(job):
  try:
    return _shown(job, 'name')
  except _UNSHOWABLE:
    name = job._field('name')
    return str(name.get() if isinstance(name, Object) else name)


def _defaults_of(klazz, *names):
  return {name: klazz.TYPEMAP[name].default._data_now() for name in names or klazz._defaults}


# What a job must have to be converted. A file may have cleared it (`Job(service=Empty)`), which means the default.
_NEEDED = _defaults_of(MesosJob, 'instances', 'cron_collision_policy', 'update_config', 'metadata', 'service', 'max_task_failures',
                       'production', 'priority', 'executor_config', 'enable_hooks')
_NEEDED_OF_STRUCTS = {'update_config': _NEEDED['update_config'], 'executor_config': _NEEDED['executor_config'],
                      'partition_policy': _defaults_of(MesosJob.TYPEMAP['partition_policy'].klazz)}


def complete(data):
  """Evaluated data with the defaults of cleared fields that a conversion needs, in the schema's order."""
  if not _NEEDED.keys() <= data.keys():
    values = dict(_NEEDED, **data)
    data = {name: values[name] for name in MesosJob.TYPEMAP if name in values}
  for name, needed in _NEEDED_OF_STRUCTS.items():
    if name in data and not needed.keys() <= data[name].keys():
      data = dict(data, **{name: dict(needed, **data[name])})
  return data


def evaluate(job):
  """(plain data, Evaluation) of a job; raises CoercionError and its kin at the first bad value."""
  evaluation = Evaluation()
  return dict(MesosJob._data(job, (), evaluation)), evaluation


def bind_images(job, refs, resolve):
  """The job with every {{docker.image[NAME][TAG]}} among refs bound by resolve(cluster, name, tag); None if there is none.
  """
  bindings = {}
  for ref in refs:
    steps = ref.components()
    if len(steps) >= 4 and ref.address().startswith('docker.image[') and steps[3].__class__ is Ref.Index:
      found, problem = resolve(_shown(job, 'cluster'), steps[2].value, steps[3].value)
      if problem is not None:
        raise Failure(problem, refs=[ref])
      bindings[Ref(steps[:4])] = found
  return job.bind(bindings) if bindings else None
