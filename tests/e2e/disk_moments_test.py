"""A disk that becomes full at each moment at which something is written: nobody dies of it, nothing that was told is lost,
what cannot be done says why, and when there is room again all of it goes on."""
import os
import shutil
import subprocess
import tempfile
import unittest

import harness
import images
from full_disk_test import SmallDisks
from harness import IS_ROOT, PORT, ROLE, http, key, processes, wait_for
from traces import Traces
from web_socket import Exec

HOLD = "while [ ! -e go ]; do sleep 0.1; done"
ROTATE = "Logger(destination = LoggerDestination('file'), mode = LoggerMode('rotate'), rotate = RotatePolicy(log_size = 8*KB, backups = 3))"


def process(name, command, more=""):
  return "Process(name = %r, cmdline = %r%s)" % (name, command, more)


def tree_size(folder):
  return sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)


class DiskMomentsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = SmallDisks(sandboxes="size=24m", records="size=8m", flags=list(harness.QUICK))
    cls.images = os.path.join(cls.cluster.folder, "images")
    os.makedirs(cls.images)
    cls.cluster.flags += ["--allowed_container_types=MESOS,DOCKER", "--executor-image_dir=" + cls.images]
    cls.cluster.start()
    with open(cls.cluster.dir + "/secret") as secret:
      cls.secret = secret.read().strip()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def setUp(self):
    self.traces = Traces(self.cluster)
    self.names = []

  def tearDown(self):
    for disk in ("slaves", "executors"):
      if os.path.exists(self.cluster.inside(disk + "/filler")):
        self.cluster.empty(disk)
    for name in self.names:
      self.cluster.aurora("killall", key(name))
    self.traces.assert_nothing_more()
    state = self.cluster.inside("executors/devcluster-1")
    self.assertEqual([name for name in os.listdir(state) if ".new" in name or ".damaged" in name], [])

  def create(self, name, *steps, order=False, container=""):
    self.names.append(name)
    path = self.cluster.write(name + ".aurora", """
steps = [%s]
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, %s
  task = Task(processes = steps, %s resources = Resources(cpu = 0.1, ram = 32*MB, disk = 16*MB)))]
""" % (", ".join(steps), ROLE, name, container, "constraints = order(*steps)," if order else ""))
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)

  def running(self, name, text, process):
    task = self.cluster.wait_task(name, "RUNNING")
    wait_for("it says " + text, lambda: text in self.cluster.output(task, process))
    return task

  def sandbox(self, task):
    return self.cluster.inside(os.path.relpath(self.cluster.task_page(task)["sandbox"], self.cluster.dir))

  def go(self, task):
    """A name takes room, too, on many disks: on these there are names enough."""
    os.close(os.open(self.sandbox(task) + "/go", os.O_CREAT, 0o644))

  def pids_of(self, task):
    """Of its processes, which have the sandbox as their folder: pid -> command line."""
    found = {}
    for pid, (_, command) in processes().items():
      try:
        if task["taskId"] in os.readlink("/proc/%d/cwd" % pid):
          found[pid] = command
      except OSError:
        pass
    return found

  def assert_same_task_runs(self, task, name):
    self.assertEqual([(t["taskId"], t["status"]) for t in self.cluster.tasks(name)], [(task["taskId"], "RUNNING")])

  def test_what_a_process_writes(self):
    """A log that rotates loses lines while there is no room, one that does not refuses them, which its process may mind."""
    write = "i=0; while :; do echo line $i %s; i=$((i + 1)); sleep 0.03; done 2>/dev/null" % ("." * 200)
    self.create("writes", process("plain", write), process("turns", write, ", logger = " + ROTATE))
    task = self.running("writes", "line 3 ", "plain")
    self.running("writes", "line 3 ", "turns")
    logs = self.sandbox(task) + "/.logs/"
    shells = lambda: sorted(pid for pid, command in self.pids_of(task).items() if command.startswith("/bin/bash -c i=0"))
    before = shells()
    self.assertEqual(len(before), 2)
    self.cluster.fill("slaves")
    state = []

    def stands_still():
      state.append(tree_size(logs))
      return len(state) > 20 and len(set(state[-20:])) == 1  # two seconds
    wait_for("nothing more is written", stands_still)
    self.assert_same_task_runs(task, "writes")
    self.assertEqual(http("%s/v1/tasks/%s/logs" % (self.cluster.executor_url(task), task["taskId"])).status, 200)
    self.cluster.empty("slaves")
    full = os.path.getsize(logs + "plain/0/stdout")
    wait_for("the one goes on", lambda: os.path.getsize(logs + "plain/0/stdout") > full + 100)
    wait_for("the other turns again", lambda: os.path.exists(logs + "turns/0/stdout.2"))
    sizes = [os.path.getsize(logs + "turns/0/" + name) for name in os.listdir(logs + "turns/0") if name.startswith("stdout")]
    self.assertLessEqual(max(sizes), 8192 + 300, sizes)
    with open(logs + "plain/0/stdout") as lines:
      wrong = [line for line in lines.read().splitlines()[:-1] if not line.startswith("line ")]
    self.assertEqual(wrong, [])
    self.assert_same_task_runs(task, "writes")
    self.assertEqual(shells(), before)

  def test_a_process_that_begins(self):
    """Its log cannot be made: its task fails, and the reason says so."""
    self.create("begins", process("first", "echo begins; %s" % HOLD), process("second", "echo never > file"), order=True)
    task = self.running("begins", "begins", "first")
    self.go(task)
    self.cluster.wait_task("begins", "FINISHED")
    self.create("narrow", process("first", "echo begins; %s" % HOLD),
                process("second", "for i in $(seq 20000); do : > .logs/$i || exit 9; done"), order=True)
    task = self.running("narrow", "begins", "first")
    self.cluster.fill("slaves")
    self.go(task)
    ended = wait_for("it ends", lambda: [t for t in self.cluster.tasks("narrow") if not t["isActive"]])[0]
    if ended["status"] == "FAILED":
      self.assertRegex(ended["endSentence"], "No space left on device|exited with code 9")

  def test_more_steps_than_room_was_put_aside_for(self):
    """A task whose end cannot be written is not over; when there is room it is, and ended as it did."""
    steps = [process("begin", "echo begins; %s" % HOLD)]
    steps += [process("s%d" % i, "true", ", min_duration = 0") for i in range(400)]
    steps += [process("last", "touch last")]
    self.create("steps", *steps, order=True)
    task = self.running("steps", "begins", "begin")
    checkpoint = self.cluster.inside("executors/devcluster-1/tasks/%s/checkpoint" % task["taskId"])
    self.cluster.fill("executors")
    self.go(task)
    wait_for("its last process has run", lambda: os.path.exists(self.sandbox(task) + "/last"))
    wait_for("none of it runs", lambda: not self.pids_of(task))
    size = os.path.getsize(checkpoint)
    harness.time.sleep(3)
    self.assertEqual(os.path.getsize(checkpoint), size)
    self.assert_same_task_runs(task, "steps")
    self.cluster.empty("executors")
    self.cluster.wait_task("steps", "FINISHED")
    self.assertEqual(len(self.cluster.tasks("steps")), 1)
    states = [one["state"] for one in self.cluster.task_page(task)["processes"]]
    self.assertEqual(states, ["SUCCESS"] * 402)

  def test_a_kill_of_a_task_whose_end_cannot_be_written(self):
    steps = [process("begin", "echo begins; %s" % HOLD)] + [process("s%d" % i, "true", ", min_duration = 0") for i in range(400)]
    self.create("unwritten", *(steps + [process("last", "touch last")]), order=True)
    task = self.running("unwritten", "begins", "begin")
    self.cluster.fill("executors")
    self.go(task)
    wait_for("its last process has run", lambda: os.path.exists(self.sandbox(task) + "/last"))
    client = self.cluster.popen("killall", key("unwritten"))
    harness.time.sleep(2)
    self.cluster.empty("executors")
    self.assertEqual(client.wait(harness.HANG_SECONDS), 0)
    client.communicate()
    self.assertIn(self.cluster.tasks("unwritten")[0]["status"], ("FINISHED", "KILLED"))

  def test_a_command_that_nobody_can_keep(self):
    """It runs all the same, and lines of logs are read, without times."""
    self.create("shell", process("p", "i=0; while :; do echo line $i; i=$((i + 1)); sleep 0.1; done"))
    task = self.running("shell", "line 1\n", "p")
    url = "%s/v1/tasks/%s" % (self.cluster.executor_url(task), task["taskId"])
    run = lambda word: (lambda command: (command.wait(), command.out.decode(), command.vanish())[:2])(Exec(url, ["echo", word], secret=self.secret))
    self.cluster.fill("executors")
    self.assertEqual(run("unkept"), (0, "unkept\n"))
    lines = http(url + "/logs?tail=1").json()["lines"]
    self.assertEqual(len(lines), 1)
    self.assertRegex(self.cluster.log_text(), r"exec \S+ is not kept: .*No space left on device")
    self.cluster.empty("executors")
    self.assertEqual(run("kept"), (0, "kept\n"))
    wait_for("it is kept", lambda: [record["command"] for record in http(url + "/execs").json()["execs"]][-1:] == [["echo", "kept"]])
    self.assert_same_task_runs(task, "shell")

  def test_a_damaged_journal(self):
    """The executor starts all the same, and half a copy of it takes no room."""
    self.create("journal", process("p", "echo begins; sleep 1000"))
    task = self.running("journal", "begins", "p")
    with open(self.cluster.inside("executors/devcluster-1/journal"), "ab") as journal:
      journal.write(b"torn" * 5000)
    self.cluster.fill("executors")
    self.cluster.kill_child(" executor ")
    self.cluster.wait_ready()
    wait_for("the task is found again", lambda: self.cluster.task_page(task)["state"] == "ACTIVE")
    self.assert_same_task_runs(task, "journal")
    self.assertRegex(self.cluster.log_text(), "no copy of it could be kept")
    state = self.cluster.inside("executors/devcluster-1")
    self.assertEqual([name for name in os.listdir(state) if ".new" in name or ".damaged" in name], [])

  @unittest.skipUnless(IS_ROOT and shutil.which("crun"), "images need root and crun")
  def test_an_image(self):
    """It is not unpacked, its task says why, and what had been unpacked is gone."""
    root = os.path.join(self.cluster.folder, "root")
    images.make_root(root, "large")
    with open(root + "/data/large", "wb") as out:
      out.write(os.urandom(2 << 20))
    images.make_layout(os.path.join(self.images, "large"), "1", [images.tar_of(root)], ["PATH=/bin"])
    container = "container = Mesos(image = DockerImage(name = 'large', tag = '1')),"
    for room in (0, 200 << 10, None):  # bytes: for nothing, for the beginning, for all of it
      name = "image%s" % room
      if room is not None:
        self.cluster.fill("executors")
        os.truncate(self.cluster.inside("executors/filler"), os.path.getsize(self.cluster.inside("executors/filler")) - room)
      self.create(name, process("p", "cat /etc/marker"), container=container)
      if room is not None:
        task = self.cluster.wait_task(name, "FAILED")
        what = "image large:1: " if room else ""
        self.assertRegex(task["taskEvents"][-1]["message"], r"^Failed to initialize sandbox: %s.*No space left on device" % what)
        self.cluster.empty("executors")
        unpacked = self.cluster.inside("executors/devcluster-1/images")
        self.assertLessEqual(set(os.listdir(unpacked)) if os.path.exists(unpacked) else set(), {".lock"})
      else:
        self.assertEqual(self.cluster.output(self.cluster.wait_task(name, "FINISHED"), "p"), "large")

  @unittest.skipUnless(IS_ROOT, "mounts a disk")
  def test_an_executor_that_starts_for_the_first_time(self):
    folder = tempfile.mkdtemp(prefix="aurora-e2e-first-")
    self.addCleanup(shutil.rmtree, folder, True)
    script = ("mount -t tmpfs -o size=16k none {0} && head -c 100000 /dev/zero > {0}/filler; "
              "exec {1} executor --work_dir={0}/work --http_port={2} --ip=127.0.0.1 --insecure --scheduler_url=http://127.0.0.1:1")
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script.format(folder, harness.AURORA, PORT + 25)], capture_output=True,
                          text=True, timeout=harness.HANG_SECONDS)
    self.assertEqual(done.returncode, 1, done)
    self.assertRegex(done.stderr.splitlines()[-1], r"^aurora executor: .*%s/work.*No space left on device" % folder)


if __name__ == "__main__":
  unittest.main()
