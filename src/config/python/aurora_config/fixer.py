"""Python 2 source to Python 3 source, for the constructs that Python 3 cannot parse.

print and exec statements, backticks, `<>`, `except E, e`, `raise E, m`, old octal and long numbers, ur'' strings, tuple
parameters, and indentation that mixes tabs and blanks. Loaded only for a file that is not valid Python 3.
"""

_FIXES = ('except', 'exec', 'ne', 'numliterals', 'paren', 'print', 'raise', 'repr', 'tuple_params')
_tool = None


def fix(text, path):
  """The translated source. Raises SyntaxError, naming line and column, if it is not Python 2 either."""
  import warnings
  with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    from lib2to3.pgen2.parse import ParseError
    from lib2to3.pgen2.tokenize import TokenError
    source = _spaces_for_tabs(text if text.endswith('\n') else text + '\n')
    try:
      return str(_refactoring_tool().refactor_string(source, path))
    except ParseError as error:
      line, column = error.context[1] if error.context else (1, 0)
      raise SyntaxError('invalid syntax', (path, line, column + 1, None)) from None
    except TokenError as error:
      raise SyntaxError(error.args[0], (path, error.args[1][0], error.args[1][1] + 1, None)) from None
    except (IndentationError, RecursionError, ValueError, IndexError, AttributeError, AssertionError, TypeError) as error:
      raise SyntaxError('invalid syntax (%s)' % error, (path, getattr(error, 'lineno', None) or 1, 1, None)) from None


def _refactoring_tool():
  global _tool
  if _tool is None:
    from lib2to3.pgen2 import token
    from lib2to3.refactor import RefactoringTool

    class Tool(RefactoringTool):
      def log_error(self, message, *args, **kwds):
        raise

      def refactor_string(self, data, name):
        # The original logs a parse error and returns nothing.
        from lib2to3.refactor import _detect_future_features
        from lib2to3 import pygram
        features = _detect_future_features(data)
        without_statement = 'print_function' in features
        self.driver.grammar = pygram.python_grammar_no_print_statement if without_statement else self.grammar
        tree = self.driver.parse_string(data)
        tree.future_features = features
        for leaf in tree.leaves():
          if leaf.type == token.NUMBER and leaf.value[:1] == '0' and leaf.value[-1] in 'lL':
            leaf.value = leaf.value[:-1]  # an octal number that is long: the fixer knows only one of the two
        self.refactor_tree(tree, name)
        for leaf in tree.leaves():
          if leaf.type == token.STRING and leaf.value[:2].lower() == 'ur':
            leaf.value = leaf.value[1:]
        return tree

    _tool = Tool(['lib2to3.fixes.fix_' + name for name in _FIXES])
  return _tool


def _spaces_for_tabs(text):
  """Leading tabs become blanks up to the next multiple of 8, as Python 2 reads them; strings stay untouched."""
  if '\t' not in text:
    return text
  inside = _lines_inside_strings(text)
  lines = text.split('\n')
  for number, line in enumerate(lines, 1):
    if number not in inside:
      body = line.lstrip(' \t')
      lines[number - 1] = line[:len(line) - len(body)].expandtabs(8) + body
  return '\n'.join(lines)


def _lines_inside_strings(text):
  """Numbers of the lines that begin inside a triple-quoted string."""
  from lib2to3.pgen2 import token, tokenize
  inside = set()
  lines = iter(text.splitlines(True))
  try:
    for kind, _, start, end, _ in tokenize.generate_tokens(lambda: next(lines, '')):
      if kind == token.STRING:
        inside.update(range(start[0] + 1, end[0] + 1))
  except (tokenize.TokenError, IndentationError):
    pass
  return inside
