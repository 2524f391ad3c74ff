"""Input that nobody means: every operation ends, in time linear in what was written, with a message or a value.

A case that were quadratic or exponential would not end in the time of a test run.
"""

from apache.aurora.config.schema.base import Job, Logger, Process, Resources, Task
from pystachio import Environment, Float, Integer, List, Map, Ref, String, Struct

from support import Case, ask, error_of, failure, job_text, load

ENDLESS = 'Unable to interpolate: Unable to interpolate %s!  Maximum replacements reached.'
GROWS = 'Unable to interpolate: Unable to interpolate %s!  It grows to more than 1000000 characters.'


class Pair(Struct):
  a = String
  b = String


class CyclesTest(Case):
  def test_messages(self):
    s = String('{{a}}')
    self.check_table([
        (lambda: s.bind(a='{{a}}'), ENDLESS % '{{a}}'), (lambda: s.bind(a='{{b}}', b='{{a}}'), ENDLESS % '{{a}}'),
        (lambda: s.bind(a='x{{a}}'), ENDLESS % '{{a}}'), (lambda: s.bind(a='{{a}}{{a}}'), GROWS % '{{a}}'),
        (lambda: s.bind(a='{{b}} {{b}}', b='{{a}} {{a}}'), GROWS % '{{a}}'),
        (lambda: s.bind(dict({'b%d' % i: '{{b%d}}' % (i + 1) * 2 for i in range(90)}, a='{{b0}}')), GROWS % '{{a}}'),
        (lambda: s.bind(a=List(String)(['{{a}}'])), ENDLESS % '{{a}}'),
        (lambda: Pair(a='{{b}}', b='{{a}}'), 'Pair[a] failed: ' + ENDLESS % '{{b}}'),
        (lambda: Pair(a='{{b}}{{b}}', b='{{a}}{{a}}'), 'Pair[a] failed: ' + GROWS % '{{b}}{{b}}'),
        (lambda: Pair(a='{{self.a}}'), 'Pair[a] failed: ' + ENDLESS % '{{self.a}}'),
        (lambda: Pair(a='{{self}}'), 'Pair[a] failed: ' + ENDLESS % '{{self}}'),
        (lambda: Process(name='{{name}}', cmdline='x'), 'Process[name] failed: ' + ENDLESS % '{{name}}')],
        lambda make: make().check().message())

  def test_in_a_job(self):
    text = failure(ask('load', job_text().replace("name='p'", "name='{{name}}'")))
    self.assertIn(ENDLESS % '{{name}}', text)
    self.assertIn('(at jobs[0].task.', text)


class SizesTest(Case):
  def test_long_texts(self):
    million = 1000000
    self.check_table([
        (lambda: String('x' * 10 * million + '{{a}}').bind(a='y' * 10 * million), 20 * million),
        (lambda: String('{' * 10 * million), 10 * million), (lambda: String('{{a}} ' * 50000).bind(a='1'), 100000),
        (lambda: String('{{%s}}' % ('a' * million)), million + 4),
        (lambda: String('{{a}}').bind(a='{{b}}' * 20000, b='1'), 20000)], lambda made: len(str(made())))

  def test_more_text_than_memory(self):
    text = 'class Endless(Namable):\n  def find(self, ref):\n    raise MemoryError()\n' + job_text(
        process="cmdline='{{a}}').bind(Endless()")
    for kind in ('dump', 'load', 'eval'):
      self.assertIn('out of memory: the file needs more than the limit of an evaluation', str(ask(kind, text)))

  def test_long_lists_maps_and_environments(self):
    count = 100000
    numbers = [str(i) for i in range(count)]
    class Number(Struct):
      n = Integer
    self.check_table([
        (lambda: List(Integer)(numbers), True), (lambda: List(Number)([{'n': n} for n in numbers]), True),
        (lambda: Map(String, Integer)(dict.fromkeys(numbers, 1)), True), (lambda: List(Integer)(numbers + ['x']), False)],
        lambda make: make().check().ok())
    few = numbers[:20000]
    text = ''.join('{{b.n%s}}' % n for n in few)
    self.assertEqual(str(String(text).bind({'b.n%s' % n: n for n in few})), ''.join(few))
    self.assertEqual(str(String(text).bind(b={'n%s' % n: n for n in few})), ''.join(few))
    picked = ''.join('{{l[%s]}}' % n for n in few)
    self.assertEqual(str(String(picked).bind(l=List(Integer)(numbers))), ''.join(few))

  def test_many_copies_and_bindings(self):
    pair, text = Pair(a='0'), String('{{a0}}')
    for i in range(20000):
      pair, text = pair(a=str(i)), text.bind({'a%d' % i: i})
    self.assertEqual((str(pair.a()), str(text)), ('19999', '0'))

  def test_nesting(self):
    kind, value = List(String), ['{{x}}']
    for _ in range(60):
      kind, value = List(kind), [value]
    self.assertEqual(str(kind(value).bind(x='deep')).count('deep'), 1)
    for _ in range(2000):
      kind, value = List(kind), [value]
    self.assertRegex(error_of(lambda: kind(value).check()), '^RecursionError')
    self.assertRegex(error_of(lambda: str(String('{{a%s}}' % ('.a' * 50000)))), '^InvalidRefError: Address of more than')


class ValuesTest(Case):
  def test_of_the_wrong_kind(self):
    loop, table = [], {}
    loop.append(loop)
    table['a'] = table
    self.check_table([
        (lambda: Logger(destination='nowhere'),
         'ValueError: LoggerDestination only accepts the following values: file, console, both, none'),
        (lambda: Logger(mode=1), 'ValueError: LoggerMode only accepts the following values: standard, rotate'),
        (lambda: Logger(destination='{{x}}').check().message(),
         "Logger[destination] failed: '{{x}}' not in the enumeration (file, console, both, none)"),
        (lambda: Resources(ram='nan').check().message(), 'Resources[cpu] is required.'),
        (lambda: Resources(cpu=1, ram=float('nan'), disk=1).check().message(),
         "Resources[ram] failed: Unable to interpolate: Cannot coerce 'nan' to Integer"),
        (lambda: Resources(cpu=1, ram=1, disk=float('inf')).check().message(),
         "Resources[disk] failed: Unable to interpolate: Cannot coerce 'inf' to Integer"),
        (lambda: Integer('9' * 5000).check().ok(), False), (lambda: Float(10 ** 400).check().ok(), False),
        (lambda: Task(processes=loop), 'IsNotMappingError: Expected dictionary argument, got [[...]]'),
        (lambda: Map(String, String)({'a': loop}).check().message(),
         "StringStringMap[a] value [[...]] failed check: Unable to interpolate: Cannot coerce '[[...]]' to String"),
        (lambda: Environment(table), 'RecursionError: maximum recursion depth exceeded'),
        (lambda: Job({'zz': table}), 'AttributeError: Unknown schema attribute zz'),
        (lambda: Task(processes={'name': 'x'}), "ValueError: ListContainer expects an iterable, got {'name': 'x'}"),
        (lambda: Task(processes='x'), "ValueError: ListContainer expects an iterable, got 'x'"),
        (lambda: Task(processes=[None]), 'IsNotMappingError: Expected dictionary argument, got None'),
        (lambda: Task(None), 'IsNotMappingError: Expected dictionary argument, got None'),
        (lambda: Job(task=7), 'IsNotMappingError: Expected dictionary argument, got 7'),
        (lambda: Ref.from_address('a' * 100 + '['), 'InvalidRefError: Badly formed address .%s[' % ('a' * 100))], error_of)

  def test_files_that_break_the_builtins(self):
    for name in ('len', 'map', 'str', 'isinstance', 'list', 'dict', 'type'):
      text = 'import builtins\nbuiltins.%s = None\n' % name
      for jobs in ('jobs = []\n', job_text(), 'zz\n'):
        self.assertTrue(set(ask('dump', text + jobs)) & {'failure', 'document'}, name)
      load(job_text())

  def test_messages_are_of_readable_length(self):
    for field in ("instances='x' * 10 ** 7, ", "name='{{a}}' + 'x' * 10 ** 7, ", "cluster='x' * 10 ** 7 + '{{ }}', "):
      text = failure(ask('load', job_text(job=field).replace("name='n', ", '' if 'name=' in field else "name='n', ").replace(
          "cluster='c', ", '' if 'cluster=' in field else "cluster='c', ")))
      self.assertLess(len(text), 5000)
