"""The checks that the client makes when it loads a job, before the scheduler sees it."""

from .failures import Failure
from .ports import referenced_ports, requested_ports, resolve_portmap

_BANNER = '*' * 80
_PRODUCTION = (
    '* The command you ran is deprecated and will soon break!',
    "* Job configuration attribute 'production' is deprecated.",
    "* Use 'tier' attribute instead. For more information please refer to ",
    '* http://aurora.apache.org/documentation/latest/reference/configuration/#job-objects',
)


def _fatal(text):
  return Failure(text, 'fatal')


def _number(value):
  """`value` if it is a number, else None: what is not bound yet is judged by the type check."""
  return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def validate(data, ports_of_processes, warn):
  """`data` is an evaluated job; `ports_of_processes` are the names that its processes refer to."""
  _check_update(data)
  _check_health(data)
  if 'announce' in data:
    _check_announce(data, ports_of_processes, warn)
  if data.get('production') is True and 'tier' not in data:
    warn(_BANNER)
    for line in ('',) + _PRODUCTION + ('',):
      warn(line)
    warn(_BANNER)


def _check_update(data):
  size = _number(data.get('instances'))
  allowed = _number(data['update_config'].get('max_total_failures')) if 'update_config' in data else None
  if size is None or allowed is None:
    return
  if allowed >= size:
    raise _fatal('\nmax_total_failures in update_config must be lesser than the job size.\n'
                 'Based on your job size (%s) you should use max_total_failures <= %s.' % (size, size - 1))
  least = size * 2 // 100
  if _is_dedicated(data) and allowed < least:
    raise _fatal('Since this is a dedicated job, you must set your max_total_failures in\n'
                 'your update configuration to no less than 2%% of your job size.\n'
                 'Based on your job size (%s) you should use max_total_failures >= %s.' % (size, least))


def _is_dedicated(data):
  return 'dedicated' in data.get('constraints', ())


def _check_health(data):
  health = data.get('health_check_config', {})
  values = [('watch_secs', data.get('update_config', {}).get('watch_secs'))]
  values += [(name, health.get(name)) for name in ('max_consecutive_failures', 'min_consecutive_successes',
                                                   'initial_interval_secs', 'interval_secs')]
  for name, value in values:
    value = _number(value)
    if value is None:
      continue
    if not value >= 0:
      raise _fatal('Invalid value (%s) specified for %s. Value cannot be less than 0.' % (value, name))
    if name == 'interval_secs' and value == 0:
      raise _fatal('Invalid value (%s) specified for %s. Value must be greater than 0.' % (value, name))


def _check_announce(data, ports_of_processes, warn):
  announce = data['announce']
  portmap = announce.get('portmap', {})
  resolved = resolve_portmap(portmap)
  primary = announce.get('primary_port')
  if primary not in requested_ports(portmap, ports_of_processes) and primary not in portmap:
    warn("Announcer specified primary port as '%s' but no processes have bound that port.\n"
         'If you would like to utilize this port, you should listen on {{thermos.ports[%s]}} from some Process '
         'bound to your task.' % (primary, primary))
  if any(isinstance(value, int) for value in resolved.values()) and not _is_dedicated(data):
    raise Failure('Job must be dedicated in order to specify static ports!')
