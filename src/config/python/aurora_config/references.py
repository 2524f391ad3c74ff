"""References in braces that name nothing: how they were written, what is wrong with them and how to write it.

Braces may be another program's: `docker ps --format '{{.Names}}'`. What works for those is said in _ESCAPE.
"""

from pystachio.choice import ChoiceContainer
from pystachio.composite import Empty, Structural
from pystachio.container import ListContainer, MapContainer
from pystachio.naming import MISSING, Ref
from pystachio.parsing import Evaluation, MustacheParser, _mustaches, resolve

from .failures import Failure, nearest
from .ports import port_of

_ESCAPE = "braces of another program are written {''{%s}}, which the shell joins ({\"\"{ between double quotes)"
_ON_HOST = {'mesos.instance': '31337', 'mesos.hostname': ''}
_SHELL_FIELDS = ('.cmdline', '.shell_command')
_LONGEST_ADDRESS = 200


class Unbound(object):
  """A reference in the field `path` that no scope knows.

  `written` is the part of the field's text that it comes from, braces and all: {{.Names}}, {{a[{{i}}]}}, or {{x}} if the
  value of x holds it; `around` is what that stands in, itself or further braces. `late`: it shows only when the text is
  evaluated again, as hosts do.
  """

  def __init__(self, path, ref, origin, scopes, late):
    self.path, self.ref, self.scopes, self.late = path, ref, scopes, late
    self.written, self.around = origin

  def shown(self):
    """As it was written, unless that is only what became it."""
    return self.written if self.written[:3] != '{{&' and _is_spelling(self.written, self.ref) else str(self.ref)

  def is_bound_on_host(self):
    if str(self.ref) in ('{{thermos.task_id}}', '{{mesos.instance}}', '{{mesos.hostname}}'):
      return True
    return port_of(self.ref) is not None and not self.late  # nobody allocates a port whose name shows only on the host

  def hint(self, names):
    """What was meant perhaps, and how it is written. `names` are those that can be used in the field."""
    parts = []
    if self.around != self.written and '{{' in self.around[2:]:
      parts = ['inside %s' % self.around]
    elif self.shown() != self.written:
      parts = ['%s %s' % ('written' if '{{' in self.written[2:] or self.written[:3] == '{{&' else 'in the value of', self.written)]
    return '; '.join(parts + _why(self, names))


def unbound_in(path, klazz, stored, scopes):
  """The Unbound of a scalar's or a choice's text."""
  text = getattr(stored, '_value', stored)
  first = _refs_of(klazz, stored, scopes)
  scopes = getattr(stored, '_scopes', ()) + scopes
  if not isinstance(text, str) or '{{' not in text:
    return [Unbound(path, ref, (str(ref), str(ref)), scopes, False) for ref in first]
  parts = spans(text)
  late = [ref for ref in _refs_later(text, scopes) if ref not in first]
  return [Unbound(path, ref, _origin(ref, parts, scopes), scopes, ref in late) for ref in list(first) + late]


def _refs_of(klazz, stored, scopes):
  evaluation = Evaluation()
  try:
    klazz._data(stored, scopes, evaluation)
  except (ValueError, MustacheParser.Error, Ref.Error):
    return {}
  return evaluation.unbound


def _refs_later(text, scopes):
  """What is unbound in a text that was evaluated, when it is evaluated again with what a host knows."""
  evaluation, again = Evaluation(), Evaluation()
  try:
    text = resolve(text, scopes, evaluation)
    if not evaluation.nested and not evaluation.aliases:
      return ()
    for name, value in _ON_HOST.items():
      text = text.replace('{{%s}}' % name, value)
    resolve(text, scopes, again)
  except (ValueError, MustacheParser.Error, Ref.Error):
    return ()
  return [ref for ref in again.unbound if not ref.address() in ('thermos.task_id', 'thermos.user')]


def _origin(ref, parts, scopes):
  """(the part of a text that gives the ref: as it stands there or what holds it, what that part stands in)"""
  for part in parts:
    for start, end, _, address in _mustaches(part):
      if _is_spelling(part[start:end], ref):
        return part[start:end], part
  for part in parts:
    try:
      evaluation = Evaluation()
      resolve(part, scopes, evaluation)
    except (ValueError, MustacheParser.Error, Ref.Error):
      continue
    if ref in evaluation.unbound or ref in _refs_later(part, scopes):
      return part, part
  return str(ref), str(ref)


def _is_spelling(text, ref):
  """Whether a text is one pair of braces around an address of the ref."""
  address = text[3 if text[:3] == '{{&' else 2:-2]
  try:
    return '{' not in address and Ref.from_address(address) == ref
  except Ref.InvalidRefError:
    return False


def spans(text):
  """The outermost `{{...}}` of a text, which may hold others."""
  out, depth, at, begin = [], 0, 0, 0
  while at < len(text) - 1:
    pair = text[at:at + 2]
    if pair == '{{':
      begin = begin if depth else at
      depth += 1
      at += 2
    elif pair == '}}' and depth:
      depth -= 1
      at += 2
      if not depth:
        out.append(text[begin:at])
    else:
      at += 1
  if depth:  # never closed: what is whole in the rest counts by itself
    out += [text[begin + start:begin + end] for start, end, _, _ in _mustaches(text[begin:])]
  return out


# -- what is wrong with one that is well formed


def _why(found, names):
  written, address = found.written, found.ref.address()
  inside = written[2:-2]
  if written[:3] == '{{&':
    return ['& keeps braces for one evaluation, and a job has several', _escape(inside.strip('&'))]
  if written[:3] == '{{.' and found.shown() == written:
    return ['nothing is named %s' % address, _escape(inside)]
  if address == 'docker.image' or address.startswith(('docker.image[', 'docker.image.')):
    is_image = len(found.ref.components()) == 4 and 'image[' in address
    return [] if is_image else ['images are written {{docker.image[NAME][TAG]}}']
  if address.startswith('thermos.ports.'):
    return ['ports are written {{thermos.ports[%s]}}' % address[len('thermos.ports.'):]]
  if found.late and '{{mesos.' in inside:
    return ['the inner one is known only on the host: let the shell choose by it']
  partly = _found_partly(found.ref, found.scopes)
  if partly is not None:
    return [partly]
  meant = nearest(address, names)
  if meant is not None:
    return ['did you mean {{%s}}?' % meant]
  return ['nothing binds it: --bind %s=VALUE' % address]


def _found_partly(ref, scopes):
  """What the value that the first steps of a ref lead to has instead of the next step; None if they lead nowhere."""
  steps = ref.components()
  for count in range(len(steps) - 1, 0, -1):
    start = Ref(steps[:count])
    for scope in scopes:
      value = scope._lookup(start, ())
      if value is not MISSING:
        return _without(start.address(), value, steps[count])
  return None


def _without(name, value, step):
  if isinstance(value, ChoiceContainer):
    fitting = value._fitting(value, value._scopes)
    value = value if fitting is None else fitting[1]
  if isinstance(value, ListContainer):
    return _without_element(name, len(value._values), step)
  if isinstance(value, Structural):
    return _without_field(name, value, step)
  if isinstance(value, MapContainer):
    keys = [str(key) for key in value.get()]
    if step.value in keys:
      return 'keys are written {{%s[%s]}}' % (name, step.value)
    return '%s has no key %s%s' % (name, step.value, ', only %s' % ', '.join(keys[:10]) if keys else '')
  if hasattr(value, '_table'):
    return None  # the nearest of its names says more
  return '%s is one value, which has no parts' % name


def _without_element(name, size, step):
  if not (step.__class__ is Ref.Index and step.value.lstrip('-').isdigit()):
    return 'elements of %s are written {{%s[0]}}' % (name, name)
  if size == 0:
    return '%s is empty' % name
  return '%s has %d element%s: %s' % (name, size, '' if size == 1 else 's', '[0]' if size == 1 else '[0] to [%d]' % (size - 1))


def _without_field(name, value, step):
  kind, field = value.__class__.__name__, step.value
  if field not in value.TYPEMAP:
    meant = nearest(field, value.TYPEMAP)
    if meant is None:
      return '%s is a %s, which has no field %s' % (name, kind, field)
    return 'did you mean {{%s.%s}}?' % (name, meant)
  if step.__class__ is Ref.Index:
    return 'fields are written {{%s.%s}}' % (name, field)
  return '%s.%s is not set' % (name, field) if value._field(field) is Empty else None


# -- and with one that is not


def bad_ref_failure(path, error):
  """The Failure of a Ref.InvalidRefError."""
  address = getattr(error, 'address', None)
  if address is None:
    return Failure('malformed reference in a template: %s' % error, path=path)
  hint = _why_malformed(address)
  if path.endswith(_SHELL_FIELDS) or '.' not in path:
    hint += '; ' + _escape(address)
  failure = Failure('malformed reference in a template: {{%s}}' % _clipped(address), path=path, hint=hint)
  failure.written = '{{%s}}' % address
  return failure


def _why_malformed(address):
  if len(address) > _LONGEST_ADDRESS:
    return 'names of so many letters or parts are nobody\'s'
  bare = address.strip()
  if bare != address:
    return 'no blanks between the braces' + (': {{%s}}' % bare if _is_address(bare) and bare[0] != '.' else '')
  head, dot, last = bare.rpartition('.')
  if dot and last.isdigit() and _is_address(head):
    return 'elements are written {{%s[%s]}}' % (head, last)
  if not (bare[0] in '_.[' or bare[0].isalpha()):
    return 'a name begins with a letter or _'
  if bare.startswith('docker.image['):
    return 'images are written {{docker.image[NAME][TAG]}}, without the host of the registry: that is the cluster\'s docker_registry'
  return 'names are of letters, digits and _, as in {{profile.hosts[0]}}'


def _clipped(address):
  return address if len(address) <= _LONGEST_ADDRESS else address[:_LONGEST_ADDRESS // 2] + '...'


def _escape(address):
  return _ESCAPE % _clipped(address)


def _is_address(text):
  try:
    Ref.components_from_address(text)
    return True
  except Ref.InvalidRefError:
    return False
