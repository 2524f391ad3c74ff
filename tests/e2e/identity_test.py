"""Whose tasks are whose: a scheduler on the wrong folder, on an older copy, or of another cluster kills nothing."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import AURORA, PORT, QUICK, ROLE, http, job_text, key, run_client, wait_for
from suite import sweep

INSTANCES = 4


class Daemons:
  """A scheduler and two executors started by hand, each of which can be stopped and started otherwise."""

  def __init__(self):
    self.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    os.chmod(self.folder, 0o755)
    self.url = "http://127.0.0.1:%d" % PORT
    self.processes, self.env = {}, dict(os.environ, AURORA_CONFIG_ROOT=self.folder, HOME=self.folder)
    with open(self.path("clusters.json"), "w") as out:
      json.dump([{"name": "devcluster", "scheduler_uri": self.url, "proxy_url": self.url, "auth_mechanism": "UNAUTHENTICATED"}], out)

  def path(self, name):
    return os.path.join(self.folder, name)

  def launch(self, name, *words):
    with open(self.path(name + ".log"), "a") as out:
      self.processes[name] = subprocess.Popen([AURORA] + list(words), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                              env=self.env)

  def log(self, name):
    with open(self.path(name + ".log"), errors="replace") as lines:
      return lines.read()

  def start_scheduler(self, data="db", *more):
    self.launch("scheduler", "scheduler", "--cluster_name=devcluster", "--http_port=%d" % PORT, "--data_dir=" + self.path(data),
                "--host_timeout=15secs", *QUICK, *more)

  def serve(self, data="db", *more):
    self.start_scheduler(data, *more)
    wait_for("the scheduler serves", lambda: http(self.url + "/leaderhealth").status == 200)

  def start_executor(self, number):
    self.launch("executor%d" % number, "executor", "--scheduler_url=" + self.url, "--http_port=%d" % (PORT + number),
                "--hostname=host%d" % number, "--work_dir=" + self.folder, "--state_dir=" + self.path("state%d" % number),
                "--ports=%d-%d" % (PORT + 10 * number, PORT + 10 * number + 9), "--cpus=4")

  def stop(self, name, number=signal.SIGTERM):
    process = self.processes.pop(name)
    process.send_signal(number)
    process.wait(30)

  def close(self):
    for name in list(self.processes):
      self.stop(name, signal.SIGKILL)
    sweep(self.folder)
    shutil.rmtree(self.folder, ignore_errors=True)

  def get(self, path):
    return http(self.url + path).json()

  def connected(self):
    return sorted(host["host"] for host in self.get("/v1/hosts")["hosts"] if host["isConnected"])

  def aurora(self, *words):
    return run_client(*words, env=self.env, cwd=self.folder)

  def create(self, name):
    with open(self.path(name + ".aurora"), "w") as out:
      out.write(job_text(name, "exec sleep 3601", instances=INSTANCES))
    done = self.aurora("create", key(name), self.path(name + ".aurora"))
    assert done.code == 0, done
    wait_for("%s runs" % name, lambda: len(self.running(name)) == INSTANCES)

  def running(self, name):
    return [task["taskId"] for task in self.get("/v1/tasks?role=%s&environment=devel&name=%s&limit=100" % (ROLE, name))["tasks"]
            if task["status"] == "RUNNING"]

  def on_hosts(self):
    """Ids of the tasks that executors have, whatever a scheduler says."""
    return sorted(task["taskId"] for number in (1, 2)
                  for task in http("http://127.0.0.1:%d/v1/tasks?state=active&limit=100" % (PORT + number)).json()["tasks"])


class IdentityTest(unittest.TestCase):
  def setUp(self):
    self.daemons = Daemons()
    self.addCleanup(self.daemons.close)

  def begin(self, *more):
    self.daemons.serve("db", "--initialize", *more)
    for number in (1, 2):
      self.daemons.start_executor(number)
    wait_for("both hosts are there", lambda: self.daemons.connected() == ["host1", "host2"])

  def test_an_empty_folder_is_refused_until_somebody_initializes_it(self):
    os.mkdir(self.daemons.path("empty"))
    for data in ("empty", "missing"):
      self.daemons.start_scheduler(data)
      self.assertEqual(self.daemons.processes["scheduler"].wait(20), 1)
      self.assertIn("there is no database in %s. If its disk is not mounted" % self.daemons.path(data), self.daemons.log("scheduler"))
    self.assertFalse(os.path.exists(self.daemons.path("missing")))
    self.daemons.serve("empty", "--initialize")
    cluster_id = self.daemons.get("/v1/cluster")["clusterId"]
    self.daemons.stop("scheduler")
    self.daemons.serve("empty")
    self.assertEqual(self.daemons.get("/v1/cluster")["clusterId"], cluster_id)

  def test_a_scheduler_on_the_wrong_folder_kills_nothing_and_both_sides_say_why(self):
    self.begin()
    self.daemons.create("kept")
    before = self.daemons.on_hosts()
    self.assertEqual(len(before), INSTANCES)
    ids = [self.daemons.get("/v1/cluster")["clusterId"]]
    self.daemons.stop("scheduler", signal.SIGKILL)
    self.daemons.serve("wrong", "--initialize")
    ids.append(self.daemons.get("/v1/cluster")["clusterId"])
    refused = wait_for("both hosts are refused", lambda: (self.daemons.get("/v1/hosts")["refused"] + [None, None])[1] and
                       self.daemons.get("/v1/hosts")["refused"])
    self.assertEqual([host["host"] for host in refused], ["host1", "host2"])
    sentence = "Host 'host1' belongs to the cluster with the id %s, and this scheduler's has the id %s" % tuple(ids)
    self.assertIn(sentence, refused[0]["why"])
    self.assertIn(sentence, self.daemons.log("scheduler"))
    wait_for("the executor says it, too", lambda: sentence in self.daemons.log("executor1"))
    self.assertEqual(self.daemons.get("/v1/hosts")["hosts"], [])
    # What such a scheduler would send is refused by the executor itself.
    kill = json.dumps({"clusterId": ids[1], "taskIds": before})
    reply = http("http://127.0.0.1:%d/v1/kill" % (PORT + 1), kill)
    self.assertEqual(reply.status, 409, reply.body)
    self.assertIn("takes no orders of the cluster with the id " + ids[1], reply.body)
    self.assertEqual(self.daemons.on_hosts(), before)
    self.daemons.stop("scheduler")
    self.daemons.serve("db")
    wait_for("both hosts are back", lambda: self.daemons.connected() == ["host1", "host2"])
    self.assertEqual(sorted(self.daemons.running("kept")), before)
    self.assertEqual(self.daemons.on_hosts(), before)

  def test_an_older_copy_lists_what_it_does_not_know_and_starts_no_twin(self):
    self.begin("--backup_interval=1secs")
    self.daemons.create("old")
    made = wait_for("a copy that knows the job", lambda: self.copies_after("old"))
    self.daemons.stop("scheduler")
    self.daemons.serve("db", "--backup_interval=10hrs")
    wait_for("both hosts are there", lambda: self.daemons.connected() == ["host1", "host2"])
    self.daemons.create("new")
    before = self.daemons.on_hosts()
    self.assertEqual(len(before), 2 * INSTANCES)
    new = sorted(self.daemons.running("new"))

    refused = self.daemons.aurora("admin", "store", "restore", self.daemons.path("db"))
    self.assertNotEqual(refused.code, 0)
    self.assertIn("in use by another process", refused.err + refused.out)
    self.daemons.stop("scheduler", signal.SIGKILL)
    typo = self.daemons.aurora("admin", "store", "restore", self.daemons.path("db"), "--backup", made + "x")
    self.assertIn("--backup is the number of a copy", typo.err, typo)
    done = self.daemons.aurora("admin", "store", "restore", self.daemons.path("db"), "--backup", made)
    self.assertEqual(done.code, 0, done)
    check = self.daemons.aurora("admin", "store", "check", self.daemons.path("db"))
    self.assertEqual((check.code, "OK: everything" in check.out), (0, True), check)

    self.daemons.serve("db")
    wait_for("both hosts are there", lambda: self.daemons.connected() == ["host1", "host2"])
    unknown = wait_for("unknown tasks", lambda: [t["taskId"] for t in self.daemons.get("/v1/unknownTasks")["tasks"]])
    self.assertEqual(sorted(unknown), new)
    self.assertEqual(sorted(self.daemons.running("old")), sorted(set(before) - set(new)))
    listed = self.daemons.aurora("admin", "unknown_tasks", "devcluster")
    self.assertEqual(listed.code, 0, listed)
    for task in new:
      self.assertIn(task, listed.out)
    self.assertIn(key("new").partition("/")[2] + "/0", listed.out)

    # The job is created again: its instances wait for those that run.
    again = self.daemons.aurora("create", key("new"), self.daemons.path("new.aurora"))
    self.assertEqual(again.code, 0, again)
    wait_for("they say why", lambda: all("Held back" in reason["reason"] for reason in self.daemons.get(
        "/v1/pending?role=%s&environment=devel&name=new" % ROLE)["reasons"]))
    self.assertEqual(self.daemons.on_hosts(), before)
    adopted = self.daemons.aurora("admin", "unknown_tasks", "adopt", "devcluster", *new[:2])
    self.assertEqual(adopted.code, 0, adopted)
    self.assertEqual(sorted(self.daemons.running("new")), new[:2])
    killed = self.daemons.aurora("admin", "unknown_tasks", "kill", "devcluster", "--all")
    self.assertEqual(killed.code, 0, killed)
    wait_for("the others are started anew", lambda: len(self.daemons.running("new")) == INSTANCES, 60)
    self.assertTrue(set(new[:2]) < set(self.daemons.on_hosts()))
    self.assertFalse(set(new[2:]) & set(self.daemons.on_hosts()))
    self.assertEqual(self.daemons.get("/v1/unknownTasks")["total"], 0)

  def copies_after(self, name):
    """The id of the second copy from now: one that began after everything that is on disk now."""
    def newest():
      done = self.daemons.aurora("admin", "store", "list", self.daemons.path("db"))
      return int(done.out.splitlines()[-1].split()[0]) if done.code == 0 and done.out.strip() else 0
    seen = newest()
    wait_for("two more copies", lambda: newest() >= seen + 2, 60)
    return str(newest())

  def test_a_database_that_lost_its_end_is_refused_checked_and_brought_back(self):
    self.begin("--backup_interval=1secs")
    self.daemons.create("job")
    made = self.copies_after("job")
    self.daemons.stop("scheduler", signal.SIGKILL)
    data = self.daemons.path("db")
    for name in os.listdir(data):
      if name.endswith(".log"):
        os.truncate(os.path.join(data, name), os.path.getsize(os.path.join(data, name)) // 3)
    self.daemons.start_scheduler("db")
    self.assertEqual(self.daemons.processes.pop("scheduler").wait(20), 1)
    self.assertIn("has lost what was acknowledged", self.daemons.log("scheduler"))
    self.assertIn("aurora admin store restore " + data, self.daemons.log("scheduler"))
    check = self.daemons.aurora("admin", "store", "check", data)
    self.assertNotEqual(check.code, 0)
    self.assertIn("has lost what was acknowledged", check.out)
    done = self.daemons.aurora("admin", "store", "restore", data, "--backup", made)
    self.assertEqual(done.code, 0, done)
    self.assertTrue([name for name in os.listdir(data) if name.startswith("replaced-")])
    before = self.daemons.on_hosts()
    self.daemons.serve("db")
    wait_for("both hosts are there", lambda: self.daemons.connected() == ["host1", "host2"])
    self.assertEqual(sorted(self.daemons.running("job")), before)


if __name__ == "__main__":
  unittest.main()
