"""`aurora python`: runs a script, a -c command or standard input as __main__."""

import builtins
import io
import sys


class _Output(io.FileIO):
  """Standard output, which remembers why something could not be written: a script's traceback would not be its own."""

  lost = None

  def write(self, data):
    try:
      return super().write(data)
    except OSError as error:
      _Output.lost = error
      raise


def _replace_output():
  before = sys.stdout
  if before is None:
    return
  raw = _Output(1, 'w', closefd=False)
  raw.name = before.name
  sys.stdout = sys.__stdout__ = io.TextIOWrapper(io.BufferedWriter(raw), before.encoding, before.errors, '\n', before.line_buffering)
  sys.stdout.mode = 'w'


def run(arguments):
  """The exit status."""
  import os
  for name in reversed([name for name in os.environ.get('PYTHONPATH', '').split(':') if name]):
    if name not in sys.path:
      sys.path.insert(0, name)
  sys.dont_write_bytecode = bool(os.environ.get('PYTHONDONTWRITEBYTECODE'))
  _add_site_builtins()
  _set_signals()
  _replace_output()
  try:
    status = _status_of(_run, arguments)
  finally:
    status_of_flush = _flush()
  return status_of_flush or status


def _set_signals():
  """As python sets them: ^C is an exception, and so is a reader that went away."""
  import _signal
  if _signal.getsignal(_signal.SIGINT) == _signal.SIG_DFL:
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
  _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)


def _add_site_builtins():
  import _sitebuiltins
  builtins.exit = _sitebuiltins.Quitter('exit', 'Ctrl-D (i.e. EOF)')
  builtins.quit = _sitebuiltins.Quitter('quit', 'Ctrl-D (i.e. EOF)')
  builtins.help = _sitebuiltins._Helper()


def _run(arguments):
  main = sys.modules['__main__'].__dict__
  main.update(__name__='__main__', __builtins__=builtins, __doc__=None, __spec__=None)
  first = arguments[0] if arguments else '-'
  if first == '-c':
    if len(arguments) < 2:
      sys.stderr.write('Argument expected for the -c option\n')
      raise SystemExit(2)
    sys.argv = ['-c'] + arguments[2:]
    sys.path.insert(0, '')
    exec(compile(arguments[1], '<string>', 'exec'), main)
  elif first == '-m':
    import runpy
    sys.argv = arguments[1:]
    sys.path.insert(0, '')
    runpy.run_module(arguments[1], None, '__main__', True)
  elif first == '-':
    sys.argv = arguments or ['']
    sys.path.insert(0, '')
    _run_stdin(main)
  else:
    _run_script(first, arguments, main)


def _run_stdin(main):
  if sys.stdin.isatty():
    import code
    code.interact(banner='Python %s' % sys.version, local=main, exitmsg='')
  else:
    exec(compile(sys.stdin.buffer.read(), '<stdin>', 'exec'), main)


def _run_script(script, arguments, main):
  import os
  try:
    with open(script, 'rb') as fp:
      source = fp.read()
  except OSError as error:
    sys.stderr.write("aurora python: can't open file %r: [Errno %s] %s\n" % (script, error.errno, error.strerror))
    raise SystemExit(2)
  sys.argv = list(arguments)
  sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
  main['__file__'] = script
  exec(compile(source, script, 'exec'), main)


def _status_of(function, *args):
  try:
    function(*args)
    return 0
  except SystemExit as error:
    if error.code is None:
      return 0
    if isinstance(error.code, int):
      return error.code & 0xff
    sys.stderr.write('%s\n' % (error.code,))
    return 1
  except BaseException as error:
    if isinstance(error, OSError) and error is _Output.lost:
      return 1  # and _flush() says why
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == _run.__code__.co_filename:
      trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def _flush():
  """What is to be ended with, if anything goes wrong: as for everything else that aurora prints."""
  import atexit
  atexit._run_exitfuncs()
  try:
    if sys.stdout is not None:
      sys.stdout.flush()
  except (OSError, ValueError):  # ValueError: the script closed it
    pass
  lost = _Output.lost
  if isinstance(lost, BrokenPipeError):
    return 141
  if lost is not None:
    sys.stderr.write('cannot write the output: %s\n' % lost.strerror)
  try:
    if sys.stderr is not None:
      sys.stderr.flush()
  except (OSError, ValueError):
    return 1
  return 0 if lost is None else 1
