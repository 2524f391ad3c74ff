import json

from pystachio import Choice, Default, Empty, Float, Integer, List, Map, Ref, Required, String, Struct, TypeFactory
from pystachio.naming import Namable

from support import Case, error_of


class Profile(Struct):
  version = Required(String)
  env = Default(String, 'devel')
  tag = String
  name = String('not a field')
  constant = 'live'

  def method(self):
    return 1


class Inner(Struct):
  n = Default(Integer, 1)


class Outer(Struct):
  inner = Default(Inner, Inner(n=2))
  listed = List(Inner)


class StructTest(Case):
  """Spec §2.6, §2.8 and §2.9."""

  def test_only_types_and_signatures_are_fields(self):
    self.assertEqual(list(Profile.TYPEMAP), ['version', 'env', 'tag'])
    self.assertEqual(error_of(lambda: Profile().method), 'AttributeError: Profile has no attribute method')

  def test_inheritance_does_not_extend(self):
    class Bar(Profile):
      d = String
    self.check_table([(list(Bar.TYPEMAP), list(Profile.TYPEMAP)), (isinstance(Bar(), Profile), False),
                      (error_of(Bar, d=1), 'AttributeError: Unknown schema attribute d'),
                      (issubclass(Profile, Struct), False)], lambda value: value)

  def test_construction(self):
    self.check_table([
        (lambda: Profile({'version': 1}, {'version': 2}), Profile(version=2)),
        (lambda: Profile({'version': 1}, version=3), Profile(version=3)),
        (lambda: Profile(None), 'IsNotMappingError: Expected dictionary argument, got None'),
        (lambda: Profile(foo=1), 'AttributeError: Unknown schema attribute foo'),
        (lambda: Profile({'foo': 1}), 'AttributeError: Unknown schema attribute foo'),
        (lambda: Outer(inner={'n': 5}).inner(), Inner(n=5)),
        (lambda: Outer(listed=[{'n': 5}, Inner()]).listed()[1], Inner())], error_of)
    self.assertTrue(issubclass(type(Profile()).IsNotMappingError, ValueError))

  def test_copies_with_changes(self):
    base = Profile(version='{{v}}').bind(v=7)
    changed = base(env='prod')
    self.check_table([(str(changed.version()), '7'), (str(changed.env()), 'prod'), (str(base.env()), 'devel'),
                      (error_of(base, {'env': 'x'}), None)][:3], lambda value: value)
    with self.assertRaises(TypeError):
      base({'env': 'x'})

  def test_fields(self):
    p = Profile(version=1)
    self.check_table([(p.has_version(), True), (p.has_tag(), False), (p.tag() is Empty, True), (p.has_env(), True),
                      (p(env=Empty).has_env(), False), (p(env=Empty)(env='q').has_env(), True), (bool(Empty), True),
                      (p.get(), {'version': 1, 'env': 'devel'}), (p.version(), String(1))], lambda value: value)

  def test_json(self):
    o = Outer(listed=[{}])
    self.assertEqual(o.json_dumps(), '{"inner": {"n": 2}, "listed": [{"n": 1}]}')
    self.assertEqual(Profile(version='\u00e9{{x}}').json_dumps(), '{"version": "\\u00e9{{x}}", "env": "devel"}')
    self.assertEqual(Outer.json_loads(o.json_dumps()), o)
    loose = '{"inner": {"n": 3, "zz": 1}, "other": 1}'
    self.assertEqual(Outer.json_loads(loose), Outer(inner={'n': 3}))
    self.check_table([
        (lambda: Outer.json_loads(loose, strict=True), 'AttributeError: Unknown schema attribute zz'),
        (lambda: Outer.json_loads('{"listed": [{"zz": 1}]}'), 'AttributeError: Unknown schema attribute zz')], error_of)

  def test_repr(self):
    self.assertEqual(repr(Profile(version='1', tag='t')), 'Profile(version=1,\n        env=devel,\n        tag=t)')

  def test_equality_ignores_the_name(self):
    class Same(Struct):
      n = Default(Integer, 1)

    class Changed(Struct):
      n = Default(Integer, 2)
    self.check_table([(Inner() == Same(), True), (Inner() == Changed(), False), (Inner(n='1') == Inner(), True),
                      (Inner() == 1, False), (Inner(n='{{x}}').bind(x=1) == Inner(), True)], lambda value: value)

  def test_type_identity(self):
    def again(default):
      class Inner(Struct):
        n = Default(Integer, default)
      return Inner
    self.check_table([(isinstance(Inner(), again(1)), True), (isinstance(Inner(), again(2)), False),
                      (List(Inner) == List(Inner), True), (isinstance(List(Inner)([]), List(again(1))), True)],
                     lambda value: value)

  def test_serialized_type(self):
    class Foo(Struct):
      a = String
      b = Required(Integer)
    self.assertEqual(Foo.serialize_type(), (
        'Struct', 'Foo', (('a', (False, (), True, ('String',))), ('b', (True, (), True, ('Integer',))))))
    for kind in (Foo, Outer, Profile, Choice([Integer, Foo]), Map(String, List(Foo))):
      made = TypeFactory.new({}, *kind.serialize_type())
      self.assertEqual(made.serialize_type(), kind.serialize_type())
    deposit = TypeFactory.load(Outer.serialize_type(), into={})
    self.assertEqual(sorted(name for name in deposit if name in ('Inner', 'Outer')), ['Inner', 'Outer'])
    loaded = TypeFactory.load_json(json.loads(json.dumps(Outer.serialize_type())))
    self.assertTrue(isinstance(loaded['Outer'](), Outer))

  def test_scopes_of_a_default_are_lost(self):
    class S(Struct):
      a = Default(String, String('{{x}}').bind(x=1))
    self.assertEqual(str(S().a()), '{{x}}')

  def test_defaults(self):
    class S(Struct):
      made = Default(Inner, {'n': 5})
      nothing = Default(Inner, Empty)
    self.check_table([
        (S().made(), Inner(n=5)), (S().has_nothing(), False), (S().check().ok(), True), (S(made=Inner()).made(), Inner(n=1)),
        (S() == S(made=Inner(n=5)), True), (Outer().inner(), Inner(n=2))], lambda value: value)
    self.assertEqual(error_of(lambda: __import__('pystachio').Provided), "AttributeError: module 'pystachio' has no attribute 'Provided'")

  def test_keys_and_values_of_maps_are_templates(self):
    class S(Struct):
      inners = Map(String, Inner)
    bound = S(inners={'{{k}}': {'n': '{{v}}'}}).bind(k='a', v=3)
    self.check_table([(bound == S(inners={'a': Inner(n=3)}), True), ('a' in bound.inners(), True),
                      (bound.json_dumps(), '{"inners": {"a": {"n": 3}}}')], lambda value: value)

  def test_check(self):
    class Deep(Struct):
      outer = Outer
      needed = Required(Profile)
    self.check_table([
        (Deep(), 'Deep[needed] is required.'),
        (Deep(needed={}), 'Deep[needed] failed: Profile[version] is required.'),
        (Deep(outer=Outer(listed=[{}, {'n': 'x'}]), needed={}),
         "Deep[outer] failed: Outer[listed] failed: Element in InnerList failed check: Inner[n] failed: "
         "Unable to interpolate: Cannot coerce 'x' to Integer")], lambda s: s.check().message())

  def test_find(self):
    o = Outer(listed=[{'n': 4}])
    find = lambda text: o.find(Ref.from_address(text))
    self.check_table([('inner.n', Integer(2)), ('listed[0].n', Integer(4))], find)
    for text, error in (('zz', Namable.NotFound), ('listed.n', Namable.NamingError), ('[x]', Namable.NamingError),
                        ('inner.n.q', Namable.Unnamable)):
      with self.assertRaises(error):
        find(text)

  def test_the_bases_have_no_fields(self):
    from pystachio.base import Object
    from pystachio import Type
    self.assertEqual(error_of(Struct, a=1), 'AttributeError: Unknown schema attribute a')
    for use in (Object().interpolate, Object().get, Type.type_factory, Type.serialize_type, Type().check):
      with self.assertRaises(NotImplementedError):
        use()

  def test_hash(self):
    self.assertEqual(len({Inner(): 1, Inner(n=1): 2, Inner(n=2): 3}), 2)

  def test_field_called_like_an_accessor(self):
    class Tricky(Struct):
      has_stuff = Integer
    self.assertIs(Tricky().has_has_stuff(), False)
    self.assertIs(Tricky().has_stuff(), Empty)
