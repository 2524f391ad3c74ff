"""What can go wrong, as one text for people: the problem, then where it is and what may have been meant."""

_LONGEST_LINE = 2000


class Failure(Exception):
  """Ends an evaluation. `kind` is usage, loading, invalid or fatal; `text` has no prefix.

  `path` is the field, as in `jobs[2].task.processes[0].cmdline`; `place` is (file, line); `hint` says what may have
  been meant; `refs` are the unbound refs that the text speaks of.
  """

  def __init__(self, text, kind='loading', path='', refs=(), hint=''):
    text = '\n'.join([_shortened(line) for line in text.split('\n')])
    super(Failure, self).__init__(text)
    self.text, self.kind, self.path, self.refs, self.hint = text, kind, path, refs, hint
    self.place, self.traceback = None, ''
    self.written = ''  # the part of the field that is wrong, to find its line by

  def shown(self):
    """The text with everything that is known about it."""
    at = [self.path] if self.path else []
    if self.place is not None:
      at.append('%s:%d' % self.place if self.place[1] else self.place[0])
    details = ['at ' + ', '.join(at)] if at else []
    if self.hint:
      details.append(self.hint)
    return '%s\n  (%s)' % (self.text, '; '.join(details)) if details else self.text

  def problem(self):
    """The same as a document, on one line."""
    file, line = self.place or ('', 0)
    return {'kind': self.kind, 'path': self.path, 'file': file, 'line': line, 'text': ' '.join(self.text.split('\n')).strip(),
            'hint': self.hint}


class SyntaxFailure(Failure):
  """A file that is not Python. The text of Python's own error has the place in it."""

  def __init__(self, error):
    super(SyntaxFailure, self).__init__(error.msg or 'invalid syntax')
    self._shown = _shortened(str(error))
    if error.filename is not None:
      self.place = error.filename, error.lineno or 1
    if getattr(error, 'python2_problem', None):
      self.hint = 'nor is it Python 2: %s' % error.python2_problem

  def shown(self):
    return '%s; %s' % (self._shown, self.hint) if self.hint else self._shown


def _shortened(line):
  """A line of a message; the middle of one that nobody would read, such as a file's contents, is left out."""
  if not line[_LONGEST_LINE:]:
    return line
  return '%s ... %s' % (line[:_LONGEST_LINE // 2], line[-_LONGEST_LINE // 2:])


class InvalidConfig(Failure):
  def __init__(self, text, path='', refs=(), hint=''):
    super(InvalidConfig, self).__init__(text, 'invalid', path, refs, hint)


def nearest(name, candidates):
  """The candidate that `name` may have been meant to be, or None."""
  import difflib
  found = difflib.get_close_matches(name, list(candidates), 1, 0.6)
  return found[0] if found else None


def from_exception(error, files):
  """The Failure of an exception raised while a user's file ran. `files` are the paths that were run."""
  if isinstance(error, Failure):
    if not error.traceback:
      error.traceback = _traceback(error, files)
    return error
  frames = _user_frames(error, files)
  if isinstance(error, SyntaxError):
    failure = SyntaxFailure(error)
  else:
    failure = Failure(_text_of(error), hint=_hint(error, frames))
    if frames:
      failure.place = frames[-1][:2]
  failure.traceback = _traceback(error, files)
  return failure


def _text_of(error):
  if isinstance(error, SystemExit):
    return 'the file called sys.exit(%s)' % ('' if error.code is None else repr(error.code))
  if isinstance(error, KeyboardInterrupt):
    return 'interrupted'
  if isinstance(error, RecursionError):
    return 'maximum recursion depth exceeded'
  if isinstance(error, MemoryError):
    return 'out of memory: the file needs more than the limit of an evaluation'
  name = type(error).__name__
  try:
    text = str(error)
  except Exception:  # the file's own
    return name
  if isinstance(error, LookupError):  # whose text is no sentence
    return '%s: %s' % (name, text)
  return text or name


def _hint(error, frames):
  if isinstance(error, TypeError) and str(error)[:13] == 'cannot pickle':
    return 'it can be read only once: make it a list'
  klazz = getattr(error, 'struct', None)
  if klazz is not None:
    meant = nearest(error.field, klazz.TYPEMAP)
    return "%s has no field '%s'%s" % (klazz.__name__, error.field,
                                       ", did you mean '%s'?" % meant if meant else '')
  if isinstance(error, NameError) and getattr(error, 'name', None) and frames:
    frame = frames[-1][3]
    meant = nearest(error.name, set(frame.f_globals) | set(frame.f_locals) | {'True', 'False', 'None'})
    return "did you mean '%s'?" % meant if meant else ''
  return ''


def _user_frames(error, files):
  """(file, line, function, frame) of each frame in the user's own files, outermost first."""
  frames, link = [], error.__traceback__
  while link is not None:
    code = link.tb_frame.f_code
    if code.co_filename in files:
      frames.append((code.co_filename, link.tb_lineno, code.co_name, link.tb_frame))
    link = link.tb_next
  return frames


def _traceback(error, files):
  frames = _user_frames(error, files)
  if not frames:
    return ''
  lines = ['Traceback (most recent call last):']
  for path, number, function, _ in frames:
    lines.append('  File "%s", line %d, in %s' % (path, number, function))
    source = _line(files.get(path), number)
    if source:
      lines.append('    ' + source)
  lines.append('%s: %s' % (type(error).__name__, _text_of(error)))
  return '\n'.join(lines)


def _line(data, number):
  if data is None:
    return ''
  text = data.decode('utf-8', 'replace') if isinstance(data, bytes) else data
  lines = text.split('\n')
  return lines[number - 1].strip() if 0 < number <= len(lines) else ''
