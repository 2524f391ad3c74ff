"""The parts of the original's conversion that need no Thrift."""

from pystachio import Empty, Ref
from pystachio.compatibility import Compatibility

from apache.aurora.config.schema.base import HealthCheckConfig, MesosContext, MesosTaskInstance
from gen.apache.aurora.api.constants import AURORA_EXECUTOR_NAME, GOOD_IDENTIFIER_PATTERN_PYTHON

__all__ = ('InvalidConfig',)

# What does not change what a task does, so that it is not part of what hosts get.
ALIASED_FIELDS = ('update_config', 'instances')

MESOS_INSTANCE_REF = Ref.from_address('mesos.instance')
MESOS_HOSTNAME_REF = Ref.from_address('mesos.hostname')
THERMOS_PORT_SCOPE_REF = Ref.from_address('thermos.ports')
THERMOS_TASK_ID_REF = Ref.from_address('thermos.task_id')


class InvalidConfig(ValueError):
  pass


def task_instance_from_job(job, instance, hostname):
  """What a host runs as one instance of a job."""
  made = MesosTaskInstance(task=job.task(), role=job.role(), instance=instance,
                           health_check_config=job.health_check_config() if job.has_health_check_config() else HealthCheckConfig())
  for field in ('announce', 'environment', 'lifecycle'):
    if getattr(job, 'has_' + field)():
      made = made(**{field: getattr(job, field)()})
  return made.bind(mesos=MesosContext(instance=instance, hostname=hostname))


def fully_interpolated(pystachio_object, coerce_fn=lambda value: value):
  """The plain value of an object that passes its check."""
  check = pystachio_object.check()
  if not check.ok():
    raise InvalidConfig(check.message())
  return coerce_fn(pystachio_object.interpolate()[0].get())


def parse_enum(enum_type, value):
  found = enum_type._NAMES_TO_VALUES.get(value.get().upper())
  if found is None:
    raise InvalidConfig('Invalid %s type: %s' % (enum_type, value.get()))
  return found


def select_cron_policy(cron_policy):
  from gen.apache.aurora.api.ttypes import CronCollisionPolicy
  return parse_enum(CronCollisionPolicy, cron_policy)


def select_service_bit(job):
  return fully_interpolated(job.service(), bool)


def filter_aliased_fields(job):
  return job(**{field: Empty for field in ALIASED_FIELDS})


def assert_valid_field(field, identifier):
  import re
  if not isinstance(identifier, Compatibility.stringy):
    raise InvalidConfig('%s must be a string' % field)
  if not re.match(GOOD_IDENTIFIER_PATTERN_PYTHON, identifier) or identifier[-1] == '\n':
    raise InvalidConfig("Invalid %s '%s'" % (field, identifier))
  return identifier
