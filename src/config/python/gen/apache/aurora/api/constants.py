"""The constants of the scheduler's interface."""

AURORA_EXECUTOR_NAME = 'AuroraExecutor'
BYPASS_LEADER_REDIRECT_HEADER_NAME = 'Bypass-Leader-Redirect'
DEFAULT_ENVIRONMENT = 'devel'  # up to 0.16
GOOD_IDENTIFIER_PATTERN = r'^[\w\-\.]+$'
GOOD_IDENTIFIER_PATTERN_JVM = GOOD_IDENTIFIER_PATTERN
GOOD_IDENTIFIER_PATTERN_PYTHON = GOOD_IDENTIFIER_PATTERN
TASK_FILESYSTEM_MOUNT_POINT = 'taskfs'

_LIVE = ('RUNNING', 'KILLING', 'PREEMPTING', 'RESTARTING', 'DRAINING', 'PARTITIONED')
_ASSIGNED = _LIVE + ('ASSIGNED', 'STARTING')
_AWAITING = ('ROLL_FORWARD_AWAITING_PULSE', 'ROLL_BACK_AWAITING_PULSE')
_STATES = {
    'LIVE_STATES': ('ScheduleStatus', _LIVE), 'SLAVE_ASSIGNED_STATES': ('ScheduleStatus', _ASSIGNED),
    'ACTIVE_STATES': ('ScheduleStatus', _ASSIGNED + ('PENDING', 'THROTTLED')),
    'TERMINAL_STATES': ('ScheduleStatus', ('FINISHED', 'FAILED', 'KILLED', 'LOST')),
    'AWAITNG_PULSE_JOB_UPDATE_STATES': ('JobUpdateStatus', _AWAITING),
    'ACTIVE_JOB_UPDATE_STATES': ('JobUpdateStatus', _AWAITING + (
        'ROLLING_FORWARD', 'ROLLING_BACK', 'ROLL_FORWARD_PAUSED', 'ROLL_BACK_PAUSED')),
}


def __getattr__(name):
  """The sets of states, made when somebody asks: this module is part of every evaluation."""
  if name == '__all__':
    return [one for one in globals() if one[0] != '_'] + list(_STATES)
  if name not in _STATES:
    raise AttributeError("module '%s' has no attribute '%s'" % (__name__, name))
  from . import ttypes
  enum, names = _STATES[name]
  return {getattr(getattr(ttypes, enum), one) for one in names}
