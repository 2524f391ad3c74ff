"""What each parser that is written in Python promises, for any bytes.

A target returns when the promise holds and raises anything when it does not. python_target.cpp calls them for libFuzzer,
tests/config/python/test_fuzz.py with the kept corpus and seeded changes to it.
"""

import json
import os
import re
import tempfile
import warnings

from apache.aurora.config.schema import base as schema
from aurora_config import failures, requests, sources
from pystachio import Environment, MustacheParser, Ref, String
from pystachio import parsing

_MUSTACHE = re.compile(r'{{(&)?([^{}]+?)\1?}}')
_LARGEST = 2000  # characters of a template, instead of a million, for which traced Python takes half a minute
_TEXT_MAX = 2000  # of a message for people about an input of at most 4 KiB


def ref(data):
  """An address is refused, or reads back as the same ref from what it prints."""
  try:
    parsed = Ref.from_address(_text(data))
  except Ref.InvalidRefError:
    return
  assert Ref.from_address(parsed.address()) == parsed, parsed
  assert parsing.parse(str(parsed)).parts == (parsed,), parsed


def mustache(data):
  """A text, then after each NUL the value of a, b, c...: split as the original's regular expression does, then resolved."""
  largest, parsing._LARGEST = parsing._LARGEST, _LARGEST
  try:
    _check_template(*_text(data).split('\0'))
  finally:
    parsing._LARGEST = largest


def _check_template(text, *values):
  try:
    parts = MustacheParser.split(text, keep_aliases=True)
    template = parsing.parse(text)
  except Ref.InvalidRefError:
    return
  assert template.parts == parsing._parse_any(text).parts, 'two parsers disagree'
  assert list(parsing._mustaches(text)) == [
      (m.start(), m.end(), m.group(1) is not None, m.group(2)) for m in _MUSTACHE.finditer(text)]
  assert MustacheParser.join(parts)[0] == _MUSTACHE.sub(_normal_form, text)
  assert '{{.' in text or MustacheParser.join(MustacheParser.split(text)) == MustacheParser.resolve(text)
  scope = Environment(**dict(zip('abcdefgh', values)))
  try:
    resolved, unbound = MustacheParser.resolve(text, scope)
    assert '{{.' in resolved or all(str(ref) in resolved for ref in unbound)
    str(String(text).bind(scope))
  except (Ref.InvalidRefError, MustacheParser.Uninterpolatable):
    pass


def _normal_form(match):
  return '{{&%s}}' % match.group(2) if match.group(1) else str(Ref.from_address(match.group(2)))


def job_json(data):
  """A JSON file, after one byte that chooses the question: a JSON document, or a Failure with a text for people."""
  ask = sorted(requests._ASKS)[data[0] % len(requests._ASKS)] if data else 'load'
  with open(_FILE, 'wb') as fp:
    fp.write(data[1:])
  del schema.legacy_fields[:]
  session = requests.Session({'ask': ask, 'path': _FILE, 'read_json': True, 'user': 'me'})
  try:
    document = requests.answer(session)
  except failures.Failure as failure:
    assert failure.text.strip() and len(failure.text) < _TEXT_MAX + len(data), failure.text
    return
  json.loads(document, parse_constant=_no_constant)


def _no_constant(name):
  raise AssertionError('not JSON: %s' % name)


def python2(data):
  """A file that is Python 3 or 2 compiles; of any other the error says where and, if they differ, what is wrong in both."""
  told = []
  try:
    with warnings.catch_warnings():
      warnings.simplefilter('ignore')  # of the compiler, about what random text says
      sources.compile_source(data, _FILE, told.append)
  except SyntaxError as error:
    text = failures.from_exception(error, {}).text
    assert text.strip() and len(text) < _TEXT_MAX, text
    assert error.filename == _FILE and error.lineno, repr(error)
  else:
    assert len(told) <= 1


def forget():
  """Empties the caches, so that every input takes the same way whatever came before it."""
  Ref._cache.clear()
  parsing._templates.clear()


def _text(data):
  return data.decode('utf-8', 'surrogateescape')


_FILE = os.path.join(tempfile.mkdtemp(prefix='aurora-fuzz-'), 'x.aurora')
