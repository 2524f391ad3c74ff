"""Changes to a syntax tree that give Python 2 meanings to expressions which Python 3 also accepts.

`d.iteritems()`, `d.has_key(k)`, `i.next()`, `l.sort(cmp)` and list-valued `d.keys()` in every file; floor division of
integers and text that stays text when it is encoded only in files that came through the Python 2 fixer.
"""

import _ast

_ITERATORS = {'iteritems': 'items', 'iterkeys': 'keys', 'itervalues': 'values',
              'viewitems': 'items', 'viewkeys': 'keys', 'viewvalues': 'values'}
_LISTS = ('keys', 'values', 'items')


def rewrite(tree, is_python2):
  division = is_python2 and not _imports_division(tree)
  stack = [tree]
  while stack:
    node = stack.pop()
    for field in node._fields:
      value = getattr(node, field, None)
      if isinstance(value, list):
        for position, item in enumerate(value):
          if isinstance(item, _ast.AST):
            value[position] = _changed(item, is_python2, division)
            stack.append(value[position])
      elif isinstance(value, _ast.AST):
        changed = _changed(value, is_python2, division)
        if changed is not value:
          setattr(node, field, changed)
        stack.append(changed)


def prints_to_stream(tree):
  """The line of a statement like `print >>stream, text`, which Python 3 takes for a shift; None if there is none."""
  for node in _nodes(tree):
    if isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.RShift) and isinstance(node.left, _ast.Name) and \
        node.left.id == 'print':
      return node.lineno
  return None


def _nodes(tree):
  stack = [tree]
  while stack:
    node = stack.pop()
    yield node
    for field in node._fields:
      value = getattr(node, field, None)
      stack.extend(item for item in (value if isinstance(value, list) else (value,)) if isinstance(item, _ast.AST))


def _imports_division(tree):
  return any(isinstance(node, _ast.ImportFrom) and node.module == '__future__' and
             any(alias.name == 'division' for alias in node.names) for node in tree.body)


def _changed(node, is_python2, division):
  if isinstance(node, _ast.Call) and isinstance(node.func, _ast.Attribute):
    return _changed_call(node, is_python2)
  if division and isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.Div):
    return _call(node, '__aurora_divide__', [node.left, node.right])
  if division and isinstance(node, _ast.AugAssign) and isinstance(node.op, _ast.Div):
    return _place(_ast.Assign(targets=[node.target], value=_call(node, '__aurora_divide__', [_read(node.target), node.value]),
                              type_comment=None), node)
  return node


def _read(target):
  """The value of what an assignment names."""
  fields = {name: getattr(target, name) for name in target._fields}
  return _place(type(target)(**dict(fields, ctx=_ast.Load())), target)


def _changed_call(node, is_python2):
  attribute, count = node.func, len(node.args)
  value, name = attribute.value, attribute.attr
  if name == 'sort' and (count == 1 or any(keyword.arg == 'cmp' for keyword in node.keywords)):
    return _call(node, '__aurora_sort__', [value] + node.args, node.keywords)
  if node.keywords:
    return node
  if name in _ITERATORS and count == 0:
    return _call(node, '__aurora_iterate__', [value, _text(node, name), _text(node, _ITERATORS[name])])
  if name == 'next' and count == 0:
    return _call(node, '__aurora_next__', [value])
  if name == 'has_key' and count == 1:
    return _call(node, '__aurora_has_key__', [value, node.args[0]])
  if name == 'decode' and count <= 2:
    return _call(node, '__aurora_decode__', [value] + node.args)
  if name == 'encode' and count <= 2:
    return _call(node, '__aurora_encode_text__' if is_python2 else '__aurora_encode__', [value] + node.args)
  if name in _LISTS and count == 0:
    marked = _call(node, '__aurora_list__', [])
    # The inner call must not be rewritten again: it is kept as a plain attribute, called by the helper.
    marked.args = [attribute]
    return marked
  return node


def _call(node, name, arguments, keywords=()):
  function = _place(_ast.Name(id=name, ctx=_ast.Load()), node)
  return _place(_ast.Call(func=function, args=arguments, keywords=list(keywords)), node)


def _text(node, value):
  return _place(_ast.Constant(value=value, kind=None), node)


def _place(new, node):
  for name in ('lineno', 'col_offset', 'end_lineno', 'end_col_offset'):
    setattr(new, name, getattr(node, name))
  return new
