"""The names that code written for both Python 2 and 3 looked up here."""


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
