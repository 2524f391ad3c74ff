"""The names that code written for both Python 2 and 3 looked up here, and what else the original's modules gave by their
imports: files take those from them, so they are there, but loaded only when asked for."""


def lazily(module, **imports):
  """The __getattr__ of a module whose further names are those of other modules: name='module' or 'module:name'."""
  def get(name):
    source = imports.get(name)
    if source is None:
      raise AttributeError("module '%s' has no attribute '%s'" % (module, name))
    from importlib import import_module
    owner, _, member = source.partition(':')
    value = import_module(owner)
    return getattr(value, member) if member else value
  return get


__getattr__ = lazily(__name__, Integral='numbers:Integral', Real='numbers:Real', version_info='sys:version_info')
__all__ = ('Compatibility', 'Integral', 'Real', 'version_info')


class Compatibility(object):
  PY2 = False
  PY3 = True
  integer = (int,)
  real = (float,)
  numeric = (int, float)
  stringy = (str,)

  @staticmethod
  def exec_function(ast, globals_map):
    exec(ast, globals_map)
    return globals_map
