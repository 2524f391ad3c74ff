"""Changes to a syntax tree that give Python 2 meanings to expressions which Python 3 also accepts.

`d.iteritems()`, `d.has_key(k)` and list-valued `d.keys()` in every file; floor division of integers only in files that
came through the Python 2 fixer.
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
            value[position] = _changed(item, division)
            stack.append(value[position])
      elif isinstance(value, _ast.AST):
        changed = _changed(value, division)
        if changed is not value:
          setattr(node, field, changed)
        stack.append(changed)


def _imports_division(tree):
  return any(isinstance(node, _ast.ImportFrom) and node.module == '__future__' and
             any(alias.name == 'division' for alias in node.names) for node in tree.body)


def _changed(node, division):
  if isinstance(node, _ast.Call) and isinstance(node.func, _ast.Attribute) and not node.keywords:
    return _changed_call(node)
  if division and isinstance(node, _ast.BinOp) and isinstance(node.op, _ast.Div):
    return _call(node, '__aurora_divide__', [node.left, node.right])
  if division and isinstance(node, _ast.AugAssign) and isinstance(node.op, _ast.Div) and \
      isinstance(node.target, _ast.Name):
    read = _place(_ast.Name(id=node.target.id, ctx=_ast.Load()), node)
    return _place(_ast.Assign(targets=[node.target], value=_call(node, '__aurora_divide__', [read, node.value]),
                              type_comment=None), node)
  return node


def _changed_call(node):
  attribute = node.func
  if attribute.attr in _ITERATORS and not node.args:
    return _call(node, '__aurora_iterate__', [attribute.value, _text(node, attribute.attr),
                                              _text(node, _ITERATORS[attribute.attr])])
  if attribute.attr == 'has_key' and len(node.args) == 1:
    return _call(node, '__aurora_has_key__', [attribute.value, node.args[0]])
  if attribute.attr == 'decode' and len(node.args) <= 2:
    return _call(node, '__aurora_decode__', [attribute.value] + node.args)
  if attribute.attr in _LISTS and not node.args:
    marked = _call(node, '__aurora_list__', [])
    # The inner call must not be rewritten again: it is kept as a plain attribute, called by the helper.
    marked.args = [attribute]
    return marked
  return node


def _call(node, name, arguments):
  function = _place(_ast.Name(id=name, ctx=_ast.Load()), node)
  return _place(_ast.Call(func=function, args=arguments, keywords=[]), node)


def _text(node, value):
  return _place(_ast.Constant(value=value, kind=None), node)


def _place(new, node):
  for name in ('lineno', 'col_offset', 'end_lineno', 'end_col_offset'):
    setattr(new, name, getattr(node, name))
  return new
