"""API hooks: objects of the site and of a file's `hooks` list whose methods run before and after calls to the scheduler."""

import sys

from .job import AuroraConfig, AuroraJobKey


class APIError(Exception):
  """What err_ hooks get: `<CODE>: <details>`."""


class HookConfig(tuple):
  """(config, job_key) for generic_hook."""

  config = property(lambda self: self[0])
  job_key = property(lambda self: self[1])


def of(session):
  """The hooks around calls for a session's job, those of the site first. Without a session: of the site."""
  site = sys.modules.get('aurora_hooks')
  found = list(site.api_hooks) if site is not None else []
  if session is not None and session.job is not None and str(session.job.enable_hooks()) == 'True':
    found += session.loader.environment.get('hooks') or ()
  return found


def call(session, event, method, arguments, outcome):
  """{'allowed': whether no pre hook refused, 'warnings': [...], 'notes': [...]}"""
  import json
  hooks = of(session)
  config = AuroraConfig(session.job, hooks) if session is not None and session.job is not None else None
  args, kw = _decoded(json.loads(arguments), config)
  result = {'allowed': True, 'warnings': [], 'notes': []}
  for hook in hooks:
    if not _call_one(hook, config, event, method, (args, kw, outcome), result):
      result['allowed'] = False
  return result


def _decoded(arguments, config):
  def value(item):
    if item == '@config':
      return config
    if isinstance(item, dict) and '@job_key' in item:
      return AuroraJobKey.from_path(item['@job_key'])
    return item
  return [value(item) for item in arguments.get('args', ())], \
      {name: value(item) for name, item in arguments.get('kw', {}).items()}


def _job_key(config, args):
  return next((arg for arg in args if isinstance(arg, AuroraJobKey)), None) or (config.job_key() if config else None)


def _call_one(hook, config, event, method, call_of, result):
  """False if this hook refuses. Problems are reported in result['warnings']."""
  args, kw, outcome = call_of
  name = '%s_%s' % (event, method)
  kind = hook.__class__.__name__
  result_or_err = APIError(outcome) if event == 'err' else outcome
  function = getattr(hook, name, None)
  if function is None and getattr(hook, 'generic_hook', None) is None:
    return True
  result['notes'].append('Running %s in %s' % (name, kind))
  try:
    if function is None:
      given = None if event == 'pre' else result_or_err
      answer = hook.generic_hook(HookConfig((config, _job_key(config, args))), event, method, given, tuple(args), kw)
    elif event == 'pre':
      answer = function(*args, **kw)
    else:
      answer = function(result_or_err, *args, **kw)
  except Exception as error:
    import traceback
    result['warnings'].append('Error in %s in %s\n%s' % (name, kind, ''.join(
        traceback.format_exception(type(error), error, error.__traceback__.tb_next)).rstrip()))  # without this frame
    return event != 'pre'
  if event == 'pre' and not answer:
    result['notes'].append('%s in %s returned False' % (name, kind))
    return False
  return True
