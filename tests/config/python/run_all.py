"""Runs every test module of this folder, or those named on the command line."""

import os
import sys
import unittest


def main():
  folder = os.path.dirname(os.path.abspath(__file__))
  sys.path.insert(0, folder)
  names = sys.argv[1:] or sorted(name[:-3] for name in os.listdir(folder)
                                 if name.startswith('test_') and name.endswith('.py'))
  suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromName(name) for name in names)
  result = unittest.TextTestRunner(verbosity=0).run(suite)
  # A table's failing rows are one failed test.
  bad = [getattr(test, 'test_case', test) for test, _ in result.failures + result.errors]
  failed = len({test.id() for test in bad + result.unexpectedSuccesses})
  sys.stderr.flush()
  for name in ('SUITE', 'config'):
    print('%s passed=%d failed=%d' % (name, result.testsRun - failed, failed))
  return 1 if failed else 0


if __name__ == '__main__':
  sys.exit(main())
