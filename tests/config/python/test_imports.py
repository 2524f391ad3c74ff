"""The modules of src/config/python import each other in one direction, at load time and later."""

import ast
import os

from support import Case

_TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'src', 'config', 'python')


def modules():
  """{name: (path, whether it is a package)}"""
  found = {}
  for folder, _, files in os.walk(_TOP):
    for file in files:
      if file.endswith('.py'):
        path = os.path.join(folder, file)
        name = os.path.relpath(path, _TOP)[:-3].replace(os.sep, '.')
        found[name.removesuffix('.__init__')] = path, name.endswith('.__init__')
  return found


def imports(name, path, is_package, known):
  """The modules of ours that one names: in statements anywhere in it, and for lazily()."""
  with open(path, encoding='utf-8') as fp:
    tree = ast.parse(fp.read())
  for node in ast.walk(tree):
    if isinstance(node, ast.Import):
      yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
      folder = name.split('.')[:len(name.split('.')) - node.level + is_package] if node.level else []
      base = '.'.join(folder + ([node.module] if node.module else []))
      for alias in node.names:
        inner = '%s.%s' % (base, alias.name)
        yield inner if inner in known else base
    elif isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'lazily':
      yield from (keyword.value.value.partition(':')[0] for keyword in node.keywords)


def graph():
  known = modules()
  return {name: {other for other in imports(name, path, is_package, known) if other in known and other != name}
          for name, (path, is_package) in known.items()}


def cycle_of(edges):
  """The modules of a cycle in order, or None."""
  done, path = set(), []

  def visit(name):
    if name in path:
      return path[path.index(name):] + [name]
    if name in done:
      return None
    path.append(name)
    found = next(filter(None, map(visit, sorted(edges[name]))), None)
    path.pop()
    done.add(name)
    return found
  return next(filter(None, map(visit, sorted(edges))), None)


class ImportTest(Case):
  def test_no_cycles(self):
    edges = graph()
    self.assertGreater(sum(map(len, edges.values())), 100)
    self.assertIsNone(cycle_of(edges), 'modules that import each other')

  def test_cycles_are_found(self):
    self.assertEqual(cycle_of({'a': {'b'}, 'b': {'c'}, 'c': {'b'}, 'd': set()}), ['b', 'c', 'b'])
    self.assertIsNone(cycle_of({'a': {'b', 'c'}, 'b': {'c'}, 'c': set()}))

  def test_what_each_may_import(self):
    """Pystachio knows nothing of Aurora, and the evaluator's own modules nothing of who calls them."""
    for name, others in graph().items():
      allowed = {'pystachio': ('pystachio',), 'gen': ('gen', 'aurora_aliases', 'pystachio'),
                 'aurora_limits': (), 'aurora_aliases': ()}.get(name.split('.')[0])
      for other in others:
        with self.subTest('%s imports %s' % (name, other)):
          self.assertTrue(allowed is None or other.split('.')[0] in allowed)
          self.assertFalse(name.startswith('aurora_config') and other in ('aurora_isolation', 'aurora_hooks', 'aurora_python'))
