"""The enumerations of the scheduler's interface, as Thrift's Python has them: numbers by name."""


def _enum(name, **values):
  values_to_names = {value: text for text, value in values.items()}
  return type(name, (object,), dict(values, _NAMES_TO_VALUES=values, _VALUES_TO_NAMES=values_to_names))


ResponseCode = _enum('ResponseCode', INVALID_REQUEST=0, OK=1, ERROR=2, WARNING=3, AUTH_FAILED=4, JOB_UPDATING_ERROR=5,
                     ERROR_TRANSIENT=6)
MaintenanceMode = _enum('MaintenanceMode', NONE=1, SCHEDULED=2, DRAINING=3, DRAINED=4)
CronCollisionPolicy = _enum('CronCollisionPolicy', KILL_EXISTING=0, CANCEL_NEW=1, RUN_OVERLAP=2)
ScheduleStatus = _enum('ScheduleStatus', PENDING=0, STARTING=1, RUNNING=2, FINISHED=3, FAILED=4, KILLED=5, KILLING=6, LOST=7,
                       ASSIGNED=9, INIT=11, RESTARTING=12, PREEMPTING=13, THROTTLED=16, DRAINING=17, PARTITIONED=18)
JobUpdateStatus = _enum('JobUpdateStatus', ROLLING_FORWARD=0, ROLLING_BACK=1, ROLL_FORWARD_PAUSED=2, ROLL_BACK_PAUSED=3,
                        ROLLED_FORWARD=4, ROLLED_BACK=5, ABORTED=6, ERROR=7, FAILED=8, ROLL_FORWARD_AWAITING_PULSE=9,
                        ROLL_BACK_AWAITING_PULSE=10)
JobUpdateAction = _enum('JobUpdateAction', INSTANCE_UPDATED=1, INSTANCE_ROLLED_BACK=2, INSTANCE_UPDATING=3,
                        INSTANCE_ROLLING_BACK=4, INSTANCE_UPDATE_FAILED=5, INSTANCE_ROLLBACK_FAILED=6)
JobUpdatePulseStatus = _enum('JobUpdatePulseStatus', OK=1, FINISHED=2)
Mode = _enum('Mode', RW=1, RO=2)
