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
  return isinstance(text, str) and text != '' and all(c.isalnum() or c in '_-.' for c in text)


def convert(job, data, evaluation, user, ports_of_processes):
  """Checks in the original's order; the first that fails is raised. Returns the JobConfiguration."""
  _check_ranges(data)
  key = {}
  for field in ('role', 'environment', 'name'):
    value = data.get(field)
    if not is_identifier(value):
      raise InvalidConfig("Invalid %s '%s'" % (field, value))
    key[field] = value
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
      'resources': _resources(data['task'], requested_ports(portmap, ports_of_processes)),
      'constraints': _constraints(data.get('constraints', {})),
      'metadata': _metadata(data['metadata']),
      'container': _container(job),
  }
  if 'contact' in data:
    task['contactEmail'] = data['contact']
  if 'partition_policy' in data:
    policy = data['partition_policy']
    task['partitionPolicy'] = {'reschedule': policy['reschedule'], 'delaySecs': policy['delay_secs']}
  if 'sla_policy' in data:
    task['slaPolicy'] = _sla_policy(data['sla_policy'])
  _check_task(job, data['task'], evaluation)
  _check_refs(evaluation)
  task['executorConfig'] = executor_config(data)
  configuration = {
      'key': key,
      'owner': owner,
      'cronCollisionPolicy': _cron_policy(data['cron_collision_policy']),
      'taskConfig': task,
      'instanceCount': data['instances'],
  }
  if 'cron_schedule' in data:
    configuration['cronSchedule'] = data['cron_schedule']
  return configuration


def _check_ranges(data):
  """Integers fit into the scheduler's 32 bits, or 64 for amounts and durations."""
  fields = [('instances', data['instances'], 31), ('priority', data['priority'], 31),
            ('max_task_failures', data['max_task_failures'], 31)]
  for part, bits in (('update_config', 31), ('partition_policy', 63), ('sla_policy', 63)):
    fields += [('%s.%s' % (part, name), value, bits) for name, value in data.get(part, {}).items()]
  fields += [('task.resources.' + name, value, 63) for name, value in data['task'].get('resources', {}).items()]
  for name, value, bits in fields:
    if isinstance(value, int) and not -1 << bits <= value < 1 << bits:
      raise InvalidConfig('%s is out of range: %s' % (name, value if value.bit_length() < 999 else 'a huge number'))


def executor_config(data):
  """What the executor gets. Without the fields that do not change what a task does."""
  config = data['executor_config']
  if config['name'] != _EXECUTOR:
    return {'name': config['name'], 'data': config['data']}
  payload = data.copy()
  payload.pop('update_config', None)
  payload.pop('instances', None)
  return {'name': config['name'], 'data': dump_json(payload, 'job')}


def _resources(task, ports):
  resources = task.get('resources')
  if resources is None:
    raise InvalidConfig('Task must specify resources!')
  cpu, ram, disk = resources['cpu'], resources['ram'], resources['disk']
  if not ram or not disk:
    raise InvalidConfig('Must specify ram and disk resources, got ram:%s disk:%s' % (ram, disk))
  ram_mb, disk_mb = ram // _MB, disk // _MB
  if not (0 < cpu < float('inf') and ram_mb > 0 and disk_mb > 0):
    raise InvalidConfig('Task has invalid resources.  cpu/ramMb/diskMb must all be positive: '
                        'cpu:%s ramMb:%s diskMb:%s' % (cpu, ram_mb, disk_mb))
  if resources['gpu'] < 0:
    raise InvalidConfig('Task has invalid resources.  gpu must not be negative: %s' % resources['gpu'])
  return {'cpus': cpu, 'ramMb': ram_mb, 'diskMb': disk_mb, 'gpus': resources['gpu'], 'ports': ports}


def _constraints(constraints):
  return [{'name': name, 'constraint': _constraint(constraints[name])} for name in sorted(constraints)]


def _constraint(text):
  if text.startswith('limit:'):
    try:
      return {'limit': {'limit': int(text[6:])}}
    except ValueError:
      raise Failure('%s is not a valid limit value, must be integer' % text) from None
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


def _container(job):
  if not job.has_container():
    return {'mesos': {'volumes': []}}
  # Its type cannot be told from the data: Container() and Mesos() may both be empty.
  container = job.container().unwrap()
  kind, data = type(container).__name__, container._data_now()
  if kind == 'Container':
    if 'docker' not in data:
      raise InvalidConfig('If a container is specified it must set one type.')
    kind, data = 'Docker', data['docker']
  if kind == 'Docker':
    return {'docker': {'image': data['image'], 'parameters': [dict(p) for p in data['parameters']]}}
  mesos = {'volumes': [{'containerPath': volume['container_path'], 'hostPath': volume['host_path'],
                        'mode': volume['mode']} for volume in data['volumes']]}
  if 'image' in data:
    mesos['image'] = _image(data['image'])
  return {'mesos': mesos}


def _image(image):
  if 'tag' in image:
    return {'docker': {'name': image['name'], 'tag': image['tag']}}
  if 'image_id' in image:
    return {'appc': {'name': image['name'], 'imageId': image['image_id']}}
  raise InvalidConfig('Invalid image configuration: unexpected image type found.')


def _cron_policy(text):
  if text.upper() not in _CRON_POLICIES:
    raise InvalidConfig('Invalid CronCollisionPolicy type: %s' % text)
  return text.upper()


def _check_task(job, task, evaluation):
  check_processes(task['processes'])
  check_plan(task['processes'], task['constraints'])
  unbound = _unbound_on_host(job, evaluation)
  if unbound:
    raise InvalidConfig('Task is invalid: Unexpected unbound refs: %s. Make sure you are not nesting template '
                        'variables.' % ' '.join(map(str, unbound)), unbound)


def _unbound_on_host(job, evaluation):
  """Refs of the task that neither the executor nor the runner will bind."""
  if not evaluation.nested and not evaluation.aliases:
    strange = [ref for ref in evaluation.unbound if not _bound_on_host(ref)]
    if not strange:
      return []
  interpolated, _ = job.interpolate()
  task = interpolated.task().bind({'mesos': {'instance': 31337, 'hostname': ''}})
  # A port that appears only now has a name made from the instance: nobody would allocate it.
  return [ref for ref in task.interpolate()[1] if ref.address() not in ('thermos.task_id', 'thermos.user')
          and (port_of(ref) is None or ref not in evaluation.unbound)]


def _bound_on_host(ref):
  return str(ref) in _AT_RUN_TIME or port_of(ref) is not None


def _check_refs(evaluation):
  strange = [ref for ref in evaluation.unbound if not _bound_on_host(ref)]
  if strange:
    raise InvalidConfig('Config contains unbound variables: %s' % ' '.join(map(str, strange)), strange)
