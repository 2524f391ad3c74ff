"""What a scheduler has acknowledged is on its disk, and a disk that fails is told, not ignored. The scheduler alone."""
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from harness import AURORA, HANG_SECONDS, IS_ROOT, PORT, http, wait_for

ROUNDS = int(os.environ.get("AURORA_E2E_CRASHES", "4"))  # times the scheduler is killed
INSTANCES = 20


class Scheduler:
  """`aurora scheduler` without hosts: tasks stay pending, and requests are all that happens."""

  def __init__(self, data_dir):
    self.data_dir, self.url, self.process = data_dir, "http://127.0.0.1:%d" % PORT, None
    self.log = data_dir + ".log"

  def launch(self, more_environment={}):
    with open(self.log, "w") as out:
      self.process = subprocess.Popen([AURORA, "scheduler", "--initialize", "--cluster_name=c", "--http_port=%d" % PORT, "--data_dir", self.data_dir],
                                      stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                      env={**os.environ, **more_environment})
    return self

  def start(self):
    self.launch()
    wait_for("the scheduler serves", lambda: http(self.url + "/leaderhealth").status == 200)
    return self

  def kill(self):
    if self.process and self.process.poll() is None:
      self.process.send_signal(signal.SIGKILL)
      self.process.wait()

  def end_message(self):
    """Exit code and last words of a scheduler that ends by itself."""
    code = self.process.wait(HANG_SECONDS)
    with open(self.log) as log:
      return code, log.read().strip().splitlines()[-1]

  def post(self, path, body):
    return http(self.url + path, json.dumps(body))

  def tasks(self, name):
    return http(self.url + "/v1/tasks?role=www&environment=prod&name=%s&limit=1000" % name).json()["tasks"]


def config(name, version=0, ballast=""):
  return {"job": {"role": "www", "environment": "prod", "name": name}, "owner": {"user": "e2e"}, "isService": True,
          "resources": {"cpus": 1.0, "ramMb": 1, "diskMb": 1}, "metadata": [{"key": "version", "value": str(version)}],
          "executorConfig": {"name": "AuroraExecutor", "data": json.dumps(
              {"task": {"processes": [{"name": "run", "cmdline": "true"}]}, "ballast": ballast})}}


def job(name, instances=INSTANCES, ballast=""):
  return {"key": config(name)["job"], "owner": {"user": "e2e"}, "instanceCount": instances, "taskConfig": config(name, 0, ballast)}


class Writer(threading.Thread):
  """Makes jobs and changes them; `jobs` has the last state that was acknowledged, and what was asked for since."""

  def __init__(self, scheduler, number, stop):
    super().__init__()
    self.scheduler, self.number, self.stop, self.jobs, self.refused = scheduler, number, stop, {}, []

  def request(self, path, body, *statuses):
    """The answer; None when there was none, so that it may or may not have happened."""
    try:
      reply = self.scheduler.post(path, body)
    except OSError:
      time.sleep(0.02)
      return None
    if reply.status == 503:
      return None
    if reply.status not in statuses:
      self.refused.append((path, reply.status, reply.body))
    return reply.json()

  def run(self):
    choose, number = random.Random(self.number), 0
    while not self.stop.is_set():
      name = "job-%d-%d" % (self.number, number)
      number += 1
      path = "/v1/jobs/www/prod/" + name
      self.jobs[name] = {"acknowledged": None, "asked": "create"}
      if self.request("/v1/jobs", job(name), 201) is None:
        continue
      self.jobs[name] = {"acknowledged": "created", "asked": None}
      kind = choose.randrange(4)
      if kind == 0:
        self.change(name, "killed", path + "/kill", {})
      if kind == 1:
        self.change(name, "half killed", path + "/kill", {"instances": list(range(INSTANCES // 2))})
      if kind == 2:
        update = {"request": {"taskConfig": config(name, 1), "instanceCount": INSTANCES, "settings": {"updateGroupSize": 1}}}
        self.change(name, "updated", "/v1/updates", update)

  def change(self, name, what, path, body):
    self.jobs[name]["asked"] = what
    answer = self.request(path, body, 200, 201)
    if answer is not None:
      self.jobs[name] = {"acknowledged": what, "asked": None, "key": answer.get("key")}


def outcome(tasks):
  """What has been done to a job, by its records. Killing a task that waits deletes it."""
  versions = [task["task"]["metadata"][0]["value"] for task in tasks]
  instances = sorted(task["instanceId"] for task in tasks)
  if "1" in versions:
    return "updated" if instances == list(range(INSTANCES)) else "part of an update"
  return {INSTANCES: "created", 0: "killed or never created",
          INSTANCES // 2: "half killed"}.get(len(tasks), "%d of %d instances" % (len(tasks), INSTANCES))


EXPECTED = {None: {"killed or never created"}, "create": {"created"}, "created": {"created"}, "killed": {"killed or never created"},
            "half killed": {"half killed"}, "updated": {"updated"}}


class DurabilityTest(unittest.TestCase):
  def setUp(self):
    self.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    self.scheduler = Scheduler(os.path.join(self.folder, "db"))

  def tearDown(self):
    self.scheduler.kill()
    shutil.rmtree(self.folder, ignore_errors=True)

  def test_its_memory_is_in_huge_pages_unless_its_environment_says_otherwise(self):
    with open("/sys/kernel/mm/transparent_hugepage/enabled") as enabled:
      if "[never]" in enabled.read():
        return  # nothing to ask for
    for given, expected in (("", b"glibc.malloc.hugetlb=1"), ("glibc.malloc.hugetlb=0", b"glibc.malloc.hugetlb=0")):
      self.scheduler.launch({"GLIBC_TUNABLES": given} if given else {})
      wait_for("the scheduler serves", lambda: http(self.scheduler.url + "/leaderhealth").status == 200)
      with open("/proc/%d/environ" % self.scheduler.process.pid, "rb") as environment:
        self.assertIn(b"GLIBC_TUNABLES=" + expected, environment.read().split(b"\0"))
      with open("/proc/%d/cmdline" % self.scheduler.process.pid, "rb") as words:  # the same as before
        self.assertEqual(words.read().split(b"\0")[:2], [AURORA.encode(), b"scheduler"])
      self.scheduler.kill()

  def test_kill_9_loses_nothing_that_was_acknowledged_and_leaves_nothing_half_done(self):
    stop = threading.Event()
    self.scheduler.start()
    writers = [Writer(self.scheduler, number, stop) for number in range(8)]
    for writer in writers:
      writer.start()
    try:
      for _ in range(ROUNDS):
        before = sum(len(writer.jobs) for writer in writers)
        wait_for("more jobs", lambda: sum(len(writer.jobs) for writer in writers) > before + 60)
        self.scheduler.kill()
        self.scheduler.start()
    finally:
      stop.set()
      for writer in writers:
        writer.join()
    self.scheduler.kill()  # once more, with nothing on its way
    self.scheduler.start()
    for writer in writers:
      self.assertEqual(writer.refused[:3], [])
      for name, state in writer.jobs.items():
        allowed = EXPECTED[state["acknowledged"]] | (EXPECTED[state["asked"]] if state["asked"] else set())
        self.assertIn(outcome(self.scheduler.tasks(name)), allowed, (name, state))
        if state["acknowledged"] == "updated":
          key = state["key"]
          reply = http(self.scheduler.url + "/v1/updates/www/prod/%s/%s" % (name, key["id"]))
          self.assertEqual(reply.status, 200, (name, key, reply.body))

  def test_a_second_scheduler_on_the_folder_is_refused(self):
    self.scheduler.start()
    other = Scheduler(self.scheduler.data_dir)
    other.log += "2"
    code, message = other.launch().end_message()
    self.assertEqual(code, 1)
    self.assertIn("the database in %s is in use by another process" % self.scheduler.data_dir, message)
    self.assertEqual(self.scheduler.post("/v1/jobs", job("still-served")).status, 201)

  def test_a_damaged_database_is_told_and_not_served(self):
    self.scheduler.start()
    for number in range(20):
      self.assertEqual(self.scheduler.post("/v1/jobs", job("job-%d" % number)).status, 201)
    self.scheduler.kill()
    self.scheduler.start()  # brings the log into tables
    self.scheduler.kill()
    files = sorted(os.listdir(self.scheduler.data_dir))
    tables = [name for name in files if name.endswith(".sst")]
    self.assertTrue(tables, files)

    def damaged(number, harm):
      copy = Scheduler(os.path.join(self.folder, "copy-%d" % number))
      shutil.copytree(self.scheduler.data_dir, copy.data_dir)
      harm(copy.data_dir)
      code, message = copy.launch().end_message()
      self.assertEqual(code, 1)
      self.assertIn("the database in %s is damaged" % copy.data_dir, message)
      self.assertIn("`aurora admin store restore %s` goes back to a copy" % copy.data_dir, message)

    def overwrite(folder):
      for name in tables:
        with open(os.path.join(folder, name), "r+b") as table:
          table.seek(60)
          table.write(b"\xff" * 20)

    damaged(1, overwrite)
    damaged(2, lambda folder: os.remove(os.path.join(folder, tables[0])))
    damaged(3, lambda folder: os.truncate(os.path.join(folder, [name for name in files if name.startswith("MANIFEST")][-1]), 40))
    damaged(4, lambda folder: os.truncate(os.path.join(folder, "CURRENT"), 0))

  @unittest.skipUnless(IS_ROOT, "mounts a small file system")
  def test_a_full_disk_is_told_and_loses_nothing(self):
    disk = os.path.join(self.folder, "disk")
    os.mkdir(disk)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True).returncode != 0:
      self.skipTest("mounting is not allowed here")
    self.addCleanup(subprocess.run, ["umount", "--lazy", disk])
    self.scheduler = Scheduler(os.path.join(disk, "db"))
    self.scheduler.log = os.path.join(self.folder, "log")
    self.scheduler.start()
    acknowledged = []
    ballast = random.Random(1)
    for number in range(2000):
      name = "job-%d" % number
      try:
        reply = self.scheduler.post("/v1/jobs", job(name, 1, "".join(ballast.choices("0123456789abcdef", k=100000))))
      except OSError:
        break
      self.assertEqual(reply.status, 201, reply.body)
      acknowledged.append(name)
    code, message = self.scheduler.end_message()
    self.assertEqual(code, 1)
    self.assertIn("the disk is full; free some space, then start again", message)
    subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
    self.scheduler.start()
    self.assertGreater(len(acknowledged), 10)
    for name in acknowledged:
      self.assertEqual(len(self.scheduler.tasks(name)), 1, name)
    self.assertEqual(self.scheduler.post("/v1/jobs", job("after")).status, 201)


if __name__ == "__main__":
  unittest.main()
