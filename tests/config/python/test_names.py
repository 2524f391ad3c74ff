"""What other programs and files take from the original's modules is there and does the same."""

import importlib
import io
import json
import os

from pystachio import (Boolean, Choice, Empty, Environment, Float, Integer, List, Map, MustacheParser, Ref, Required, String, Struct,
                       TypeCheck)
from pystachio.composite import StructMetaclass, Structural, TypeSignature
from pystachio.naming import frozendict

from support import Case, Files, ask, document, error_of, job_text, load


def listed():
  """(module, [names]) of original_names.txt."""
  with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'original_names.txt')) as fp:
    for line in fp:
      if line.strip() and line[0] != '#':
        module, _, names = line.partition(': ')
        yield module, names.split()


class NameTest(Case):
  def test_each_is_there(self):
    for module, names in listed():
      with self.subTest(module):
        loaded = importlib.import_module(module)
        self.assertEqual([name for name in names if not _has(loaded, name)], [])

  def test_files_can_import_each(self):
    for module, names in listed():
      with self.subTest(module):
        imported = ', '.join(name for name in names if '.' not in name)
        if imported:
          load('from %s import %s\n' % (module, imported) + job_text())

  def test_stars_give_them(self):
    for module, names in listed():
      with self.subTest(module):
        wanted = [name for name in names if '.' not in name and name[0] != '_' and not module.startswith('apache.aurora.c')]
        if module in ('apache.thermos.config.schema_helpers', 'twitter.thermos.config.schema_helpers'):
          wanted = ['order', 'Tasks', 'Units']  # the original says itself what its star gives
        load('from %s import *\n%s\n' % (module, '\n'.join(wanted)) + job_text())

  def test_old_names_are_the_same_modules(self):
    import apache.aurora.config.schema.base as new
    import twitter.aurora.config.schema.base as old
    self.assertIs(old, new)
    self.assertEqual(new.__spec__.name, 'apache.aurora.config.schema.base')
    self.assertEqual(error_of(importlib.import_module, 'twitter.aurora.nothing'),
                     "ModuleNotFoundError: No module named 'twitter.aurora.nothing'")


def _has(value, name):
  for part in name.split('.'):
    if not hasattr(value, part) and part not in getattr(value, '__slots__', ()):
      return False
    value = getattr(value, part, None)
  return True


class Inner(Struct):
  n = Integer


class Outer(Struct):
  inner = Inner
  name = Required(String)
  listed = List(Inner)


class StructTest(Case):
  def test_methods_that_call_super(self):
    text = """
class Base(Struct):
  a = String
  def shown(self): return super().__repr__() + __class__.__name__
class Derived(Base):
  def shown(self): return super().shown()
class Old(Struct):
  b = Default(Integer, 1)
  def __init__(self, *args, **kw): super(Old, self).__init__(*args, **kw)
""" + job_text(process="cmdline=str(Base(a='x').a()) + str(Old().b()) + str(Derived(a='y').a())")
    payload = json.loads(load(text)['job']['taskConfig']['executorConfig']['data'])
    self.assertEqual(payload['task']['processes'][0]['cmdline'], 'x1y')

  def test_filter_against_schema(self):
    values = {'name': 'x', 'zz': 1, 'inner': {'n': 1, 'zz': 2}, 'listed': [{'n': 1}]}
    self.assertEqual(Outer._filter_against_schema(values), {'name': 'x', 'inner': {'n': 1}, 'listed': [{'n': 1}]})
    self.assertEqual(Outer(Outer._filter_against_schema(values)).inner(), Inner(n=1))

  def test_traits_of_clusters(self):
    from apache.aurora.common.cluster import Cluster
    class Trait(Cluster.Trait):
      path = Required(String)
      port = Integer
    cluster = Cluster(name='west', path='/p')
    self.check_table([
        (lambda: cluster.name, 'west'), (lambda: cluster.with_trait(Trait).path, '/p'), (lambda: cluster.with_trait(Trait).port, None),
        (lambda: cluster.with_trait(Trait).name, 'west'),
        (lambda: Cluster(name='x').with_trait(Trait), 'TypeError: Trait[path] is required.'),
        (lambda: cluster.get_trait(int), "TypeError: provided trait must be a Cluster.Trait subclass, got <class 'type'>"),
        (lambda: cluster.port, "AttributeError: 'Cluster' object has no attribute 'port'"),
        (lambda: cluster.__setitem__('a', 1), 'TypeError: Clusters are immutable.')], error_of)

  def test_semi_public_methods(self):
    outer = Outer(name='{{x}}', inner={'n': 3}).bind(x=1)
    self.check_table([
        (outer.interpolate_key('name'), String('1')), (outer.interpolate_key('inner'), Inner(n=3)),
        (outer._process_schema_attribute('inner', {'n': 4}), Inner(n=4)), (outer._process_schema_attribute('inner', Empty), Empty),
        (str(outer.dup().name()), '{{x}}'), (str(outer._self_scope().find(Ref.from_address('inner.n'))), '3'),
        (outer._cast_scopes_to_child((Environment(a=1),)), (Environment({'super': Environment(a=1)}),)),
        (str(outer._schema_data['name']), '{{x}}'), (outer._schema_data['listed'], Empty)], lambda value: value)
    self.assertEqual(error_of(outer._process_schema_attribute, 'zz', 1), 'AttributeError: Unknown schema attribute zz')
    changed = outer.copy()
    changed._update_schema_data(name='y')
    self.assertEqual((str(changed.name()), str(outer.name())), ('y', '1'))

  def test_signatures(self):
    signature = TypeSignature.wrap(Required(Inner))
    self.assertEqual(TypeSignature.deserialize(signature.serialize(), {}), signature)
    self.assertIsNone(TypeSignature.wrap(5))
    parameters = StructMetaclass.attributes_to_parameters({'a': String, 'b': Required(Integer), 'c': 5, '__module__': 'm'})
    self.assertEqual(parameters, (('a', (False, (), True, ('String',))), ('b', (True, (), True, ('Integer',)))))


class TypesTest(Case):
  def test_checkers(self):
    self.check_table([
        (Integer.checker(Integer(5)), 'TypeCheck(OK)'), (Integer.checker(Integer('5')), "TypeCheck(FAILED): '5' not an integer"),
        (String.checker(String(5)), 'TypeCheck(FAILED): 5 not a string'), (Float.checker(Float(1)), 'TypeCheck(OK)'),
        (Boolean.checker(Boolean('x')), "TypeCheck(FAILED): 'x' not a boolean")], repr)

  def test_own_types(self):
    class Port(Integer):
      @classmethod
      def checker(cls, obj):
        return TypeCheck.success() if 0 < obj.get() < 65536 else TypeCheck.failure('%s is no port' % obj.get())
    class Server(Struct):
      port = Port
    self.check_table([(Server(port=80), 'TypeCheck(OK)'), (Server(port='{{p}}').bind(p=0), 'TypeCheck(FAILED): Server[port] failed: 0 is no port')],
                     lambda server: repr(server.check()))

  def test_choices(self):
    choice = Choice([Integer, String])('x')
    self.assertEqual(choice._unwrap(lambda value: value.check().ok() and value, lambda value: 'none'), String('x'))
    self.assertEqual(Choice([Integer])('x')._unwrap(lambda value: value.check().ok(), lambda value: 'none of ' + value), 'none of x')

  def test_containers(self):
    kind = Map(String, Integer)
    self.check_table([
        (List(String).isiterable('ab'), False), (List(String).isiterable(('a',)), True),
        (List(Integer)([])._coerce_values([1, Integer(2)]), (Integer(1), Integer(2))),
        (kind({'a': 1})._map, ((String('a'), Integer(1)),)), (kind({})._coerce_map({'a': 1}), ((String('a'), Integer(1)),)),
        (kind({})._coerce_tuple([('a', 1)]), ((String('a'), Integer(1)),))], lambda value: value)

  def test_refs(self):
    ref = Ref.from_address
    self.check_table([
        (Ref.compare(ref('a.b'), ref('c')), 1), (Ref.compare(ref('a'), ref('c')), -1), (Ref.compare(ref('a'), ref('a')), 0),
        (ref('b') > ref('a'), True), (bool(Ref.Index.RE.match('a-b')), True), (bool(Ref.Dereference.RE.match('1a')), False),
        (Ref._REF_RE.split('.a[b]'), ['', '.a', '', '[b]', '']), (MustacheParser._MUSTACHE_RE.findall('x{{&a}}'), [('&', 'a')]),
        (MustacheParser.join(MustacheParser.split('{{a}}{{a}}')), ('{{a}}{{a}}', [ref('a')]))], lambda value: value)


class HelperTest(Case):
  def test_of_tasks(self):
    from apache.thermos.config.schema import GB, Options, Process, Processes, Resources, Task, Tasks
    class Large(Tasks):
      SIMPLE_CPU = 8.0
    p, q = Process(name='p', cmdline='x'), Process(name='q', cmdline='y')
    self.check_table([
        ((Tasks.SIMPLE_CPU, Tasks.SIMPLE_RAM, Tasks.SIMPLE_DISK), (1.0, GB, GB)),
        (Large.simple('n', 'c').resources(), Resources(cpu=8, ram=GB, disk=GB)), (Processes._process_name(p), String('p')),
        (Tasks._combine_processes(Task(name='a', processes=[p]), Task(name='b', processes=[p, q])), Task(name='b', processes=[p, q])),
        (Options.render_option('-', '--', 'v'), '-v'), (Options.render_option('-', '--', 'name', 3), '--name 3'),
        (Options.render_options('-', '--', 'v', {'a': 1}, bb=''), ['-v', '-a 1', '--bb'])], lambda value: value)


class ThermosTest(Case):
  def task(self, **kw):
    from apache.thermos.config.schema import Process, Task
    return Task(**dict(dict(name='t', processes=[Process(name='p', cmdline='{{thermos.ports[http]}} {{x}}')]), **kw))

  def test_wrappers(self):
    from apache.thermos.config.loader import ThermosTaskWrapper
    files = Files()
    wrapped = ThermosTaskWrapper(self.task(), bindings=[{'x': 1}])
    self.assertEqual((wrapped.ports(), str(wrapped.task.processes()[0].cmdline())), ({'http'}, '{{thermos.ports[http]}} 1'))
    wrapped.to_file(files.path('folder/task.json'))
    self.assertEqual(ThermosTaskWrapper.from_file(files.path('folder/task.json')).task, wrapped.task)
    self.assertIsNone(ThermosTaskWrapper.from_file(files.write('broken', '{')))
    self.assertEqual(json.loads(wrapped.to_json())['name'], 't')
    from apache.thermos.config.schema import Process
    bad = self.task(processes=[Process(name='p', cmdline='{{thermos.ports.http}}')])
    self.assertTrue(error_of(ThermosTaskWrapper(bad).ports).startswith('InvalidTask: Task has invalid process: Process('))
    self.assertEqual(error_of(ThermosTaskWrapper, self.task(max_failures='x')), "InvalidTask: Task[max_failures] failed: Unable to "
                     "interpolate: Cannot coerce 'x' to Integer")

  def test_validator(self):
    from apache.thermos.config.loader import ThermosTaskValidator
    from apache.thermos.config.schema import Process, order
    p = Process(name='p', cmdline='x')
    self.check_table([
        (self.task(), None), (self.task(processes=[p(name='.p')]), 'InvalidTaskError: Task has invalid process: Invalid process name: .p'),
        (self.task(max_failures='x'), "InvalidTaskError: Failed to fully evaluate task: Task[max_failures] failed: Unable to interpolate: "
         "Cannot coerce 'x' to Integer"),
        (self.task(processes=[p, p(name='q')], constraints=order('p', 'q') + order('q', 'p')),
         'InvalidTaskError: Task has invalid plan: Cycles detected in the task schedule!')],
        lambda task: error_of(ThermosTaskValidator.assert_valid_task, task))
    self.assertEqual(error_of(ThermosTaskValidator.assert_valid_ports, self.task(), {}), 'InvalidTaskError: Task requires unbound port http!')

  def test_loader_of_texts(self):
    from apache.thermos.config.loader import ThermosConfigLoader
    loaded = ThermosConfigLoader.load(io.BytesIO(b"export(Task(name='a', processes=[]))"))
    loaded.add_task(self.task())
    self.assertEqual([str(task.name()) for task in loaded.tasks()], ['a', 't'])


class AuroraConfigTest(Case):
  TEXT = job_text(process="cmdline='{{thermos.ports[health]}} {{thermos.ports[aurora]}} {{mesos.instance}} {{v}}'",
                  job="announce=Announcer(), task_links={'x': 'http://%port:a%/{{mesos.instance}}/{{thermos.ports[http]}}'},")

  def test_accessors(self):
    from apache.aurora.config import AuroraConfig
    path = Files().write('x.aurora', self.TEXT)
    config = AuroraConfig.load(path, name='n', bindings=[{'v': 'w'}], select_cluster='c')
    config.add_metadata('a', 'b')
    self.check_table([
        (str(config.job_key()), 'c/r/devel/n'), ((config.cluster(), config.role(), config.environment(), config.name()), ('c', 'r', 'devel', 'n')),
        (config.instances(), 1), (config.ports(), {'health', 'http'}), (config.has_health_port(), True), (config.is_dedicated(), False),
        (str(config.task(3).processes()[0].cmdline()), '{{thermos.ports[health]}} {{thermos.ports[aurora]}} 3 w'),
        (str(config.task_links()['x']), 'http://%port:a%/%shard_id%/%port:http%'), (config.hooks, []),
        (config.update_config().batch_size().get(), 1), (repr(config)[:22], 'AuroraConfig(MesosJob(')], lambda value: value)
    config.bind({'v': 'late'})  # ranks before what was bound
    self.assertIn('late', str(config.task(1)))
    config.update_job(config.raw()(name='other'))
    self.assertEqual(config.name(), 'other')

  def test_choosing(self):
    from apache.aurora.config import AuroraConfig
    path = Files().write('x.aurora', self.TEXT + "jobs += [jobs[0](name='m', environment=Empty), jobs[0](name='m')]")
    self.check_table([
        ('z', "ValueError: Could not find job */*/*/z\nJob c/r/{MISSING}/m in configuration file doesn't specify an environment\n"
              'Candidates are:\n  c/r/devel/n\n  c/r/{MISSING}/m\n  c/r/devel/m'),
        ('m', 'ValueError: Multiple jobs match, please disambiguate by specifying a job key.\n'
              'Candidates are:\n  c/r/devel/n\n  c/r/{MISSING}/m\n  c/r/devel/m'),
        (None, 'ValueError: Configuration has multiple jobs but no job name specified!')],
        lambda name: error_of(AuroraConfig.load, path, name))
    self.assertEqual(AuroraConfig.load(path, 'm', select_env='devel').name(), 'm')
    self.assertEqual(error_of(AuroraConfig.loads_json, '{"jobs": []}'), 'ValueError: No job defined in this config!')
    self.assertEqual(error_of(AuroraConfig.loads_json, '{"name": "x"}'),
                     'InvalidConfig: The configuration was invalid: Cluster required for job "x"')

  def test_plugins(self):
    from apache.aurora.config import AuroraConfig
    class Bound(AuroraConfig):
      @classmethod
      def plugins(cls):
        return [lambda config, env: config.bind({'v': env['word']})]
    path = Files().write('x.aurora', self.TEXT + "word = 'plugged'")
    self.assertIn('plugged', str(Bound.load(path).task(1)))
    Bound.plugins = classmethod(lambda cls: [3])
    self.assertEqual(error_of(Bound.load, path), 'Error: Invalid configuration plugin 3, should be callable!')

  def test_loader(self):
    from apache.aurora.config.loader import AuroraConfigLoader
    import types
    self.addCleanup(AuroraConfigLoader.flush_schemas)
    module = types.ModuleType('of_this_test')
    module.Word = 'word'
    __import__('sys').modules['of_this_test'] = module
    AuroraConfigLoader.register_schema(module)
    files = Files(main="include('part.aurora')\nprint Word\nx = Word + made + str(Job(name='j').name())")
    files.write('part.aurora', "made = 'd'")
    loaded = AuroraConfigLoader.load_raw(files.path('main'))
    self.assertEqual((loaded.environment['x'], len(loaded.loadables)), ('worddj', 2))
    self.assertEqual(AuroraConfigLoader.loads_json('{"name": "x"}')['jobs'][0].name(), String('x'))

  def test_ports(self):
    from apache.aurora.config import PortResolver
    self.check_table([
        ({'http': 80, 'aurora': 'http', 'https': 'aurora', 'thrift': 'service'}, {'http': 80, 'aurora': 80, 'https': 80, 'thrift': 'service'}),
        ({'a': '8'}, {'a': 8}), ({'a': 'b', 'b': 'a'}, 'CycleException: Found cycle in portmap!'),
        ({1: 'a'}, 'ValueError: All portmap keys must be strings!'), ({'a': 1.5}, 'ValueError: All portmap values must be strings or integers!')],
        lambda portmap: error_of(PortResolver.resolve, portmap))

  def test_parts_of_the_conversion(self):
    from apache.aurora.config import thrift
    from apache.aurora.config.schema.base import Job, Process, Resources, Task
    job = Job(name='n', role='r', cluster='c', environment='e', task=Task(processes=[Process(name='p', cmdline='{{mesos.hostname}}')]))
    instance = thrift.task_instance_from_job(job, 3, 'h')
    self.check_table([
        (lambda: (instance.instance().get(), str(instance.task().processes()[0].cmdline())), (3, 'h')),
        (lambda: thrift.fully_interpolated(Integer('{{x}}').bind(x=2)), 2),
        (lambda: thrift.fully_interpolated(Integer('x')), "InvalidConfig: Unable to interpolate: Cannot coerce 'x' to Integer"),
        (lambda: thrift.select_cron_policy(String('cancel_new')), 1), (lambda: thrift.select_service_bit(job), False),
        (lambda: thrift.filter_aliased_fields(job).has_instances(), False), (lambda: thrift.assert_valid_field('role', 'a'), 'a'),
        (lambda: thrift.assert_valid_field('role', 'a b'), "InvalidConfig: Invalid role 'a b'")], error_of)

  def test_job_keys(self):
    from apache.aurora.config import AuroraJobKey
    key = AuroraJobKey.from_path('c/r/e/n')
    self.check_table([
        (lambda: tuple(key), ('c', 'r', 'e', 'n')), (lambda: key == AuroraJobKey('c', 'r', 'e', 'n'), True),
        (lambda: key < AuroraJobKey('c', 'r', 'e', 'o') and key <= key and not key > key, True), (lambda: len({key, AuroraJobKey('c', 'r', 'e', 'n')}), 1),
        (lambda: AuroraJobKey.from_path('a/b'), "ParseError: Invalid path 'a/b'. path should be a string in the form CLUSTER/ROLE/ENV/NAME"),
        (lambda: AuroraJobKey('c', 'r r', 'e', 'n'), "InvalidIdentifier: Invalid role 'r r'"),
        (lambda: AuroraJobKey('c', 1, 'e', 'n'), 'TypeError: role must be a string')], error_of)


class LibraryTest(Case):
  def test_resources_of_packages(self):
    from pystachio.config import Config, relativize
    files = Files(package____init___py='')
    files.write('package/__init__.py', '')
    files.write('package/inner.config', "b = 'inner'")
    files.write('package/main.config', "include('inner.config')\na = b")
    import sys
    sys.path.insert(0, files.folder)
    self.addCleanup(sys.path.remove, files.folder)
    self.addCleanup(sys.modules.pop, 'package', None)
    self.assertEqual(Config('package/main.config').environment['a'], 'inner')
    self.assertEqual(relativize('a/b', '../c'), 'a/../c')

  def test_frozendict(self):
    self.assertEqual(hash(frozendict(a=1)), hash(frozendict(a=1)))
    self.assertTrue(issubclass(Outer, Structural))

  def test_states(self):
    from gen.apache.aurora.api import constants, ttypes
    self.assertEqual(constants.TERMINAL_STATES, {3, 4, 5, 7})
    self.assertEqual(constants.ACTIVE_STATES - constants.SLAVE_ASSIGNED_STATES, {ttypes.ScheduleStatus.PENDING, ttypes.ScheduleStatus.THROTTLED})
    self.assertEqual(ttypes.ResponseCode._VALUES_TO_NAMES[1], 'OK')


class InFilesTest(Case):
  def test_old_files(self):
    text = 'from twitter.aurora.config.schema.base import Job as J\nfrom twitter.thermos.config.schema import *\nimport twitter.thermos.config.schema as t\n'
    made = document(ask('load', text + job_text().replace('[Job(', '[J(') + 'assert t.Task is Task\n'))
    self.assertEqual(made['job']['key']['name'], 'n')
