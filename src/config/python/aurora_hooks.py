"""Hooks of the site: Python files that the client runs once, before its verb, and what they registered.

Hook files use the names of the original: GlobalHookRegistry (apache.aurora.client.config), CommandHook and
GlobalCommandHookRegistry (apache.aurora.client.cli.command_hooks), CoreCommandHook (apache.aurora.client.commands.core).
Those modules belong to one evaluation; what was registered is kept here, for the whole process.
"""

import sys

ALL = 'all'
_CLASSIC_COMMANDS = ('create', 'kill', 'killall', 'restart', 'start_cron', 'update', 'cancel_update')
_UNKNOWN_ERROR = 20

api_hooks = []
are_api_hooks_disabled = False  # by a hook file
command_hooks = []
classic_hooks = []
_of_files = ()  # those of api_hooks that hook files registered


class CommandHookError(Exception):
  """Ends a command with an exit code."""

  def __init__(self, code, msg):
    super(CommandHookError, self).__init__(msg)
    self.code, self.msg = code, msg


def register_command_hook(hook):
  if hook.name == ALL:
    raise ValueError("Invalid hook name 'all'")
  command_hooks.append(hook)


def hooks_for(noun, verb, skipped):
  """The hooks around a noun-verb command. `skipped` are names, comma separated, or all."""
  return [hook for hook in command_hooks if _is_wanted(hook, noun, verb, skipped)]


def _is_wanted(hook, noun, verb, skipped):
  names = skipped.split(',')
  return ALL not in names and hook.name not in names and noun in hook.get_nouns() and verb in hook.get_verbs(noun)


def forget_job_file():
  """Drops what a job file registered: it lasts as long as its evaluation."""
  global are_api_hooks_disabled
  api_hooks[:], are_api_hooks_disabled = _of_files, False


def list_api_hooks():
  """Those of the site, which no job file can take away, then those that the job file registered."""
  return list(_of_files) + [hook for hook in api_hooks if not any(hook is mine for mine in _of_files)]


def load(paths, with_api_hooks):
  """Runs hook files. {'failure': text of the first that is broken or '', 'traceback', 'api_hooks': count}"""
  printed, sys.stdout = sys.stdout, sys.stderr  # which belongs to the command
  try:
    return _load(paths, with_api_hooks)
  finally:
    sys.stdout = printed


def _load(paths, with_api_hooks):
  global _of_files
  from aurora_config import heritage, sources
  from aurora_config.failures import from_exception
  for path in paths:
    files = {}
    try:
      data = sources.read_source(path)
      files[path] = data
      scope = {'__name__': 'aurora_hooks_file', '__file__': path, '__builtins__': heritage.builtins_for_file(None)}
      exec(sources.compile_source(data, path, lambda warning: None), scope)
    except (Exception, SystemExit) as error:
      failure = from_exception(error, files)
      return {'failure': 'Error loading hooks file %s: %s' % (path, failure.shown()), 'traceback': failure.traceback,
              'api_hooks': 0}
  if are_api_hooks_disabled or not with_api_hooks:
    api_hooks.clear()
  _of_files = tuple(api_hooks)
  return {'failure': '', 'traceback': '', 'api_hooks': len(api_hooks)}


class _Options(object):
  """The options of a command; those that were not given are None."""

  def __init__(self, values):
    self.__dict__.update(values)

  def __getattr__(self, name):
    if name[:2] == '__':
      raise AttributeError(name)
    return None


class _Context(object):
  """What a command hook may use of the client."""

  def __init__(self, options, words):
    self.options, self.args = options, words

  def print_out(self, text, indent=0):
    print(' ' * indent + str(text))

  def print_err(self, text, indent=0):
    sys.stderr.write(' ' * indent + '%s\n' % text)

  def print_log(self, severity, text, *args):
    self.print_err(text % args if args else text)


def run_commands(event, request):
  """Runs the hooks around a command. `request` is JSON: noun ('' for classic verbs), verb, words, options, skipped, result.

  {'code': what the command ends with, -1 to go on, 'out': lines for stdout, 'err': lines for stderr, 'traceback'}
  """
  import json
  request = json.loads(request)
  options = _Options(dict(_classic_names(request['options']), noun=request['noun'], verb=request['verb'],
                          skip_hooks=request['skipped'] or None))
  if request['noun']:
    return _run_noun_verb(event, request, options)
  if event == 'pre' and request['verb'] in _CLASSIC_COMMANDS:
    return _run_classic(request, options)
  return _answer()


def _classic_names(options):
  """The options, also under the names that hooks of the original know."""
  from apache.aurora.common.aurora_job_key import AuroraJobKey
  parts = options.get('key', '').split('/')
  if len(parts) in (4, 5):
    options['jobspec'] = AuroraJobKey.from_path('/'.join(parts[:4]))
    options['instance_spec'] = _Options({'jobkey': options['jobspec'], 'instance': _instances(''.join(parts[4:]))})
  if 'file' in options:
    options['config_file'] = options['file']
  return options


def _instances(text):
  """[0, 2, 3] of `0,2-3`; None for all."""
  found = []
  for part in text.split(',') if text else ():
    first, _, last = part.partition('-')
    if not (first.isdigit() and (last or first).isdigit()) or int(last or first) - int(first) > 100000:
      return None  # the verb will say so
    found.extend(range(int(first), int(last or first) + 1))
  return found or None


def _code_of(result):
  """What a command ends with for what a hook returned; 0 to go on."""
  if not result:
    return 0
  return int(result) if isinstance(result, int) else 1


def _answer(code=-1, out='', err='', traceback=''):
  _flush()
  return {'code': code, 'out': [out] if out else [], 'err': [err] if err else [], 'traceback': traceback}


def _flush():
  for stream in (sys.stdout, sys.stderr):
    if stream is not None:
      stream.flush()


def _run_classic(request, options):
  for hook in classic_hooks:
    try:
      result = hook.execute(request['verb'], options, *request['arguments'])
    except (Exception, SystemExit) as error:
      return _failed(hook, error)
    if result:
      return _answer(_code_of(result), 'Command execution aborted by hook %s' % hook.name)
  return _answer()


def _run_noun_verb(event, request, options):
  """Pre hooks until one says no; all post hooks, and what the first that failed says."""
  noun, verb, words = request['noun'], request['verb'], request['words']
  context, failed = _Context(options, words), None
  for hook in command_hooks:
    try:
      if not _is_wanted(hook, noun, verb, request['skipped']):
        continue
      if event == 'post':
        hook.post_command(noun, verb, context, words, request['result'])
        continue
      result = hook.pre_command(noun, verb, context, words)
    except (Exception, SystemExit) as error:
      if event == 'pre':
        return _failed(hook, error)
      failed = _joined(failed, _failed(hook, error))
      continue
    if result:
      code = _code_of(result)
      return _answer(code, 'Command aborted by command hook %s with error code %s' % (hook.name, code))
  return failed or _answer()


def _joined(first, second):
  if first is None:
    return second
  return dict(first, err=first['err'] + second['err'], traceback=first['traceback'] + second['traceback'])


def _failed(hook, error):
  import traceback
  code = error.code if isinstance(error, CommandHookError) else _UNKNOWN_ERROR
  text = error.msg if isinstance(error, CommandHookError) else '%s: %s' % (type(error).__name__, error)
  return _answer(int(code), err='Error executing command hook %s: %s; aborting' % (hook.name, text),
                 traceback=''.join(traceback.format_exception(type(error), error, error.__traceback__.tb_next)))
