"""API hooks: objects of the site and of a file's `hooks` list whose methods run before and after calls to the scheduler."""

import sys

from apache.aurora.common.aurora_job_key import AuroraJobKey

from .failures import Failure

_job = None  # the module, once there are hooks


class Response(object):
  """The scheduler's answer as hooks see it: its code, by number and by name, and what it said."""

  result = None

  def __init__(self, outcome):
    from gen.apache.aurora.api.ttypes import ResponseCode
    self.code, _, text = outcome.partition(': ')
    self.responseCode = ResponseCode._NAMES_TO_VALUES.get(self.code, ResponseCode.ERROR)
    self.messageDEPRECATED, self.details = text, [ResponseDetail(text)] if text else []

  def __str__(self):
    return '%s: %s' % (self.code, self.messageDEPRECATED) if self.messageDEPRECATED else self.code

  def __repr__(self):
    return 'Response(%s)' % self


class ResponseDetail(object):
  def __init__(self, message):
    self.message = message


class APIError(Exception):
  """What err_ hooks get: `APIError: <CODE>: <details>`."""

  def __init__(self, response):
    super(APIError, self).__init__(response)
    self.response = response

  def __str__(self):
    return '%s: %s' % (self.__class__.__name__, self.response)


class HookConfig(tuple):
  """(config, job_key) for generic_hook."""

  config = property(lambda self: self[0])
  job_key = property(lambda self: self[1])


class Settings(dict):
  """Settings of a call, by name or as attributes."""

  def __getattr__(self, name):
    if name in self:
      return self[name]
    raise AttributeError(name)


def of(session):
  """The hooks around calls for a session's job, those of the site first. Without a session: of the site."""
  site = sys.modules.get('aurora_hooks')
  return (site.list_api_hooks() if site is not None else []) + _of_job(session)


def _of_job(session):
  if session is None or session.job is None or str(session.job.enable_hooks()) != 'True':
    return []
  listed = session.loader.environment.get('hooks') or ()
  if not isinstance(listed, (list, tuple)):
    raise Failure('%s: `hooks` must be a list of objects, not %s' % (session.path, type(listed).__name__))
  return list(listed)


def prepare(session):
  """The number of hooks around calls for a session's job. Loads what they will need, while the evaluation lasts: its copies
  of our modules are gone afterwards."""
  global _job
  count = len(of(session))
  if count:
    from . import job as _job
  return count


def call(session, event, method, arguments, outcome):
  """{'allowed': whether no pre hook refused, 'warnings': [...], 'notes': [...]}

  `arguments` is JSON: {"args": [...], "kw": {...}}, in which "@config" stands for the job's AuroraConfig and {"@job_key":
  path} for a key; with "or": {"method", "arguments"} hooks that do not know the method are asked as for that one. `outcome` is what the scheduler answered: "OK", or "CODE: details" for err.
  """
  import json
  found, config = of(session), None
  if found and session is not None and session.job is not None:
    config = _job.AuroraConfig(session.job)
    config.hooks = _of_job(session)
  calls = [(method, *_decoded(json.loads(arguments), config))]
  other = json.loads(arguments).get('or')
  if other is not None:
    calls.append((other['method'], *_decoded(other['arguments'], config)))
  result = {'allowed': True, 'warnings': [], 'notes': []}
  for hook in found:
    method, args, kw = next((one for one in calls if callable(getattr(hook, '%s_%s' % (event, one[0]), None))), calls[0])
    if not _call_one(hook, config, event, method, (args, kw, outcome), result):
      result['allowed'] = False
  for stream in (sys.stdout, sys.stderr):
    if stream is not None:
      stream.flush()  # before the client itself writes
  return result


def _decoded(arguments, config):
  def value(item):
    if item == '@config':
      return config
    if isinstance(item, dict):
      return AuroraJobKey.from_path(item['@job_key']) if '@job_key' in item else Settings(item)
    return item
  return [value(item) for item in arguments.get('args', ())], \
      {name: value(item) for name, item in arguments.get('kw', {}).items()}


def _job_key(config, args):
  return next((arg for arg in args if isinstance(arg, AuroraJobKey)), None) or (config.job_key() if config else None)


def _call_one(hook, config, event, method, call_of, result):
  """False if this hook refuses. Problems are reported in result['warnings']."""
  args, kw, outcome = call_of
  name, given = '%s_%s' % (event, method), {'pre': (), 'post': (Response(outcome),), 'err': (APIError(Response(outcome)),)}[event]
  function = getattr(hook, name, None)
  if not callable(function):
    name, function = 'generic_hook', getattr(hook, 'generic_hook', None)
    if function is None:
      return True
    args, kw = (HookConfig((config, _job_key(config, args))), event, method, given[0] if given else None, tuple(args), kw), {}
    given = ()
  where = '%s in %s' % (name, hook.__class__.__name__)
  result['notes'].append('Running ' + where)
  try:
    answer = function(*given, *args, **kw)
  except (Exception, SystemExit) as error:
    import traceback
    result['warnings'].append('Error in %s\n%s' % (where, ''.join(
        traceback.format_exception(type(error), error, error.__traceback__.tb_next)).rstrip()))  # without this frame
    return event != 'pre'
  if not answer:
    result['notes'].append(where + ' returned False')
  return bool(answer) or event != 'pre'
