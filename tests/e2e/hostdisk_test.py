"""What a host keeps on disk: a damaged journal, the umask of who starts it, logs that are deleted, ports of others, old sandboxes."""
import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import unittest

import harness
from harness import ROLE, http, key, processes, wait_for

SLEEP = "echo started; exec sleep 3600"


def sleepers(cluster):
  """pid -> folder of every sleep that works in a sandbox of the cluster."""
  found = {}
  for pid, (_, command) in processes().items():
    if command != "sleep 3600":
      continue
    try:
      folder = os.readlink("/proc/%d/cwd" % pid)
    except OSError:
      continue
    if folder.startswith(os.path.realpath(cluster.dir)):
      found[pid] = folder
  return found


def create(test, cluster, name, command=SLEEP, **more):
  path = cluster.write(name + ".aurora", harness.job_text(name, command, **more))
  done = cluster.aurora("create", key(name), path)
  test.assertEqual(done.code, 0, done)


def restart_executor(cluster, meanwhile=lambda: None, host="devcluster-1"):
  """kill -9 of an executor; devcluster starts it again after `meanwhile`."""
  os.kill(cluster.process.pid, signal.SIGSTOP)
  try:
    pid = cluster.child("executor", "--hostname=" + host)
    os.kill(pid, signal.SIGKILL)
    wait_for("the executor is gone", lambda: pid not in processes())
    meanwhile()
  finally:
    os.kill(cluster.process.pid, signal.SIGCONT)
  wait_for("another executor", lambda: cluster.child("executor", "--hostname=" + host) not in (None, pid))
  cluster.wait_ready()


class DamageTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=1, flags=harness.QUICK + ["--executor-cpus=8"]).start()
    cls.state = os.path.join(cls.cluster.dir, "executors", "devcluster-1")
    cls.journal = os.path.join(cls.state, "journal")

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def check_kept(self, damage):
    """Ten tasks run on, once each, although `damage` was done while no executor was there."""
    before = {task["taskId"] for task in self.cluster.tasks("ten", active=True)}
    pids = sleepers(self.cluster)
    self.assertEqual(len(before), 10)
    restart_executor(self.cluster, damage)
    wait_for("the host reports its tasks", lambda: len(http(self.cluster.executor_url(
        self.cluster.tasks("ten")[0]) + "/v1/tasks?state=active").json()["tasks"]) == 10)
    self.assertEqual({task["taskId"] for task in self.cluster.tasks("ten", active=True)}, before)
    self.assertEqual(len(self.cluster.tasks("ten")), 10)
    self.assertEqual(sleepers(self.cluster), pids)

  def test_whatever_happens_to_the_journal_ten_tasks_stay_ten(self):
    create(self, self.cluster, "ten", instances=10)
    wait_for("ten tasks run", lambda: len([t for t in self.cluster.tasks("ten") if t["status"] == "RUNNING"]) == 10)
    wait_for("ten sleeps", lambda: len(sleepers(self.cluster)) == 10)

    def flip():
      with open(self.journal, "r+b") as file:
        size = os.path.getsize(self.journal)
        file.seek(size // 4)
        byte = file.read(1)
        file.seek(size // 4)
        file.write(bytes([byte[0] ^ 1]))

    def zero():
      with open(self.journal, "wb") as file:
        file.write(b"\0" * 4096)

    def empty():
      open(self.journal, "wb").close()

    def remove():
      os.remove(self.journal)

    def damage_id():
      with open(os.path.join(self.state, "agent_id"), "r+b") as file:
        file.write(b"0" if file.read(1) != b"0" else b"1")

    for damage in (flip, zero, empty, remove, damage_id):
      with self.subTest(damage.__name__):
        self.check_kept(damage)
    kept = [name for name in os.listdir(self.state) if name.startswith("journal.damaged-")]
    self.assertEqual(len(kept), 2, kept)
    self.assertIn("is damaged", self.cluster.log_text())
    done = self.cluster.aurora("killall", key("ten"))
    self.assertEqual(done.code, 0, done)
    wait_for("no sleep is left", lambda: not sleepers(self.cluster))


class UmaskTest(unittest.TestCase):
  def test_tasks_run_whatever_the_umask_of_who_starts_the_daemons(self):
    for umask in (0o027, 0o077, 0):
      with self.subTest(oct(umask)):
        cluster = harness.Cluster(executors=1)
        before = os.umask(umask)
        try:
          cluster.__enter__()
        finally:
          os.umask(before)
        with contextlib.closing(cluster):
          create(self, cluster, "modes", "umask; ulimit -Sn; ulimit -Sc; touch made; stat -c %a made; exec sleep 3600")
          task = cluster.wait_task("modes", "RUNNING")
          lines = wait_for("four lines", lambda: (cluster.output(task, "modes").count("\n") == 4) and cluster.output(task, "modes"))
          self.assertEqual(lines.split(), ["0022", "1024", "0", "644"])
          data = os.path.join(cluster.dir, "scheduler")
          self.assertEqual(stat.S_IMODE(os.stat(data).st_mode), 0o700)
          for name in os.listdir(data):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(data, name)).st_mode) & 0o077, 0, name)
          cluster.aurora("killall", key("modes"))


class LogTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=1).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def test_output_goes_on_after_the_log_folder_was_deleted(self):
    path = self.cluster.write("logs.aurora", """
loop = 'i=0; while :; do echo line $((i++)); sleep 0.1; done'
rotating = Process(name = 'rotating', cmdline = loop, logger = Logger(destination = LoggerDestination('file'),
  mode = LoggerMode('rotate'), rotate = RotatePolicy(log_size = 1*MB, backups = 2)))
plain = Process(name = 'plain', cmdline = loop)
jobs = [Service(cluster = 'devcluster', role = %r, environment = 'devel', name = 'logs',
  task = Task(name = 'logs', processes = [rotating, plain], resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)))]
""" % ROLE)
    done = self.cluster.aurora("create", key("logs"), path)
    self.assertEqual(done.code, 0, done)
    task = self.cluster.wait_task("logs", "RUNNING")
    for process in ("rotating", "plain"):
      wait_for("output of " + process, lambda: "line 2\n" in self.cluster.output(task, process))
    sandbox = self.cluster.task_page(task)["sandbox"]
    shutil.rmtree(os.path.join(sandbox, ".logs"))
    # The writer makes its file anew; what a process writes itself is read from the process as long as it runs.
    wait_for("the log is there again", lambda: os.path.getsize(os.path.join(sandbox, ".logs/rotating/0/stdout")) > 20)
    self.assertNotIn("line 0\n", self.cluster.output(task, "rotating"))
    for process in ("rotating", "plain"):
      before = self.cluster.output(task, process)
      wait_for("more output of " + process, lambda: len(self.cluster.output(task, process)) > len(before))
    self.assertIn("line 0\n", self.cluster.output(task, "plain"))
    self.cluster.aurora("killall", key("logs"))

  def test_a_file_whose_name_is_no_text_is_opened(self):
    create(self, self.cluster, "names", "mkdir d; printf coffee > $'d/caf\\xe9'; exec sleep 3600")
    task = self.cluster.wait_task("names", "RUNNING")
    url = "%s/v1/tasks/%s/files/d" % (self.cluster.executor_url(task), task["taskId"])
    entry = wait_for("the file", lambda: http(url).json()["entries"][0])
    self.assertEqual(entry["encodedName"], "caf%E9")
    self.assertEqual(http(url + "/caf%E9?offset=0").json()["data"], "coffee")
    self.assertEqual(http("%s/download/%s/d/caf%%E9" % (self.cluster.executor_url(task), task["taskId"])).body, "coffee")
    self.cluster.aurora("killall", key("names"))


  def test_a_sandbox_of_any_depth_costs_the_executor_next_to_nothing(self):
    deep = "import os\\nfor i in range(25000):\\n  os.mkdir(\"d\")\\n  os.chdir(\"d\")\\nopen(\"f\", \"w\").write(\"x\" * 100000)\\nprint(\"deep\")"
    create(self, self.cluster, "deep", "printf '%s' > d.py; /usr/bin/python3 d.py; exec sleep 3600" % deep)
    task = self.cluster.wait_task("deep", "RUNNING")
    wait_for("the folders", lambda: self.cluster.output(task, "deep") == "deep\n", 60)
    executor = self.cluster.child("executor", "--hostname=" + task["host"])
    most = 0

    def is_measured():
      nonlocal most
      most = max(most, len(os.listdir("/proc/%d/fd" % executor)))
      return self.cluster.task_page(task)["diskBytes"] > 100000
    # What was counted while the folders were being made is counted again after a minute.
    wait_for("the sandbox is measured", is_measured, 90)
    self.assertLess(most, 250)
    self.cluster.aurora("killall", key("deep"))
    subprocess.run(["rm", "-rf", os.path.join(self.cluster.task_page(task)["sandbox"], "d")], check=True)  # Python's recurses


class PortTest(unittest.TestCase):
  def test_a_port_of_somebody_else_is_not_given_to_a_task(self):
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen(1)
    port = taken.getsockname()[1]
    flags = harness.QUICK + ["--executor-ports=%d-%d" % (port, port)]
    with taken, harness.Cluster(executors=1, flags=flags) as cluster:
      create(self, cluster, "port", "echo {{thermos.ports[http]}}; exec sleep 3600")
      lost = cluster.wait_task("port", "LOST")
      message = lost["taskEvents"][-1]["message"]
      self.assertIn("port %d (http) is in use by pid %d (" % (port, os.getpid()), message)
      # The host does not offer it for a while: the next one waits instead of failing again and again.
      wait_for("the next one waits for ports",
               lambda: [t for t in cluster.tasks("port") if t["status"] == "PENDING" and "port" in (t.get("statusReason") or "")])
      self.assertEqual(len([t for t in cluster.tasks("port") if t["status"] == "LOST"]), 1)


class CollectionTest(unittest.TestCase):
  def test_old_sandboxes_go_and_their_page_says_so(self):
    flags = harness.QUICK + ["--executor-gc_max_tasks=0"]
    with harness.Cluster(executors=1, flags=flags) as cluster:
      create(self, cluster, "kept")
      create(self, cluster, "gone")
      gone = cluster.wait_task("gone", "RUNNING")
      kept = cluster.wait_task("kept", "RUNNING")
      sandbox = cluster.task_page(gone)["sandbox"]
      self.assertEqual(cluster.aurora("killall", key("gone")).code, 0)
      self.assertTrue(os.path.exists(sandbox))
      restart_executor(cluster)  # which looks for what is to be collected at once
      page = wait_for("its page says that it was collected",
                      lambda: cluster.task_page(gone).get("collectedMs") and cluster.task_page(gone))
      self.assertEqual(page["state"], "KILLED")
      self.assertEqual(page["message"], "Instructed to kill task.")
      self.assertFalse(os.path.exists(sandbox))
      self.assertFalse(os.path.exists(os.path.join(cluster.dir, "executors/devcluster-1/tasks", gone["taskId"])))
      answer = http("%s/v1/tasks/%s/files" % (cluster.executor_url(gone), gone["taskId"]))
      self.assertEqual(answer.status, 404)
      self.assertIn("was deleted at", answer.body)
      self.assertTrue(os.path.exists(cluster.task_page(kept)["sandbox"]))
      self.assertEqual(cluster.task_page(kept)["state"], "ACTIVE")


if __name__ == "__main__":
  unittest.main()
