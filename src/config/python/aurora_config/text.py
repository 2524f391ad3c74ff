"""JSON text as json.dumps writes it, without the numbers that JSON does not have."""

from .failures import Failure

try:
  from _aurora import dump_json as _dump  # in the executable: the work is done in C++
except ImportError:
  from json import dumps

  def _dump(value):
    return dumps(value, allow_nan=False)


def dump_json(value, name=''):
  """The text; a value that is not finite is a Failure naming where in `value`, whose own name is `name`, it is."""
  try:
    return _dump(value)
  except ValueError as error:
    for path, number in _not_finite(value, name):
      raise Failure('%s is not a finite number' % number, path=path) from None
    raise Failure(str(error)) from None


def _not_finite(value, path):
  if isinstance(value, dict):
    for name, member in value.items():
      yield from _not_finite(member, '%s.%s' % (path, name) if path else name)
  elif isinstance(value, (list, tuple)):
    for position, member in enumerate(value):
      yield from _not_finite(member, '%s[%d]' % (path, position))
  elif isinstance(value, float) and value - value != 0:
    yield path, value
