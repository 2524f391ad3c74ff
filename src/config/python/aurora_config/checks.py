"""Checks of one evaluated job. Each is a generator of Failures: `create` stops at the first, `config eval` wants all."""


class Subject(object):
  """What checks look at: a job with all bindings, its plain data, and what evaluating it met.

  `path` is where the job is in the file, `ports` the names that its processes refer to, `warn` takes lines for stderr.
  `check_cron(schedule, zone)` gives (field, text, hint) for what a scheduler would refuse; None: it is left to that.
  """

  def __init__(self, path, job, data, evaluation, ports, warn):
    self.path, self.job, self.data, self.evaluation = path, job, data, evaluation
    self.ports, self.warn, self.check_cron = ports, warn, None

  def at(self, field):
    return '%s.%s' % (self.path, field)


def require(checks, subject):
  """Raises the first failure of a table of (fields that a check reads, check)."""
  for _, check in checks:
    for failure in check(subject):
      raise failure


def failures(checks, subject, unsound):
  """Every failure of the checks whose fields have a value; `unsound` are the paths of fields that have none."""
  for fields, check in checks:
    if not any(_overlap(subject.at(field), path) for field in fields for path in unsound):
      yield from check(subject)


def _overlap(one, other):
  return (one + '.').startswith(other + '.') or other.startswith((one + '.', one + '['))
