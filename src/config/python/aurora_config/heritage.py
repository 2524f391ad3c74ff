"""Builtins and methods of Python 2 for job files.

They live in the file's own table of builtins, so the rest of the program never sees them.
"""

import builtins
import sys

from .heritage_modules import make_import, to_bytes, to_text


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


# Encodings of Python 2 that made text from text.
_CODECS = ('hex', 'base64', 'rot13', 'bz2', 'zlib', 'string_escape', 'unicode_escape')


def _convert_text(function, text, encoding):
  """codecs.encode() or decode() of text by a codec from bytes to bytes."""
  import codecs
  name = {'rot13': 'rot13', 'string_escape': 'unicode_escape'}.get(encoding, encoding)
  if name in ('rot13', 'unicode_escape'):
    out = getattr(codecs, function)(text if name == 'rot13' or function == 'encode' else to_bytes(text), name)
  else:
    out = getattr(codecs, function)(to_bytes(text), name)
  return to_text(out)


def _codec(args):
  name = str(args[0]).lower().replace('-', '_') if args else ''
  return name if name in _CODECS else None


def _decode(value, *args):
  """x.decode(...): text is text already."""
  if not isinstance(value, str):
    return value.decode(*args)
  return _convert_text('decode', value, _codec(args)) if _codec(args) else value


def _encode(value, *args):
  """x.encode(...)"""
  return _convert_text('encode', value, _codec(args)) if isinstance(value, str) and _codec(args) else value.encode(*args)


def _encode_text(value, *args):
  """The same where text and bytes are one: text stays text."""
  if not isinstance(value, str):
    return value.encode(*args)
  return _convert_text('encode', value, _codec(args)) if _codec(args) else value


def _next(iterator):
  method = getattr(iterator, 'next', None)
  return builtins.next(iterator) if method is None else method()


def _sort(target, *args, **kw):
  """target.sort(...), of a list perhaps with a function that compares two."""
  return target.sort(**_with_key(args, kw)) if isinstance(target, list) else target.sort(*args, **kw)


def _sorted(iterable, *args, **kw):
  return builtins.sorted(iterable, **_with_key(args, kw))


def _with_key(args, kw):
  """The keywords of sort() for Python 2's arguments: cmp, key, reverse."""
  kw = dict(zip(('cmp', 'key', 'reverse'), args), **kw)
  compare, key = kw.pop('cmp', None), kw.get('key')
  if compare is not None:
    from functools import cmp_to_key
    to_key = cmp_to_key(compare)
    kw['key'] = to_key if key is None else lambda item: to_key(key(item))
  return kw


def _buffer(value, *args):
  return value if isinstance(value, str) else memoryview(value, *args)


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


def builtins_for_file(run_file):
  """The table of builtins that one file and what it includes see. `run_file(path, globals)` serves execfile."""
  table = dict(builtins.__dict__)
  table.update(
      xrange=range, unicode=_Text, basestring=str, long=int, unichr=chr, raw_input=input, reduce=_reduce, cmp=_compare,
      apply=_apply, buffer=_buffer, intern=sys.intern, file=_open, open=_open, execfile=run_file,
      reload=lambda module: module, sorted=_sorted, map=_python2_map, filter=_python2_filter, zip=_list_of(zip), range=_list_of(range),
      __aurora_divide__=_divide, __aurora_iterate__=_iterate, __aurora_has_key__=_has_key,
      __aurora_list__=_listed_view, __aurora_decode__=_decode, __aurora_encode__=_encode,
      __aurora_encode_text__=_encode_text, __aurora_next__=_next, __aurora_sort__=_sort, __import__=make_import({}))
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
