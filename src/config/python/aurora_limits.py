"""Limits of one evaluation: its time and its memory, and what is raised when they are exceeded.

Shared by all evaluations, and by what each has its own copy of.
"""

import _signal
import sys


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


class Limits(object):
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
