"""Names of Python 2 for job files: builtins, module aliases, and a hashlib that takes text.

They live in the file's own table of builtins, so the rest of the program never sees them.
"""

import builtins
import sys

_MODULES = {
    'urllib2': 'urllib.request', 'urlparse': 'urllib.parse', 'ConfigParser': 'configparser', 'StringIO': 'io',
    'cStringIO': 'io', 'Queue': 'queue', 'cPickle': 'pickle', 'commands': 'subprocess', 'HTMLParser': 'html.parser',
    'httplib': 'http.client', 'Cookie': 'http.cookies', 'cookielib': 'http.cookiejar', '__builtin__': 'builtins',
    'exceptions': 'builtins', 'thread': '_thread', 'sets': 'builtins', 'md5': 'hashlib', 'sha': 'hashlib',
}


def _compare(a, b):
  return (a > b) - (a < b)


def _apply(function, args=(), kwargs=None):
  return function(*args, **(kwargs or {}))


def _open(file, mode='r', buffering=-1, encoding=None, errors=None, *rest, **kw):
  """open() that reads and writes text as UTF-8, whatever bytes there are."""
  mode = mode.replace('U', '')
  if 'b' not in mode and encoding is None:
    encoding, errors = 'utf-8', errors or 'surrogateescape'
  return builtins.open(file, mode or 'r', buffering, encoding, errors, *rest, **kw)


def _reduce(*args):
  from _functools import reduce
  return reduce(*args)


def _list_of(function):
  def listed(*args):
    return list(function(*args))
  listed.__name__ = function.__name__
  return listed


class DictList(list):
  """What d.keys() gives: the list of Python 2, with the set operations of Python 3's views."""

  def __and__(self, other): return set(self) & set(other)
  def __or__(self, other): return set(self) | set(other)
  def __sub__(self, other): return set(self) - set(other)
  def __xor__(self, other): return set(self) ^ set(other)


_VIEWS = (type({}.keys()), type({}.values()), type({}.items()))


def _listed_view(method):
  value = method()
  return DictList(value) if isinstance(value, _VIEWS) else value


def _iterate(obj, old, new):
  method = getattr(obj, old, None)
  return iter(getattr(obj, new)()) if method is None else method()


def _has_key(obj, key):
  method = getattr(obj, 'has_key', None)
  return key in obj if method is None else method(key)


def _decode(value, *args):
  """x.decode(...): text is text already."""
  return value if isinstance(value, str) else value.decode(*args)


class _TextType(type):
  def __instancecheck__(cls, value):
    return isinstance(value, str)

  def __call__(cls, value='', encoding=None, errors='strict'):
    if isinstance(value, bytes):
      return value.decode(encoding or 'utf-8', errors)
    return str(value)


class _Text(str, metaclass=_TextType):
  """unicode: str, but with an encoding it also takes what is text already."""


def _divide(a, b):
  return a // b if isinstance(a, int) and isinstance(b, int) else a / b


class _TextHash(object):
  """A hash object that takes text as its UTF-8 bytes."""

  def __init__(self, inner):
    self._inner = inner

  def update(self, data):
    self._inner.update(_to_bytes(data))

  def copy(self):
    return _TextHash(self._inner.copy())

  def __getattr__(self, name):
    return getattr(self._inner, name)


def _to_bytes(data):
  return data.encode('utf-8', 'surrogateescape') if isinstance(data, str) else data


def _text_hashlib(module):
  """A copy of hashlib whose constructors take text."""
  copy = type(sys)('hashlib')
  copy.__dict__.update(module.__dict__)

  def constructor(function):
    def construct(data=b'', *args, **kw):
      return _TextHash(function(_to_bytes(data), *args, **kw))
    return construct

  for name in module.algorithms_guaranteed:
    if hasattr(module, name):
      setattr(copy, name, constructor(getattr(module, name)))
  copy.new = lambda name, data=b'', **kw: getattr(copy, name.lower())(data) if hasattr(copy, name.lower()) \
      else _TextHash(module.new(name, _to_bytes(data), **kw))
  return copy


def _old_attributes(name, module):
  """Adds what Python 2 had in a module that still exists under its name."""
  if name == 'itertools':
    module.izip, module.imap, module.ifilter = zip, map, filter
    module.izip_longest, module.ifilterfalse = module.zip_longest, module.filterfalse
  elif name == 'string':
    module.letters, module.lowercase, module.uppercase = (
        module.ascii_letters, module.ascii_lowercase, module.ascii_uppercase)
    module.join = lambda words, separator=' ': separator.join(words)
  elif name == 'sys':
    module.maxint = module.maxsize
  elif name == 'os':
    module.getcwdu = module.getcwd
  elif name == 'urllib':
    from urllib import parse, request
    for function in ('quote', 'quote_plus', 'unquote', 'unquote_plus', 'urlencode'):
      setattr(module, function, getattr(parse, function))
    module.urlopen = request.urlopen


def make_import(own):
  """The __import__ of one evaluation. `own` caches its private copies of modules."""
  original = builtins.__import__

  def aliased_import(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0:
      if name == 'hashlib' or name in ('md5', 'sha'):
        if 'hashlib' not in own:
          own['hashlib'] = _text_hashlib(original('hashlib'))
          own['hashlib'].new_sha = own['hashlib'].sha1
        return own['hashlib']
      renamed = _MODULES.get(name)
      if renamed is not None:
        module = original(renamed, globals, locals, ('*',), 0)
        return _StringIO(module) if name.endswith('StringIO') else module
    module = original(name, globals, locals, fromlist, level)
    if name in ('itertools', 'string', 'sys', 'os', 'urllib'):
      _old_attributes(name, module)
    return module

  return aliased_import


def _StringIO(module):
  copy = type(sys)('StringIO')
  copy.StringIO = module.StringIO
  return copy


def builtins_for_file(run_file):
  """The table of builtins that one file and what it includes see. `run_file(path, globals)` serves execfile."""
  table = dict(builtins.__dict__)
  table.update(
      xrange=range, unicode=_Text, basestring=str, long=int, unichr=chr, raw_input=input, reduce=_reduce, cmp=_compare,
      apply=_apply, buffer=memoryview, intern=sys.intern, file=_open, open=_open, execfile=run_file,
      map=_python2_map, filter=_python2_filter, zip=_list_of(zip), range=_list_of(range),
      __aurora_divide__=_divide, __aurora_iterate__=_iterate, __aurora_has_key__=_has_key,
      __aurora_list__=_listed_view, __aurora_decode__=_decode, __import__=make_import({}))
  return table


def _python2_map(function, *iterables):
  if function is None:
    return list(zip(*iterables)) if len(iterables) > 1 else list(iterables[0])
  return list(map(function, *iterables))


def _python2_filter(function, iterable):
  kept = [item for item in iterable if (item if function is None else function(item))]
  if isinstance(iterable, str):
    return ''.join(kept)
  return tuple(kept) if isinstance(iterable, tuple) else kept
