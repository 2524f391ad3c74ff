"""Random inputs for the parsers, seeded: AURORA_FUZZ_SEED and AURORA_FUZZ_ROUNDS (of each target) change the run.

These parsers are Python, so libFuzzer cannot instrument them: inputs are made by mutating a corpus with the tokens that
matter. A target may refuse an input only by the errors that it documents, and must take bounded time.
"""

import json
import os
import random
import time

from pystachio import Environment, MustacheParser, Ref, String
from pystachio.parsing import _parse_any, parse

from support import Case

_SEED = int(os.environ.get('AURORA_FUZZ_SEED', '4711'))
_ROUNDS = int(os.environ.get('AURORA_FUZZ_ROUNDS', '600'))

_CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'fuzz', 'corpus', 'config')


def corpus(name):
  folder = os.path.join(_CORPUS, name)
  if not os.path.isdir(folder):
    return []
  out = []
  for entry in sorted(os.listdir(folder)):
    with open(os.path.join(folder, entry), encoding='utf-8', errors='surrogateescape') as fp:
      out.append(fp.read())
  return out


def mutate(rng, seeds, tokens):
  text = rng.choice(seeds)
  for _ in range(rng.randrange(1, 8)):
    at = rng.randrange(len(text) + 1)
    kind = rng.randrange(4)
    if kind == 0:
      text = text[:at] + rng.choice(tokens) + text[at:]
    elif kind == 1:
      text = text[:at] + text[at + rng.randrange(1, 6):]
    elif kind == 2:
      other = rng.choice(seeds)
      text = text[:at] + other[rng.randrange(len(other) + 1):]
    else:
      text = text[:at] + chr(rng.choice((0, 9, 10, 32, 127, 0xe9, 0x20ac, 0x1f600, 0xdc80))) + text[at:]
  return text[:5000]


class FuzzTest(Case):
  def run_target(self, name, seeds, tokens, target):
    rng = random.Random('%s-%d' % (name, _SEED))
    seeds = seeds + corpus(name)
    for round_number in range(_ROUNDS):
      text = mutate(rng, seeds, tokens)
      started = time.monotonic()
      try:
        target(text)
      except Exception as error:
        raise AssertionError('%s seed %d round %d: %r on %r' % (name, _SEED, round_number, error, text)) from error
      self.assertLess(time.monotonic() - started, 20, text)

  def test_ref(self):
    def target(text):
      try:
        ref = Ref.from_address(text)
      except Ref.InvalidRefError:
        return
      # Without its leading dot a name must begin with an ASCII letter.
      address = ref.address()
      assert Ref.from_address(address if address[0] == '[' else '.' + address) == ref
    self.run_target('ref', ['a.b[c].d', '[0][x-y/z.]', 'mesos.instance', '_'], ['.', '[', ']', 'a', '0', '-', '/'], target)

  def test_mustache(self):
    def target(text):
      try:
        parts = MustacheParser.split(text, keep_aliases=True)
        template = parse(text)
      except Ref.InvalidRefError:
        return
      try:
        assert template.parts == _parse_any(text).parts
      except Ref.InvalidRefError:
        raise AssertionError('only one of two parsers refuses')
      plain = ''.join(part for part in template.parts if isinstance(part, str))
      assert len(plain) <= len(text)
      assert [p for p in parts if isinstance(p, Ref)] == [p for p in template.parts if isinstance(p, Ref)]
      if '{{&' not in text:
        assert ''.join(map(str, parts)).replace('{{.', '{{') == text.replace('{{.', '{{')
      try:
        str(String(text).bind(Environment(a='{{b}}', b='{', c='}}', d='{{&a}}')))
      except (Ref.InvalidRefError, MustacheParser.Uninterpolatable):
        pass
    self.run_target('mustache', ['{{a}} {{&b}} {{c[{{d}}]}}', '{"x": {{a}}}', '{{{a}}}', ''],
                    ['{', '}', '{{', '}}', '&', 'a', 'b', 'c', 'd', '.', '[', ']'], target)

  def test_mustache_against_the_regular_expression(self):
    import re
    pattern = re.compile(r'{{(&)?([^{}]+?)\1?}}')
    from pystachio.parsing import _mustaches

    def target(text):
      wanted = [(m.start(), m.end(), m.group(1) is not None, m.group(2)) for m in pattern.finditer(text)]
      assert list(_mustaches(text)) == wanted, wanted
    self.run_target('mustache', ['{{a}} {{&b}} {{c[{{d}}]}}', '{{&a&}}', '{{&&}}'], ['{', '}', '{{', '}}', '&', 'a'], target)

  def test_json_loader(self):
    from apache.aurora.config.schema.base import MesosJob
    from aurora_config import failures, loading
    from support import Files
    files = Files()

    def target(text):
      path = files.write('x.json', text.encode('utf-8', 'surrogatepass'))
      loader = loading.Loader({})
      try:
        loading.read_jobs(loader, path, MesosJob)
        json.loads(text)
      except (failures.Failure, SyntaxError, ValueError, AttributeError, TypeError):
        pass
    seed = json.dumps({'name': 'n', 'instances': 1, 'task': {'processes': [{'name': 'p', 'cmdline': 'x'}]}})
    self.run_target('json', [seed, '{"jobs": [%s]}' % seed, '[]'],
                    ['{', '}', '[', ']', '"', ':', ',', 'null', '1e999', '-', '\\u', '"jobs"'], target)

  def test_python2_fixer(self):
    from aurora_config import sources

    def target(text):
      try:
        sources.compile_source(text.encode('utf-8', 'surrogatepass'), 'x.aurora', lambda warning: None)
      except SyntaxError:
        pass
    seeds = ["print 'x', y\n", 'print >>f, x\n', 'try:\n  x\nexcept E, e:\n\ty()\n', 'raise E, "m"\n', 'exec "x" in d\n',
             'def f((a, b), c=0777L): return `a` <> b\n', "x = ur'a' if d.has_key(1) else d.iteritems()\n"]
    rounds, globals()['_ROUNDS'] = _ROUNDS, max(1, _ROUNDS // 10)
    try:
      self.run_target('fixer', seeds, ['print ', '`', '<>', ', ', '\n', '\t', '  ', '(', ')', ':', "'", '0', 'L', "'''", '\\\n'],
                      target)
    finally:
      globals()['_ROUNDS'] = rounds
