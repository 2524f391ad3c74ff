"""The checks that the client makes when it loads a job, before the scheduler sees it."""

from .failures import Failure
from .ports import CycleException, requested_ports, resolve_portmap

_BANNER = '*' * 80
_PRODUCTION = (
    '* The command you ran is deprecated and will soon break!',
    "* Job configuration attribute 'production' is deprecated.",
    "* Use 'tier' attribute instead. For more information please refer to ",
    '* http://aurora.apache.org/documentation/latest/reference/configuration/#job-objects',
)


def _number(value):
  """`value` if it is a number, else None: what is not bound yet is judged by the type check."""
  return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _check_update(subject):
  size = _number(subject.data.get('instances'))
  allowed = _number(subject.data.get('update_config', {}).get('max_total_failures'))
  if size is None or allowed is None:
    return
  if size < 1:  # the original blames max_total_failures
    yield Failure('instances is %s; a job needs at least 1.' % size, 'fatal', subject.at('instances'))
    return
  path = subject.at('update_config.max_total_failures')
  if allowed >= size:
    yield Failure('\nmax_total_failures in update_config must be lesser than the job size.\n'
                  'Based on your job size (%s) you should use max_total_failures <= %s.' % (size, size - 1), 'fatal', path)
    return
  least = size * 2 // 100
  if _is_dedicated(subject.data) and allowed < least:
    yield Failure('Since this is a dedicated job, you must set your max_total_failures in\n'
                  'your update configuration to no less than 2%% of your job size.\n'
                  'Based on your job size (%s) you should use max_total_failures >= %s.' % (size, least), 'fatal', path)


def _is_dedicated(data):
  return 'dedicated' in data.get('constraints', ())


def _check_watch(subject):
  yield from _check_seconds(subject, 'update_config', 'watch_secs')


def _check_health(subject):
  for name in ('max_consecutive_failures', 'min_consecutive_successes', 'initial_interval_secs', 'interval_secs'):
    yield from _check_seconds(subject, 'health_check_config', name)


def _check_seconds(subject, struct, name):
  value = _number(subject.data.get(struct, {}).get(name))
  if value is None:
    return
  text = 'Invalid value (%s) specified for %s. Value ' % (value, name)
  path = subject.at('%s.%s' % (struct, name))
  if not value >= 0:
    yield Failure(text + 'cannot be less than 0.', 'fatal', path)
  elif name == 'interval_secs' and value == 0:
    yield Failure(text + 'must be greater than 0.', 'fatal', path)


def _check_announce(subject):
  announce = subject.data.get('announce')
  if announce is None:
    return
  portmap = announce.get('portmap', {})
  path = subject.at('announce.portmap')
  try:
    resolved = resolve_portmap(portmap)
  except CycleException as error:
    yield Failure(str(error), path=path)
    return
  primary = announce.get('primary_port')
  if primary not in requested_ports(portmap, subject.ports) and primary not in portmap:
    subject.warn("Announcer specified primary port as '%s' but no processes have bound that port.\n"
                 'If you would like to utilize this port, you should listen on {{thermos.ports[%s]}}\n'
                 'from some Process bound to your task.' % (primary, primary))
  if any(isinstance(value, int) for value in resolved.values()) and not _is_dedicated(subject.data):
    yield Failure('Job must be dedicated in order to specify static ports!', path=path)


def _warn_of_production(subject):
  if subject.data.get('production') is True and 'tier' not in subject.data:
    for line in (_BANNER, '') + _PRODUCTION + ('', _BANNER):
      subject.warn(line)
  return ()


# (fields that a check reads, check), in the original's order.
CHECKS = (
    (('instances', 'update_config.max_total_failures', 'constraints'), _check_update),
    (('update_config.watch_secs',), _check_watch),
    (('health_check_config',), _check_health),
    (('announce', 'constraints', 'task.processes'), _check_announce),
    (('production', 'tier'), _warn_of_production),
)
