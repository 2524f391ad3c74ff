"""The structs of a job: a task, how many of it, how it is watched, updated and announced."""

from apache.thermos.config.schema import *
from gen.apache.aurora.api.constants import AURORA_EXECUTOR_NAME


class Parameter(Struct):
  name = Required(String)
  value = Required(String)


class Docker(Struct):
  image = Required(String)
  parameters = Default(List(Parameter), [])


class Container(Struct):
  docker = Docker


class DockerImage(Struct):
  name = Required(String)
  tag = Required(String)


class AppcImage(Struct):
  name = Required(String)
  image_id = Required(String)


Mode = Enum('Mode', ('RO', 'RW'))


class Volume(Struct):
  container_path = Required(String)
  host_path = Required(String)
  mode = Required(Mode)


class Mesos(Struct):
  image = Choice([AppcImage, DockerImage])
  volumes = Default(List(Volume), [])


class MesosContext(Struct):
  instance = Required(Integer)
  hostname = Required(String)


class QueueUpdateStrategy(Struct):
  batch_size = Default(Integer, 1)


class BatchUpdateStrategy(Struct):
  batch_size = Default(Integer, 1)
  autopause_after_batch = Default(Boolean, False)


class VariableBatchUpdateStrategy(Struct):
  batch_sizes = Required(List(Integer))
  autopause_after_batch = Default(Boolean, False)


class UpdateConfig(Struct):
  batch_size = Default(Integer, 1)
  watch_secs = Default(Integer, 45)
  max_per_shard_failures = Default(Integer, 0)
  max_total_failures = Default(Integer, 0)
  rollback_on_failure = Default(Boolean, True)
  wait_for_batch_completion = Default(Boolean, False)
  pulse_interval_secs = Integer
  sla_aware = Default(Boolean, False)
  update_strategy = Choice([QueueUpdateStrategy, BatchUpdateStrategy, VariableBatchUpdateStrategy])


class HttpHealthChecker(Struct):
  endpoint = Default(String, '/health')
  expected_response = Default(String, 'ok')
  expected_response_code = Default(Integer, 0)


class ShellHealthChecker(Struct):
  shell_command = Required(String)


class HealthCheckerConfig(Struct):
  http = HttpHealthChecker
  shell = ShellHealthChecker


DefaultHealthChecker = HealthCheckerConfig(http=HttpHealthChecker())


class HealthCheckConfig(Struct):
  health_checker = Default(HealthCheckerConfig, DefaultHealthChecker)
  initial_interval_secs = Default(Float, 15.0)
  interval_secs = Default(Float, 10.0)
  max_consecutive_failures = Default(Integer, 0)
  min_consecutive_successes = Default(Integer, 1)
  timeout_secs = Default(Float, 1.0)


class HttpLifecycleConfig(Struct):
  port = Default(String, 'health')
  graceful_shutdown_endpoint = Default(String, '/quitquitquit')
  shutdown_endpoint = Default(String, '/abortabortabort')
  graceful_shutdown_wait_secs = Default(Integer, 5)
  shutdown_wait_secs = Default(Integer, 5)


class LifecycleConfig(Struct):
  http = HttpLifecycleConfig


DisableLifecycle = LifecycleConfig()
DefaultLifecycleConfig = LifecycleConfig(http=HttpLifecycleConfig())


class Announcer(Struct):
  primary_port = Default(String, 'http')
  portmap = Default(Map(String, String), {'aurora': '{{primary_port}}'})
  zk_path = String


class Metadata(Struct):
  key = Required(String)
  value = Required(String)


class ExecutorConfig(Struct):
  name = Default(String, AURORA_EXECUTOR_NAME)
  data = Default(String, '')


class PartitionPolicy(Struct):
  reschedule = Default(Boolean, True)
  delay_secs = Default(Integer, 0)


class PercentageSlaPolicy(Struct):
  percentage = Required(Float)
  duration_secs = Required(Integer)


class CountSlaPolicy(Struct):
  count = Required(Integer)
  duration_secs = Required(Integer)


class CoordinatorSlaPolicy(Struct):
  coordinator_url = Required(String)
  status_key = Default(String, 'drain')


class MesosTaskInstance(Struct):
  task = Required(Task)
  instance = Required(Integer)
  role = Required(String)
  announce = Announcer
  environment = Required(String)
  health_check_config = Default(HealthCheckConfig, HealthCheckConfig())
  lifecycle = LifecycleConfig


class MesosJob(Struct):
  name = Default(String, '{{task.name}}')
  role = Required(String)
  contact = String
  cluster = Required(String)
  environment = Required(String)
  instances = Default(Integer, 1)
  task = Required(Task)
  announce = Announcer
  tier = String
  cron_schedule = String
  cron_collision_policy = Default(String, 'KILL_EXISTING')
  cron_time_zone = String
  update_config = Default(UpdateConfig, UpdateConfig())
  constraints = Map(String, String)
  metadata = Default(List(Metadata), [])
  service = Default(Boolean, False)
  max_task_failures = Default(Integer, 1)
  production = Default(Boolean, False)
  priority = Default(Integer, 0)
  health_check_config = Default(HealthCheckConfig, HealthCheckConfig())
  lifecycle = Default(LifecycleConfig, DefaultLifecycleConfig)
  task_links = Map(String, String)
  executor_config = Default(ExecutorConfig, ExecutorConfig())
  enable_hooks = Default(Boolean, False)
  partition_policy = PartitionPolicy
  sla_policy = Choice([CoordinatorSlaPolicy, CountSlaPolicy, PercentageSlaPolicy])
  container = Choice([Container, Docker, Mesos])


# Fields of releases up to 0.11 that files still carry. `legacy_fields` collects what was met, for one warning each.
legacy_fields = []


def _accept(struct, name, replacement):
  line = '%s.%s %s' % (struct, name, replacement)
  if line not in legacy_fields:
    legacy_fields.append(line)
  return True


def _legacy_update(self, name, value):
  return name == 'restart_threshold' and _accept('UpdateConfig', name, 'has no effect since 0.12 and is ignored')


def _legacy_health(self, name, value):
  if name not in ('endpoint', 'expected_response', 'expected_response_code'):
    return False
  checker = self._field('health_checker')
  http = checker._field('http') if checker is not Empty else Empty
  if http is Empty:
    http = HttpHealthChecker()
  self._update({'health_checker': HealthCheckerConfig(http=http(**{name: value}))})
  return _accept('HealthCheckConfig', name, 'is read as health_checker.http.%s' % name)


def _legacy_job(self, name, value):
  renamed = {'daemon': 'service', 'cron_policy': 'cron_collision_policy'}.get(name)
  if renamed is None:
    return False
  self._update({renamed: value})
  return _accept('Job', name, 'is read as %s' % renamed)


UpdateConfig._LEGACY = _legacy_update
HealthCheckConfig._LEGACY = _legacy_health
MesosJob._LEGACY = _legacy_job

Job = MesosJob
Service = Job(service=True)
