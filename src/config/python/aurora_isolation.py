"""One evaluation that leaves nothing behind: fresh modules, limits, and the process put back as it was.

C++ calls evaluate(). This module imports nothing of ours at load time, because every evaluation gets its own copies of
pystachio, the schema and the evaluator: what a file patches in them dies with it.
"""

import _signal
import builtins
import gc
import posix
import sys

_OURS = ('aurora_config', 'pystachio', 'apache', 'gen', 'twitter')

# The session of the last `load`, for its hooks.
last_session = None


class LimitExceeded(BaseException):
  """Raised into the running file; not an Exception, so that `except Exception` does not swallow it."""

  def __init__(self, text, frame, path):
    self.text, self.file, self.line = text, path, 0
    users = _innermost_of_user(frame)
    if users is not None:
      self.file, self.line = users.f_code.co_filename, users.f_lineno

  def failure(self):
    where = '%s:%d' % (self.file, self.line) if self.line else self.file
    return {'kind': 'loading', 'text': '%s: %s' % (where, self.text), 'summary': self.text, 'file': self.file,
            'line': self.line, 'hint': '', 'traceback': ''}


def evaluate(request):
  """Answers a request (see aurora_config.requests): {'document': text} or {'failure': {...}}, and 'warnings'."""
  global last_session
  process = _Process(request.get('output_bytes', 0), request['path'])
  outcome = {'warnings': []}
  session = None
  try:
    _forget_modules()
    limits = _Limits(request)
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


class _Limits(object):
  """Wall-clock time and address space. Needs the main thread for the clock; elsewhere time is not limited."""

  def __init__(self, request):
    self._path = request['path']
    self._seconds = request.get('time_ms', 0) / 1000.0
    self._memory = request.get('memory_bytes', 0)
    self._handler = self._previous_memory = None
    self._expired_before = False

  def start(self):
    if self._memory:
      self._previous_memory = _limit_memory(self._memory)
    if self._seconds:
      try:
        self._handler = _signal.signal(_signal.SIGALRM, self._expired)
        # Again and again, in case the file catches the first one.
        _signal.setitimer(_signal.ITIMER_REAL, self._seconds, 0.25)
      except ValueError:
        self._handler = None

  def stop(self):
    if self._handler is not None:
      _signal.setitimer(_signal.ITIMER_REAL, 0)
      _signal.signal(_signal.SIGALRM, self._handler)
      self._handler = None
    if self._previous_memory is not None:
      _limit_memory(None, self._previous_memory)
      self._previous_memory = None

  def outside(self, function):
    """`function` with the clock stopped: it waits for somebody else, and has limits of its own."""
    def call(*args):
      left = _signal.setitimer(_signal.ITIMER_REAL, 0)[0] if self._handler is not None else 0
      try:
        return function(*args)
      finally:
        if self._handler is not None:
          _signal.setitimer(_signal.ITIMER_REAL, max(left, 0.001), 0.25)
    return call

  def _expired(self, signum, frame):
    error = LimitExceeded('evaluation took longer than %g s; is there an endless loop?' % self._seconds, frame, self._path)
    if self._expired_before:
      # The file catches everything: raise at each of its lines until it has nothing left to catch with.
      _raise_at_each_line(_innermost_of_user(frame), error)
    self._expired_before = True
    raise error


def _is_of_user(frame):
  return 'include' in frame.f_globals and '__builtins__' in frame.f_globals and frame.f_code.co_filename[:1] != '<'


def _innermost_of_user(frame):
  while frame is not None and not _is_of_user(frame):
    frame = frame.f_back
  return frame


def _raise_at_each_line(frame, error):
  def trace(frame, event, argument):
    if not _is_of_user(frame):
      return None
    if event == 'line':
      raise error
    return trace
  sys.settrace(trace)
  while frame is not None:
    if _is_of_user(frame):
      frame.f_trace = trace
    frame = frame.f_back


def _limit_memory(more, previous=None):
  """Lets the address space grow by `more` bytes, or restores `previous`. Returns what to restore."""
  try:
    from _aurora import limit_memory
  except ImportError:
    return None
  return limit_memory(-1 if more is None else more, -1 if previous is None else previous)


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
  from aurora_config import hooks
  return hooks.call(last_session, event, method, arguments, outcome)
