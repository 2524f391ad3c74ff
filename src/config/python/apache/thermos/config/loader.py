"""`.thermos` files: tasks that a file hands out with export(), and the JSON form."""

import os

from pystachio.composite import Structural

from . import schema


class ThermosConfigLoader(object):
  """The tasks of one file, in the order of export()."""

  class Error(Exception): pass
  class InvalidTask(Error): pass

  def __init__(self):
    self._tasks = []

  def tasks(self):
    return list(self._tasks)

  def export(self, task):
    self._tasks.append(task if isinstance(task, Structural) else schema.Task(task))

  @classmethod
  def load(cls, path, bindings=(), strict=True):
    """Evaluates a file. `bindings` are dicts or Environments; `strict` checks every task."""
    from aurora_config import loading
    import pystachio
    self = cls()
    names = loading.prelude(pystachio, schema)
    names['export'] = self.export
    loader = loading.Loader(names)
    loader.run(os.fspath(path))
    return self._bound(bindings, strict)

  @classmethod
  def load_json(cls, path, bindings=(), strict=True):
    self = cls()
    with open(path, encoding='utf-8') as fp:
      self._tasks.append(schema.Task.json_load(fp))
    return self._bound(bindings, strict)

  def _bound(self, bindings, strict):
    self._tasks = [task.bind(*bindings) if bindings else task for task in self._tasks]
    if strict:
      for task in self._tasks:
        check = task.check()
        if not check.ok():
          raise self.InvalidTask(check.message())
    return self


