"""What every object can do: spec §2.1, and the classes around the types as other programs use them."""

import copy
import io
import json
import os
import tempfile

from pystachio import (Boolean, Choice, Default, Empty, Enum, Environment, Float, Integer, List, Map, MustacheParser, Ref,
                       Required, String, Struct, TypeCheck, TypeFactory)
from pystachio.base import Object
from pystachio.basic import SimpleObject
from pystachio.compatibility import Compatibility
from pystachio.composite import Structural
from pystachio.config import Config, ConfigContext
from pystachio.matcher import Any, Matcher
from pystachio.naming import Namable, frozendict

from support import Case, Files, error_of

ref = Ref.from_address


class Port(Struct):
  name = Required(String)
  number = Integer


class Server(Struct):
  name = Default(String, '{{host}}')
  ports = List(Port)
  tags = Map(String, String)
  load = Choice([Integer, List(Port)])


_Digit = Enum('1', '2')

# One object of each kind with an unbound {{x}}, and the same with x = 1.
_KINDS = [
    (String('{{x}}'), String('1')), (Integer('{{x}}'), Integer(1)), (Float('{{x}}'), Float(1)),
    (Boolean('{{x}}'), Boolean(True)), (_Digit('{{x}}'), _Digit('1')),
    (List(Integer)(['{{x}}']), List(Integer)([1])), (Map(String, Integer)({'{{x}}': '{{x}}'}), Map(String, Integer)({'1': 1})),
    (Port(name='{{x}}'), Port(name='1')), (Choice([Integer, Float])('{{x}}'), Choice([Integer, Float])(1)),
    (Server(load=[Port(name='{{x}}')]), Server(load=[Port(name='1')]))]


class EveryKindTest(Case):
  """Spec §2.1."""

  def check_kinds(self, function, expected):
    for templated, bound in _KINDS:
      with self.subTest(type(templated).__name__):
        self.assertEqual(function(templated, bound), expected)

  def test_bindings_and_scopes(self):
    self.check_kinds(lambda t, b: t.bind(x=1) == b and t.in_scope(x=1) == b and t.bind(x=1).in_scope(x=2) == b, True)
    self.check_kinds(lambda t, b: Environment(x=1) in t.bind(x=1).scopes() and t.bind(x=1).copy() == b, True)
    self.check_kinds(lambda t, b: copy.copy(t.bind(x=1)) == b and copy.deepcopy(t.bind(x=1)) == b, True)
    self.check_kinds(lambda t, b: t.bind({'x': 2}, {'x': 1}) == b and t.bind({'x': 2}, x=1) == b, True)

  def test_percent_binds_and_interpolates(self):
    for templated, bound in _KINDS:
      with self.subTest(type(templated).__name__):
        for namable in ({'x': 1}, Environment(x=1), _WithX(x=1)):
          self.assertEqual(str(templated % namable), str(bound))

  def test_interpolate_gives_what_is_unbound(self):
    self.check_kinds(lambda t, b: ref('x') in t.interpolate()[1], True)
    self.check_kinds(lambda t, b: ref('x') in t.bind(x=1).interpolate()[1], False)

  def test_hash_and_equality(self):
    self.check_kinds(lambda t, b: (isinstance(hash(t), int), t == b, t != b, t == 1, bool(t)), (True, False, True, False, True))

  def test_get_is_raw_and_can_be_hashed(self):
    self.check_table([
        (List(Integer)([1, '{{x}}']).bind(x=1), (1, '{{x}}')),
        (Map(String, Integer)({'a': '1'}), frozendict(a='1')),
        (Server(ports=[{'name': 'p', 'number': '8'}]),
         frozendict(name='{{host}}', ports=(frozendict(name='p', number='8'),))),
        (Server(load=[Port(name='q')]), frozendict(name='{{host}}', load=(frozendict(name='q'),))),
        (Choice([Integer, String])('5'), 5), (Choice([Integer])('x'), 'x')], lambda o: o.get())

  def test_immutable(self):
    server = Server(name='a')
    server(name='b'), server.bind(host='h'), server % {'host': 'h'}
    self.assertEqual((str(server.name()), server._scopes), ('a', ()))


class _WithX(Struct):
  x = Integer


class EnvironmentTest(Case):
  """Spec §3.2."""

  def test_construction(self):
    first = Environment({'a': 1}, b=2)
    self.check_table([
        (first, "{Ref(a): '1', Ref(b): '2'}"), (Environment(first, a=3), "{Ref(a): '3', Ref(b): '2'}"),
        (Environment({'a': 1}, {'a': 2}), "{Ref(a): '2'}"), (Environment({ref('a[b]'): True}), "{Ref(a[b]): 'True'}"),
        (Environment(a={'b': {'c': 2}}, d=Environment(e=1)), "{Ref(a.b.c): '2', Ref(d.e): '1'}"),
        (Environment({'a.b': {'[c]': 1}}), "{Ref(a.b[c]): '1'}")], lambda e: repr(e)[len('Environment('):-1])
    self.assertEqual(Environment(a=1)._table, {ref('a'): '1'})
    self.assertEqual(error_of(Environment, [1]), 'ValueError: Environment expects dict or Environment, got [1]')
    for bad in (None, type, object(), ()):
      self.assertIn('Environment values must be strings, numbers, Objects or other Environments. Got <class',
                    error_of(lambda: Environment(a={'b': bad})))

  def test_find(self):
    port = Port(name='http', number=80)
    env = Environment({'a.b': 1, 'a.b.c': List(Integer)([1, 2]), 'p.q': port, 'p': port, 's': 'text', 'p.q.r': {'name': 'deep'}})
    missing = 'NotFound: Could not find %s in object Environment'
    self.check_table([
        ('a.b', "'1'"), ('a.b.c[1]', 'Integer(2)'), ('p', repr(port)), ('p.q.number', 'Integer(80)'), ('p.name', 'String(http)'),
        ('p.q.r.name', "'deep'"), ('p.q.r.number', missing % 'p'), ('b.c', missing % 'b'), ('a.c', missing % 'a'),
        ('a.b.c[3]', missing % 'a'), ('s.t', missing % 's'), ('[a]', missing % 'a')],
        lambda address: error_of(lambda: repr(env.find(ref(address)))).strip('"'))


class NamingTest(Case):
  """Spec §3.1 and §3.3."""

  def test_refs(self):
    both = ref('a.b[c]')
    self.check_table([
        (lambda: Ref.wrap('a.b'), ref('a.b')), (lambda: Ref.wrap(both) is both, True), (lambda: both.is_dereference(), True),
        (lambda: both.rest(), ref('b[c]')), (lambda: both.rest().rest().is_index(), True), (lambda: ref('a').rest().is_empty(), True),
        (lambda: both.components(), [Ref.Dereference('a'), Ref.Dereference('b'), Ref.Index('c')]),
        (lambda: Ref.Index('a') == Ref.Dereference('a'), False), (lambda: both.action().value, 'a'), (lambda: both.address(), 'a.b[c]'),
        (lambda: ref('a') + ref('[b]'), ref('a[b]')), (lambda: Ref.subscope(ref('a'), both), ref('b[c]')),
        (lambda: Ref.subscope(both, ref('a')), None), (lambda: ref('a').scoped_to(ref('a')), None),
        (lambda: sorted(map(ref, ('a.b.c', 'c', 'b', 'a.b'))), list(map(ref, ('b', 'c', 'a.b', 'a.b.c')))),
        (lambda: ref(None), 'InvalidRefError: Invalid address: None')], error_of)

  def test_lookup_failures(self):
    server = Server(ports=[{'name': 'http'}], tags={'k': 'v'})
    self.check_table([
        ('ports[0].name', "String(http)"), ('tags[k]', 'String(v)'), ('name', 'String({{host}})'),
        ('zz', 'NotFound: Could not find zz in object Server'), ('load', 'NotFound: Could not find load in object Server'),
        ('ports[0].number', 'NotFound: Could not find number in object Port'),
        ('ports[7]', 'NotFound: Could not find 7 in object PortList'), ('tags[z]', 'NotFound: Could not find z in object StringStringMap'),
        ('[name]', 'NamingError: Cannot dereference object Server by [name]'),
        ('ports.a', 'NamingError: Cannot dereference object PortList by .a'),
        ('ports[a]', 'NamingError: Cannot dereference object PortList by [a]'),
        ('tags.k', 'NamingError: Cannot dereference object StringStringMap by .k'),
        ('name.first', 'Unnamable: Object is not indexable: String'), ('tags[k][l]', 'Unnamable: Object is not indexable: String')],
        lambda address: error_of(lambda: repr(server.find(ref(address)))))
    for error in (Namable.NotFound, Namable.NamingError, Namable.Unnamable):
      self.assertTrue(issubclass(error, Namable.Error))

  def test_a_namable_of_ones_own(self):
    class Upper(Namable):
      def find(self, wanted):
        if wanted.address().islower():
          return wanted.address().upper()
        raise Namable.NotFound(self, wanted)
    self.assertEqual(str(String('{{a.b}} {{C}}').bind(Upper())), 'A.B {{C}}')


class ParserTest(Case):
  """Spec §3.1 and §3.5."""

  def test_join(self):
    env, other = Environment(a='one', c='{{a}}'), Environment(a='two', b='b')
    split = MustacheParser.split
    self.check_table([
        (lambda: MustacheParser.join(split('x {{a}} {{&a}} {{z}}'), env), ('x one {{a}} {{z}}', [ref('z')])),
        (lambda: MustacheParser.join(split('{{a}}{{b}}{{c}}'), env, other), ('oneb{{a}}', [])),
        (lambda: MustacheParser.join([], env), ('', [])),
        (lambda: MustacheParser.resolve('{{c}}{{&c}}{{z}}', env), ('one{{c}}{{z}}', [ref('z')])),
        (lambda: MustacheParser.resolve('plain'), ('plain', [])),
        (lambda: MustacheParser.resolve('{{a}}', Environment(a='{{a}}')),
         'Uninterpolatable: Unable to interpolate {{a}}!  Maximum replacements reached.'),
        (lambda: issubclass(MustacheParser.Uninterpolatable, MustacheParser.Error), True),
        (lambda: issubclass(MustacheParser.Uninterpolatable, ValueError), False)], error_of)


class TypingTest(Case):
  """Spec §2.9 and §3.7."""

  def test_types_survive_their_tuple_form(self):
    class Small(Struct):
      a = Default(List(Float), [1.0, Float(2)])
      b = Required(Map(Boolean, Integer))

    class Large(Struct):
      inner = Default(Small, Small(b={'true': 1}))
      needed = Required(Small)
    kinds = [Integer, String, Boolean, Enum(), Enum('Animal', ('Dog', 'Cat')), List(Float), Small, Large,
             Choice('C', [Small, List(String)])]
    for key in kinds:
      for value in kinds:
        made = Map(key, value)
        again = TypeFactory.new({}, *made.serialize_type())
        self.assertEqual(again.serialize_type(), made.serialize_type())
        self.assertTrue(isinstance(again({}), made))

  def test_files_of_types(self):
    folder = tempfile.mkdtemp(prefix='aurora-config-test-')
    path = os.path.join(folder, 'types.json')
    with open(path, 'w') as fp:
      Server.dump(fp)
    loaded = TypeFactory.load_file(path)
    self.assertTrue(isinstance(loaded['Server'](), Server))
    into = {}
    TypeFactory.load(Server.serialize_type(), into=into)
    self.assertEqual(into['Port'](name='p'), Port(name='p'))
    self.assertEqual(error_of(TypeFactory.new, {}, 'Nothing')[:29], 'AssertionError: Unknown type:')

  def test_type_checks(self):
    self.check_table([(TypeCheck.success(), 'TypeCheck(OK) True '), (TypeCheck.failure('why'), 'TypeCheck(FAILED): why False why')],
                     lambda check: '%r %s %s' % (check, check.ok(), check.message()))

  def test_signatures(self):
    class Other(Struct):
      name = Required(String)
      number = Default(Integer, '3')
    self.check_table([
        (lambda: Port.TYPEMAP['name'] == Other.TYPEMAP['name'], True), (lambda: Port.TYPEMAP['number'] == Other.TYPEMAP['number'], False),
        (lambda: repr(Other.TYPEMAP['number']), 'TypeSignature(Integer, required: False, default: 3, empty: False)'),
        (lambda: (Other.TYPEMAP['name'].required, Other.TYPEMAP['name'].empty, Other.TYPEMAP['name'].klazz), (True, True, String)),
        (lambda: Other()._schema_data['number'], Integer(3)), (lambda: Other()._schema_data['name'], Empty)], error_of)

  def test_bases(self):
    self.check_table([
        (isinstance(Port(), Structural), True), (isinstance(String('x'), SimpleObject), True), (isinstance(Port(), Object), True),
        (isinstance('x', String), False), (isinstance(String('x'), Integer), False), (issubclass(Object.CoercionError, ValueError), True),
        (String.CoercionError is Object.CoercionError, True)], lambda value: value)
    for method in ('copy', 'get', 'interpolate'):
      self.assertRaises(NotImplementedError, getattr(Object(), method))

  def test_compatibility(self):
    self.check_table([(Compatibility.PY3, True), (Compatibility.PY2, False), (isinstance('a', Compatibility.stringy), True),
                      (isinstance(1.5, Compatibility.numeric), True), (isinstance(1.5, Compatibility.integer), False),
                      (Compatibility.exec_function(compile('a = 1', 'x', 'exec'), {})['a'], 1)], lambda value: value)


class JsonTest(Case):
  """Spec §2.6."""

  def test_streams(self):
    server = Server(name='n', ports=[{'name': 'p'}], load='7')
    stream = io.StringIO()
    server.json_dump(stream)
    self.assertEqual(json.loads(stream.getvalue()), {'name': 'n', 'ports': [{'name': 'p'}], 'load': 7})
    stream.seek(0)
    self.assertEqual(Server.json_load(stream), server)
    self.assertEqual(error_of(Server.json_load, io.StringIO('{"zz": 1}'), strict=True),
                     'AttributeError: Unknown schema attribute zz')


class ConfigTest(Case):
  """Spec §4.1 and §4.3, at library level."""

  def test_includes(self):
    files = Files(c__d__a_aurora='include("../b.aurora")\na = b + c\n', c__b_aurora='include("c2.aurora")\nb = "B"\n',
                  c__c2_aurora='c = "C"\n')
    config = Config(files.path('c/d/a.aurora'))
    again = Config(json.loads(json.dumps(config.loadables)))
    self.assertEqual([c.environment['a'] for c in (config, again)], ['BC', 'BC'])
    self.assertEqual(again.loadables, config.loadables)
    key = ConfigContext.key(files.path('c/d/a.aurora'), '../b.aurora')
    self.assertEqual(config.loadables[key], 'include("c2.aurora")\nb = "B"\n')
    self.assertEqual(ConfigContext.from_key(key), [files.path('c/d/a.aurora'), '../b.aurora'])

  def test_streams_and_schemas(self):
    self.assertEqual(Config(io.BytesIO(b'a = String("x")')).environment['a'], String('x'))
    self.assertEqual(Config(io.StringIO('a = answer'), schema='answer = 42').environment['a'], 42)

  def test_errors(self):
    self.check_table([
        (lambda: Config('/no/such/file'), 'NotFound: Could not load resource /no/such/file'),
        (lambda: Config(io.BytesIO(b'include("x")')), 'InvalidConfigError: You may not include() anything from filelike objects.'),
        (lambda: Config(io.StringIO('Enum("a")("b")')), 'InvalidConfigError: Enum_a only accepts the following values: a'),
        (lambda: Config(io.StringIO('zz')), "NameError: name 'zz' is not defined"),
        (lambda: issubclass(Config.InvalidConfigError, Config.Error), True)], error_of)
    self.assertRegex(error_of(Config, io.StringIO('a b')), r'InvalidConfigError: invalid syntax \(<resource: .*, line 1\)')


class MatcherTest(Case):
  """Spec §3.9."""

  def test_patterns(self):
    text = String('{{a.bc[x]}} {{a.c[y]}} {{a.b[y].z}} {{a}} {{b.b[x]}}')
    self.check_table([
        (Matcher('a')._('b.*')['x|y'], [('a', 'b', 'y'), ('a', 'bc', 'x')]),
        (Matcher('a').Any[Any], [('a', 'b', 'y'), ('a', 'bc', 'x'), ('a', 'c', 'y')]),
        (Matcher(Any).b, [('a', 'b'), ('b', 'b')]), (Matcher('a').b['y'].z, [('a', 'b', 'y', 'z')]), (Matcher('^a$')['x'], []),
        (Matcher('[ab]'), [('a',)] * 4 + [('b',)])], lambda matcher: sorted(matcher.match(text)))

  def test_apply(self):
    bound = Matcher('img')[Any][Any].apply(lambda _, name, tag: Port(name='%s:%s' % (name, tag)), Port(name='{{img[a.b/c][1-2].name}}'))
    self.assertEqual(str(bound.name()), 'a.b/c:1-2')
    text = Matcher('img')[Any].apply(lambda _, name: name.upper(), String('{{img[a]}} {{img[b]}} {{other[c]}}'))
    self.assertEqual(str(text), 'A B {{other[c]}}')

  def test_errors(self):
    self.check_table([
        (lambda: Matcher(1), 'ValueError: Invalid root match value: 1'),
        (lambda: Matcher('a').apply('b', String('x')), 'TypeError: binder must be a callable'),
        (lambda: issubclass(Matcher.NoMatch, Matcher.Error), True)], error_of)
