"""A loaded job as hooks and plug-ins see it."""


class AuroraJobKey(object):
  __slots__ = ('_cluster', '_role', '_env', '_name')

  def __init__(self, cluster, role, env, name):
    self._cluster, self._role, self._env, self._name = cluster, role, env, name

  @classmethod
  def from_path(cls, path):
    parts = path.split('/')
    if len(parts) != 4:
      raise ValueError("Invalid path '%s': expected CLUSTER/ROLE/ENV/NAME" % path)
    return cls(*parts)

  cluster = property(lambda self: self._cluster)
  role = property(lambda self: self._role)
  env = property(lambda self: self._env)
  environment = env
  name = property(lambda self: self._name)

  def to_path(self):
    return '/'.join((self._cluster, self._role, self._env, self._name))

  __str__ = to_path

  def __repr__(self):
    return 'AuroraJobKey(%s)' % self.to_path()

  def __iter__(self):
    return iter((self._cluster, self._role, self._env, self._name))

  def __eq__(self, other):
    return isinstance(other, AuroraJobKey) and self.to_path() == other.to_path()

  def __hash__(self):
    return hash(self.to_path())


class AuroraConfig(object):
  """Accessors over one bound job."""

  def __init__(self, job, hooks=()):
    self._job = job
    self.hooks = list(hooks)
    self.binding_dicts = {}

  def raw(self):
    return self._job

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

  def task(self, instance=0):
    return self._job.task().bind({'mesos': {'instance': instance}}).interpolate()[0]

  def update_config(self):
    return self._job.update_config()

  def __repr__(self):
    return '%s(%r)' % (self.__class__.__name__, self._job)
