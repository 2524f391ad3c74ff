"""Evaluating texts as job files, and tables of cases."""

import json
import os
import tempfile
import unittest

import aurora_isolation

# A complete job; %s are further keyword arguments of the Job, the Task and the Process.
_JOB = """
jobs = [Job(cluster='c', role='r', environment='devel', name='n', %s
            task=Task(%s resources=Resources(cpu=1, ram=MB, disk=MB),
                      processes=[Process(name='p', %s)]))]
"""


def job_text(job='', task='', process="cmdline='true'"):
  return _JOB % (job, task, process)


class Files(object):
  """A folder of files for one test."""

  def __init__(self, **files):
    self.folder = tempfile.mkdtemp(prefix='aurora-config-test-')
    for name, text in files.items():
      self.write(name.replace('__', '/').replace('_aurora', '.aurora'), text)

  def path(self, name):
    return os.path.join(self.folder, name)

  def write(self, name, text):
    os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
    with open(self.path(name), 'wb') as fp:
      fp.write(text if isinstance(text, bytes) else text.encode())
    return self.path(name)


def ask(kind, text, name='x.aurora', **request):
  """The outcome of one request about a file with this text."""
  files = Files()
  path = files.write(name, text)
  return ask_path(kind, path, **request)


def ask_path(kind, path, **request):
  request = dict({'ask': kind, 'path': path, 'bindings': [], 'key': None, 'user': 'me', 'time_ms': 20000}, **request)
  return aurora_isolation.evaluate(request)


def load(text, **request):
  return document(ask('load', text, **request))


def document(outcome):
  if 'failure' in outcome:
    raise AssertionError(outcome['failure']['text'] + '\n' + outcome['failure']['traceback'])
  return json.loads(outcome['document'])


def failure(outcome):
  """`kind: text` of a failure."""
  if 'failure' not in outcome:
    raise AssertionError('no failure, but %s' % outcome['document'])
  return '%(kind)s: %(text)s' % outcome['failure']


def first_line(outcome):
  lines = failure(outcome).split('\n')
  return lines[0]


class Case(unittest.TestCase):
  maxDiff = None

  def check_table(self, rows, function):
    """function(*inputs) must equal the last column of each row."""
    for row in rows:
      with self.subTest(row[0]):
        self.assertEqual(function(*row[:-1]), row[-1])


def error_of(function, *args, **kw):
  """`Type: text` of the exception that a call raises, or its result."""
  try:
    return function(*args, **kw)
  except Exception as error:
    return '%s: %s' % (type(error).__name__, error)
