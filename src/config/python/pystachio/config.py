"""Config: evaluates a configuration file, or file-like object, or the texts of an earlier evaluation."""

import os

from .typing import Type  # noqa: F401  (loading a config always needs the types)


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

  def compile(self, from_path, config_file, data):
    if isinstance(data, bytes):
      data = data.decode('utf-8', 'surrogateescape')
    self.loadables[self.key(from_path, config_file)] = data
    exec(compile(data, config_file, 'exec', 0, True), self.environment)


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


class FileExecutor(ConfigExecutor):
  @classmethod
  def matches(cls, loadable):
    return isinstance(loadable, str) and os.path.isfile(loadable)

  @classmethod
  def read(cls, path):
    with open(path, encoding='utf-8', errors='surrogateescape') as fp:
      return fp.read()

  @classmethod
  def get(cls, loadable):
    stack = [cls.ROOT]

    def run(config_file, context):
      origin = stack[-1]
      actual = os.path.join(os.path.dirname(origin), config_file)
      data = cls.read(actual)
      stack.append(actual)
      try:
        context.compile(origin, config_file, data)
      finally:
        stack.pop()
    return run, loadable


class LoadableMapExecutor(ConfigExecutor):
  @classmethod
  def matches(cls, loadable):
    return isinstance(loadable, dict)

  @classmethod
  def get(cls, loadable):
    stack = [cls.ROOT]

    def run(config_file, context):
      origin = stack[-1]
      actual = os.path.join(os.path.dirname(origin), config_file)
      stack.append(actual)
      try:
        context.compile(origin, config_file, loadable[ConfigContext.key(origin, config_file)])
      finally:
        stack.pop()

    roots = [ConfigContext.from_key(key) for key in loadable]
    return run, next(name for origin, name in roots if origin == cls.ROOT)


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
  EXECUTORS = [FileExecutor, FilelikeExecutor, LoadableMapExecutor]
  ROOT = None

  @classmethod
  def choose_executor(cls, obj):
    for executor in cls.EXECUTORS:
      if executor.matches(obj):
        return executor.get(obj)
    raise cls.NotFound('Could not load resource %s' % obj)

  @classmethod
  def load_schema(cls, environment, schema=None):
    exec(compile(schema or cls.DEFAULT_SCHEMA, '<exec_function>', 'exec'), environment)

  def __init__(self, loadable, schema=None):
    self._environment, self._loadables = {}, {}
    self.load_schema(self._environment, schema)
    run, root = self.choose_executor(loadable)
    context = ConfigContext(self._environment, self._loadables)
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
