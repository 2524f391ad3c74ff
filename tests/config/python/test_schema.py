from apache.aurora.config.schema import base as schema
from apache.aurora.config.schema.base import *

from support import Case, document, ask

# Field lists of spec §6: name:type, `!` required, `=v` default.
_FIELDS = """
Process cmdline:String! name:String! resources:Resources max_failures:Integer=1 daemon:Boolean=False ephemeral:Boolean=False min_duration:Integer=5 final:Boolean=False logger:Logger
Logger destination:LoggerDestination=file mode:LoggerMode=standard rotate:RotatePolicy
RotatePolicy log_size:Integer=104857600 backups:Integer=5
Task name:String={{processes[0].name}} processes:ProcessList constraints:ConstraintList=ConstraintList() resources:Resources max_failures:Integer=1 max_concurrency:Integer=0 finalization_wait:Integer=30 user:String
Constraint order:StringList
Resources cpu:Float! ram:Integer! disk:Integer! gpu:Integer=0
MesosJob name:String={{task.name}} role:String! contact:String cluster:String! environment:String! instances:Integer=1 task:Task! announce:Announcer tier:String cron_schedule:String cron_collision_policy:String=KILL_EXISTING cron_time_zone:String update_config:UpdateConfig=* constraints:StringStringMap metadata:MetadataList=MetadataList() service:Boolean=False max_task_failures:Integer=1 production:Boolean=False priority:Integer=0 health_check_config:HealthCheckConfig=* lifecycle:LifecycleConfig=* task_links:StringStringMap executor_config:ExecutorConfig=* enable_hooks:Boolean=False partition_policy:PartitionPolicy sla_policy:Choice_CoordinatorSlaPolicy_CountSlaPolicy_PercentageSlaPolicy container:Choice_Container_Docker_Mesos
UpdateConfig batch_size:Integer=1 watch_secs:Integer=45 max_per_shard_failures:Integer=0 max_total_failures:Integer=0 rollback_on_failure:Boolean=True wait_for_batch_completion:Boolean=False pulse_interval_secs:Integer sla_aware:Boolean=False update_strategy:Choice_QueueUpdateStrategy_BatchUpdateStrategy_VariableBatchUpdateStrategy
QueueUpdateStrategy batch_size:Integer=1
BatchUpdateStrategy batch_size:Integer=1 autopause_after_batch:Boolean=False
VariableBatchUpdateStrategy batch_sizes:IntegerList! autopause_after_batch:Boolean=False
HealthCheckConfig health_checker:HealthCheckerConfig=* initial_interval_secs:Float=15.0 interval_secs:Float=10.0 max_consecutive_failures:Integer=0 min_consecutive_successes:Integer=1 timeout_secs:Float=1.0
HealthCheckerConfig http:HttpHealthChecker shell:ShellHealthChecker
HttpHealthChecker endpoint:String=/health expected_response:String=ok expected_response_code:Integer=0
ShellHealthChecker shell_command:String!
LifecycleConfig http:HttpLifecycleConfig
HttpLifecycleConfig port:String=health graceful_shutdown_endpoint:String=/quitquitquit shutdown_endpoint:String=/abortabortabort graceful_shutdown_wait_secs:Integer=5 shutdown_wait_secs:Integer=5
Announcer primary_port:String=http portmap:StringStringMap=* zk_path:String
MesosTaskInstance task:Task! instance:Integer! role:String! announce:Announcer environment:String! health_check_config:HealthCheckConfig=* lifecycle:LifecycleConfig
MesosContext instance:Integer! hostname:String!
ThermosContext ports:StringIntegerMap task_id:String user:String
Container docker:Docker
Docker image:String! parameters:ParameterList=ParameterList()
Parameter name:String! value:String!
Mesos image:Choice_AppcImage_DockerImage volumes:VolumeList=VolumeList()
DockerImage name:String! tag:String!
AppcImage name:String! image_id:String!
Volume container_path:String! host_path:String! mode:Mode!
Metadata key:String! value:String!
PartitionPolicy reschedule:Boolean=True delay_secs:Integer=0
ExecutorConfig name:String=AuroraExecutor data:String=
PercentageSlaPolicy percentage:Float! duration_secs:Integer!
CountSlaPolicy count:Integer! duration_secs:Integer!
CoordinatorSlaPolicy coordinator_url:String! status_key:String=drain
"""

# The namespace of a file, spec §4.2.
_NAMES = """String Integer Float Boolean Enum List Map Choice Struct Required Default Empty Environment Ref Namable
MustacheParser Type TypeCheck TypeFactory sys BYTES KB MB GB TB Task Process Resources Constraint Logger RotatePolicy
ThermosContext LoggerDestination LoggerMode order combine_tasks concat_tasks java_options python_options SequentialTask
SimpleTask Options Processes Tasks Units MesosJob Job Service MesosTaskInstance MesosContext UpdateConfig
QueueUpdateStrategy BatchUpdateStrategy VariableBatchUpdateStrategy HealthCheckConfig HealthCheckerConfig
HttpHealthChecker ShellHealthChecker DefaultHealthChecker LifecycleConfig HttpLifecycleConfig DefaultLifecycleConfig
DisableLifecycle Announcer Container Docker Parameter Mesos DockerImage AppcImage Volume Mode Metadata PartitionPolicy
ExecutorConfig PercentageSlaPolicy CountSlaPolicy CoordinatorSlaPolicy AURORA_EXECUTOR_NAME include"""

_ABSENT = ('export', 'jobs', 'hooks', 'Tier', 'Packer', 'Announce', 'legacy_fields', '__file__', 'Provided', 'frame')


def described(signature, wanted):
  text = signature.klazz.__name__
  if signature.required:
    return text + '!'
  if signature.empty:
    return text
  return text + '=' + ('*' if wanted.endswith('=*') else str(signature.default))


class SchemaTest(Case):
  """Spec §6 and §4.2."""

  def test_fields(self):
    for line in _FIELDS.strip().split('\n'):
      name, *fields = line.split()
      typemap = getattr(schema, name).TYPEMAP
      with self.subTest(name):
        self.assertEqual([field.partition(':')[0] for field in fields], list(typemap))
        for field in fields:
          field_name, _, wanted = field.partition(':')
          self.assertEqual(described(typemap[field_name], wanted), wanted)

  def test_defaults_made_of_structs(self):
    self.check_table([
        (MesosJob().update_config(), UpdateConfig()), (MesosJob().lifecycle(), DefaultLifecycleConfig),
        (MesosJob().health_check_config(), HealthCheckConfig()), (MesosJob().executor_config(), ExecutorConfig()),
        (HealthCheckConfig().health_checker(), HealthCheckerConfig(http=HttpHealthChecker())),
        (str(Announcer(primary_port='x').portmap()['aurora']), 'x'), (Job is MesosJob, True),
        (Service.service().get(), True), (DisableLifecycle.has_http(), False),
        (LoggerDestination.VALUES, ('file', 'console', 'both', 'none')), (Mode.VALUES, ('RO', 'RW'))],
        lambda value: value)

  def test_namespace_of_a_file(self):
    text = ('missing = [n for n in %r.split() if n not in globals()]\nextra = [n for n in %r if n in globals()]\n'
            'assert (missing, extra) == ([], []), (missing, extra)\nassert __name__ == "builtins"\n'
            'jobs = [Job(name="a", task=Task())]') % (_NAMES, _ABSENT)
    self.assertEqual(len(document(ask('dump', text))['jobs']), 1)

  def test_importable_modules(self):
    text = """
import pystachio, pystachio.base, pystachio.basic, pystachio.choice, pystachio.composite, pystachio.config
import pystachio.container, pystachio.matcher, pystachio.naming, pystachio.parsing, pystachio.typing
from apache.thermos.config.schema import Task as T
from apache.thermos.config.schema_base import GB as G
from apache.thermos.config.schema_helpers import SequentialTask as S
from apache.aurora.config.schema.base import Job as J, AURORA_EXECUTOR_NAME as A
from gen.apache.aurora.api.constants import AURORA_EXECUTOR_NAME, GOOD_IDENTIFIER_PATTERN, GOOD_IDENTIFIER_PATTERN_PYTHON
from twitter.common.lang import Compatibility
assert Compatibility.PY3 and J is Job and T is Task and G == GB and A == AURORA_EXECUTOR_NAME
jobs = [Job()]
"""
    self.assertNotIn('failure', ask('list', text.replace('Job()', "Job(cluster='c', role='r', environment='e', name='n')")))

  def test_fields_of_older_releases(self):
    text = """
jobs = [Job(cluster='c', role='r', environment='e', name='n', daemon=True, cron_policy='CANCEL_NEW',
            update_config=UpdateConfig(restart_threshold=60), task=Task(),
            health_check_config=HealthCheckConfig(endpoint='/x', expected_response='fine'))]"""
    outcome = ask('dump', text)
    job = document(outcome)['jobs'][0]
    self.assertEqual(len(outcome['warnings']), 5)
    self.check_table([
        (job['service'], True), (job['cron_collision_policy'], 'CANCEL_NEW'),
        (job['health_check_config']['health_checker']['http'],
         {'endpoint': '/x', 'expected_response': 'fine', 'expected_response_code': 0})], lambda value: value)
