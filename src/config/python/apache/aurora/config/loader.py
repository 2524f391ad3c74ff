"""AuroraConfigLoader: the variables of a job file, in what the schema modules define."""

from pystachio.config import Config as PystachioConfig
from pystachio.config import ConfigContext

from apache.aurora.config.schema import base as base_schema
from aurora_config import heritage, sources


class _Context(ConfigContext):
  """Files may be Python 2."""

  def compile(self, from_path, include_string, data):
    self.loadables[self.key(from_path, include_string)] = sources.decode(data, include_string)
    self.environment['__builtins__'] = heritage.builtins_for_file(None)
    exec(sources.compile_source(data, include_string, lambda warning: None), self.environment)


class AuroraConfigLoader(PystachioConfig):
  CONTEXT = _Context
  SCHEMA_MODULES = []

  @classmethod
  def assembled_schema(cls, schema_modules):
    lines = ['from %s import *' % module.__name__ for module in schema_modules]
    return '\n'.join([PystachioConfig.DEFAULT_SCHEMA] + lines)

  @classmethod
  def register_schema(cls, schema_module):
    """All files see the public names of a module, for as long as this evaluation lasts."""
    cls.SCHEMA_MODULES.append(schema_module)
    cls.DEFAULT_SCHEMA = cls.assembled_schema(cls.SCHEMA_MODULES)

  @classmethod
  def register_schemas_from(cls, package):
    """The same with each module of a package."""
    from importlib import import_module
    from pkgutil import iter_modules
    for _, name, is_package in iter_modules(package.__path__):
      if not is_package:
        cls.register_schema(import_module('%s.%s' % (package.__name__, name)))

  @classmethod
  def flush_schemas(cls):
    cls.SCHEMA_MODULES = []
    cls.register_schema(base_schema)

  @classmethod
  def load(cls, loadable):
    return cls.load_raw(loadable).environment

  @classmethod
  def load_raw(cls, loadable):
    return cls(loadable)

  @classmethod
  def load_json(cls, filename):
    with open(filename, encoding='utf-8') as fp:
      return cls.loads_json(fp.read())

  @classmethod
  def loads_json(cls, string):
    """{'jobs': [Job...], ...} of a JSON document, which is that or one job."""
    import json
    parsed = json.loads(string)
    if 'jobs' not in parsed:
      parsed = {'jobs': [parsed]}
    return dict(parsed, jobs=[base_schema.Job(job) for job in parsed['jobs']])


AuroraConfigLoader.flush_schemas()
