"""Reading and compiling job files: encodings, Python 3 first, then through the Python 2 fixer."""

import sys

# Names and methods whose Python 2 meaning a file can rely on without being invalid Python 3.
_METHODS = ('.iteritems', '.iterkeys', '.itervalues', '.has_key', '.viewitems', '.viewkeys', '.viewvalues',
            '.keys()', '.values()', '.items()', '.decode(', '.encode(', '.next()', '.sort(')
_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST


def read_source(path):
  """The bytes of a file. Raises OSError with the path in its text."""
  with open(path, 'rb') as fp:
    return fp.read()


def decode(data, path):
  """Source text of bytes: honours a byte order mark and a coding line; newlines become \\n."""
  if isinstance(data, str):
    return data
  encoding = 'utf-8'
  if data.startswith(b'\xef\xbb\xbf'):
    data = data[3:]
  else:
    encoding = _coding(data) or 'utf-8'
  try:
    text = data.decode(encoding)
  except LookupError:
    raise SyntaxError('unknown encoding: %s' % encoding, (path, 1, 1, None))
  except UnicodeDecodeError as error:
    line = data.count(b'\n', 0, error.start) + 1
    hint = 'it looks like UTF-16; ' if data[:2] in (b'\xff\xfe', b'\xfe\xff') else ''
    raise SyntaxError('not valid %s: byte 0x%02x; %ssave the file as UTF-8 or add a coding line'
                      % (encoding, data[error.start], hint), (path, line, 1, None))
  except ValueError as error:  # of codecs that say less
    raise SyntaxError('not valid %s: %s' % (encoding, error), (path, 1, 1, None)) from None
  return text.replace('\r\n', '\n').replace('\r', '\n')


def _coding(data):
  """The encoding that one of the first two lines declares as `# -*- coding: name -*-`, or None."""
  for line in data.split(b'\n', 2)[:2]:
    if line.lstrip()[:1] != b'#':
      continue
    at = line.find(b'coding')
    if at >= 0 and line[at + 6:at + 7] in (b':', b'='):
      name = line[at + 7:].strip().split()[0:1]
      if name:
        name = name[0].decode('ascii', 'replace').strip('-*')
        return {'latin1': 'latin-1'}.get(name.lower(), name)
  return None


def compile_source(data, path, warn):
  """Code of a file. `warn(text)` is called when the file is Python 2 and had to be fixed."""
  text = decode(data, path)
  if '\0' in text:
    raise SyntaxError('a null byte; is this a text file?', (path, text.count('\n', 0, text.find('\0')) + 1, 1, None))
  try:
    return _compile(text, path, False)
  except SyntaxError as error:
    first = error
  except ValueError as error:  # surrogates, from a coding line such as utf-7
    raise SyntaxError(str(error), (path, 1, 1, None))
  from . import fixer
  try:
    fixed = fixer.fix(text, path)
    code = _compile(fixed, path, True)
  except (SyntaxError, RecursionError) as second:
    # On the same line, or for want of an end, both have stumbled over the same thing.
    is_news = getattr(second, 'lineno', None) != first.lineno and 'EOF' not in str(second)
    first.python2_problem = str(second) if is_news else None
    raise first from None
  warn('%s is written for Python 2 (line %s); it was translated before it was evaluated' % (path, first.lineno))
  return code


def _compile(text, path, is_python2):
  limit = sys.getrecursionlimit()
  try:
    may_print_to_stream = not is_python2 and 'print' in text and '>>' in text
    if not (is_python2 or may_print_to_stream) and not any(method in text for method in _METHODS):
      return compile(text, path, 'exec', 0, True)
    tree = compile(text, path, 'exec', _ONLY_AST, True)
    from . import rewrite
    if may_print_to_stream:
      line = rewrite.prints_to_stream(tree)
      if line is not None:
        raise SyntaxError('print >>stream is Python 2', (path, line, 1, None))
    rewrite.rewrite(tree, is_python2)
    return compile(tree, path, 'exec', 0, True)
  except (RecursionError, MemoryError):
    raise SyntaxError('too deeply nested', (path, 1, 1, None)) from None
  finally:
    sys.setrecursionlimit(limit)
