"""AuroraJobKey: cluster, role, environment and name of a job."""


class AuroraJobKey(object):
  __slots__ = ('_cluster', '_role', '_env', '_name')

  class Error(Exception): pass
  class TypeError(TypeError, Error): pass
  class InvalidIdentifier(ValueError, Error): pass
  class ParseError(ValueError, Error): pass

  def __init__(self, cluster, role, env, name):
    if not isinstance(cluster, str):
      raise self.TypeError('cluster should be a string, got %s' % cluster.__class__.__name__)
    self._cluster = cluster
    self._role = self._assert_valid_identifier('role', role)
    self._env = self._assert_valid_identifier('env', env)
    self._name = self._assert_valid_identifier('name', name)

  @classmethod
  def _assert_valid_identifier(cls, field, identifier):
    if not isinstance(identifier, str):
      raise cls.TypeError('%s must be a string' % field)
    if not identifier or not all(letter.isalnum() or letter in '_-.' for letter in identifier):
      raise cls.InvalidIdentifier("Invalid %s '%s'" % (field, identifier))
    return identifier

  @classmethod
  def from_path(cls, path):
    parts = path.split('/')
    if len(parts) != 4:
      raise cls.ParseError("Invalid path '%s'. path should be a string in the form CLUSTER/ROLE/ENV/NAME" % path)
    return cls(*parts)

  cluster = property(lambda self: self._cluster)
  role = property(lambda self: self._role)
  env = property(lambda self: self._env)
  environment = env
  name = property(lambda self: self._name)

  def to_path(self):
    return '/'.join(self)

  __str__ = to_path

  def __repr__(self):
    return '%s(%r, %r, %r, %r)' % ((self.__class__,) + tuple(self))

  def __iter__(self):
    return iter((self._cluster, self._role, self._env, self._name))

  def __eq__(self, other):
    return self.to_path() == other.to_path() if isinstance(other, AuroraJobKey) else NotImplemented

  def __lt__(self, other):
    return self.to_path() < other.to_path() if isinstance(other, AuroraJobKey) else NotImplemented

  def __gt__(self, other):
    return other.__lt__(self)

  def __le__(self, other):
    return self == other or self < other

  def __ge__(self, other):
    return self == other or self > other

  def __hash__(self):
    return hash(self.to_path())
