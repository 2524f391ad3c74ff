"""The questions that C++ asks about a job file (include/aurora/config/evaluator.h)."""

from apache.aurora.config.schema import base as schema
from apache.thermos.config import schema as thermos_schema
from pystachio.naming import Ref
from pystachio.parsing import MustacheParser
from aurora_limits import LimitExceeded

from . import conversion, diagnose, hooks, jobs, loading, references, survey, update_settings, validation
from .checks import Subject, require
from .failures import Failure, from_exception
from .ports import referenced_ports
from .text import dump_json

MesosJob = schema.MesosJob


class Session(object):
  """One evaluated file with its jobs (or Thermos tasks), bound but not chosen."""

  def __init__(self, request):
    self.request = request
    self.path = request['path']
    self.scopes = ()
    self.loader = None
    self.jobs = []
    self.tasks = []
    self.job = None
    self.warnings = []
    self._images = {}

  def load(self):
    is_thermos = self.request['ask'] == 'thermos'
    bindings = self.request.get('bindings', ())
    if is_thermos and any(binding.count('=') != 1 for binding in bindings):
      raise Failure('Binding must be of the form NAME=VALUE', 'usage')
    self.scopes = jobs.parse_bindings(bindings)
    self.loader = loading.Loader(self._thermos_names() if is_thermos else _job_names())
    try:
      self._run(is_thermos)
    except LimitExceeded:
      raise
    except BaseException as error:
      failure = from_exception(error, self.loader.files)
      if isinstance(error, Ref.InvalidRefError):
        said = references.bad_ref_failure('', error)
        failure.text, failure.hint = said.text, said.hint
      raise failure from None
    finally:
      self.warnings += self.loader.warnings + ['%s: %s' % (self.path, line) for line in schema.legacy_fields]

  def _run(self, is_thermos):
    read_json = self.request.get('read_json')
    if self.request['ask'] == 'list' and not loading.is_file(self.path):
      raise Failure('Could not load resource %s' % self.path)
    if is_thermos and read_json:
      import json
      with open(self.path, encoding='utf-8') as fp:
        text = fp.read()
      task = schema.Task.json_loads(text)
      if 'container' in json.loads(text):
        raise Failure('a task has no container, jobs have: name its image with --image', 'usage')
      self.tasks.append(task)
    elif read_json:
      loading.read_jobs(self.loader, self.path, MesosJob)
    else:
      self.loader.run(self.path)
    if not is_thermos:
      listed = loading.jobs_of(self.loader.environment, self.path, MesosJob)
      self.jobs = jobs.bind_all(listed, self.scopes)

  def _thermos_names(self):
    of_jobs = {name: _only_in_jobs(name) for name in ('Container', 'Docker', 'Job', 'MesosJob', 'Mesos', 'Service')}
    return dict(of_jobs, **loading.prelude(__import__('pystachio'), thermos_schema), export=self._export)

  def _export(self, task):
    if not isinstance(task, (schema.Task, dict)):
      raise ValueError('export() expects a Task or a dictionary, got %r' % (task,))
    self.tasks.append(schema.Task(task) if isinstance(task, dict) else task)

  def require_jobs(self):
    if not self.jobs:
      raise Failure('No job defined in this config!')

  def resolve_image(self, *image):
    """(reference, None) or (None, problem) for a cluster, a name and a tag; each is asked for once."""
    if image not in self._images:
      resolve = self.request.get('resolve_image')
      self._images[image] = (None, 'Unable to resolve image %s:%s' % image[1:]) if resolve is None else resolve(*image)
    return self._images[image]

  def list_hooks(self):
    return hooks.of(self)

  def call_hooks(self, event, method, arguments, outcome):
    return hooks.call(self, event, method, arguments, outcome)

  def position(self, job):
    return next((index for index, candidate in enumerate(self.jobs) if candidate is job), 0)


def _only_in_jobs(name):
  def refuse(*_, **__):
    raise ValueError('%s is for jobs, and a thermos file exports tasks: export(Task(...)); `aurora thermos run` takes the name '
                     'of an image as --image' % name)
  return refuse


def _job_names():
  names = loading.prelude(__import__('pystachio'), schema)
  del names['legacy_fields']
  return names


def path_of(position):
  return 'jobs[%d]' % position


def guarded(function, session, job, position):
  """function() with errors of interpolation turned into Failures that name the field."""
  path = 'tasks[%d]' % position if session.request['ask'] == 'thermos' else path_of(position)
  try:
    return function()
  except Failure as failure:
    if failure.refs:
      explain_refs(failure, job, path)
    raise located(failure, session, job)
  except Ref.InvalidRefError as error:
    raise located(_bad_ref(job, path, error), session, job) from None
  except (ValueError, MustacheParser.Error) as error:
    raise located(_type_failure(job, path) or Failure(str(error)), session, job) from None
  except RecursionError:
    raise Failure('%s: nested or recursive too deeply' % path) from None


def _bad_ref(job, path, error):
  return references.bad_ref_failure(*(diagnose.field_of_bad_ref(job, path) or (path, error)))


def _type_failure(job, path):
  """The first value that is not of its type, as check() words it; None if there is none."""
  try:
    for where, message in type(job)._problems(job, (), path):
      return Failure('TypeCheck(FAILED): %s' % message, path=where)
  except Ref.InvalidRefError as error:
    return _bad_ref(job, path, error)
  return None


def located(failure, session, job):
  """Finds the line that set the field of a failure."""
  if failure.path and failure.place is None:
    failure.place = diagnose.place_of(job, failure.path, session.loader.files, failure.written)
  return failure


def explain_refs(failure, job, path):
  """Shows the refs that nothing binds as they were written, and says of the first where it is and what was meant."""
  wanted, first = list(failure.refs), None
  for found in diagnose.unbound_refs(job, path):
    if found.ref in wanted:
      wanted.remove(found.ref)
      failure.text = failure.text.replace(str(found.ref), found.shown())
      first = first or found
  if first is not None:
    hint = first.hint(diagnose.visible_names(job, first.path))  # nothing for an image: the text has the reason
    failure.path, failure.written = first.path, first.written
    failure.hint = '%s: %s' % (first.shown(), hint) if len(failure.refs) > 1 else hint


def prepared(session, job, position):
  """The checks.Subject of a job that is of its types, after the checks that the client makes when it loads one."""
  path = path_of(position)
  for failure in jobs.missing(job, path):
    raise failure
  job = jobs.with_standard_bindings(job)
  data, evaluation = jobs.evaluate(job)
  if evaluation.unbound:
    imaged = jobs.bind_images(job, evaluation.unbound, session.resolve_image)
    if imaged is not None:
      job = imaged
      data, evaluation = jobs.evaluate(job)
  if evaluation.bad:
    failure = _type_failure(job, path)
    if failure is not None:
      raise failure
  subject = Subject(path, job, jobs.complete(data), evaluation, referenced_ports(evaluation.process_refs), session.warnings.append)
  subject.check_cron = session.request.get('check_cron')
  require(validation.CHECKS, subject)
  return subject


def converted(session, subject):
  require(conversion.CHECKS + conversion.REF_CHECKS + conversion.LAST_CHECKS, subject)
  return conversion.convert(subject, session.request.get('user', ''))


def dump(session):
  session.require_jobs()
  out = []
  for position, job in enumerate(session.jobs):
    bound = jobs.with_standard_bindings(job)
    out.append(guarded(lambda: jobs.evaluate(bound)[0], session, bound, position))
  return {'jobs': out}


def list_keys(session):
  keys = []
  for position, job in enumerate(session.jobs):
    keys.append(guarded(lambda: jobs.key_of(job), session, job, position))
  return {'keys': keys}


def evaluate_all(session):
  session.require_jobs()
  keys, problems, configurations, first_with = [], [], [], {}
  for position, job in enumerate(session.jobs):
    key, found, configuration = _evaluated_one(session, job, position)
    keys.append(key)
    configurations.append(configuration)
    first = first_with.setdefault(key, position)
    if first != position:
      same = Failure('Multiple jobs match: %s has the same key' % path_of(first), path=path_of(position))
      found = [located(same, session, job)] + list(found)
    problems.extend(dict(failure.problem(), job=key) for failure in found)
  return {'keys': keys, 'problems': problems, 'configurations': configurations}


def _evaluated_one(session, job, position):
  """(key, failures, configuration or None): the fast way first, and only for a job with problems the walk that finds all
  of them."""
  bound = jobs.with_standard_bindings(job)
  warnings = len(session.warnings)
  try:
    data, configuration = guarded(lambda: _checked(session, job, position), session, bound, position)
    return '/'.join(data[field] for field in ('cluster', 'role', 'environment', 'name')), (), configuration
  except Failure as failure:
    first = failure
  del session.warnings[warnings:]  # the walk gives them again
  try:
    key = guarded(lambda: jobs.key_of(job), session, job, position)
  except Failure:
    key = path_of(position)
  try:
    found = survey.failures(session, job, path_of(position))
  except RecursionError:
    found = ()
  return key, [located(failure, session, bound) for failure in found] or [first], None


def _checked(session, job, position):
  subject = prepared(session, job, position)
  configuration = converted(session, subject)
  try:
    update_settings.convert(subject.data['update_config'])
  except ValueError as error:
    session.warnings.append('%s: %s.update_config: %s (an update will be refused)' % (session.path, subject.path, error))
  return subject.data, configuration


def load(session):
  key = session.request.get('key')
  session.require_jobs()
  chosen = guarded(lambda: jobs.choose(session.jobs, key), session, session.jobs[0], 0)
  position = session.position(chosen)
  return guarded(lambda: _document(session, chosen, position), session,
                 jobs.with_standard_bindings(chosen), position)


def _document(session, job, position):
  subject = prepared(session, job, position)
  in_file = subject.data
  subject.data = data = _with_tier(in_file, session.request.get('tiers'))
  configuration = converted(session, subject)
  try:
    settings, settings_error = update_settings.convert(data['update_config']), None
  except ValueError as error:
    settings, settings_error = None, str(error)
  session.job = subject.job
  return {
      'key': '/'.join((data['cluster'],) + tuple(configuration['key'][field] for field in ('role', 'environment', 'name'))),
      'cluster': data['cluster'],
      'job': configuration,
      'tier': in_file.get('tier'),
      'production': in_file['production'],
      'update_settings': settings,
      'update_error': settings_error,
      'is_service': data['service'],
      'is_cron': 'cron_schedule' in data,
      'enable_hooks': data['enable_hooks'],
      'instances': data['instances'],
      'raw': dump_json(data, subject.path),
      'inspect': inspect_view(data),
      'hooks': hooks.prepare(session),
  }


def _with_tier(data, ask_tiers):
  """The back-fill of tier from production, or the reverse, by the scheduler's tiers."""
  if ask_tiers is None:
    return data
  answered = ask_tiers()
  if answered is None:
    raise Failure('the tiers of the cluster are not known')  # the caller has the reason
  default, tiers = answered
  tier = data.get('tier')
  out = data.copy()
  if tier is None:
    wanted = next((name for name, preemptible, revocable in tiers
                   if not revocable and preemptible != data['production']), default)
    return _with_field(out, 'tier', wanted)
  for name, preemptible, _ in tiers:
    if name == tier:
      out['production'] = not preemptible
  return out


def _with_field(data, name, value):
  """`data` with one more field, at its place in the schema's order."""
  data[name] = value
  return {field: data[field] for field in MesosJob.TYPEMAP if field in data}


def inspect_view(data):
  """What `job inspect` shows, in its order."""
  job = {'name': data['name'], 'role': data['role']}
  if 'contact' in data:
    job['contact'] = data['contact']
  job.update(cluster=data['cluster'], instances=str(data['instances']))
  if 'cron_schedule' in data:
    job['cron'] = {'schedule': data['cron_schedule'], 'policy': data['cron_collision_policy']}
  if 'constraints' in data:
    job['constraints'] = dict(data['constraints'])
  if 'partition_policy' in data:
    policy = data['partition_policy']
    job['partition_policy'] = {'reschedule': policy['reschedule'], 'delay_secs': str(policy['delay_secs'])}
  job.update(service=data['service'], production=data['production'])
  task = data['task']
  return {
      'job': job,
      'task': {'name': task.get('name', ''),
               'orders': [constraint.get('order', []) for constraint in task.get('constraints', ())]},
      'processes': [{field: process.get(field, False) for field in ('name', 'daemon', 'ephemeral', 'final', 'cmdline')}
                    for process in task['processes']],
  }


def thermos(session):
  """The exported tasks of a .thermos file. Its bindings take exactly one `=`."""
  tasks = []
  for position, task in enumerate(session.tasks):
    bound = task.bind(*reversed(session.scopes)) if session.scopes else task
    tasks.append(guarded(lambda: _task_data(bound), session, bound, position))
  return {'tasks': tasks}


def _task_data(task):
  check = task.check()
  if not check.ok():
    raise Failure(check.message())
  return task._data_now()


_ASKS = {'dump': dump, 'list': list_keys, 'eval': evaluate_all, 'load': load, 'thermos': thermos}


def answer(session):
  """The document of a session as JSON text. Raises Failure."""
  session.load()
  return dump_json(_ASKS[session.request['ask']](session))
