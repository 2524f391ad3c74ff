"""A job as hooks and scripts see it: the original's AuroraConfig, without what needs Thrift."""

from pystachio import Empty, Environment, Ref

from apache.aurora.common.aurora_job_key import AuroraJobKey
from apache.aurora.config.loader import AuroraConfigLoader
from apache.aurora.config.port_resolver import PortResolver
from apache.aurora.config.schema.base import MesosContext
from apache.thermos.config.loader import ThermosTaskWrapper

from . import jobs


class AuroraConfig(object):
  """Accessors over one bound job."""

  class Error(Exception): pass

  class InvalidConfig(Error):
    def __str__(self):
      return 'The configuration was invalid: %s' % self.args[0]

  @classmethod
  def plugins(cls):
    """Callables that load() applies to (the config, the variables of its file)."""
    return []

  @classmethod
  def pick(cls, env, name, bindings, select_cluster=None, select_role=None, select_env=None):
    """The one job of a file's variables that has the name, and what else is given of its key."""
    listed = env.get('jobs') or []
    if not listed:
      raise ValueError('No job defined in this config!')
    bound = [job.bind(*bindings) if bindings else job for job in listed]
    if name is None:
      if len(bound) > 1:
        raise ValueError('Configuration has multiple jobs but no job name specified!')
      return bound[0]
    wanted = {'cluster': select_cluster, 'role': select_role, 'environment': select_env, 'name': name}
    matching = [job for job in bound if all(value is None or str(getattr(job, field)()) == value
                                            for field, value in wanted.items())]
    if len(matching) == 1:
      return matching[0]
    if matching:
      raise ValueError('Multiple jobs match, please disambiguate by specifying a job key.\n' + cls._candidate_jobs_str(bound))
    lines = ['Could not find job %s' % '/'.join(part or '*' for part in (select_cluster, select_role, select_env, name))]
    lines += ["Job %s in configuration file doesn't specify an environment" % jobs.key_of(job)
              for job in bound if job.environment() is Empty]
    raise ValueError('\n'.join(lines + [cls._candidate_jobs_str(bound)]))

  @staticmethod
  def _candidate_jobs_str(job_list):
    return jobs.candidates(job_list)

  @classmethod
  def apply_plugins(cls, config, env=None):
    for plugin in cls.plugins():
      if not callable(plugin):
        raise cls.Error('Invalid configuration plugin %r, should be callable!' % plugin)
      plugin(config, env)
    return config

  @classmethod
  def load(cls, filename, name=None, bindings=None, select_cluster=None, select_role=None, select_env=None):
    return cls._of(AuroraConfigLoader.load(filename), name, bindings, select_cluster, select_role, select_env)

  @classmethod
  def load_json(cls, filename, name=None, bindings=None, select_cluster=None, select_role=None, select_env=None):
    return cls._of(AuroraConfigLoader.load_json(filename), name, bindings, select_cluster, select_role, select_env)

  @classmethod
  def loads_json(cls, string, name=None, bindings=None, select_cluster=None, select_role=None, select_env=None):
    return cls._of(AuroraConfigLoader.loads_json(string), name, bindings, select_cluster, select_role, select_env)

  @classmethod
  def _of(cls, env, *selection):
    return cls.apply_plugins(cls(cls.pick(env, *selection)), env)

  @classmethod
  def validate_job(cls, job):
    for failure in jobs.missing(job, ''):
      raise cls.InvalidConfig(failure.text)

  @classmethod
  def standard_bindings(cls, job):
    return jobs.with_standard_bindings(job)

  def __init__(self, job):
    from collections import defaultdict
    self.validate_job(job)
    self._job = self.standard_bindings(job)
    self._metadata = []
    self.binding_dicts = defaultdict(dict)
    self.hooks = []

  def context(self, instance=None):
    return Environment(mesos=MesosContext({'instance': instance} if instance else {}))

  def bind(self, binding):
    self._job = self._job.bind(binding)

  def raw(self):
    return self._job

  def update_job(self, new_job):
    self._job = new_job

  def name(self):
    return self._job.name().get()

  def role(self):
    return self._job.role().get()

  def cluster(self):
    return self._job.cluster().get()

  def environment(self):
    return self._job.environment().get()

  def instances(self):
    return self._job.instances().get()

  def job_key(self):
    return AuroraJobKey(self.cluster(), self.role(), self.environment(), self.name())

  def task(self, instance=None):
    return (self._job % self.context(instance)).task()

  def ports(self):
    """The names of ports that the scheduler allocates."""
    portmap = PortResolver.resolve(self._job.announce().portmap().get() if self._job.has_announce() else {})
    referenced = {portmap.get(name, name) for name in self._referenced_ports()}
    return {port for port in referenced.union(portmap.values()) if not isinstance(port, int)}

  def has_health_port(self):
    return 'health' in self._referenced_ports()

  def _referenced_ports(self):
    return ThermosTaskWrapper(self._job.task(), strict=False).ports()

  def task_links(self):
    """The job's links as the web pages of up to 0.8 expected them."""
    links = self._job.task_links()
    if links is Empty:
      return links
    scope, bound = Ref.from_address('thermos.ports'), {Ref.from_address('mesos.instance'): '%shard_id%'}
    for ref in links.interpolate()[1]:
      if scope.scoped_to(ref) is not None:
        bound[ref] = '%%port:%s%%' % scope.scoped_to(ref).action().value
    return links.bind(bound)

  def update_config(self):
    return self._job.update_config()

  def health_check_config(self):
    return self._job.health_check_config()

  def add_metadata(self, key, value):
    self._metadata.append((key, value))

  def is_dedicated(self):
    return self._job.has_constraints() and 'dedicated' in self._job.constraints()

  def __repr__(self):
    return '%s(%r)' % (self.__class__.__name__, self._job)
