"""Each file of ../examples evaluates, without a problem, to what lies beside it as .golden: a line of JSON for each job.

`# bind: NAME=VALUE` in a file binds. UPDATE=1 rewrites the golden files.
"""

import json
import os

from support import Case, ask_path, document

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'examples')


def examples(*endings):
  return sorted(name for name in os.listdir(_FOLDER) if name.endswith(endings))


def bindings_of(name):
  with open(os.path.join(_FOLDER, name)) as fp:
    return [line.partition(': ')[2].strip() for line in fp if line.startswith('# bind: ')]


class ExamplesTest(Case):
  def setUp(self):
    self.addCleanup(os.chdir, os.getcwd())
    os.chdir(_FOLDER)

  def check_golden(self, name, documents):
    made = ''.join(json.dumps(made) + '\n' for made in documents)
    if os.environ.get('UPDATE'):
      with open(name + '.golden', 'w') as fp:
        fp.write(made)
    with open(name + '.golden') as fp:
      self.assertEqual(made, fp.read())

  def ask_example(self, kind, name):
    image = lambda cluster, name, tag: (name + '@sha256:0', None)
    return ask_path(kind, name, bindings=bindings_of(name), read_json=name.endswith('.json'), resolve_image=image)

  def test_dump(self):
    for name in examples('.aurora', '.json'):
      with self.subTest(name):
        self.check_golden(name, document(self.ask_example('dump', name))['jobs'])

  def test_no_problem_and_few_warnings(self):
    expected = {'older.aurora': 6}  # one for Python 2, one for each field of an older release
    for name in examples('.aurora', '.json'):
      with self.subTest(name):
        outcome = self.ask_example('eval', name)
        self.assertEqual(document(outcome)['problems'], [])
        self.assertEqual(len(outcome['warnings']), expected.get(name, 0), outcome['warnings'])

  def test_thermos(self):
    for name in examples('.thermos'):
      with self.subTest(name):
        self.check_golden(name, document(self.ask_example('thermos', name))['tasks'])

  def test_what_a_dump_says_evaluates_to_itself(self):
    for name in examples('.aurora'):
      with self.subTest(name):
        dumped = document(self.ask_example('dump', name))
        from support import Files
        again = ask_path('dump', Files().write('dumped.json', json.dumps(dumped)), read_json=True)
        self.assertEqual(document(again), dumped)
