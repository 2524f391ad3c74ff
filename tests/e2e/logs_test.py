"""Logs as a service: both streams in the order of writing, across rotated files, live, and searched in a gigabyte."""
import json
import os
import time
import unittest
import urllib.parse

import harness
from harness import HANG_SECONDS, ROLE, http, key, wait_for

ROUNDS = 12
WORDS = "." * 300  # so that a log of 2 KB rotates every few lines
WRITER = ("for i in $(seq %d); do echo out $i %s; sleep 0.15; echo err $i %s >&2; sleep 0.15; done; "
          "while [ ! -e end ]; do sleep 0.1; done; echo last words" % (ROUNDS, WORDS, WORDS))
JOB = """
rotating = Process(name = 'rotating', cmdline = %r, logger = Logger(destination = LoggerDestination('file'),
  mode = LoggerMode('rotate'), rotate = RotatePolicy(log_size = 1*KB, backups = 40)))
plain = Process(name = 'plain', cmdline = %r)
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %%r,
  task = Task(name = 'logs', processes = [rotating, plain], resources = Resources(cpu = 0.1, ram = 16*MB, disk = 2*GB)))]
""" % (WRITER, WRITER, ROLE)
EXPECTED = [word for i in range(1, ROUNDS + 1) for word in ("out %d" % i, "err %d" % i)]


def short(line):
  return " ".join(line["text"].split()[:2])


class LogsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def start(self, name):
    path = self.cluster.write(name + ".aurora", JOB % name)
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)
    return self.cluster.wait_task(name, "RUNNING")

  def url(self, task, **query):
    return "%s/v1/tasks/%s/logs?%s" % (self.cluster.executor_url(task), task["taskId"], urllib.parse.urlencode(query))

  def read(self, task, **query):
    reply = http(self.url(task, **query))
    self.assertEqual(reply.status, 200, reply.body)
    return reply.json()

  def end(self, task):
    with open(os.path.join(self.cluster.task_page(task)["sandbox"], "end"), "w"):
      pass

  def test_both_streams_are_read_in_order_and_followed_live_also_when_they_rotate(self):
    task = self.start("order")
    followed = harness._opener.open(self.url(task, process="rotating", follow="true"), timeout=HANG_SECONDS)
    live = [json.loads(followed.readline()) for _ in EXPECTED]
    self.assertEqual([short(line) for line in live], EXPECTED)
    self.assertEqual(self.cluster.tasks("order")[-1]["status"], "RUNNING")
    sandbox = self.cluster.task_page(task)["sandbox"]
    self.assertTrue(os.path.exists(os.path.join(sandbox, ".logs/rotating/0/stdout.2")))

    for process in ("rotating", "plain"):
      page = wait_for("all lines", lambda: [p for p in [self.read(task, process=process)] if len(p["lines"]) == len(EXPECTED)])[0]
      self.assertEqual([short(line) for line in page["lines"]], EXPECTED, process)
      times = [line["timeMs"] for line in page["lines"]]
      self.assertEqual(times, sorted(times))
      self.assertGreater(times[-1] - times[0], 1000)
      self.assertLess(abs(times[-1] / 1000 - time.time()), HANG_SECONDS)
      since = self.read(task, process=process, since=times[10])
      self.assertEqual([short(line) for line in since["lines"]], EXPECTED[10:])
      self.assertEqual([short(line) for line in self.read(task, process=process, tail=3)["lines"]], EXPECTED[-3:])
      self.assertEqual([short(line) for line in self.read(task, process=process, search="err 7 ", context=1)["lines"]],
                       ["err 6", "err 7", "err 8"])
    both = self.read(task)["lines"]
    self.assertEqual(sorted(line["timeMs"] for line in both), [line["timeMs"] for line in both])
    self.assertEqual({line["process"] for line in both}, {"rotating", "plain"})

    self.end(task)
    self.assertEqual([short(json.loads(line)) for line in followed.read().splitlines()], ["last words"])
    self.cluster.wait_task("order", "FINISHED")
    text = http(self.url(task, process="plain", format="text", tail=1)).body
    self.assertEqual(text, "last words\n")

  def test_the_times_survive_the_executor(self):
    task = self.start("restart")
    # The last line's time is that of the question until it is written down; those before it have theirs.
    wait_for("some lines", lambda: len(self.read(task, process="plain")["lines"]) >= 7)
    before = self.read(task, process="plain", limit=4)["lines"]
    self.cluster.kill_child("executor")
    wait_for("all lines", lambda: len(self.read(task, process="plain")["lines"]) == len(EXPECTED))
    after = self.read(task, process="plain")["lines"]
    self.assertEqual(after[:4], before)
    self.assertTrue(all("timeMs" in line for line in after))
    self.end(task)
    self.cluster.wait_task("restart", "FINISHED")

  def test_a_gigabyte_is_searched(self):
    task = self.start("big")
    log = os.path.join(self.cluster.task_page(task)["sandbox"], ".logs/plain/0/stderr")
    wait_for("the log", lambda: os.path.exists(log))
    line = b"2026-01-31 23:59:59 INFO request 4711 served in 12 ms: nothing to be seen here\n"
    block = line * ((1 << 20) // len(line))
    with open(log, "ab") as out:
      while out.tell() < 1 << 30:
        out.write(block)
      out.write(b"before\nthe Needle in the haystack\nafter\n")
    begin = time.monotonic()
    with open(log, "rb", buffering=0) as plain:
      while plain.read(256 << 10):
        pass
    reading = time.monotonic() - begin
    for query in ({"search": "Needle in"}, {"search": "needle IN", "ignoreCase": "true"}):
      begin = time.monotonic()
      page = self.read(task, process="plain", stream="stderr", before=1, **query)
      print("1 GiB searched for %s in %.2f s (read by a plain loop in %.2f s)" % (query, time.monotonic() - begin, reading))
      self.assertEqual([one["text"] for one in page["lines"][:2]], ["before", "the Needle in the haystack"])
      self.assertEqual([one.get("isMatch", False) for one in page["lines"][:2]], [False, True])
    begin = time.monotonic()
    last = self.read(task, process="plain", stream="stderr", tail=500)["lines"]
    print("its last 500 lines in %.3f s" % (time.monotonic() - begin))
    self.assertEqual(len(last), 500)
    self.end(task)
    self.cluster.wait_task("big", "FINISHED")


if __name__ == "__main__":
  unittest.main()
