import os

from support import Case, Files, ask, ask_path, document, failure, first_line, job_text

_KEY = "jobs = [Job(cluster='c', role='r', environment='e', name=%s)]\n"


def keys_of(text, **request):
  """The names of the jobs of a file, joined; or its failure."""
  outcome = ask('list', text, **request)
  if 'failure' in outcome:
    return failure(outcome)
  return ' '.join(key.rpartition('/')[2] for key in document(outcome)['keys'])


def name_of(expression, before=''):
  return keys_of(before + '\n' + _KEY % expression)


class ErrorTest(Case):
  def test_text_and_place(self):
    self.check_table([
        ('x = 1\nJob(foo=1)', "loading: Unknown schema attribute foo\n  (at x.aurora:2; MesosJob has no field 'foo')"),
        ("Job(instence=1)", "loading: Unknown schema attribute instence\n"
         "  (at x.aurora:1; MesosJob has no field 'instence', did you mean 'instances'?)"),
        ('\n\nSequentalTask()', "loading: name 'SequentalTask' is not defined\n"
         "  (at x.aurora:3; did you mean 'SequentialTask'?)"),
        ("LoggerMode('x')", 'loading: LoggerMode only accepts the following values: standard, rotate\n  (at x.aurora:1)'),
        ('import sys\nsys.exit(3)', 'loading: the file called sys.exit(3)\n  (at x.aurora:2)'),
        ('raise KeyError("k")', "loading: KeyError: 'k'\n  (at x.aurora:1)"),
        ('raise Exception("plain")', 'loading: plain\n  (at x.aurora:1)'), ('assert 0', 'loading: AssertionError\n  (at x.aurora:1)'),
        ('def f(): f()\nf()', 'loading: maximum recursion depth exceeded\n  (at x.aurora:1)'),
        ('jobs = 3', 'loading: x.aurora: `jobs` must be a list of Job objects, not int'),
        ('jobs = Job()', 'loading: x.aurora: `jobs` must be a list of Job objects, not MesosJob'),
        ('jobs = [1]', 'loading: x.aurora: jobs[0] must be a Job, not int 1'),
        ('jobs = [Task()]', 'loading: x.aurora: jobs[0] must be a Job, not Task'),
        ('import nosuchmodule', "loading: No module named 'nosuchmodule'\n  (at x.aurora:1)"),
        ('Map(String,Integer)([("a", 1)])', "loading: Unexpected input to MapContainer: ([('a', 1)],)\n  (at x.aurora:1)")],
        lambda text: self.in_folder(text))

  def in_folder(self, text):
    files = Files(x_aurora=text)
    here = os.getcwd()
    os.chdir(files.folder)
    try:
      return failure(ask_path('dump', 'x.aurora'))
    finally:
      os.chdir(here)

  def test_syntax_errors_name_file_and_line(self):
    for text, line in (('x = (\n', 1), ('x = 1\nfor\n', 2), ('class\n', 1), ('x = \x00', 1), ("'''", 1)):
      self.assertRegex(failure(ask('dump', text)), r'\(x.aurora, line %d\)' % line)

  def test_files_that_cannot_be_read(self):
    files = Files(d__x='')
    self.check_table([
        (files.path('no.aurora'), "loading: [Errno 2] No such file or directory: '%s'" % files.path('no.aurora')),
        (files.path('d'), "loading: [Errno 21] Is a directory: '%s'" % files.path('d'))],
        lambda path: first_line(ask_path('dump', path)))

  def test_list_says_it_in_its_own_words(self):
    self.assertEqual(failure(ask_path('list', '/no/such')), 'loading: Could not load resource /no/such')

  def test_traceback_shows_only_the_users_frames(self):
    outcome = ask('dump', 'def f():\n  Process(zz=1)\nf()\n')
    trace = outcome['failure']['traceback']
    self.assertRegex(trace, r'(?s)line 3, in <module>\n    f\(\)\n.*line 2, in f\n    Process\(zz=1\)\nAttributeError')
    self.assertNotIn('composite', trace)

  def test_no_file_gives_an_internal_error(self):
    for text in ('jobs = [Job(task=3)]', 'jobs = [Job(name="{{ a }}")]', 'jobs = [Job(name=[])]', 'jobs = (x for x in [Job()])',
                 "jobs = [Job(name='{{name}}', task=Task())]", 'Job(task=Task)', 'Process(name=Process)', 'Choice(3)',
                 'List(3)', 'Map(1,2)', 'Enum(1)', 'class X(Struct):\n  a = Required(3)', 'include(3)', 'Struct(a=1)',
                 'String()', "Job(instances='x')(instances=[])", 'jobs=[Job(instances=float("nan"))]',
                 "jobs = [Job(cluster=String, role=Empty)]", 'String("{{x}}").bind(x=object)', 'order([])'):
      for kind in ('dump', 'list', 'eval', 'load'):
        outcome = ask(kind, text)
        with self.subTest(text + kind):
          self.assertNotIn('internal', str(outcome.get('failure')))


class IncludeTest(Case):
  def test_nested_includes_are_relative_to_the_including_file(self):
    files = Files(top_aurora="include('sub/a.aurora')\n" + _KEY % 'a + b')
    files.write('sub/a.aurora', "a = 'A'\ninclude('b.aurora')\n")
    files.write('sub/b.aurora', "b = 'B'\n")
    self.assertEqual(document(ask_path('list', files.path('top.aurora')))['keys'], ['c/r/e/AB'])

  def test_absolute_path_and_same_namespace(self):
    files = Files(inc_aurora="x = x + '2'\n")
    self.assertEqual(name_of('x', "x = '1'\ninclude(%r)" % files.path('inc.aurora')), '12')

  def test_resources_of_packages(self):
    files = Files()
    files.write('root/team/__init__.py', '')
    files.write('root/team/jobs/__init__.py', '')
    files.write('root/team/jobs/base.aurora', "include('names.aurora')\n")
    files.write('root/team/jobs/names.aurora', "n = 'from-package'\n")
    path = 'import sys\nsys.path.insert(0, %r)\n' % files.path('root')
    self.assertEqual(name_of('n', path + "include('team/jobs/base.aurora')"), 'from-package')
    self.assertIn('No such file', failure(ask('dump', path + "include('team/jobs/other.aurora')")))
    self.assertIn('No such file', failure(ask('dump', path + "include('team/nothing/base.aurora')")))

  def test_errors(self):
    files = Files(self_aurora="include('self.aurora')", bad_aurora="\nProcess(q=1)", top_aurora="include('bad.aurora')")
    for text, part in (("include('no.aurora')", 'No such file or directory'), ("include('/tmp')", 'Is a directory'),
                       ('include(%r)' % files.path('self.aurora'), 'includes itself'), ('include(None)', 'expects a path'),
                       ('include(%r)' % files.path('top.aurora'), 'bad.aurora:2; Process')):
      self.assertIn(part, failure(ask('dump', text)))


class EncodingTest(Case):
  def test_encodings(self):
    key = _KEY.replace('%s', '%s').encode()
    self.check_table([
        (b'\xef\xbb\xbf' + key % b"'bom'", 'bom'), (key.replace(b'\n', b'\r\n') % b"'crlf'", 'crlf'),
        (b"# -*- coding: latin-1 -*-\n" + key % b"'\xe9'", '\u00e9'), (key % "'\u00e9'".encode(), '\u00e9'),
        (b'#!/usr/bin/python\n# vim: set fileencoding=latin1 :\n' + key % b"'\xe9'", '\u00e9')], keys_of)
    self.assertIn('not valid utf-8: byte 0xff', keys_of(b"x = 1\ny = '\xff'"))
    self.assertIn('line 2', keys_of(b"x = 1\ny = '\xff'"))
    self.assertIn('unknown encoding: nonsense', keys_of(b'# coding: nonsense\n'))
    self.check_table([
        (b'# coding: raw_unicode_escape\nx = "\\ud800"\n',
         "'utf-8' codec can't encode character '\\ud800' in position 34: surrogates not allowed (x.aurora, line 1)"),
        (b'# coding: undefined\nx = 1\n', "not valid undefined: decoding with 'undefined' codec failed "
         '(UnicodeError: undefined encoding) (x.aurora, line 1)')],
        lambda text: first_line(ask('load', text)).partition('loading: ')[2])


class BadInputTest(Case):
  """One clear line for each; nothing is an internal error."""

  def check_bad(self, rows):
    for text, line, expected in rows:
      outcome = ask('eval', text)
      with self.subTest(text[:70]):
        self.assertIn('failure', outcome)
        found = outcome['failure']
        self.assertEqual((found['line'], found['summary'] + (' (%s)' % found['hint'] if found['hint'] else '')), (line, expected))

  def test_bytes(self):
    utf8 = 'not valid utf-8: byte 0xff; %ssave the file as UTF-8 or add a coding line'
    self.check_bad([
        ('x = 1'.encode('utf-16'), 1, utf8 % 'it looks like UTF-16; '), (b'x = 1\n# \xff', 2, utf8 % ''),
        ('x = 1\n\0', 2, 'a null byte; is this a text file?'), ('x = \u201ca\u201d', 1, "invalid character '\u201c' (U+201C)"),
        ('if 1:\n    x = 1\n\ty = 2', 3, 'inconsistent use of tabs and spaces in indentation')])

  def test_what_a_file_does(self):
    self.check_bad([
        ('\nraise RuntimeError("x\\ny")', 2, 'x y'), ('raise BaseException("b")', 1, 'b'), ('raise GeneratorExit', 1, 'GeneratorExit'),
        ('class E(Exception):\n  def __str__(self): raise ValueError()\nraise E()', 3, 'E'),
        ('import sys\nsys.exit("bye")', 2, "the file called sys.exit('bye')"), ('raise KeyboardInterrupt', 1, 'interrupted'),
        ('import os\nos._exit(0)', 2, 'the file called sys.exit(0)'),
        ("include('a\\0b')", 1, 'embedded null byte'),
        ("Volume(mode='rw', host_path='a', container_path='b')", 1, 'Mode only accepts the following values: RO, RW'),
        ('Task(processes=(Process() for x in [1]))', 1, "cannot pickle 'generator' object (it can be read only once: make it a list)"),
        ("Job(task={'foo': 1})", 1, "Unknown schema attribute foo (Task has no field 'foo')")])

  def test_values(self):
    resources = 'Task has invalid resources.  cpu/ramMb/diskMb must all be positive: cpu:%s ramMb:%d diskMb:1'
    letters = 'letters, digits, _, - and . are allowed'
    rows = [
        (job_text().replace('ram=MB', 'ram=-5*MB'), (3, 'jobs[0].task.resources', resources % (1.0, -5), '')),
        (job_text().replace('cpu=1', 'cpu=float("nan")'), (3, 'jobs[0].task.resources', resources % ('nan', 1), '')),
        (job_text().replace('ram=MB', 'ram=float("nan")'), (3, 'jobs[0].task.resources.ram', "Cannot coerce 'nan' to Integer", '')),
        (job_text().replace('disk=MB', 'disk=MB, gpu=-1'), (3, 'jobs[0].task.resources', 'Task has invalid resources.  gpu must not '
                                                            'be negative: -1', '')),
        (job_text(process="cmdline='x', logger=Logger(mode='{{m}}')") + '\njobs = [jobs[0].bind(m="zz")]',
         (4, 'jobs[0].task.processes[0].logger.mode', "Cannot coerce 'zz' to LoggerMode: zz is not one of standard, rotate", '')),
        (job_text(job='instances=-1,'), (2, 'jobs[0].instances', 'instances is -1; a job needs at least 1.', '')),
        (job_text() + "jobs = [jobs[0](role='a\\n')]", (5, 'jobs[0].role', "Invalid role 'a\\n'", letters)),
        (job_text() + "jobs = [jobs[0](name='h\u00e9')]", (5, 'jobs[0].name', "Invalid name 'h\u00e9'", letters)),
        (job_text() + 'jobs *= 2', (2, 'jobs[1]', 'Multiple jobs match: jobs[0] has the same key', ''))]
    self.check_table(rows, lambda text: [(p['line'], p['path'], p['text'], p['hint'])
                                         for p in document(ask('eval', text))['problems']][0])

  def test_cleared_fields_mean_the_default(self):
    cleared = ', '.join('%s=Empty' % name for name in (
        'instances', 'update_config', 'metadata', 'service', 'max_task_failures', 'production', 'priority', 'executor_config',
        'enable_hooks', 'cron_collision_policy', 'health_check_config', 'lifecycle'))
    made = document(ask('load', job_text(job=cleared + ',', task='constraints=Empty, name=Empty,')))
    self.assertEqual((made['instances'], made['job']['taskConfig']['isService'], made['update_error']), (1, False, None))


class IsolationTest(Case):
  def test_one_file_leaves_nothing_for_the_next(self):
    files = Files()
    ask('dump', """
import os, sys, builtins, pystachio.basic, pystachio.composite, apache.aurora.config.schema.base as base, json, hashlib
base.MesosJob._compile = None
base.Process = None
pystachio.basic.String.coerce = classmethod(lambda cls, value: 'patched')
pystachio.composite.Structural.json_dumps = None
builtins.len = lambda x: 3
os.chdir('/')
os.environ['LEAK'] = '1'
sys.path.append('/leak')
sys.setrecursionlimit(50000)
sys.stdout = None
del Process
jobs = [Job(name=1)]
""")
    check = ("import os, sys\nassert len([]) == 0 and 'LEAK' not in os.environ and '/leak' not in sys.path\n"
             "assert sys.getrecursionlimit() < 50000\nassert str(String(5)) == '5'\nassert Process\n")
    before = os.getcwd()
    self.assertEqual(name_of("'ok'", check), 'ok')
    self.assertEqual(os.getcwd(), before)

  def test_a_forgotten_child_does_not_answer(self):
    self.assertEqual(name_of("'p'", 'import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)'), 'p')

  def test_output_goes_to_stderr(self):
    self.assertEqual(name_of("'p'", "import sys\nprint('', end='')\nsys.stdout.write('')\nsys.stdout.flush()"), 'p')


class LimitTest(Case):
  def test_endless_loops(self):
    for body in ('while True: pass', 'while True:\n  try: x = 1\n  except Exception: pass',
                 'while True:\n  try: x = 1\n  except: pass', 'import time; time.sleep(100)'):
      self.assertRegex(failure(ask('dump', 'x = 1\n' + body, time_ms=300)),
                       r'x.aurora:\d+: evaluation took longer than 0.3 s')

  def test_time_for_others_does_not_count(self):
    import time
    tiers = lambda: (time.sleep(0.7), ('preferred', [('preferred', False, False)]))[1]
    self.assertNotIn('failure', ask('load', job_text(), tiers=tiers, time_ms=500))

  def test_output(self):
    self.assertRegex(failure(ask('dump', "x = 1\nprint('x' * 100)", output_bytes=50)), r'x.aurora:2: the file prints more than 50 bytes')


class Python2Test(Case):
  def test_syntax(self):
    text = '''
import sys
print 'hello', 3
print >>sys.stderr, 'to stderr'
print
exec "made = 'm'"
def pair((a, b), c): return a + b + c
try:
  raise ValueError, 'oops'
except ValueError, e:
  assert str(e) == 'oops'
assert `1` == '1' and 1 <> 2 and 0755 == 493 and 123L == 123 and ur'\\d' == '\\\\d'
assert 7 / 2 == 3 and 7.0 / 2 == 3.5 and -7 / 2 == -4
half = 7
half /= 2
assert half == 3 and pair((1, 2), 3) == 6 and unicode('x', 'utf-8') == u'x'
d = {'a': 1}
assert d.has_key('a') and d.keys()[0] == 'a' and sorted(d.iteritems()) == [('a', 1)]
if True:
\tx = 1
        y = 2
''' + _KEY % "'%s-%d-%s' % (made, GB / 3 / MB, unicode(xrange(3)[2]))"
    outcome = ask('list', text)
    self.assertEqual(document(outcome)['keys'], ['c/r/e/m-341-2'])
    self.assertEqual(len(outcome['warnings']), 1)
    self.assertIn('is written for Python 2 (line ', outcome['warnings'][0])

  def test_names_and_lists(self):
    self.check_table([
        ("''.join(map(str, range(2)) + ['z'])", '01z'), ("str(filter(None, [0, 1]) + zip([1], [2]))[:3]", "[1,"),
        ("unichr(65) + str(long(3)) + str(cmp(1, 2))", 'A3-1'), ("str(reduce(lambda a, b: a + b, xrange(4)))", '6'),
        ("str(isinstance('x', basestring)) + intern('q')", 'Trueq'), ("str(apply(max, (1, 2)))", '2'),
        ("'%s' % ({'a': 1}.items()[0],)", "('a', 1)"), ("str(sorted({'a': 1}.viewkeys()))", "['a']"),
        ("unicode('x', 'utf-8') + unicode(b'y', 'ascii') + unicode(3)", 'xy3'), ("str(isinstance('x', unicode))", 'True'),
        ("'x'.decode('utf-8') + b'y'.decode()", 'xy'), ("filter(str.isdigit, 'a1')", '1'), ("str(map(None, [1], [2]))", '[(1, 2)]')], name_of)

  def test_each_construct_alone(self):
    """Each is enough to make a file Python 2, and each costs one warning."""
    self.check_table([
        ("print 'a', 1,\nprint", "'ok'", 'ok'), ("import sys\nprint >>sys.stderr, ''", "'ok'", 'ok'),
        ("import sys\nif 1:\n  print >> sys.stderr", "'ok'", 'ok'), ("exec 'y = 3'", 'str(y)', '3'),
        ("d = {}\nexec 'y = 4' in d", "str(d['y'])", '4'), ('y = `3 + 4`', 'y', '7'), ('y = 1 <> 2', 'str(y)', 'True'),
        ("try: int('x')\nexcept (TypeError, ValueError), e: y = 'caught'", 'y', 'caught'),
        ("try: raise ValueError, ('m', 3)\nexcept ValueError as e: y = e.args", 'str(y[1])', '3'),
        ("import sys\ntry:\n  try: 1/0\n  except Exception: raise ValueError, 'm', sys.exc_info()[2]\n"
         "except ValueError as e: y = str(e)", 'y', 'm'),
        ('y = 0755', 'str(y)', '493'), ('y = 0777L', 'str(y)', '511'), ('y = 123L + 0xffL', 'str(y)', '378'),
        ("y = ur'\\d' + UR'x'", "y.replace('\\\\', '-')", '-dx'), ('f = lambda (a, b): a + b', 'str(f((1, 2)))', '3'),
        ('def f(x, (a, (b, c))=(1, (2, 3))): return x + a + b + c', 'str(f(4))', '10'),
        ('if 1:\n    if 1:\n\ty = 5', 'str(y)', '5'), ('y = [x for x in 1, 2]', 'str(y[1])', '2'),
        ("print 'x'\nclass A: n = 7\na = A()\na.n /= 2", 'str(a.n)', '3'), ("print ''\nl = [-7]\nl[0] /= 2", 'str(l[0])', '-4'),
        ("print ''\ny = u'a'.encode('utf-8') + 'b'", 'y', 'ab')], self.name_with_one_warning)

  def name_with_one_warning(self, text, expression):
    outcome = ask('list', text + '\n' + _KEY % expression)
    self.assertEqual(len(outcome['warnings']), 1, outcome)
    return document(outcome)['keys'][0].rpartition('/')[2]

  def test_methods_that_are_gone(self):
    self.check_table([
        ('', "str(sorted([3, 1, 2], lambda a, b: b - a))", '[3, 2, 1]'),
        ('l = [1, 3]\nl.sort(cmp=lambda a, b: b - a)', 'str(l)', '[3, 1]'), ('l = [3, 1]\nl.sort(cmp)', 'str(l)', '[1, 3]'),
        ("l = ['bb', 'a']\nl.sort(key=len)", 'str(l[0])', 'a'), ('g = (x for x in [7])', 'str(g.next())', '7'),
        ('class A:\n  def next(self): return 1', 'str(A().next())', '1'), ('', "'abc'.encode('hex')", '616263'),
        ('', "'YWJj'.decode('base64')", 'abc'), ('', "'abc'.encode('rot13')", 'nop'), ('', "str(len(buffer('abc')))", '3'),
        ('import sys\nreload(sys)\nsys.setdefaultencoding("utf-8")', "'ok'", 'ok')], lambda before, name: name_of(name, before))

  def test_integer_division_stays_true_in_python_3_files(self):
    self.assertEqual(name_of('str(7 / 2)'), '3.5')
    self.assertEqual(name_of("str(7 / 2)", "from __future__ import division\nprint 'x'"), '3.5')

  def test_modules(self):
    self.check_table([
        ('import urllib2, ConfigParser, Queue, cPickle, commands', "ConfigParser.ConfigParser.__name__", 'ConfigParser'),
        ('from StringIO import StringIO', "StringIO('x').read()", 'x'), ('from cStringIO import StringIO', "'y'", 'y'),
        ('import itertools, string, sys, os', "str(list(itertools.izip('a', string.letters)))[:5]", "[('a'"),
        ('from itertools import izip, imap', 'str(list(izip([1], [2])))', '[(1, 2)]'),
        ('import sys, os', 'str(sys.maxint > 1 and bool(os.getcwdu()))', 'True'),
        ('from urllib import quote', "quote('a b')", 'a%20b'), ('import md5, sha', "md5.new('a').hexdigest()[:4] + sha.new('a').hexdigest()[:4]", '0cc186f7'),
        ('from sets import Set', 'str(sorted(Set([2, 1])))', '[1, 2]'), ('import types', "str(isinstance('x', types.StringTypes))", 'True'),
        ('from collections import Mapping, OrderedDict, namedtuple', "str(isinstance({}, Mapping))", 'True'),
        ('import string', "string.upper('x') + string.join(['a', 'b'], '-') + 'a'.translate(string.maketrans('a', 'b'))", 'Xa-bb'),
        ('import time', 'str(time.clock() >= 0)', 'True')], lambda before, name: name_of(name, before))

  def test_text_and_bytes(self):
    files = Files(data='\u00e9'.encode() + b'\xff')
    self.check_table([
        ("hashlib.md5('a').hexdigest()", '0cc175b9c0f1b6a831c399e269772661'),
        ("hashlib.md5(b'a').hexdigest()", '0cc175b9c0f1b6a831c399e269772661'),
        ("hashlib.new('sha1', 'a').hexdigest()[:8]", '86f7e437'), ("str(open(%r, 'rb').read()[:1])" % files.path('data'), "b'\\xc3'"),
        ("open(%r).read()[0]" % files.path('data'), '\u00e9'), ("str(len(file(%r).read()))" % files.path('data'), '2')],
        lambda name: name_of(name, 'import hashlib\nh = hashlib.md5()\nh.update("x")'))

  def test_text_where_python_3_has_bytes(self):
    self.check_table([
        ('import subprocess', "subprocess.check_output(['echo', 'hi']).strip() + '!'", 'hi!'),
        ('import subprocess as s', "s.Popen(['cat'], stdin=s.PIPE, stdout=s.PIPE).communicate('x')[0]", 'x'),
        ('import subprocess', "subprocess.check_output(['echo', 'hi']).decode('utf-8').split()[0]", 'hi'),
        ('import commands', "commands.getoutput('echo hi')", 'hi'), ('import os', "os.popen('echo hi').read().strip()", 'hi'),
        ('import base64', "base64.b64encode('abc') + base64.b64decode('YWJj')", 'YWJjabc'),
        ('import binascii, zlib', "binascii.hexlify('a') + str(zlib.crc32('abc'))", '61891568578'),
        ('import hmac, hashlib', "hmac.new('k', 'm', hashlib.sha1).hexdigest()[:8]", '772b71c8')],
        lambda before, name: name_of(name, before))

  def test_a_file_that_is_neither(self):
    text = failure(ask('dump', "print 'x'\nx = = 1\n"))
    self.assertRegex(text, r'\(x.aurora, line 1\); nor is it Python 2: invalid syntax \(x.aurora, line 2\)')

  def test_raw_input_and_execfile(self):
    files = Files(e="made = 'yes'\n")
    self.assertEqual(name_of("made", 'execfile(%r)' % files.path('e')), 'yes')


class NumberTest(Case):
  def test_numbers_that_json_cannot_hold(self):
    for field in ('initial_interval_secs', 'timeout_secs'):
      text = job_text(job="health_check_config=HealthCheckConfig(%s='inf')," % field)
      for kind in ('load', 'dump'):
        self.assertRegex(failure(ask(kind, text)), r'(?s)^loading: inf is not a finite number\n.*jobs\[0\].health_check_config.%s' % field)


class ThermosTest(Case):
  def test_tasks_of_a_thermos_file(self):
    text = "export(Task(name='{{n}}', processes=[Process(name='p', cmdline='{{thermos.ports[x]}}')]))\n"
    task = document(ask('thermos', text, bindings=['n=a']))['tasks'][0]
    self.assertEqual((task['name'], task['processes'][0]['cmdline']), ('a', '{{thermos.ports[x]}}'))
    self.assertEqual(document(ask('thermos', 'x = 1'))['tasks'], [])
    self.check_table([
        ('export(Task(processes=[Process()]))', [], 'loading: Task[processes] failed: Element in ProcessList failed check: '
         'Process[cmdline] is required.'), ('Job()', [], 'loading: Job is for jobs, and a thermos file exports tasks: '
         'export(Task(...)); `aurora thermos run` takes the name of an image as --image'), ('x', ['a=b=c'], 'usage: Binding must be of the form NAME=VALUE'),
        ("export(Task(processes=[Process(cmdline='{{a b}}')]))", [],
         'loading: malformed reference in a template: {{a b}}'),
        ('export(3)', [], 'loading: export() expects a Task or a dictionary, got 3')],
        lambda text, bindings: first_line(ask('thermos', text, bindings=bindings)))

  def test_json(self):
    path = Files().write('t.json', '{"name": "x", "unknown": 1, "processes": []}')
    self.assertEqual(document(ask_path('thermos', path, read_json=True))['tasks'][0]['name'], 'x')


class LibraryConfigTest(Case):
  """pystachio.config.Config, for scripts that use the library by itself."""

  def test_files_texts_and_streams(self):
    import io
    from pystachio.config import Config, ConfigContext
    files = Files(b_config="b = 'Hello'\n")
    files.write('conf/a.config', "include('../b.config')\na = b\n")
    files.write('b.config', "b = 'Hello'\n")
    config = Config(files.path('conf/a.config'))
    self.assertEqual((config.environment['a'], config.environment['b']), ('Hello', 'Hello'))
    self.assertIn(ConfigContext.key('', files.path('conf/a.config')), config.loadables)
    again = Config(config.loadables)
    self.assertEqual((again.environment['a'], again.loadables), ('Hello', config.loadables))
    self.assertEqual(Config(io.BytesIO(b"a = 'Hi'")).environment['a'], 'Hi')
    with self.assertRaisesRegex(Config.InvalidConfigError, 'You may not include'):
      Config(io.BytesIO(b"include('x')"))
    with self.assertRaisesRegex(Config.NotFound, 'Could not load resource /nowhere'):
      Config('/nowhere')
