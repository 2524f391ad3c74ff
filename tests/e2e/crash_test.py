"""kill -9 and restarts of every part: what was acknowledged stays, tasks go on running."""
import json
import os
import signal
import threading
import time
import unittest

import harness
from harness import ROLE, http, key, processes, wait_for

SLEEP = "echo started; exec sleep 3600"
PAYLOAD = json.dumps(json.dumps({"task": {"processes": [{"name": "run", "cmdline": SLEEP}]}}))  # JSON in JSON


class CrashTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=2).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, command=SLEEP, **more):
    path = self.cluster.write(name + ".aurora", harness.job_text(name, command, **more))
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)
    return path

  def sleeper(self, name):
    """The pid of the process that a job's only task runs."""
    task = self.cluster.wait_task(name, "RUNNING")
    wait_for("output of " + name, lambda: self.cluster.output(task, name))
    marker = task["taskId"]

    def find():
      for pid, (_, command) in processes().items():
        if command == "sleep 3600" and marker in os.readlink("/proc/%d/cwd" % pid):
          return pid
      return None
    return task, wait_for("the sleep of " + name, find)

  def test_tasks_survive_kill_9_of_the_scheduler(self):
    self.create("survivor")
    task, pid = self.sleeper("survivor")
    self.cluster.kill_child("scheduler")
    self.cluster.wait_ready()
    after = self.cluster.wait_task("survivor", "RUNNING")
    self.assertEqual(after["taskId"], task["taskId"])
    self.assertEqual(after["taskEvents"], task["taskEvents"])
    self.assertIn(pid, processes())

  def test_tasks_survive_kill_9_of_the_executor(self):
    self.create("orphan")
    task, pid = self.sleeper("orphan")
    self.cluster.kill_child("executor", "--hostname=" + task["host"])
    time.sleep(0.2)
    self.assertIn(pid, processes())
    self.cluster.wait_ready()
    wait_for("the executor shows the task again", lambda: self.cluster.task_page(task)["state"] == "ACTIVE")
    self.assertEqual(self.cluster.wait_task("orphan", "RUNNING")["taskId"], task["taskId"])
    self.assertIn(pid, processes())
    # It is adopted, not only found: it can be killed, and its end is reported.
    done = self.cluster.aurora("killall", key("orphan"))
    self.assertEqual(done.code, 0, done)
    self.assertEqual(self.cluster.tasks("orphan")[-1]["status"], "KILLED")
    wait_for("the sleep has ended", lambda: pid not in processes())

  def test_tasks_survive_an_orderly_restart_of_the_executor(self):
    self.create("patient")
    task, pid = self.sleeper("patient")
    self.cluster.kill_child("executor", "--hostname=" + task["host"], number=signal.SIGTERM)
    self.assertIn(pid, processes())
    self.cluster.wait_ready()
    wait_for("the executor shows the task again", lambda: self.cluster.task_page(task)["state"] == "ACTIVE")
    self.assertEqual(self.cluster.wait_task("patient", "RUNNING")["taskId"], task["taskId"])
    self.assertIn(pid, processes())

  def test_a_task_that_ends_while_its_executor_is_gone_is_reported(self):
    flag = os.path.join(self.cluster.folder, "end-now")
    self.create("ender", "while [ ! -e %s ]; do sleep 0.1; done" % flag)
    task = self.cluster.wait_task("ender", "RUNNING")
    self.cluster.kill_child("executor", "--hostname=" + task["host"])
    open(flag, "w").close()
    wait_for("the service's task is finished", lambda: [
        t for t in self.cluster.tasks("ender") if t["taskId"] == task["taskId"] and t["status"] == "FINISHED"])
    self.cluster.aurora("killall", key("ender"))

  def test_acknowledged_creates_survive_kill_9(self):
    """Clients create jobs without pause while the scheduler is killed three times."""
    acknowledged, refused, stop = [], [], threading.Event()

    def create_jobs(worker):
      number = 0
      while not stop.is_set():
        name = "ack-%d-%d" % (worker, number)
        number += 1
        body = ('{"key": {"role": "%s", "environment": "devel", "name": "%s"}, "owner": {"user": "e2e"}, "instanceCount": 1,'
                '"taskConfig": {"job": {"role": "%s", "environment": "devel", "name": "%s"}, "owner": {"user": "e2e"},'
                '"isService": true, "resources": {"cpus": 500.0, "ramMb": 1, "diskMb": 1},'
                '"executorConfig": {"name": "AuroraExecutor", "data": %s}}}' % (ROLE, name, ROLE, name, PAYLOAD))
        try:
          reply = self.cluster.post("/v1/jobs", body)
        except OSError:
          time.sleep(0.05)
          continue
        if reply.status == 201:
          acknowledged.append(name)
        elif reply.status not in (409, 503):
          refused.append((reply.status, reply.body))

    workers = [threading.Thread(target=create_jobs, args=(i,)) for i in range(4)]
    for worker in workers:
      worker.start()
    try:
      for _ in range(2):
        before = len(acknowledged)
        wait_for("some creates", lambda: len(acknowledged) > before + 20)
        self.cluster.kill_child("scheduler")
    finally:
      stop.set()
      for worker in workers:
        worker.join()
    self.cluster.wait_ready()
    self.assertEqual(refused[:3], [])
    stored = {job["key"]["name"] for job in self.cluster.get("/v1/jobs?role=%s&limit=0" % ROLE)["jobs"]}
    self.assertEqual([name for name in acknowledged if name not in stored], [])
    for name in acknowledged:
      self.assertEqual(len(self.cluster.tasks(name)), 1, name)

  def test_an_update_goes_on_after_kill_9_of_the_scheduler(self):
    self.create("updated", watch_secs=4)
    self.cluster.wait_task("updated", "RUNNING")
    path = self.cluster.write("updated2.aurora", harness.job_text("updated", SLEEP + " # new", watch_secs=4))
    client = self.cluster.popen("update", key("updated"), path)
    wait_for("an update", lambda: self.cluster.get("/v1/updates?role=%s&environment=devel&name=updated" % ROLE)["updates"])
    self.cluster.kill_child("scheduler")
    out, err = client.communicate(timeout=harness.HANG_SECONDS)
    self.assertEqual(client.returncode, 0, err)
    self.assertIn(" INFO] Update successful", err)

  def test_two_hosts_share_a_job(self):
    """One instance a host: the third finds none, and says why."""
    self.create("spread", instances=3, extra=", constraints = {'host': 'limit:1'}")
    wait_for("two instances run", lambda: len({t["host"] for t in self.cluster.tasks("spread") if t["status"] == "RUNNING"}) == 2)
    waiting = [task for task in self.cluster.tasks("spread") if task["status"] == "PENDING"]
    self.assertEqual(len(waiting), 1)
    wait_for("a reason", lambda: "host" in self.cluster.tasks("spread")[-1]["statusReason"])
    racks = {host["host"]: host["attributes"]["rack"] for host in self.cluster.get("/v1/hosts")["hosts"]}
    self.assertEqual(racks, {"devcluster-1": ["a"], "devcluster-2": ["b"]})
    done = self.cluster.aurora("killall", key("spread"))
    self.assertEqual(done.code, 0, done)


if __name__ == "__main__":
  unittest.main()
