"""Config: evaluates a configuration file, or file-like object, or the texts of an earlier evaluation."""

import os

from .compatibility import Compatibility, lazily
from .resource import read_resource
from .typing import Type  # noqa: F401  (loading a config always needs the types)

pkg_resources = None  # resources are found without it
__getattr__ = lazily(__name__, reduce='functools:reduce')
__all__ = ('Compatibility', 'Config', 'ConfigContext', 'ConfigExecutor', 'FileExecutor', 'FilelikeExecutor', 'LoadableMapExecutor',
           'ResourceExecutor', 'os', 'pkg_resources', 'reduce', 'relativize')


def relativize(from_path, include_path):
  """The path of what a file includes."""
  return os.path.join(os.path.dirname(from_path), include_path)


class ConfigContext(object):
  """The namespace of one evaluation and the text of everything that it loaded."""

  ROOT = ''

  @classmethod
  def key(cls, from_path, include_string):
    return '\0'.join((from_path, include_string))

  @classmethod
  def from_key(cls, key):
    return key.split('\0')

  def __init__(self, environment, loadables):
    self.environment = environment
    self.loadables = loadables

  def compile(self, from_path, include_string, data):
    if isinstance(data, bytes):
      data = data.decode('utf-8', 'surrogateescape')
    self.loadables[self.key(from_path, include_string)] = data
    Compatibility.exec_function(compile(data, include_string, 'exec', 0, True), self.environment)


class ConfigExecutor(object):
  """Runs one kind of loadable. `run(name, context)` is also what include() calls."""

  ROOT = ConfigContext.ROOT

  @classmethod
  def matches(cls, loadable):
    return False

  @classmethod
  def get(cls, loadable):
    """(function(name, context) that runs a source, name of the top-level source)"""
    raise NotImplementedError


def _running(compile_into, root):
  """run(name, context) for sources that name others relative to themselves."""
  stack = [root]

  def run(name, context):
    origin = stack[-1]
    stack.append(relativize(origin, name))
    try:
      compile_into(context, origin, name)
    finally:
      stack.pop()
  return run


class FileExecutor(ConfigExecutor):
  @classmethod
  def matches(cls, loadable):
    return isinstance(loadable, str) and os.path.isfile(loadable)

  @classmethod
  def compile_into(cls, context, from_path, config_file):
    with open(relativize(from_path, config_file), encoding='utf-8', errors='surrogateescape') as fp:
      context.compile(from_path, config_file, fp.read())

  @classmethod
  def get(cls, loadable):
    return _running(cls.compile_into, cls.ROOT), loadable


class ResourceExecutor(FileExecutor):
  """`a/b/c.config` in the Python package a.b."""

  @classmethod
  def resource_exists(cls, loadable):
    return read_resource(loadable) is not None

  @classmethod
  def matches(cls, loadable):
    return isinstance(loadable, str) and cls.resource_exists(loadable)

  @classmethod
  def compile_into(cls, context, from_path, config_file):
    data = read_resource(relativize(from_path, config_file))
    if data is None:
      raise IOError('no such resource: %s' % relativize(from_path, config_file))
    context.compile(from_path, config_file, data)


class LoadableMapExecutor(ConfigExecutor):
  @classmethod
  def matches(cls, loadable):
    return isinstance(loadable, dict)

  @classmethod
  def find_root_file(cls, loadable):
    return next((name for origin, name in map(ConfigContext.from_key, loadable) if origin == cls.ROOT), None)

  @classmethod
  def from_filename(cls, stack):
    path = ''
    for name in stack:
      path = relativize(path, name)
    return path

  @classmethod
  def get(cls, loadable):
    def compile_into(context, origin, name):
      context.compile(origin, name, loadable[ConfigContext.key(origin, name)])
    return _running(compile_into, cls.ROOT), cls.find_root_file(loadable)


class FilelikeExecutor(ConfigExecutor):
  @classmethod
  def matches(cls, loadable):
    return callable(getattr(loadable, 'read', None))

  @classmethod
  def get(cls, loadable):
    def run(config, context):
      if config is not loadable:
        raise ValueError('You may not include() anything from filelike objects.')
      context.compile(cls.ROOT, '<resource: %s>' % loadable, loadable.read())
    return run, loadable


class Config(object):
  class Error(Exception): pass
  class InvalidConfigError(Error): pass
  class NotFound(Error): pass

  DEFAULT_SCHEMA = 'from pystachio import *'
  CONTEXT = ConfigContext
  EXECUTORS = [FileExecutor, ResourceExecutor, FilelikeExecutor, LoadableMapExecutor]
  ROOT = None

  @classmethod
  def choose_executor(cls, obj):
    for executor in cls.EXECUTORS:
      if executor.matches(obj):
        return executor.get(obj)
    raise cls.NotFound('Could not load resource %s' % obj)

  @classmethod
  def load_schema(cls, environment, schema=None):
    Compatibility.exec_function(compile(schema or cls.DEFAULT_SCHEMA, '<exec_function>', 'exec'), environment)

  def __init__(self, loadable, schema=None):
    self._environment, self._loadables = {}, {}
    self.load_schema(self._environment, schema)
    run, root = self.choose_executor(loadable)
    context = self.CONTEXT(self._environment, self._loadables)
    self._environment['include'] = lambda name: run(name, context)
    try:
      run(root, context)
    except (SyntaxError, ValueError) as error:
      raise self.InvalidConfigError(str(error))

  @property
  def loadables(self):
    return self._loadables

  @property
  def environment(self):
    return self._environment
