"""An evaluated job -> JobConfiguration, in the JSON that core's types decode from."""

from .failures import Failure, InvalidConfig
from .ports import port_of, requested_ports
from .task_plan import check_plan, check_processes
from .text import dump_json

_MB = 1 << 20
_EXECUTOR = 'AuroraExecutor'
_CRON_POLICIES = ('KILL_EXISTING', 'CANCEL_NEW', 'RUN_OVERLAP')
_AT_RUN_TIME = frozenset(('{{thermos.task_id}}', '{{mesos.instance}}', '{{mesos.hostname}}'))


def is_identifier(text):
  return isinstance(text, str) and text != '' and text.isascii() and all(c.isalnum() or c in '_-.' for c in text)


def convert(subject, user):
  """The JobConfiguration of a job that passed CHECKS."""
  job, data = subject.job, subject.data
  key = {field: data[field] for field in ('role', 'environment', 'name')}
  owner = {'user': user}
  portmap = data.get('announce', {}).get('portmap', {})
  task = {
      'job': key,
      'owner': owner,
      'isService': data['service'],
      'priority': data['priority'],
      'maxTaskFailures': data['max_task_failures'],
      'production': data['production'],
      'tier': data.get('tier', ''),
      'resources': _resources(data['task'], requested_ports(portmap, subject.ports)),
      'constraints': _constraints(data.get('constraints', {})),
      'metadata': _metadata(data['metadata']),
      'container': _container(job),
      'executorConfig': executor_config(data, subject.path),
  }
  if 'contact' in data:
    task['contactEmail'] = data['contact']
  if 'partition_policy' in data:
    policy = data['partition_policy']
    task['partitionPolicy'] = {'reschedule': policy['reschedule'], 'delaySecs': policy['delay_secs']}
  if 'sla_policy' in data:
    task['slaPolicy'] = _sla_policy(data['sla_policy'])
  configuration = {
      'key': key,
      'owner': owner,
      'cronCollisionPolicy': data['cron_collision_policy'].upper(),
      'taskConfig': task,
      'instanceCount': data['instances'],
  }
  if 'cron_schedule' in data:
    configuration['cronSchedule'] = data['cron_schedule']
  if 'cron_time_zone' in data:
    configuration['cronTimeZone'] = data['cron_time_zone']
  return configuration


# (field, bits): integers fit into the scheduler's 32 bits, or 64 for amounts and durations.
_RANGES = (('instances', 31), ('priority', 31), ('max_task_failures', 31), ('update_config', 31),
           ('partition_policy', 63), ('sla_policy', 63))


def _check_range(field, bits):
  def check(subject):
    value = subject.data.get(field)
    members = {'%s.%s' % (field, name): member for name, member in value.items()} if isinstance(value, dict) else {field: value}
    yield from _out_of_range(subject, members, bits)
  return (field,), check


def _check_amounts(subject):
  resources = subject.data['task'].get('resources', {})
  yield from _out_of_range(subject, {'task.resources.' + name: value for name, value in resources.items()}, 63)


def _out_of_range(subject, members, bits):
  for name, value in members.items():
    if isinstance(value, int) and not -1 << bits <= value < 1 << bits:
      shown = value if value.bit_length() < 999 else 'a huge number'
      yield InvalidConfig('%s is out of range: %s' % (name, shown), subject.at(name))


def _check_identifier(field):
  def check(subject):
    value = subject.data.get(field)
    if not is_identifier(value):
      yield InvalidConfig("Invalid %s '%s'" % (field, str(value).replace('\n', '\\n')), subject.at(field),
                          hint='letters, digits, _, - and . are allowed')
  return (field,), check


def executor_config(data, path):
  """What the executor gets. Without the fields that do not change what a task does."""
  config = data['executor_config']
  if config['name'] != _EXECUTOR:
    return {'name': config['name'], 'data': config['data']}
  payload = data.copy()
  payload.pop('update_config', None)
  payload.pop('instances', None)
  return {'name': config['name'], 'data': dump_json(payload, path)}


def _check_resources(subject):
  path = subject.at('task.resources')
  resources = subject.data['task'].get('resources')
  if resources is None:
    yield InvalidConfig('Task must specify resources!', path)
    return
  cpu, ram, disk = resources['cpu'], resources['ram'], resources['disk']
  if not ram or not disk:
    yield InvalidConfig('Must specify ram and disk resources, got ram:%s disk:%s' % (ram, disk), path)
    return
  ram_mb, disk_mb = ram // _MB, disk // _MB
  if not (0 < cpu < float('inf') and ram_mb > 0 and disk_mb > 0):
    yield InvalidConfig('Task has invalid resources.  cpu/ramMb/diskMb must all be positive: '
                        'cpu:%s ramMb:%s diskMb:%s' % (cpu, ram_mb, disk_mb), path)
  if resources.get('gpu', 0) < 0:
    yield InvalidConfig('Task has invalid resources.  gpu must not be negative: %s' % resources['gpu'], path)


def _resources(task, ports):
  resources = task['resources']
  return {'cpus': resources['cpu'], 'ramMb': resources['ram'] // _MB, 'diskMb': resources['disk'] // _MB,
          'gpus': resources.get('gpu', 0), 'ports': ports}


def _check_constraints(subject):
  for name, text in subject.data.get('constraints', {}).items():
    if text.startswith('limit:') and _limit(text) is None:
      yield Failure('%s is not a valid limit value, must be integer' % text, path=subject.at('constraints[%s]' % name))


def _limit(text):
  try:
    return int(text[6:])
  except ValueError:
    return None


def _constraints(constraints):
  return [{'name': name, 'constraint': _constraint(constraints[name])} for name in sorted(constraints)]


def _constraint(text):
  if text.startswith('limit:'):
    return {'limit': {'limit': _limit(text)}}
  negated = text.startswith('!')
  return {'value': {'negated': negated, 'values': sorted(set(text[1 if negated else 0:].split(',')))}}


def _metadata(pairs):
  unique = sorted({(pair['key'], pair['value']) for pair in pairs})
  return [{'key': key, 'value': value} for key, value in unique]


def _sla_policy(policy):
  if 'coordinator_url' in policy:
    return {'coordinatorSlaPolicy': {'coordinatorUrl': policy['coordinator_url'], 'statusKey': policy['status_key']}}
  if 'count' in policy:
    return {'countSlaPolicy': {'count': policy['count'], 'durationSecs': policy['duration_secs']}}
  return {'percentageSlaPolicy': {'percentage': policy['percentage'], 'durationSecs': policy['duration_secs']}}


def _check_container(subject):
  if not subject.job.has_container():
    return
  kind, data = _kind_of_container(subject.job)
  if kind == 'Container' and 'docker' not in data:
    yield InvalidConfig('If a container is specified it must set one type.', subject.at('container'))


def _kind_of_container(job):
  # Its type cannot be told from the data: Container() and Mesos() may both be empty.
  container = job.container().unwrap()
  return type(container).__name__, container._data_now()


def _container(job):
  if not job.has_container():
    return {'mesos': {'volumes': []}}
  kind, data = _kind_of_container(job)
  if kind == 'Container':
    kind, data = 'Docker', data['docker']
  if kind == 'Docker':
    return {'docker': {'image': data['image'], 'parameters': [dict(p) for p in data.get('parameters', ())]}}
  mesos = {'volumes': [{'containerPath': volume['container_path'], 'hostPath': volume['host_path'],
                        'mode': volume['mode']} for volume in data.get('volumes', ())]}
  if 'image' in data:
    mesos['image'] = _image(data['image'])
  return {'mesos': mesos}


def _image(image):
  if 'tag' in image:
    return {'docker': {'name': image['name'], 'tag': image['tag']}}
  return {'appc': {'name': image['name'], 'imageId': image['image_id']}}


def _check_cron_policy(subject):
  text = subject.data['cron_collision_policy']
  if text.upper() not in _CRON_POLICIES:
    yield InvalidConfig('Invalid CronCollisionPolicy type: %s' % text, subject.at('cron_collision_policy'),
                        hint='one of %s' % ', '.join(_CRON_POLICIES))


def _check_cron(subject):
  """What the scheduler would say about a schedule, for who wants to know it before."""
  schedule = subject.data.get('cron_schedule')
  if subject.check_cron is None or schedule is None:
    return
  if not schedule:
    yield InvalidConfig('Job has an empty cron schedule.', subject.at('cron_schedule'),
                        hint='five fields: minute, hour, day of month, month, day of week')
    return
  for field, text, hint in subject.check_cron(schedule, subject.data.get('cron_time_zone')):
    yield InvalidConfig(text, subject.at(field), hint=hint)
  if subject.data.get('cron_collision_policy', '').upper() == 'RUN_OVERLAP':
    yield InvalidConfig('The RUN_OVERLAP collision policy has been removed (AURORA-38).', subject.at('cron_collision_policy'),
                        hint='one of KILL_EXISTING, CANCEL_NEW')
  if subject.data.get('service') is True:
    yield InvalidConfig('A service task may not be run on a cron schedule', subject.at('service'), hint='a cron job ends by itself')


def _check_refs_on_host(subject):
  """Refs of the task that neither the executor nor the runner will bind."""
  unbound = _unbound_on_host(subject.job, subject.evaluation)
  if unbound:
    yield InvalidConfig('Task is invalid: Unexpected unbound refs: %s. Make sure you are not nesting template '
                        'variables.' % ' '.join(map(str, unbound)), refs=unbound)


def _unbound_on_host(job, evaluation):
  if not evaluation.nested and not evaluation.aliases:
    strange = [ref for ref in evaluation.unbound if not bound_on_host(ref)]
    if not strange:
      return []
  interpolated, _ = job.interpolate()
  task = interpolated.task().bind({'mesos': {'instance': 31337, 'hostname': ''}})
  # A port that appears only now has a name made from the instance: nobody would allocate it.
  return [ref for ref in task.interpolate()[1] if ref.address() not in ('thermos.task_id', 'thermos.user')
          and (port_of(ref) is None or ref not in evaluation.unbound)]


def bound_on_host(ref):
  return str(ref) in _AT_RUN_TIME or port_of(ref) is not None


def _check_refs(subject):
  strange = [ref for ref in subject.evaluation.unbound if not bound_on_host(ref)]
  if strange:
    yield InvalidConfig('Config contains unbound variables: %s' % ' '.join(map(str, strange)), refs=strange)


# (fields that a check reads, check), in the original's order; REF_CHECKS are answered for each ref by `config eval`.
CHECKS = tuple(_check_range(*row) for row in _RANGES) + (
    (('task.resources',), _check_amounts),
) + tuple(_check_identifier(field) for field in ('role', 'environment', 'name')) + (
    (('task.resources',), _check_resources),
    (('constraints',), _check_constraints),
    (('container',), _check_container),
    (('task.processes',), check_processes),
    (('task.processes', 'task.constraints'), check_plan),
)
REF_CHECKS = (
    (('task',), _check_refs_on_host),
    ((), _check_refs),
)
LAST_CHECKS = (
    (('cron_collision_policy',), _check_cron_policy),
    (('cron_schedule', 'cron_time_zone', 'cron_collision_policy', 'service'), _check_cron),
)
