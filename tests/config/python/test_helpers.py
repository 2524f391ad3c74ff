from apache.thermos.config.schema import *
from pystachio import Empty, Integer

from support import Case, error_of


def p(name, **kw):
  return Process(name=name, cmdline='run ' + name, **kw)


def task(name, *processes, **kw):
  return Task(name=name, processes=list(processes), **kw)


def names(t):
  return [str(process.name()) for process in t.processes()]


def orders(t):
  return [tuple(map(str, constraint.order())) for constraint in t.constraints()]


class HelperTest(Case):
  """Spec §5."""

  def test_order(self):
    self.check_table([
        (lambda: order('a', p('b')), [Constraint(order=['a', 'b'])]),
        (lambda: order('a', 'b') + order('b', 'c'), [Constraint(order=['a', 'b']), Constraint(order=['b', 'c'])]),
        (lambda: order(['a']), "ValueError: Unknown value for process order: ['a']"),
        (lambda: order(1), 'ValueError: Unknown value for process order: 1'),
        (lambda: Processes.order('a'), [Constraint(order=['a'])]), (lambda: order(), [Constraint(order=[])]),
        (lambda: order(p('{{n}}').bind(n='x')), [Constraint(order=['x'])])], error_of)

  def test_sequential_task(self):
    made = SequentialTask(processes=[p('a'), p('b')])
    self.check_table([
        (lambda: orders(made), [('a', 'b')]), (lambda: orders(made(processes=[p('z')])), [('a', 'b')]),
        (lambda: SequentialTask(name='x'), Task(name='x')), (lambda: SequentialTask({'name': 'x'}), Task(name='x')),
        (lambda: orders(Tasks.sequential(task('t', p('a'), p('b')))), [('a', 'b')]),
        (lambda: orders(SequentialTask(processes=[p('a')], constraints=[])), [('a',)]),
        (lambda: SequentialTask(processes=[p('a')], constraints=order('a')),
         'ValueError: Cannot turn a Task with existing constraints into a SequentialTask!')], error_of)

  def test_simple_task(self):
    made = SimpleTask('n', 'cmd')
    self.assertEqual(made, Task(name='n', processes=[Process(name='n', cmdline='cmd')],
                                resources=Resources(cpu=1.0, ram=GB, disk=GB)))
    self.assertEqual(Tasks.simple('n', 'cmd'), made)

  def test_combine(self):
    one = task('one', p('a'), p('b'), resources=Resources(cpu=1, ram=10, disk=5), finalization_wait=10,
               constraints=order('a', 'b'))
    two = task('two', p('b'), p('c'), resources=Resources(cpu=2, ram=20, disk=1), finalization_wait=7,
               max_failures=5, constraints=order('a', 'b'))
    both = combine_tasks(one, two)
    self.check_table([
        (str(both.name()), 'two'), (names(both), ['a', 'b', 'c']), (both.resources(), Resources(cpu=3, ram=30, disk=6)),
        (orders(both), [('a', 'b')]), (both.finalization_wait().get(), 10), (both.max_failures().get(), 5),
        (combine_tasks(), Task()), (str(combine_tasks(one, two, name='q').name()), 'q'),
        (names(Tasks.combine(Task(), one)), ['a', 'b']), (combine_tasks(Task(name='e')), Task(name='e', processes=[],
         resources=Resources(cpu=0, ram=0, disk=0), finalization_wait=30))], lambda value: value)

  def test_combining_the_same_many_processes_takes_linear_time(self):
    many = task('many', *[p('p%d' % i) for i in range(2000)])
    self.assertEqual(len(names(combine_tasks(many, many, many))), 2000)

  def test_concat(self):
    one = task('one', p('a'), p('b'), resources=Resources(cpu=1, ram=30, disk=5), finalization_wait=10)
    two = task('two', p('b'), p('c'), resources=Resources(cpu=2, ram=20, disk=1), finalization_wait=7)
    both = concat_tasks(one, two)
    self.check_table([
        (names(both), ['a', 'b', 'c']), (both.resources(), Resources(cpu=2, ram=30, disk=5)),
        (orders(both), [('a', 'b'), ('a', 'c'), ('b', 'c')]), (both.finalization_wait().get(), 17),
        (concat_tasks(), Task()), (orders(concat_tasks(task('x', p('a')), task('y', p('a'), p('b')), task('z', p('c')))),
         [('a', 'b'), ('a', 'c'), ('b', 'c')]), (str(concat_tasks(one, two, name='q').name()), 'q'),
        (names(concat_tasks(Task(name='e'), one)), ['a', 'b'])], lambda value: value)

  def test_units(self):
    self.check_table([
        (Units.safe_get(Empty), 0), (Units.optional_resources(Empty), Resources(cpu=0, ram=0, disk=0)),
        (Units.resources_sum(Empty, Resources(cpu=1, ram=2, disk=3)), Resources(cpu=1, ram=2, disk=3)),
        (Units.resources_max([Resources(cpu=1, ram=9, disk=3), Resources(cpu=2, ram=2, disk=2)]),
         Resources(cpu=2, ram=9, disk=3)),
        (Units.resources_sum(), Resources(cpu=0, ram=0, disk=0)), (Units.safe_get(Integer(3)), 3),
        (Units.finalization_wait_max([]), 0), (Units.finalization_wait_max([Integer(3), Empty, Integer(5)]), 5),
        (Units.finalization_wait_sum([Integer(3), Empty, Integer(5)]), 8),
        ([str(q.name()) for q in Units.processes_merge([task('x', p('a'), p('b')), Task(), task('y', p('b'), p('c'))])], ['a', 'b', 'c']),
        (Units.constraints_merge([task('x', constraints=order('a', 'b')), task('y', constraints=order('a', 'b') + order('c'))]),
         order('a', 'b') + order('c')), ((BYTES, KB, MB, GB, TB), (1, 1024, 1024**2, 1024**3, 1024**4))],
        lambda value: value)

  def test_options(self):
    self.check_table([
        (lambda: java_options('a', 'bb', c=1, dd='x'), '-a -bb -c 1 -dd x'),
        (lambda: python_options('a', 'bb', {'c': 1, 'dd': 0}, e=False, gg=''), '-a --bb -c 1 --dd -e --gg'),
        (lambda: Options.java(1), 'ValueError: Got an unexpected argument to render_options: 1'),
        (lambda: java_options(), ''), (lambda: Options.python({'verbose': None, 'n': 5}), '--verbose -n 5'),
        (lambda: java_options({'Xmx': '1g'}, 'server', f=''), '-Xmx 1g -server -f'),
        (lambda: Options.python(None), 'ValueError: Got an unexpected argument to render_options: None')], error_of)


class ThermosFileTest(Case):
  def test_exported_tasks(self):
    from apache.thermos.config.loader import ThermosConfigLoader
    from support import Files
    files = Files(a='export(Task(name="{{n}}", processes=[Process(name="p", cmdline="x")]))\n'
                    'export({"name": "d", "processes": []})\n', bad='export(Task(processes=[Process()]))\n')
    files.write('j.json', '{"name": "x", "unknown": 1, "processes": []}')
    loaded = ThermosConfigLoader.load(files.path('a'), bindings=[{'n': 'bound'}])
    self.assertEqual([str(t.name()) for t in loaded.tasks()], ['bound', 'd'])
    self.assertEqual(str(ThermosConfigLoader.load_json(files.path('j.json')).tasks()[0].name()), 'x')
    self.assertEqual(error_of(ThermosConfigLoader.load, files.path('bad')),
                     'InvalidTask: Task[processes] failed: Element in ProcessList failed check: '
                     'Process[cmdline] is required.')
    self.assertEqual(error_of(ThermosConfigLoader.load, files.write('n.thermos', 'Job')),
                     "NameError: name 'Job' is not defined")
