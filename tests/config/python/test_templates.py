from pystachio import Default, Environment, Float, Integer, List, Map, MustacheParser, Ref, String, Struct
from pystachio.matcher import Any, Matcher

from support import Case, error_of


class In(Struct):
  v = String
  w = Default(String, '{{v}}')


class Out(Struct):
  v = String
  i = In
  l = List(In)
  m = Map(String, In)


class RefTest(Case):
  """Spec §3.1."""

  def test_grammar(self):
    self.check_table([
        ('a', '{{a}}'), ('.a', '{{a}}'), ('a.b[c]', '{{a.b[c]}}'), ('[0].a', '{{[0].a}}'), ('a[x-y./z_0]', '{{a[x-y./z_0]}}'),
        ('_', '{{_}}'), ('a.\u00e9', '{{a.\u00e9}}'),
        ('', "InvalidRefError: Invalid address: ''"), (' a ', 'InvalidRefError:  a '), ('1a', 'InvalidRefError: 1a'),
        ('a-b', 'InvalidRefError: Badly formed address .a-b'), ('a.', 'InvalidRefError: Badly formed address .a.'),
        ('a[]', 'InvalidRefError: Badly formed address .a[]'), ('a[b', 'InvalidRefError: Badly formed address .a[b'),
        ('a.1', 'InvalidRefError: Badly formed address .a.1'), ('a[b c]', 'InvalidRefError: Badly formed address .a[b c]'),
        ('a..b', 'InvalidRefError: Badly formed address .a..b')],
        lambda text: error_of(lambda: str(Ref.from_address(text))))
    self.assertEqual(repr(Ref.from_address('.a.b')), 'Ref(a.b)')
    self.assertEqual(str(Ref.from_address('.\xe9.b')), '{{.\xe9.b}}')  # which without its first dot would be refused
    self.assertEqual(error_of(Ref.from_address, 'a' + '.b' * 2000),
                     'InvalidRefError: Address of more than 100 steps: .a%s...' % ('.b' * 29))

  def test_equality_and_scoping(self):
    ports = Ref.from_address('mesos.ports')
    self.check_table([('mesos.ports[health]', '{{[health]}}'), ('mesos.config', 'None'), ('mesos.ports.http', '{{http}}'),
                      ('mesos.ports', 'None')], lambda text: str(ports.scoped_to(Ref.from_address(text))))
    self.assertEqual(Ref.from_address('a'), Ref.from_address('.a'))
    self.assertEqual(len({Ref.from_address('a'), Ref.from_address('.a'), Ref.from_address('[a]')}), 2)


class SplitTest(Case):
  """Spec §3.1."""

  def test_split(self):
    ref = Ref.from_address
    self.check_table([
        ('', []), ('a', ['a']), ('{{a}}', [ref('a')]), ('x{{a}}y', ['x', ref('a'), 'y']), ('{{}}', ['{{}}']),
        ('{{a}', ['{{a}']), ('{{{a}}}', ['{', ref('a'), '}']), ('{{{{a}}}}', ['{{', ref('a'), '}}']),
        ('{{x{{a}}}}', ['{{x', ref('a'), '}}']), ('{{&a}}', ['{{a}}']), ('{{&a&}}', ['{{a}}']),
        ('{{a}}{{b}}', [ref('a'), ref('b')]), ('{ {a} }', ['{ {a} }']), ('{{a}} }}', [ref('a'), ' }}']),
        ('{"a":{"b":1}}', ['{"a":{"b":1}}']), ("awk '{ print $1 }'", ["awk '{ print $1 }'"]), ('${x}', ['${x}']),
        ('{{a{b}}', ['{{a{b}}']), ('{{ {{a}}', ['{{ ', ref('a')])], MustacheParser.split)
    self.assertEqual(MustacheParser.split('{{&a}}', keep_aliases=True), ['{{&a}}'])

  def test_bad_refs_raise_at_interpolation(self):
    self.check_table([('{{ a }}', 'InvalidRefError:  a '), ('{{a-b}}', 'InvalidRefError: Badly formed address .a-b'),
                      ('{{&}}', 'InvalidRefError: &'), ('{{a&}}', 'InvalidRefError: Badly formed address .a&')],
                     lambda text: error_of(lambda: str(String(text))))
    self.assertEqual(error_of(String('{{ a }}').check), 'InvalidRefError:  a ')


class GoldenTest(Case):
  """Spec §3.4, §3.5 and §3.8."""

  def test_values(self):
    s = String
    self.check_table([
        (Out(v='o', i=In(w='{{v}}')).i().w(), 'String(o)'),
        (Out(v='o', i=In(v='i')).i().w(), 'String(i)'),
        (Out(v='o', i=In(v='i', w='{{super.v}}')).i().w(), 'String(o)'),
        (Out(v='{{m[k].v}}', m={'k': In(v='a')}).v(), 'String(a)'),
        (Out(v='{{i.v}}', i={'v': 'q'}).v(), 'String(q)'),
        (Out(v='x', i=In(w='{{z}}').bind(z=2)).bind(z=1).i().w(), 'String(2)'),
        (s('{{a.b.c}}').bind({'a.b': {'c': 1}}), 'String(1)'),
        (s('{{a.v}}').bind({'a': In(v=1)}).bind({'a.v': 5}), 'String(5)'),
        (s('{{a.v}}').bind({'a.v': 5}).bind({'a': In(v=1)}), 'String(1)'),
        (s('{{f}}').bind(f=s('{{g}}').bind(g=1)).bind(g=2), 'String(1)'),
        (s('{{f}}').bind(f=s('{{g}}')).bind(g=2), 'String(2)'),
        (Integer('{{a}}{{b}}').bind(a=1, b=2), 'Integer(12)'),
        (s('{{a}}').bind(a=1).in_scope(a=2), 'String(1)'),
        (s('{{a}}').bind({'a': 1}, {'a': 2}), 'String(2)'),
        (s('{{a}}').bind(a='{{b}}', b='{{a}}').check(),
         'TypeCheck(FAILED): Unable to interpolate: Unable to interpolate {{a}}!  Maximum replacements reached.'),
        (s('{{&a}} {{a}}').bind(a='b'), 'String({{a}} b)'),
        (s('{{a}}').bind(a=List(String)(['z', 'y'])), 'String(StringList(z, y))'),
        (In(v='{{x}}').interpolate(), '(In(v={{x}},\n   w={{x}}), [Ref(x)])'),
        (s('{{x{{a}}}}').bind(a=1, x1='deep'), 'String(deep)'),
        (s('{{list[{{i}}]}}').bind(i=1, list=List(String)(['a', 'b'])), 'String(b)'),
        (s('{{f}}').bind(f=Float('1')), 'String(1.0)'),
        (s('{{&&a}}'), 'String({{&a}})'),
        (s('{{a}}').bind(a='{{&b}}', b=1), 'String({{b}})')], repr)

  def test_task_and_job_names(self):
    from apache.aurora.config.schema.base import Job, Process, Task
    p1 = Process(name='p1', cmdline='x')
    self.assertEqual(repr(Task(processes=[]).name()), 'String({{processes[0].name}})')
    self.assertEqual(repr(Job(task=Task(processes=[p1])).name()), 'String(p1)')

  def test_self_and_super(self):
    from apache.aurora.config.schema.base import Job, Process, Task
    def cmdline(text, **kw):
      task = Task(name='t', processes=[Process(name='p', cmdline=text)], **kw)
      return str(Job(name='j', role='r', task=task).interpolate()[0].task().processes()[0].cmdline())
    self.check_table([
        ('{{name}}', 'p'), ('{{self.name}}', 'p'), ('{{super.name}}', 'j'), ('{{super.max_concurrency}}', '0'),
        ('{{role}}', 'r'), ('{{task.name}}', 't'), ('{{super.super.name}}', 'j'), ('{{self.missing}}', '{{self.missing}}')],
        cmdline)

  def test_lookup_goes_outwards(self):
    from apache.aurora.config.schema.base import Job, Process, Task
    def cmdline(text, process={}, task={}, job={}, **outer):
      inner = Task(name='t', processes=[Process(name='p', cmdline=text).bind(process)]).bind(task)
      whole = Job(name='j', role='r', task=inner).bind(job).bind(outer)
      return str(whole.interpolate()[0].task().processes()[0].cmdline())
    self.check_table([
        ('{{v}}', {'v': 'process'}, {'v': 'task'}, {'v': 'job'}, 'process'), ('{{v}}', {}, {'v': 'task'}, {'v': 'job'}, 'task'),
        ('{{v}}', {}, {}, {'v': 'job'}, 'job'), ('{{name}}', {'name': 'bound'}, {}, {}, 'p'),
        ('{{role}}', {}, {'role': 'bound'}, {}, 'bound'), ('{{max_concurrency}}', {}, {}, {'max_concurrency': 7}, '0'),
        ('{{a}}', {'a': '{{b}}'}, {}, {'b': '{{role}}'}, 'r')], cmdline)
    self.check_table([('{{v}}', {}, {}, {'v': 'job'}, 'cli'), ('{{v}}', {}, {'v': 'task'}, {}, 'task')],
                     lambda *args: cmdline(*args, v='cli'))

  def test_number_of_replacements(self):
    chain = lambda length: String('{{a0}}').bind({'a%d' % i: '{{a%d}}' % (i + 1) for i in range(length)})
    self.assertEqual(str(chain(99)), '{{a99}}')
    self.assertEqual(chain(101).check().message(), 'Unable to interpolate: Unable to interpolate {{a0}}!  Maximum replacements reached.')

  def test_one_ampersand_protects_for_one_pass(self):
    once = String('{{&foo}} {{&&bar}}').interpolate()[0]
    self.assertEqual((str(once), once.interpolate()[1]), ('{{foo}} {{bar}}', [Ref.from_address('foo')]))

  def test_bindings(self):
    class A(Struct):
      name = String
      text = String
    self.check_table([
        (A(name='own', text='{{name}}').bind(name='bound').text(), 'own'),
        (A(text='{{name}}').bind(name='bound').text(), 'bound'),
        (A(text='{{name}}').bind(name='bound').has_name(), 'False')], str)

  def test_endless_recursion_is_uninterpolatable(self):
    self.assertEqual(In(v='{{v}}').check().message(),
                     'In[v] failed: Unable to interpolate: Unable to interpolate {{v}}!  Maximum replacements reached.')
    self.assertIn('Maximum replacements', Out(v='{{i.v}}', i=In(v='{{self.v}}{{super.v}}')).check().message())

  def test_scopes_are_as_documented(self):
    scopes = In(v='x').bind(a=1).scopes()
    self.assertEqual([sorted(map(str, scope._table)) for scope in scopes],
                     [['{{self.v}}', '{{self.w}}'], ['{{v}}', '{{w}}'], ['{{a}}'], ['{{super.a}}']])


class LargeTest(Case):
  def test_long_strings_and_lists(self):
    self.assertEqual(len(str(String('{{a}}' + 'x' * 10000000).bind(a='1'))), 10000001)
    big = List(Integer)(list(range(100000)))
    self.assertTrue(big.check().ok())
    self.assertEqual(len(str(String('{{a}} ' * 20000).bind(a='1'))), 40000)

  def test_many_braces_take_linear_time(self):
    for text in ('{' * 1000000, '{{a' * 200000, '{{}' * 200000, '}}' * 400000, '{{&' * 200000):
      MustacheParser.split(text)


class MatcherTest(Case):
  """Spec §3.9; more in test_objects."""

  def test_match(self):
    match = lambda matcher, text: list(matcher.match(String(text)))
    self.check_table([
        (Matcher('hello'), 'hello', []), (Matcher('hello'), '{{hello}}', [('hello',)]),
        (Matcher('packer')[Any][Any][Any], '{{packer[a][b][c].x}}', [('packer', 'a', 'b', 'c')]),
        (Matcher('derp').Any[r'\d+'], '{{derp.a[23]}}', [('derp', 'a', '23')]),
        (Matcher('herp')._('.*'), '{{herp.derp}}', [('herp', 'derp')]), (Matcher('a').b.c, '{{a.b.d}}', []),
        (Matcher('a')[Any], '{{a.b}}', []), (Matcher(Any), '{{zz}}', [('zz',)])], match)

  def test_apply(self):
    class Packer(Struct):
      target = String
    bind = lambda _, role, env: Packer(target='{{role}}/{{env}}').bind(role=role, env=env)
    self.assertEqual(str(Matcher('packer')[Any][Any].apply(bind, String('{{packer[r][e].target}}'))), 'r/e')
