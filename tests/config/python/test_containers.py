from pystachio import Choice, Empty, Enum, Float, Integer, List, Map, Ref, String, Struct, Required
from pystachio.naming import Namable

from support import Case, error_of


class ListTest(Case):
  """Spec §2.4."""

  def test_construction(self):
    self.check_table([
        ([1, '2'], 'IntegerList(1, 2)'), ((), 'IntegerList()'), (range(2), 'IntegerList(0, 1)'),
        ({1: 2}.keys(), 'IntegerList(1)'),
        ('12', "ValueError: ListContainer expects an iterable, got '12'"),
        ({1}, 'ValueError: ListContainer expects an iterable, got {1}'),
        ({1: 2}, 'ValueError: ListContainer expects an iterable, got {1: 2}'),
        ((x for x in ()), "TypeError: cannot pickle 'generator' object")],
        lambda value: error_of(lambda: repr(List(Integer)(value))))

  def test_names(self):
    self.check_table([(List(String), 'StringList'), (List(List(Integer)), 'IntegerListList'),
                      (Map(String, Integer), 'StringIntegerMap'), (Choice([Integer, String]), 'Choice_Integer_String'),
                      (Choice('N', [Integer]), 'N')], lambda kind: kind.__name__)

  def test_access(self):
    numbers = List(Integer)([1, '{{two}}', 3]).bind(two=2)
    self.check_table([
        (lambda: numbers[1], Integer(2)), (lambda: numbers[-1], Integer(3)),
        (lambda: numbers[1:], (Integer(2), Integer(3))), (lambda: list(numbers), [Integer(1), Integer(2), Integer(3)]),
        (lambda: Integer(2) in numbers, True), (lambda: 2 in numbers, True), (lambda: 9 in numbers, False),
        (lambda: numbers.get(), (1, '{{two}}', 3)), (lambda: numbers == List(Integer)([1, 2, 3]), True),
        (lambda: numbers == List(Float)([1, 2, 3]), False)], lambda use: use())
    for use in (lambda: len(numbers), lambda: numbers + numbers, lambda: numbers['a'], lambda: numbers[None]):
      with self.assertRaises(TypeError):
        use()
    with self.assertRaises(IndexError):
      numbers[10]

  def test_templated_index(self):
    self.check_table([('{{l[0]}}', 'a'), ('{{l[-1]}}', 'b'), ('{{l[2]}}', '{{l[2]}}'), ('{{l[x]}}', '{{l[x]}}'),
                      ('{{l.a}}', '{{l.a}}'), ('{{l[0].a}}', '{{l[0].a}}')],
                     lambda text: str(String(text).bind(l=List(String)(['a', 'b']))))

  def test_scopes_of_elements(self):
    i = Integer('{{x}}')
    numbers = List(Integer)([i.bind(x=1), i])
    self.assertEqual(numbers.bind(x=3).interpolate()[0], List(Integer)([1, 3]))
    self.assertEqual(numbers.interpolate(), (List(Integer)([1, Integer('{{x}}')]), [Ref.from_address('x')]))

  def test_check(self):
    self.assertEqual(List(Integer)([1, '{{x}}']).check().message(),
                     "Element in IntegerList failed check: '{{x}}' not an integer")

  def test_find(self):
    letters = List(String)(['a', 'b'])
    self.assertEqual(letters.find(Ref.from_address('[1]')), String('b'))
    self.check_table([('.a', Namable.NamingError), ('[x]', Namable.NamingError), ('[9]', Namable.NotFound),
                      ('[0].a', Namable.Unnamable)], lambda text: _raised(letters, text))

  def test_hash(self):
    table = {List(Integer)([1, 2]): 1, Map(String, Integer)({'a': 1}): 2}
    self.check_table([(List(Integer)([1, 2]), True), (List(Integer)([2, 1]), False),
                      (Map(String, Integer)({'a': 1}), True)], lambda key: key in table)


def _raised(obj, text):
  try:
    obj.find(Ref.from_address(text))
  except Namable.Error as error:
    return type(error)


class MapTest(Case):
  """Spec §2.5."""

  KIND = Map(String, Integer)

  def test_construction(self):
    kind = self.KIND
    self.check_table([
        (({'a': 1},), 'StringIntegerMap(a => 1)'), ((('a', 1), ('b', 2)), 'StringIntegerMap(a => 1, b => 2)'),
        (([('a', 1)],), "ValueError: Unexpected input to MapContainer: ([('a', 1)],)"),
        (({'a': 1}, {'b': 2}), "ValueError: Unexpected input to MapContainer: ({'a': 1}, {'b': 2})"),
        ((None,), 'ValueError: Unexpected input to MapContainer: (None,)'),
        (('a',), "ValueError: Unexpected input to MapContainer: ('a',)"), ((), 'StringIntegerMap()')],
        lambda arguments: error_of(lambda: repr(kind(*arguments))))
    self.assertEqual(repr(Map(String, String)('ab')), 'StringStringMap(a => b)')

  def test_access(self):
    m = self.KIND({'a': 1, 'b': '{{x}}'}).bind(x=2)
    self.check_table([
        (lambda: m['a'], Integer(1)), (lambda: m[String('b')], Integer(2)), (lambda: 'a' in m, True),
        (lambda: 'z' in m, False), (lambda: list(m), [String('a'), String('b')]),
        (lambda: m['z'], "KeyError: 'z not found'"), (lambda: Map(Integer, String)({1: 'a'})['x'], "KeyError: 'x not found'"), (lambda: m.get(), {'a': 1, 'b': '{{x}}'}),
        (lambda: m == self.KIND(('a', 1), ('b', 2)), True), (lambda: m == self.KIND(('b', 2), ('a', 1)), False)],
        error_of)
    self.assertEqual(str(String('{{m[5]}}').bind(m=Map(Integer, String)({'5': 'x'}))), 'x')

  def test_check(self):
    self.check_table([
        (self.KIND({'a': '{{x}}'}), "StringIntegerMap[a] value {{x}} failed check: '{{x}}' not an integer"),
        (Map(Integer, String)({'{{x}}': 'a'}), "IntegerStringMap key {{x}} failed check: '{{x}}' not an integer"),
        (self.KIND({'a': 'q'}),
         "StringIntegerMap[a] value q failed check: Unable to interpolate: Cannot coerce 'q' to Integer")],
        lambda m: m.check().message())


class ChoiceTest(Case):
  """Spec §2.7."""

  def test_the_first_that_fits(self):
    kind = Choice([Integer, String])
    self.check_table([(kind('5'), Integer(5)), (kind('abc'), String('abc')), (kind(5), Integer(5)),
                      (kind('{{x}}').bind(x=3), Integer(3)), (kind('{{x}}'), String('{{x}}'))],
                     lambda choice: choice.unwrap())
    self.assertEqual(str(kind('5')), '5')

  def test_none_fits(self):
    kind = Choice([Integer, Float])
    self.check_table([
        (lambda: kind('x').check().message(),
         'Choice_Integer_Float typecheck failed: value x did not match any of its alternatives'),
        (lambda: kind('x').unwrap(), "CoercionError: Cannot coerce 'x' to Choice_Integer_Float"),
        (lambda: kind('{{a}}{{b}}').interpolate()[1], [Ref.from_address('a'), Ref.from_address('b')])], error_of)

  def test_structs_as_alternatives(self):
    class A(Struct):
      a = Required(String)

    class B(Struct):
      b = Required(String)

    kind = Choice([A, B])
    self.check_table([
        (kind({'b': 'x'}).unwrap(), B(b='x')), (kind(A(a='1')).unwrap(), A(a='1')),
        (kind(A()).check().message(), 'A[a] is required.'), (kind({'c': 1}).check().ok(), False)], lambda value: value)

  def test_what_the_original_got_wrong(self):
    from apache.aurora.config.schema.base import Docker, Job, Mesos
    kind = Choice([Docker, Mesos])
    self.check_table([
        (lambda: repr(kind({'volumes': []}).unwrap()), 'Mesos(volumes=VolumeList())'),
        (lambda: kind(Docker()).check().message(), 'Docker[image] is required.'),
        (lambda: kind({'zz': 1}).check().message(),
         "Choice_Docker_Mesos typecheck failed: value {'zz': 1} did not match any of its alternatives"),
        (lambda: Job(container=kind(Empty)).has_container(), False), (lambda: Job(container=Empty).has_container(), False),
        (lambda: type(Job(container={'image': 'a:1'}).container().unwrap()).__name__, 'Docker'),
        (lambda: hash(Job(container={'image': 'a:1'})) == hash(Job(container=Docker(image='a:1'))), True)], error_of)

  def test_equality_and_text(self):
    kind, named = Choice([Integer, List(String)]), Choice('N', [Integer, List(String)])
    self.check_table([
        (kind('5') == named(5), True), (kind(5) == Choice([Integer])(5), False), (kind(['a']) == kind(('a',)), True),
        (repr(kind(['a'])), "Choice_Integer_StringList(['a'])"), (str(kind(['a'])), 'StringList(a)'),
        (kind(['{{x}}']).bind(x='q').interpolate()[0], List(String)(['q'])), (kind('{{x}}').check().ok(), False)], lambda value: value)

  def test_in_a_struct(self):
    class S(Struct):
      a = Choice((Integer, Float))
      b = String

    s = S(a='1{{q}}2', b='hi')
    self.check_table([
        (s.check().ok(), False), (s.interpolate()[1], [Ref.from_address('q')]),
        (s.bind(q='34').a().value(), Integer(1342)), (s.bind(q='3.4').a().value(), Float(13.42)),
        (s.bind(q='abc').check().ok(), False), (s(a=Empty).has_a(), False),
        (S(a=2).json_dumps(), '{"a": 2}')], lambda value: value)
