"""One damaged file must not cost what was acknowledged, nor a task its life: every kind of file, at random places.

A daemon that finds damage either has everything all the same, or refuses to start with a sentence that names the file or
its folder and says what to do. It never starts with less, and never says nothing.
"""
import collections
import os
import re
import shutil
import signal
import tempfile
import time
import unittest

import attack
from attack import SHORT, dice
from daemons import HANG_SECONDS, DaemonCluster, flags_of_first_start, job, task_config
from harness import http, wait_for

SCHEDULER_TRIALS = 24 if SHORT else 140
EXECUTOR_TRIALS = 10 if SHORT else 60
BAD_TRIALS_MAX = 8  # then the rest would only repeat it
ADVICE = re.compile(r"restore|backup|aurora admin|remove|delete|choose|move|start (it )?again", re.I)


def damage(path, choose):
  """Does to the file one thing that disks and people do; what it was."""
  size = os.path.getsize(path)
  kind = choose.choice(["flip", "flip", "cut", "zero"] if size else ["grow"])
  at = choose.randrange(size) if size else 0
  with open(path, "r+b") as file:
    if kind == "flip":
      file.seek(at)
      byte = file.read(1)[0]
      file.seek(at)
      file.write(bytes([byte ^ (1 << choose.randrange(8))]))
    elif kind == "cut":
      file.truncate(at)
    elif kind == "zero":
      file.seek(at)
      file.write(bytes(min(choose.choice([1, 16, 512, 4096]), size - at)))
    else:
      file.write(b"\xff" * 16)
  return "%s at %d of %d in %s" % (kind, at, size, path)


def kind_of(name):
  """000012.log and 000027.log are the same kind of file."""
  return re.sub(r"[0-9a-f-]{36}|\d+", "N", name)


class Deck:
  """Deals files so that every kind gets its turn, by the number of its letters alone and not by how many there are."""

  def __init__(self, choose):
    self.choose, self.turn = choose, 0

  def deal(self, paths):
    kinds = collections.defaultdict(list)
    for path in sorted(paths):
      kinds[kind_of(os.path.basename(path))].append(path)
    kind = sorted(kinds)[self.turn % len(kinds)]
    self.turn += 1
    return self.choose.choice(kinds[kind])


def files_below(folder, leave_out=()):
  found = []
  for place, _, names in os.walk(folder):
    for name in names:
      path = os.path.join(place, name)
      if os.path.isfile(path) and not os.path.islink(path) and name not in leave_out:
        found.append(path)
  return found


class DamagedScheduler(unittest.TestCase):
  """No hosts: jobs that stay PENDING, updates, and nothing else."""

  @classmethod
  def setUpClass(cls):
    cls.cluster = DaemonCluster(executors=0)
    cls.acknowledged, cls.updates = set(), set()
    cls.prepared = os.path.join(cls.cluster.folder, "prepared")
    os.mkdir(cls.prepared)
    cls.snapshots = []
    cls.cluster.data_dir = os.path.join(cls.prepared, "data")
    cls.cluster.scheduler = cls.cluster.scheduler_on(cls.cluster.data_dir, "maker")
    cls.cluster.scheduler.start(*flags_of_first_start())
    cls.cluster.wait_served(cls.cluster.scheduler)
    for _ in range(2 if SHORT else 3):  # more with each start: records in tables as well as in the log
      cls.fill(30)
      cls.cluster.scheduler.kill()
      cls.keep()
      cls.cluster.scheduler.start()
      cls.cluster.wait_served(cls.cluster.scheduler)
      cls.fill(5)
      cls.cluster.scheduler.signal(signal.SIGTERM)
      cls.cluster.scheduler.process.wait(HANG_SECONDS)
      cls.keep()
      cls.cluster.scheduler.start()
      cls.cluster.wait_served(cls.cluster.scheduler)
    cls.cluster.scheduler.kill()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  @classmethod
  def fill(cls, count):
    for _ in range(count):
      name = "kept-%d" % len(cls.acknowledged)
      reply = cls.cluster.post("/v1/jobs", job(name, "true", resources={"cpus": 900.0, "ramMb": 1, "diskMb": 1}))
      assert reply.status == 201, reply.body
      cls.acknowledged.add(name)
    update = {"request": {"taskConfig": task_config(name, "false", resources={"cpus": 901.0, "ramMb": 1, "diskMb": 1}),
                          "instanceCount": 1, "settings": {"updateGroupSize": 1}}}
    reply = cls.cluster.post("/v1/updates", update)
    assert reply.status == 201, reply.body
    cls.updates.add(reply.json()["key"]["id"])

  @classmethod
  def keep(cls):
    copy = "%s-%d" % (cls.prepared, len(cls.snapshots))
    shutil.copytree(cls.prepared, copy)
    cls.snapshots.append((copy, set(cls.acknowledged), set(cls.updates)))

  def trial(self, number, choose, deck):
    """What went wrong, or None."""
    snapshot, *acknowledged = choose.choice(self.snapshots)
    folder = tempfile.mkdtemp(prefix="trial-", dir=self.cluster.folder)
    try:
      shutil.copytree(snapshot, folder, dirs_exist_ok=True)
      what = damage(deck.deal(files_below(folder, ("LOCK",))), choose)
      data_dir = os.path.join(folder, "data")
      daemon = self.cluster.scheduler_on(data_dir, "trial-%d" % number)
      daemon.start()
      try:
        outcome = wait_for("it serves or ends: " + what, lambda: self.outcome(daemon), HANG_SECONDS)
        if outcome == "serves":
          return self.missing(acknowledged, what)
        return self.bad_refusal(daemon, folder, what)
      except AssertionError as error:
        return str(error)
      finally:
        daemon.kill()
    finally:
      shutil.rmtree(folder, ignore_errors=True)

  def outcome(self, daemon):
    if not daemon.is_alive():
      return "ended"
    try:
      return "serves" if http(self.cluster.url + "/leaderhealth", timeout=5).status == 200 else None
    except OSError:
      return None

  def missing(self, acknowledged, what):
    jobs, updates = acknowledged
    stored = {entry["key"]["name"] for entry in self.cluster.get("/v1/jobs?limit=0")["jobs"]}
    tasks = {task["task"]["job"]["name"] for task in self.cluster.get("/v1/tasks?limit=0")["tasks"]}
    begun = {update["key"]["id"] for update in self.cluster.get("/v1/updates?limit=0")["updates"]}
    if jobs <= stored and jobs <= tasks and updates <= begun:
      return None
    return "%s: started without %d of %d jobs and %d of %d updates and did not say so" % (
        what, len(jobs - stored | jobs - tasks), len(jobs), len(updates - begun), len(updates))

  @staticmethod
  def bad_refusal(daemon, folder, what):
    words = daemon.last_words()
    if daemon.process.returncode < 0:
      return "%s: died of signal %d: %s" % (what, -daemon.process.returncode, words)
    if folder not in words or not ADVICE.search(words):
      return "%s: the refusal names no folder or no next step: %s" % (what, words)
    return None

  def test_files_of_the_scheduler(self):
    choose = dice("scheduler")
    deck, bad, done = Deck(choose), [], 0
    for number in range(SCHEDULER_TRIALS):
      trouble = self.trial(number, choose, deck)
      done += 1
      if trouble:
        bad.append(trouble)
        if len(bad) >= BAD_TRIALS_MAX:
          break
    print("\n%d damaged files of the scheduler, %d of them with harm" % (done, len(bad)))
    self.assertEqual(len(bad), 0, "%d of %d trials:\n%s" % (len(bad), done, "\n".join(bad)))

  def test_files_that_are_gone(self):
    """Each kind of file, deleted."""
    bad = []
    snapshot, *acknowledged = self.snapshots[-2]
    kinds = {kind_of(os.path.basename(path)): os.path.relpath(path, snapshot) for path in files_below(snapshot, ("LOCK", "LOG"))}
    for number, (kind, name) in enumerate(sorted(kinds.items())):
      folder = tempfile.mkdtemp(prefix="gone-", dir=self.cluster.folder)
      shutil.copytree(snapshot, folder, dirs_exist_ok=True)
      os.unlink(os.path.join(folder, name))
      daemon = self.cluster.scheduler_on(os.path.join(folder, "data"), "gone-%d" % number).start()
      try:
        outcome = wait_for("it serves or ends without " + name, lambda: self.outcome(daemon), HANG_SECONDS)
        trouble = self.missing(acknowledged, "without " + name) if outcome == "serves" else self.bad_refusal(daemon, folder, "without " + name)
      except AssertionError as error:
        trouble = str(error)
      daemon.kill()
      shutil.rmtree(folder, ignore_errors=True)
      if trouble:
        bad.append(trouble)
    self.assertEqual(len(bad), 0, "\n".join(bad))


class DamagedExecutor(attack.Attack):
  """Six tasks run and some have ended while the executor is killed, its files are damaged, and it starts again."""

  executors = 1
  healthy_instances = 6

  def prepare(self):
    for name in ("ended-a", "ended-b"):
      self.cluster.create(name, "exit", 0, isService=False, maxTaskFailures=1)
    wait_for("two tasks have ended", lambda: all(
        self.cluster.tasks(name)[0]["status"] == "FINISHED" for name in ("ended-a", "ended-b")), HANG_SECONDS)

  def active_ids(self):
    reply = self.ask(self.cluster.host_url(0) + "/v1/tasks?state=active")
    return {task["taskId"] for task in reply.json()["tasks"]} if reply.status == 200 else set()

  def settle(self, executor):
    """Until it knows its tasks and has reported, or has ended, or a deadline that only a hang meets."""
    start_ms = time.time() * 1000

    def settled():
      if not executor.is_alive():
        return "ended"
      host = self.cluster.get("/v1/hosts")["hosts"][0]
      return "serves" if host["isConnected"] and host["lastSeenMs"] > start_ms and self.active_ids() is not None else None
    try:
      return wait_for("the executor reports or ends", settled, HANG_SECONDS)
    except AssertionError as error:
      return "%s: %s" % (error, executor.last_words())

  def trial(self, choose, deck):
    executor = self.cluster.hosts[0]
    state = self.cluster.state_dir(0)
    executor.kill()
    path = deck.deal([name for name in files_below(state, ("journal.lock",)) if os.path.exists(name)])
    with open(path, "rb") as file:
      before = file.read()
    what = damage(path, choose)
    executor.start()
    outcome = self.settle(executor)
    if outcome not in ("ended", "serves"):
      return "%s: %s" % (what, outcome)
    if outcome == "ended":
      words = executor.last_words()
      for task_id, pids in self.healthy.items():
        if self.cluster.living(task_id) != pids:
          return "%s: refused, and harmed %s" % (what, task_id)
      if state not in words or not ADVICE.search(words):
        return "%s: the refusal names no folder or no next step: %s" % (what, words)
      with open(path, "r+b") as file:  # the same file: runners have it open
        file.write(before)
        file.truncate(max(len(before), os.path.getsize(path)) if "checkpoint" in path else len(before))
      executor.start()
      if self.settle(executor) != "serves":
        return "%s: does not start with the file as it was: %s" % (what, executor.last_words())
    forgotten = set(self.healthy) - wait_for("its tasks", lambda: self.active_ids() or {"none"}, HANG_SECONDS)
    if forgotten:
      return "%s: the executor has forgotten %d of %d running tasks" % (what, len(forgotten), len(self.healthy))
    found = attack.daemons.watch(1.5, self.harm)
    return "%s: %s" % (what, found) if found else None

  def test_files_of_the_executor(self):
    self.prepare()
    choose = dice("executor")
    deck, bad, done = Deck(choose), [], 0
    for _ in range(EXECUTOR_TRIALS):
      trouble = self.trial(choose, deck)
      done += 1
      if trouble:
        bad.append(trouble)
        if len(bad) >= BAD_TRIALS_MAX:
          break
        self.tearDownClass()
        self.setUp()
        self.prepare()
    print("\n%d damaged files of the executor, %d of them with harm" % (done, len(bad)))
    self.assertEqual(len(bad), 0, "%d of %d trials:\n%s" % (len(bad), done, "\n".join(bad)))


if __name__ == "__main__":
  unittest.main()
