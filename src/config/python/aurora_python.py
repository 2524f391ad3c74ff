"""`aurora python`: runs a script, a -c command or standard input as __main__."""

import builtins
import sys


def run(arguments):
  """The exit status."""
  import os
  for name in reversed([name for name in os.environ.get('PYTHONPATH', '').split(':') if name]):
    if name not in sys.path:
      sys.path.insert(0, name)
  sys.dont_write_bytecode = bool(os.environ.get('PYTHONDONTWRITEBYTECODE'))
  _add_site_builtins()
  _set_signals()
  try:
    status = _status_of(_run, arguments)
  finally:
    status_of_flush = _flush()
  return status or status_of_flush


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
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == _run.__code__.co_filename:
      trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def _flush():
  import atexit
  atexit._run_exitfuncs()
  status = 0
  for stream in (sys.stdout, sys.stderr):
    try:
      if stream is not None:
        stream.flush()
    except (OSError, ValueError):
      status = 120
  return status
