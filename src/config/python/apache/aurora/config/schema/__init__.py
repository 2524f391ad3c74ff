"""Files of 2013 import the schema from here."""


def __getattr__(name):
  if name != '__all__' and name[:1] == '_':
    raise AttributeError(name)
  from importlib import import_module
  base = import_module('.base', __name__).__dict__
  if name == '__all__':
    return [one for one in base if one[0] != '_' and one != 'legacy_fields']
  if name not in base:
    raise AttributeError("module '%s' has no attribute '%s'" % (__name__, name))
  return base[name]
