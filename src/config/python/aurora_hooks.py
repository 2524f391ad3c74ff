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
  names = skipped.split(',')
  return [hook for hook in command_hooks if noun in hook.get_nouns() and verb in hook.get_verbs(noun)
          and ALL not in names and hook.name not in names]


def forget_job_file():
  """Drops what a job file registered: it lasts as long as its evaluation."""
  api_hooks[:] = _of_files


def load(paths, with_api_hooks):
  """Runs hook files. {'failure': text of the first that is broken or '', 'traceback', 'api_hooks': count}"""
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
  if not with_api_hooks:
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
  from aurora_config.job import AuroraJobKey
  if options.get('key', '').count('/') == 3:
    options['jobspec'] = AuroraJobKey.from_path(options['key'])
  if 'file' in options:
    options['config_file'] = options['file']
  return options


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
    except Exception as error:
      return _failed(hook, error)
    if result:
      return _answer(int(result), 'Command execution aborted by hook %s' % hook.name)
  return _answer()


def _run_noun_verb(event, request, options):
  noun, verb, words = request['noun'], request['verb'], request['words']
  context = _Context(options, words)
  for hook in hooks_for(noun, verb, request['skipped']):
    try:
      if event == 'post':
        hook.post_command(noun, verb, context, words, request['result'])
        continue
      result = hook.pre_command(noun, verb, context, words)
    except Exception as error:
      return _failed(hook, error)
    if result:
      return _answer(int(result), 'Command aborted by command hook %s with error code %s' % (hook.name, result))
  return _answer()


def _failed(hook, error):
  import traceback
  code = error.code if isinstance(error, CommandHookError) else _UNKNOWN_ERROR
  text = error.msg if isinstance(error, CommandHookError) else '%s: %s' % (type(error).__name__, error)
  return _answer(int(code), err='Error executing command hook %s: %s; aborting' % (hook.name, text),
                 traceback=''.join(traceback.format_exception(type(error), error, error.__traceback__.tb_next)))
