"""One evaluation that leaves nothing behind: fresh modules, limits, and the process put back as it was.

C++ calls evaluate(). This module imports nothing of ours at load time, because every evaluation gets its own copies of
pystachio, the schema and the evaluator: what a file patches in them dies with it.
"""

import builtins
import gc
import posix
import sys

from aurora_limits import LimitExceeded, Limits

_OURS = ('aurora_config', 'pystachio', 'apache', 'gen', 'twitter')

# The session of the last `load`, for its hooks.
last_session = None


def evaluate(request):
  """Answers a request (see aurora_config.requests): {'document': text} or {'failure': {...}}, and 'warnings'."""
  global last_session
  process = _Process(request.get('output_bytes', 0), request['path'])
  outcome = {'warnings': []}
  session = None
  try:
    _forget_modules()
    limits = Limits(request)
    request = dict(request, **{name: limits.outside(request[name]) for name in ('tiers', 'resolve_image')
                               if name in request})
    from aurora_config import requests
    try:
      limits.start()
      session = requests.Session(request)
      document = requests.answer(session)
      limits.stop()
      outcome['document'] = document
    except LimitExceeded as error:
      outcome['failure'] = error.failure()
    except BaseException as error:
      limits.stop()
      process.restore_builtins()  # which the failure's text needs
      outcome['failure'] = _failure(requests, error)
    finally:
      limits.stop()
  finally:
    process.restore()
  if session is not None:
    outcome['warnings'] = session.warnings
  last_session = session if outcome.get('document') else None
  return outcome


def _failure(requests, error):
  if isinstance(error, (MemoryError, RecursionError)):
    error = requests.from_exception(error, {})
  if isinstance(error, requests.Failure):
    problem = error.problem()
    return dict(problem, text=error.shown(), summary=problem['text'], traceback=error.traceback)
  import traceback
  return {'kind': 'loading', 'text': 'internal error of the evaluator: %s: %s' % (type(error).__name__, error),
          'traceback': ''.join(traceback.format_exception(type(error), error, error.__traceback__))}


def _is_ours(name):
  return name.split('.', 1)[0] in _OURS


def _forget_modules():
  if 'aurora_hooks' in sys.modules:
    sys.modules['aurora_hooks'].forget_job_file()
  for name in list(sys.modules):
    if _is_ours(name):
      del sys.modules[name]


class _Output(object):
  """Where a file's print() goes: stderr, up to a limit."""

  encoding, errors, closed, name = 'utf-8', 'backslashreplace', False, '<stdout>'

  def __init__(self, limit, path):
    self._limit = self._left = limit or None
    self._path = path

  def write(self, text):
    if self._left is not None:
      self._left -= len(text)
      if self._left < 0:
        raise LimitExceeded('the file prints more than %d bytes, the limit of an evaluation' % self._limit, sys._getframe(1),
                            self._path)
    stream = sys.__stderr__
    if stream is not None:
      stream.write(text)
    return len(text)

  def writelines(self, lines):
    for line in lines:
      self.write(line)

  def flush(self):
    if sys.__stderr__ is not None:
      sys.__stderr__.flush()

  def isatty(self):
    return False

  def fileno(self):
    return 2


class _Process(object):
  """What a file can change of the process, saved and restored."""

  def __init__(self, output_limit, path):
    self._pid = posix.getpid()
    self._streams = sys.stdin, sys.stdout, sys.stderr
    self._path, self._argv = list(sys.path), list(sys.argv)
    self._modules = dict(sys.modules)
    self._builtins = dict(builtins.__dict__)
    self._recursion = sys.getrecursionlimit()
    # Job objects form no cycles; looking for some among a million of them takes longer than making them.
    self._collects = gc.isenabled()
    gc.disable()
    self._environ = dict(sys.modules['os'].environ) if 'os' in sys.modules else None
    try:
      self._folder = posix.getcwd()
    except OSError:
      self._folder = None
    try:
      # Programs that the file starts, and what writes to descriptor 1 itself, go to stderr too.
      if sys.stdout is not None:
        sys.stdout.flush()
      self._stdout = posix.dup(1)
      posix.dup2(2, 1)
    except OSError:
      self._stdout = None
    sys.stdout = _Output(output_limit, path)

  def restore(self):
    if posix.getpid() != self._pid:
      posix._exit(0)  # a child that the file forked and forgot: the parent answers
    sys.stdin, sys.stdout, sys.stderr = self._streams
    if self._stdout is not None:
      posix.dup2(self._stdout, 1)
      posix.close(self._stdout)
    sys.path[:], sys.argv[:] = self._path, self._argv
    sys.setrecursionlimit(self._recursion)
    if self._collects:
      gc.enable()
    sys.settrace(None)
    sys.setprofile(None)
    self.restore_builtins()
    if self._folder is not None:
      try:
        posix.chdir(self._folder)
      except OSError:
        pass
    self._restore_environ()
    for name in list(sys.modules):
      if name not in self._modules and not _is_library(sys.modules[name]):
        del sys.modules[name]
    sys.modules.update((name, module) for name, module in self._modules.items() if _is_ours(name))

  def restore_builtins(self):
    if builtins.__dict__ != self._builtins:
      builtins.__dict__.clear()
      builtins.__dict__.update(self._builtins)

  def _restore_environ(self):
    if 'os' not in sys.modules:
      return
    os = sys.modules['os']
    before = self._environ
    if before is None:
      before = {os.fsdecode(key): os.fsdecode(value) for key, value in posix.environ.items()}
    if dict(os.environ) != before:
      for name in [name for name in os.environ if name not in before]:
        del os.environ[name]
      for name, value in before.items():
        if os.environ.get(name) != value:
          os.environ[name] = value


def _is_library(module):
  """Whether a module belongs to Python itself: those may stay for the next evaluation."""
  spec = getattr(module, '__spec__', None)
  name = getattr(module, '__name__', '')
  if _is_ours(name) or spec is None:
    return False
  origin = spec.origin or ''
  return origin in ('built-in', 'frozen') or origin.startswith(getattr(sys, '_stdlib_dir', None) or '/proc/aurora')


def call_hooks(event, method, arguments, outcome):
  """Runs the API hooks of the site and of the last loaded job: {'allowed', 'warnings', 'notes'}."""
  if last_session is not None:
    return last_session.call_hooks(event, method, arguments, outcome)  # with its own copies of everything
  from aurora_config import hooks
  return hooks.call(None, event, method, arguments, outcome)
