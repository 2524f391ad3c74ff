"""Older names of the original's modules: `import twitter.aurora.config` gives the very module apache.aurora.config."""

import sys

_RENAMED = {
    'twitter.aurora': 'apache.aurora', 'twitter.mesos': 'apache.aurora', 'twitter.thermos': 'apache.thermos',
    'gen.twitter': 'gen.apache', 'gen.apache.mesos': 'gen.apache.aurora', 'gen.apache.aurora.constants': 'gen.apache.aurora.api.constants',
    'gen.apache.aurora.ttypes': 'gen.apache.aurora.api.ttypes',
}


def real_name(name):
  """What a module of an older release is called now; None if the name is no older one."""
  found, renamed = None, name
  while True:
    old = next((old for old in _RENAMED if renamed == old or renamed.startswith(old + '.')), None)
    if old is None:
      return found
    found = renamed = _RENAMED[old] + renamed[len(old):]


class Finder(object):
  """Of sys.meta_path, and the loader of what it finds. Has no state, so it may outlive an evaluation."""

  @classmethod
  def find_spec(cls, name, path=None, target=None):
    real = real_name(name)
    if real is None:
      return None
    from importlib.machinery import ModuleSpec
    from importlib import import_module
    try:
      module = import_module(real)
    except ModuleNotFoundError as error:
      if error.name != real:
        raise
      return None
    return ModuleSpec(name, cls, is_package=hasattr(module, '__path__'))

  @classmethod
  def create_module(cls, spec):
    module = sys.modules[real_name(spec.name)]
    spec.loader_state = module.__spec__, module.__loader__, module.__package__
    return module

  @classmethod
  def exec_module(cls, module):
    module.__spec__, module.__loader__, module.__package__ = module.__spec__.loader_state  # as they were


def install():
  if not any(getattr(finder, '__name__', '') == 'Finder' and finder.__module__ == __name__ for finder in sys.meta_path):
    sys.meta_path.insert(0, Finder)
