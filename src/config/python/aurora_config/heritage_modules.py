"""Modules of Python 2 for job files: old names, and copies that take and give text instead of bytes.

A file's own copies: the rest of the program never sees what a file does to them.
"""

import builtins
import posix
import sys

_PROCESS = posix.getpid()
_MODULES = {
    'urllib2': 'urllib.request', 'urlparse': 'urllib.parse', 'ConfigParser': 'configparser', 'StringIO': 'io',
    'cStringIO': 'io', 'Queue': 'queue', 'cPickle': 'pickle', 'commands': 'subprocess', 'HTMLParser': 'html.parser',
    'httplib': 'http.client', 'Cookie': 'http.cookies', 'cookielib': 'http.cookiejar', '__builtin__': 'builtins',
    'exceptions': 'builtins', 'thread': '_thread',
}


def to_bytes(data):
  return data.encode('utf-8', 'surrogateescape') if isinstance(data, str) else data


def to_text(data):
  return data.decode('utf-8', 'surrogateescape') if isinstance(data, bytes) else data


class _TextHash(object):
  """A hash object that takes text as its UTF-8 bytes."""

  def __init__(self, inner):
    self._inner = inner

  def update(self, data):
    self._inner.update(to_bytes(data))

  def copy(self):
    return _TextHash(self._inner.copy())

  def __getattr__(self, name):
    return getattr(self._inner, name)


def _copy(module, name=None):
  copy = type(sys)(name or module.__name__)
  copy.__dict__.update(module.__dict__)
  return copy


def _taking_text(function):
  """`function` for bytes also for text: text in, text out."""
  def call(*args, **kw):
    out = function(*map(to_bytes, args), **{name: to_bytes(value) for name, value in kw.items()})
    return to_text(out) if any(isinstance(arg, str) for arg in args) else out
  call.__name__ = function.__name__
  return call


# Functions that take bytes, by module.
_OF_BYTES = {
    'base64': ('b64encode', 'b64decode', 'standard_b64encode', 'standard_b64decode', 'urlsafe_b64encode',
               'urlsafe_b64decode', 'b32encode', 'b32decode', 'b16encode', 'b16decode'),
    'binascii': ('hexlify', 'unhexlify', 'b2a_hex', 'a2b_hex', 'b2a_base64', 'a2b_base64', 'crc32'),
    'zlib': ('crc32', 'adler32'),
}


def _text_functions(module):
  copy = _copy(module)
  for name in _OF_BYTES[module.__name__]:
    setattr(copy, name, _taking_text(getattr(module, name)))
  if module.__name__ == 'base64':
    copy.encodestring, copy.decodestring = _taking_text(module.encodebytes), _taking_text(module.decodebytes)
  return copy


def _text_hmac(module):
  copy = _copy(module)

  def new(key, msg=None, digestmod='md5'):
    made = module.new(to_bytes(key), None, getattr(digestmod, '__name__', digestmod))
    if msg is not None:
      made.update(to_bytes(msg))
    return _TextHash(made)

  copy.new = copy.HMAC = new
  return copy


def _text_subprocess(module):
  """A copy of subprocess whose pipes carry text, unless a file says what they carry."""
  def as_text(kw):
    if not kw.keys() & {'text', 'universal_newlines', 'encoding', 'errors'}:
      kw.update(encoding='utf-8', errors='surrogateescape')
    return kw

  class Popen(module.Popen):
    def __init__(self, *args, **kw):
      super().__init__(*args, **as_text(kw))

  copy = _copy(module)
  copy.Popen = Popen
  copy.run = lambda *args, **kw: module.run(*args, **as_text(kw))
  copy.check_output = lambda *args, **kw: module.check_output(*args, **as_text(kw))
  return copy


def _md5(module):
  copy = _copy(module, 'md5')
  copy.new = copy.md5
  return copy


def _sha(module):
  copy = _copy(module, 'sha')
  copy.new = copy.sha = copy.sha1
  return copy


def _sets(module):
  copy = type(sys)('sets')
  copy.Set, copy.ImmutableSet = set, frozenset
  return copy


def _types(module):
  copy = _copy(module)
  for name, kind in (('String', str), ('Unicode', str), ('Int', int), ('Long', int), ('Float', float), ('Boolean', bool),
                     ('List', list), ('Tuple', tuple), ('Dict', dict), ('Type', type), ('None', type(None)), ('File', object)):
    setattr(copy, name + 'Type', kind)
  copy.StringTypes = (str,)
  return copy


def _collections(module):
  copy = _copy(module)
  from collections import abc
  for name in abc.__all__:
    copy.__dict__.setdefault(name, getattr(abc, name))
  return copy


def _text_hashlib(module):
  """A copy of hashlib whose constructors take text."""
  copy = _copy(module)

  def constructor(function):
    def construct(data=b'', *args, **kw):
      return _TextHash(function(to_bytes(data), *args, **kw))
    construct.__name__ = function.__name__.replace('openssl_', '')
    return construct

  for name in module.algorithms_guaranteed:
    if hasattr(module, name):
      setattr(copy, name, constructor(getattr(module, name)))
  copy.new = lambda name, data=b'', **kw: getattr(copy, name.lower())(data) if hasattr(copy, name.lower()) \
      else _TextHash(module.new(name, to_bytes(data), **kw))
  return copy


# Modules of which a file gets a copy of its own: (where it comes from, how the copy is made).
_COPIES = {
    'subprocess': ('subprocess', _text_subprocess), 'base64': ('base64', _text_functions),
    'binascii': ('binascii', _text_functions), 'zlib': ('zlib', _text_functions), 'hmac': ('hmac', _text_hmac),
    'hashlib': ('hashlib', _text_hashlib), 'md5': ('hashlib', lambda module: _md5(_text_hashlib(module))),
    'sha': ('hashlib', lambda module: _sha(_text_hashlib(module))), 'types': ('types', _types),
    'collections': ('collections', _collections), 'sets': ('builtins', _sets),
}


def _exit(status):
  """os._exit() for children of a file; the evaluation itself does not vanish without a word."""
  if posix.getpid() == _PROCESS:
    raise SystemExit(status)
  posix._exit(status)


def _old_attributes(name, module):
  """Adds what Python 2 had in a module that still exists under its name."""
  if name == 'itertools':
    module.izip, module.imap, module.ifilter = zip, map, filter
    module.izip_longest, module.ifilterfalse = module.zip_longest, module.filterfalse
  elif name == 'string':
    module.letters, module.lowercase, module.uppercase = (
        module.ascii_letters, module.ascii_lowercase, module.ascii_uppercase)
    module.join = lambda words, separator=' ': separator.join(words)
    for method in ('upper', 'lower', 'strip', 'lstrip', 'rstrip', 'split', 'replace', 'find', 'count', 'zfill', 'ljust', 'rjust'):
      setattr(module, method, getattr(str, method))
    module.maketrans, module.atoi, module.atof = str.maketrans, int, float
  elif name == 'sys':
    module.maxint = module.maxsize
    module.setdefaultencoding = lambda encoding: None
  elif name == 'time':
    module.clock = module.process_time
  elif name == 'os':
    module.getcwdu, module._exit = module.getcwd, _exit
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
      if name in _COPIES:
        if name not in own:
          source, make = _COPIES[name]
          own[name] = make(original(source))
        return own[name]
      renamed = _MODULES.get(name)
      if renamed is not None:
        module = original(renamed, globals, locals, ('*',), 0)
        return _StringIO(module) if name.endswith('StringIO') else module
    module = original(name, globals, locals, fromlist, level)
    if name in ('itertools', 'string', 'sys', 'os', 'urllib', 'time'):
      _old_attributes(name, module)
    return module

  return aliased_import


def _StringIO(module):
  copy = type(sys)('StringIO')
  copy.StringIO = module.StringIO
  return copy
