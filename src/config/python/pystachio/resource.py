"""Files inside Python packages."""


def read_resource(name):
  """The bytes of `a/b/c.aurora` in the Python package `a.b`; None if there is no such package or file in it."""
  folder, _, file = name.rpartition('/')
  package = folder.replace('/', '.')
  if not package or not all(part.isidentifier() for part in package.split('.')):
    return None
  from importlib import import_module
  try:
    spec = import_module(package).__spec__
    return spec.loader.get_data(spec.origin.rpartition('/')[0] + '/' + file)
  except (ImportError, AttributeError, OSError):
    return None
