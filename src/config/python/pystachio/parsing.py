"""Mustache templates: splitting text into literals and Refs, and substituting until nothing changes."""

from .compatibility import Compatibility, lazily
from .naming import MISSING, Namable, Pattern, Ref

__getattr__ = lazily(__name__, re='re')
__all__ = ('Compatibility', 'MustacheParser', 'Namable', 'Ref', 're')


class Template(object):
  """A parsed text. `parts` are literals (str) and Refs, `{{&x}}` kept as written; `refs` are (position, Ref) in them.

  simple:  no literal contains a brace, so replacing Refs by brace-free text can not form a new mustache.
  aliased: some literal contains `{{&`.
  """
  __slots__ = ('parts', 'refs', 'simple', 'aliased')

  def __init__(self, parts, simple, aliased):
    self.parts, self.simple, self.aliased = parts, simple, aliased
    self.refs = tuple((at, part) for at, part in enumerate(parts) if part.__class__ is Ref)


class Evaluation(object):
  """What one interpolation pass has met: unbound refs in order, values that are not of their type, templates."""
  __slots__ = ('unbound', 'bad', 'templates', 'aliases', 'nested', 'process_refs')

  def __init__(self):
    self.unbound = {}
    self.bad = False       # a required field is unset, or a number still holds a ref
    self.templates = 0     # texts resolved so far; unchanged means that the value is a constant
    self.nested = False    # an unbound ref stands inside other braces, e.g. `{{list[{{i}}]}}`
    self.process_refs = ()  # for owners of a schema: the unbound refs of one part of it
    self.aliases = False   # a `{{&x}}` was turned into `{{x}}`: another pass may change the result

  def absorb(self, other):
    """Adds what a pass over a part has met."""
    self.unbound.update(other.unbound)
    self.bad |= other.bad
    self.templates += other.templates
    self.aliases |= other.aliases
    self.nested |= other.nested


def _mustaches(text):
  """Yields (start, end, is_alias, address) for each mustache, left to right: `{{` `&`? no-braces `&`? `}}`."""
  start = text.find('{{')
  while start >= 0:
    close = text.find('}', start + 2)
    if close < 0:
      return
    # No brace may stand inside, so only the last opening pair before the closing brace can match.
    start = text.rfind('{{', start, close)
    address = text[start + 2:close]
    if not address or '{' in address or text[close + 1:close + 2] != '}':
      start = text.find('{{', close)
      continue
    alias = address[0] == '&' and len(address) > 1
    if alias:
      address = address[1:]
      if len(address) > 1 and address[-1] == '&':
        address = address[:-1]
    yield start, close + 2, alias, address
    start = text.find('{{', close + 2)


_templates = {}

# Refs whose values hold several refs can double a text with every replacement. Nothing that is meant grows to this: the
# kernel takes command lines of an eighth of it.
_LARGEST = 1000000


def parse(text):
  """The Template of a text; each text is parsed once. Raises Ref.InvalidRefError."""
  template = _templates.get(text)
  if template is not None:
    return template
  template = _parse_regular(text) or _parse_any(text)
  if len(_templates) > 100000:
    _templates.clear()
  if len(text) < 65536:
    _templates[text] = template
  return template


def _parse_regular(text):
  """The Template of a text whose `{{` all begin a plain mustache; None for anything else."""
  pieces = text.split('{{')
  literal = pieces[0]
  parts = [literal] if literal else []
  simple = '{' not in literal and '}' not in literal
  known = Ref._cache
  for piece in pieces[1:]:
    address, close, literal = piece.partition('}}')
    if not close:
      return None
    ref = known.get(address)
    if ref is None:
      if not address or address[0] == '&' or '{' in address or '}' in address:
        return None
      ref = Ref.from_address(address)
    parts.append(ref)
    if literal:
      parts.append(literal)
      simple = simple and '{' not in literal and '}' not in literal
  return Template(tuple(parts), simple, False)


def _parse_any(text):
  parts, simple, aliased, done = [], True, False, 0
  literal = ''
  for start, end, alias, address in _mustaches(text):
    literal += text[done:start]
    if alias:
      literal += text[start:end]
      aliased = True
    else:
      if literal:
        parts.append(literal)
        simple = simple and '{' not in literal and '}' not in literal
        literal = ''
      parts.append(Ref.from_address(address))
    done = end
  literal += text[done:]
  if literal:
    parts.append(literal)
    simple = simple and '{' not in literal and '}' not in literal
  return Template(tuple(parts), simple, aliased)


def resolve(text, scopes, evaluation):
  """Substitutes the refs of `text` from `scopes` until none is found any more; what stays unbound is recorded.

  Raises MustacheParser.Uninterpolatable for text that never settles, Ref.InvalidRefError for a malformed ref.
  """
  evaluation.templates += 1
  try:
    return _resolve(text, scopes, evaluation)
  except RecursionError:
    raise _uninterpolatable(text, 'Maximum replacements reached.') from None


def _resolve(text, scopes, evaluation):
  template = _templates.get(text) or parse(text)
  original = text
  for _ in range(100):
    out, clean, unbound = list(template.parts), template.simple, []
    for at, ref in template.refs:
      for scope in scopes:
        found = scope._lookup(ref, ())
        if found is not MISSING:
          break
      else:
        out[at] = ref._text or str(ref)
        unbound.append(ref)
        continue
      if found.__class__ is not str:
        found = str(found)
      if clean and ('{' in found or '}' in found):
        clean = False
      out[at] = found
    if len(unbound) == len(template.refs):
      return _finish(text, template, unbound, evaluation)
    text = ''.join(out)
    if clean:
      for ref in unbound:
        evaluation.unbound[ref] = None
      return text
    if '{{' not in text:
      return text
    if len(text) > _LARGEST and len(text) > 2 * len(original):
      raise _uninterpolatable(original, 'It grows to more than %d characters.' % _LARGEST)
    template = parse(text)
  raise _uninterpolatable(original, 'Maximum replacements reached.')


def _uninterpolatable(text, why):
  return MustacheParser.Uninterpolatable('Unable to interpolate %s!  %s' % (text, why))


def _finish(text, template, unbound, evaluation):
  for ref in unbound:
    evaluation.unbound[ref] = None
  if unbound and not template.simple:
    evaluation.nested = True
  if not template.aliased:
    return text
  evaluation.aliases = True
  return ''.join(map(str, MustacheParser.split(text)))


class MustacheParser(object):
  """The template functions as pystachio's users know them."""

  class Error(Exception): pass
  class Uninterpolatable(Error): pass

  MAX_ITERATIONS = 100
  _ADDRESS_DELIMITER = '&'
  _MUSTACHE_RE = Pattern(r'{{(&)?([^{}]+?)\1?}}')

  @classmethod
  def split(cls, string, keep_aliases=False):
    """A list of literals and Refs; `{{&x}}` becomes the literal `{{x}}`, or stays as it is with keep_aliases."""
    parts, done = [], 0
    for start, end, alias, address in _mustaches(string):
      if start > done:
        parts.append(string[done:start])
      if not alias:
        parts.append(Ref.from_address(address))
      elif keep_aliases:
        parts.append('{{&%s}}' % address)
      else:
        parts.append('{{%s}}' % address)
      done = end
    if done < len(string) or not parts:
      parts.append(string[done:])
    return parts if parts != [''] else []

  @classmethod
  def join(cls, splits, *namables):
    """(text, unbound refs): one round of substitution."""
    out, unbound = [], {}
    for part in splits:
      if isinstance(part, Ref):
        for namable in namables:
          try:
            part_text = str(namable.find(part))
            break
          except Namable.Error:
            continue
        else:
          unbound[part] = None
          part_text = str(part)
        out.append(part_text)
      else:
        out.append(part)
    return ''.join(out), list(unbound)

  @classmethod
  def resolve(cls, stream, *namables):
    """(text, unbound refs) after as many rounds as it takes."""
    evaluation = Evaluation()
    text = resolve(stream, namables, evaluation) if '{{' in stream else stream
    return text, list(evaluation.unbound)
