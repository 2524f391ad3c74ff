from pystachio import Boolean, Enum, Environment, Float, Integer, Map, String, Struct
from pystachio.basic import SimpleObject

from support import Case, error_of

BAD = "CoercionError: Cannot coerce '%s' to %s"


class ScalarTest(Case):
  """Spec §2.2 and §2.3."""

  def test_coercion(self):
    rows = [
        (String, 'a', 'String(a)'), (String, 1, 'String(1)'), (String, 1.5, 'String(1.5)'),
        (String, True, 'String(True)'), (String, None, BAD % (None, 'String')), (String, ['a'], BAD % (['a'], 'String')),
        (String, b'x', BAD % (b'x', 'String')), (String, {}, BAD % ({}, 'String')),
        (Integer, '1', 'Integer(1)'), (Integer, 1.9, 'Integer(1)'), (Integer, -1.9, 'Integer(-1)'),
        (Integer, True, 'Integer(1)'), (Integer, ' 7 ', 'Integer(7)'), (Integer, '9' * 30, 'Integer(%s)' % ('9' * 30)),
        (Integer, '1.0', BAD % ('1.0', 'Integer')), (Integer, '0x10', BAD % ('0x10', 'Integer')),
        (Integer, '', BAD % ('', 'Integer')), (Integer, None, BAD % (None, 'Integer')),
        (Integer, ['1'], BAD % (['1'], 'Integer')), (Integer, False, 'Integer(0)'), (Integer, '-3', 'Integer(-3)'),
        (Integer, float('nan'), BAD % ('nan', 'Integer')), (Integer, float('inf'), BAD % ('inf', 'Integer')),
        (Integer, '{{x}}', 'Integer({{x}})'),
        (Float, '1', 'Float(1.0)'), (Float, '1e3', 'Float(1000.0)'), (Float, 'inf', 'Float(inf)'),
        (Float, 'nan', 'Float(nan)'), (Float, False, 'Float(0.0)'), (Float, 'x', BAD % ('x', 'Float')),
        (Float, '', BAD % ('', 'Float')), (Float, None, BAD % (None, 'Float')), (Float, ' 2 ', 'Float(2.0)'),
        (Boolean, True, 'Boolean(True)'), (Boolean, 'TRUE', 'Boolean(True)'), (Boolean, '1', 'Boolean(True)'),
        (Boolean, 'False', 'Boolean(False)'), (Boolean, '0', 'Boolean(False)'), (Boolean, 2, 'Boolean(True)'),
        (Boolean, 0.0, 'Boolean(False)'), (Boolean, 'yes', BAD % ('yes', 'Boolean')),
        (Boolean, None, BAD % (None, 'Boolean')), (Boolean, '', BAD % ('', 'Boolean')), (Boolean, -1, 'Boolean(True)'),
        (Boolean, ' 0', BAD % (' 0', 'Boolean')),
    ]
    self.check_table(rows, lambda kind, raw: error_of(lambda: repr(kind(raw))))

  def test_another_object_is_no_value_of_a_scalar(self):
    for kind in (String, Integer, Float, Boolean):
      for raw in (String(1), Integer(1), type, kind):
        with self.assertRaises(SimpleObject.CoercionError):
          str(kind(raw))

  def test_nothing_is_coerced_before_it_is_needed(self):
    self.check_table([(Integer('1'), '1'), (Integer(1.9), 1.9), (Integer('zzz'), 'zzz'), (String(None), None)],
                     lambda scalar: scalar.get())
    self.assertEqual(Integer('1').interpolate()[0].get(), 1)

  def test_arguments_of_constructors(self):
    for kind in (String, Integer, Float, Boolean):
      for arguments, kw in (((), {}), (('1', '2'), {}), ((), {'foo': 1})):
        with self.assertRaises(TypeError):
          kind(*arguments, **kw)

  def test_equality_and_order(self):
    self.check_table([
        (Float(1) == Integer(1), False), (Integer(1) == Integer('1'), True), (Float(1.0) == Float(1), True),
        (Integer(1) == 1, False), (Integer(1) != Integer(2), True), (String('a') < String('b'), True),
        (Integer(2) >= Integer('2'), True), (Float(1.5) > Float(1), True), (bool(Integer(0)), True),
        (Float(1) < String(1), True), (Float(1) > String(1), False),
        (Integer('{{a}}').bind(a=1) == Integer(1), True)], lambda value: value)

  def test_hash(self):
    table = {Integer(1): 'a', String('bar'): 'b', Float('{{x}}'): 'c'}
    self.check_table([(Integer(1), True), (Integer(2), False), (String('bar'), True), (Float('{{x}}'), True)],
                     lambda key: key in table)

  def test_there_is_no_arithmetic(self):
    for use in (lambda: Integer(1) + Integer(1), lambda: int(Integer(1)), lambda: len(String('a')), lambda: String('a')[0]):
      with self.assertRaises(TypeError):
        use()
    self.assertEqual('%s-%s' % (String('x'), Integer(2)), 'x-2')

  def test_enum(self):
    colour, pair = Enum('Color', ('Red', 'Green')), Enum('Red', 'Green')
    only = 'ValueError: %s only accepts the following values: Red, Green'
    self.check_table([
        (lambda: pair.__name__, 'Enum_Red_Green'), (lambda: colour.__name__, 'Color'),
        (lambda: str(colour('Red')), 'Red'), (lambda: repr(pair('Red')), 'Enum_Red_Green(Red)'),
        (lambda: pair('Blue'), only % 'Enum_Red_Green'), (lambda: colour(1), only % 'Color'),
        (lambda: colour(None), only % 'Color'), (lambda: colour(''), only % 'Color'),
        (lambda: str(pair('{{x}}').bind(x='Blue')),
         "CoercionError: Cannot coerce 'Blue' to Enum_Red_Green: Blue is not one of Red, Green"),
        (lambda: pair('{{x}}').check().message(), "'{{x}}' not in the enumeration (Red, Green)"),
        (lambda: pair('{{x}}').bind(x='Red').check().ok(), True),
        (lambda: colour('Gr{{x}}').bind(x='een').check().ok(), True), (lambda: colour('Gr{{x}}').get(), 'Gr{{x}}'),
        (lambda: colour('Blue{{x}}').bind(x='').check().message(),
         "Unable to interpolate: Cannot coerce 'Blue' to Color: Blue is not one of Red, Green"),
        (lambda: Enum()('x'), 'ValueError: Enum_ only accepts the following values: ')], error_of)

  def test_check_messages(self):
    self.check_table([
        (Integer('{{x}}'), "'{{x}}' not an integer"), (Float('{{x}}'), "'{{x}}' not a float"),
        (Boolean('{{x}}'), "'{{x}}' not a boolean"), (String('{{x}}'), ''), (String(None), "Unable to interpolate: Cannot coerce 'None' to String"),
        (Integer('q'), "Unable to interpolate: Cannot coerce 'q' to Integer")], lambda scalar: scalar.check().message())
    self.assertEqual(repr(Integer(1).check()), 'TypeCheck(OK)')
    self.assertEqual(repr(Integer('{{x}}').check()), "TypeCheck(FAILED): '{{x}}' not an integer")


class BindTest(Case):
  """Spec §2.1 and §3.2."""

  def test_values_that_can_be_bound(self):
    self.check_table([
        (1, '1'), (1.5, '1.5'), (True, 'True'), ('x', 'x'), (Integer('07'), '7'), (Float('1'), '1.0')],
        lambda value: str(String('{{a}}').bind(a=value)))
    got = "ValueError: Environment values must be strings, numbers, Objects or other Environments. Got <class '%s'> instead."
    self.check_table([(None, got % 'NoneType'), ([1], got % 'list'), (set(), got % 'set')],
                     lambda value: error_of(String('x').bind, a=value))
    self.assertEqual(error_of(Environment, a=None), got % 'NoneType')

  def test_priorities(self):
    s = String('{{a}}')
    self.check_table([
        (s.bind(a=1).in_scope(a=2), '1'), (s.bind({'a': 1}, {'a': 2}), '2'), (s.bind({'a': 1}, a=3), '3'),
        (s.bind(a=1).bind(a=2), '2'), (s.in_scope(a=1).in_scope(a=2), '1'), (s % {'a': 9}, '9'),
        (s.in_scope({'a': 1}, a=2), '1')], str)

  def test_copies_leave_the_original_alone(self):
    s = String('{{a}}')
    s.bind(a=1)
    self.assertEqual(s.scopes(), ())
    self.assertEqual(str(s), '{{a}}')
    self.assertEqual(len(s.bind(a=1).copy().scopes()), 1)

  def test_environment(self):
    self.assertEqual(repr(Environment(a=1, b={'c': 2})), "Environment({Ref(a): '1', Ref(b.c): '2'})")
    self.check_table([('{{a.b}}', '1'), ('{{a[b]}}', '{{a[b]}}')],
                     lambda text: str(String(text).bind(a={'b': 1})))
    self.assertEqual(str(String('{{a.b[c]}}').bind({'a.b[c]': 1})), '1')
    for bad in (None, 3, 'a', type, ()):
      with self.assertRaises(ValueError):
        Environment(bad)
