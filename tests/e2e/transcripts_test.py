"""What every verb prints and how it ends, as recorded in transcripts/*.txt, replayed against a real devcluster.

    # a remark
    # its own cluster                                              as the first line: no other transcript's jobs and hosts are there
    $ aurora job create devcluster/@ROLE@/devel/web web.aurora     what is typed, in a folder with transcripts/files
    > a line of standard output
    ! a line of standard error
    = 4                                                            the exit code, when it is not 0
    : web RUNNING                                                  wait until a task of that job is in that state

What differs from run to run has a name in the text (PATTERNS); in what is typed it is what was last printed under that name.
UPDATE=1 tests/e2e/run transcripts writes down what happens instead: read the difference before it is committed.
"""
import os
import re
import shlex
import shutil
import subprocess
import unittest

import harness
from harness import AURORA, ROLE, wait_for

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transcripts")
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# What matches becomes <name>, in this order.
PATTERNS = [
    ("token", r"\b1[6-9]\d{11}-[0-9a-f]{4}-\d+"),
    ("state", r"\b1\.[0-9a-f]{12}\.[0-9a-f]{12}\.\d+\.\d+\.\d+"),
    ("use", r"\b\d+\.\d\d  +[\d.]+  +\d+(?=  +\d+  +\d+)|(?<=CPU )\d+\.\d\d(?= of)|(?<=RAM )[\d.]+(?= of)|(?m:(?<=RUNNING  )\d+\.\d\d +\d+ +\d+$)"),
    ("hosts", r"(?<= on )devcluster-(?:1, devcluster-2|2, devcluster-1)"),
    ("time", r"(?<=for )\d+ s(?= on)|(?<=seen )(?:now|\d+s ago)|(?m:(?<= )(?:now|\d+s)$)|\d+ (?:secs|mins)(?= after the change)"),
    ("instance", r"(?<=/web/)\d(?=  +RUNNING| devcluster-\d ->)"),
    ("second", r"(?<=replaced-)\d{8}-\d{6}"),
    ("counts", r"\d+ rounds, \d+ commands"),
    ("backup", r"scheduler-backup-[-0-9]+"),
    ("id", UUID),
    ("moment", r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC|[+-]\d\d:?\d\d)?"),
    ("milliseconds", r"\b1[6-9]\d{11}\b"),
    ("size", r"\b\d+\.\d [kMG]B"),
    ("url", r"http://127\.0\.0\.1:\d+"),
    ("version", r"(?<=\tversion: )\S+"),
    ("sha", r"(?<=sha: )[0-9a-f]{40}"),
    ("date", r"(?<=date: )20\d\d-\d\d-\d\d"),
    ("user", r'(?<="user":")[^"]+'),
    ("port", r"(?<='http': )\d+"),
    ("host", r"(?<= on )devcluster-\d|(?m:^)devcluster-\d(?=:  )|(?<=got host )devcluster-\d|(?m:(?<=  )devcluster-\d(?=  |$))"),
    ("blanks", r"(?<=\S)  +"),  # columns are as wide as what is in them
]


class Step:
  """One command with what followed, or one line of another kind."""

  def __init__(self, line):
    self.line, self.expected = line, []

  def words(self, known):
    text = re.sub(r"<(\w+)>", lambda name: known.get(name.group(1), name.group(0)), self.line[2:])
    return shlex.split(text.replace("@ROLE@", ROLE))


OWN_CLUSTER = "# its own cluster"
# What hosts offer is shown: the same on every machine.
FLAGS = harness.QUICK + ["--executor-cpus=4", "--executor-ram=8GB", "--executor-disk=20GB"]


def parse(text):
  steps = []
  for line in text.splitlines():
    if line[:1] in (">", "!", "="):
      steps[-1].expected.append(line)
    else:
      steps.append(Step(line))
  return steps


class TranscriptsTest(unittest.TestCase):
  maxDiff = None

  @classmethod
  def setUpClass(cls):
    cls.shared = cls.start_cluster(harness.PORT)

  @classmethod
  def tearDownClass(cls):
    cls.shared.close()

  @staticmethod
  def start_cluster(port):
    cluster = harness.Cluster(executors=2, port=port, flags=FLAGS).start()
    for name in os.listdir(os.path.join(FOLDER, "files")):
      with open(os.path.join(FOLDER, "files", name)) as text:
        cluster.write(name, text.read().replace("@ROLE@", ROLE))
    return cluster

  def setUp(self):
    self.known = {}
    self.cluster = self.shared

  def name_values(self, text):
    text = text.replace(self.cluster.folder, "<folder>").replace(ROLE, "@ROLE@")
    for name, pattern in PATTERNS:
      def keep(found, name=name):
        self.known[name] = found.group(0)
        return "  " if name == "blanks" else "<%s>" % name
      text = re.sub(pattern, keep, text)
    return text

  def run_step(self, step):
    words = step.words(self.known)
    self.assertEqual(words[0], "aurora", "a transcript only runs aurora")
    done = self.cluster.aurora(*words[1:], env={"COLUMNS": "100"})
    result = [("> " + line).rstrip() for line in self.name_values(done.out).splitlines()]
    result += [("! " + line).rstrip() for line in self.name_values(done.err).splitlines()]
    return result + (["= %d" % done.code] if done.code else [])

  def wait_step(self, step):
    name, status = step.line.split()[1:]
    self.cluster.wait_task(name, status)

  def replay(self, path):
    with open(path) as text:
      steps = parse(text.read())
    if steps[0].line == OWN_CLUSTER:
      self.cluster = self.start_cluster(harness.PORT + 10)
      self.addCleanup(self.cluster.close)
    happened, expected = [], []
    for step in steps:
      expected += [step.line] + step.expected
      happened.append(step.line)
      if step.line.startswith(": "):
        self.wait_step(step)
      if step.line.startswith("$ "):
        happened += self.run_step(step)
    if os.environ.get("UPDATE"):
      with open(path, "w") as out:
        out.write("\n".join(happened) + "\n")
    else:
      self.assertEqual("\n".join(expected), "\n".join(happened), path)


def make_test(path):
  return lambda self: self.replay(path)


for file_name in sorted(os.listdir(FOLDER)):
  if file_name.endswith(".txt"):
    setattr(TranscriptsTest, "test_" + file_name[:-4], make_test(os.path.join(FOLDER, file_name)))

if __name__ == "__main__":
  unittest.main()
