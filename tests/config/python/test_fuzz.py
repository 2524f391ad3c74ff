"""The parsers that are written in Python, with the kept corpus and seeded changes to it.

AURORA_FUZZ_SEED and AURORA_FUZZ_ROUNDS (of each target) change the run; tests/fuzz/run lets libFuzzer search.
"""

import os
import random
import sys
import time

from support import Case

_FUZZ = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'fuzz')
sys.path.insert(0, _FUZZ)
import parsers  # noqa: E402

_SEED = int(os.environ.get('AURORA_FUZZ_SEED', '4711'))
_ROUNDS = int(os.environ.get('AURORA_FUZZ_ROUNDS', '600'))
_SECONDS_MAX = 20
_BYTES_MAX = 5000

# What the random changes put in; more of it is in tests/fuzz/words/.
_ANY = ('\0', '\t', '\n', ' ', '\x7f', '\xe9', '\u20ac', '\U0001f600', '\udc80')
_TOKENS = {
    'ref': ('.', '[', ']', 'a', '0', '-', '/', '_'),
    'mustache': ('{', '}', '{{', '}}', '&', 'a', 'b', 'c', '.', '[', ']', '\0'),
    'job_json': ('{', '}', '[', ']', '"', ':', ',', 'null', '1e999', '-', '\\u', '"jobs"', '{{a}}', '"task"'),
    'python2': ('print ', '`', '<>', ', ', '\n', '\t', '  ', '(', ')', ':', "'", '0', 'L', "'''", '\\\n'),
}


def corpus(target):
  folder, out = os.path.join(_FUZZ, 'corpus', target), []
  for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), 'rb') as fp:
      out.append(fp.read())
  return out


def changed(rng, seeds, tokens):
  data = rng.choice(seeds)
  for _ in range(rng.randrange(1, 8)):
    at, kind = rng.randrange(len(data) + 1), rng.randrange(4)
    if kind == 0:
      data = data[:at] + rng.choice(tokens).encode() + data[at:]
    elif kind == 1:
      data = data[:at] + data[at + rng.randrange(1, 6):]
    elif kind == 2:
      other = rng.choice(seeds)
      data = data[:at] + other[rng.randrange(len(other) + 1):]
    else:
      data = data[:at] + rng.choice(_ANY).encode('utf-8', 'surrogatepass') + data[at:]
  return data[:_BYTES_MAX]


class FuzzTest(Case):
  def run_target(self, name, rounds):
    rng, seeds = random.Random('%s-%d' % (name, _SEED)), corpus(name)
    for number in range(len(seeds) + rounds):
      data = seeds[number] if number < len(seeds) else changed(rng, seeds, _TOKENS[name])
      started = time.monotonic()
      try:
        getattr(parsers, name)(data)
      except Exception as error:
        raise AssertionError('%s seed %d input %d: %r on %r' % (name, _SEED, number, error, data)) from error
      self.assertLess(time.monotonic() - started, _SECONDS_MAX, data)

  def test_refs(self):
    self.run_target('ref', _ROUNDS)

  def test_templates(self):
    self.run_target('mustache', _ROUNDS)

  def test_json_jobs(self):
    self.run_target('job_json', _ROUNDS)

  def test_the_python_2_fixer(self):
    self.run_target('python2', max(1, _ROUNDS // 10))
