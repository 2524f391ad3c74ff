"""Limits that hold and walls that stand: memory, processes and disk end to end, and what a task sees of the machine."""
import os
import re
import subprocess
import time
import unittest

import harness
from harness import IS_ROOT, ROLE, http, key, wait_for
from traces import Traces

PIDS = 40  # a task


def job_text(name, command, ram=16, disk=16, extra=""):
  return """
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, %s
  task = Task(processes = [Process(name = 'main', cmdline = %r)],
              resources = Resources(cpu = 0.1, ram = %d*MB, disk = %d*MB)))]
""" % (ROLE, name, extra, command, ram, disk)


def read(path):
  with open(path) as file:
    return file.read()


def cgroups():
  """Folders of tasks in every hierarchy, of all executors of this machine."""
  return [top for top, _, _ in os.walk("/sys/fs/cgroup") if os.path.basename(top).startswith(ROLE + "-devel-")]


@unittest.skipUnless(IS_ROOT, "control groups and mounts need root")
class ConfinementTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=harness.QUICK + [
        "--executor-private_tmp=true", "--executor-task_pids_max=%d" % PIDS, "--executor-task_overhead_ram=32"]).start()
    cls.traces = Traces(cls.cluster)

  @classmethod
  def tearDownClass(cls):
    try:
      cls.traces.assert_nothing_more()
    finally:
      cls.cluster.close()
    cls.traces.assert_closed()

  def create(self, name, command, **more):
    path = self.cluster.write(name + ".aurora", job_text(name, command, **more))
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)

  def check(self, name, message, sentence):
    """FAILED with the message and the reason, on every face."""
    task = self.cluster.wait_task(name, "FAILED")
    self.assertRegex(task["taskEvents"][-1]["message"], message)
    self.assertRegex(task["endSentence"], sentence)
    shown = self.cluster.aurora("job", "status", key(name))
    self.assertRegex(shown.out + shown.err, "FAILED: " + message)
    self.assertRegex(shown.out + shown.err, "reason: " + sentence)
    page = self.cluster.task_page(task)
    self.assertEqual(page["endSentence"], task["endSentence"])
    self.cluster.aurora("killall", key(name))
    return task

  def output(self, name):
    task = self.cluster.wait_task(name, "FINISHED")
    return self.cluster.output(task, "main"), self.cluster.output(task, "main", "stderr")

  MEMORY = r"over its limit of memory: the kernel killed [\d,]+ process(es)? at 48 MB, the memory it asked for"

  def test_memory(self):
    self.create("memory", "exec python3 -c 'x = bytearray(200 << 20); print(len(x))'")
    task = self.check("memory", r"Task used more memory than requested\.", self.MEMORY)
    self.assertEqual(task["endReason"]["cause"], "LIMIT")
    self.assertEqual(task["endReason"]["subject"], "memory")

  def test_memory_of_a_process_whose_end_nobody_minds(self):
    """Its parent goes on, but the task is over."""
    self.create("quiet", "while :; do python3 -c 'x = bytearray(200 << 20)'; sleep 1; done")
    self.check("quiet", r"Task used more memory than requested\.", self.MEMORY)

  def test_memory_of_a_process_that_was_killed_at_once(self):
    """Before anybody could watch the task; once, and then its parent is quiet."""
    self.create("once", "python3 -c 'x = bytearray(200 << 20)'; exec sleep 1000")
    self.check("once", r"Task used more memory than requested\.", self.MEMORY)

  def test_memory_within_the_limit(self):
    self.create("modest", "python3 -c 'x = bytearray(20 << 20); print(len(x))'")
    self.assertEqual(self.output("modest")[0], "20971520\n")

  def test_a_fork_bomb(self):
    """Stays small, hurts nobody, and nothing is left of it after its kill. (Bash hears no SIGTERM while it tries to fork again,
    15 s in all; SIGKILL would come after 60.)"""
    self.create("bomb", "b() { b | b & }; b; while :; do b; done 2>/dev/null")
    task = self.cluster.wait_task("bomb", "RUNNING")
    group = wait_for("its group", lambda: [g for g in cgroups() if "/pids/" in g and "-bomb-" in g])[0]
    wait_for("forks are refused", lambda: int(read(group + "/pids.events").split()[1]) > 0)
    self.assertLessEqual(int(read(group + "/pids.current")), PIDS)
    self.create("beside", "echo alive")
    self.assertEqual(self.output("beside")[0], "alive\n")
    start = time.monotonic()
    self.assertEqual(self.cluster.aurora("killall", key("bomb")).code, 0)
    wait_for("it is over", lambda: not self.cluster.tasks("bomb", active=True))
    print("a fork bomb was over %.1f s after its kill" % (time.monotonic() - start))
    wait_for("its groups are gone", lambda: not [g for g in cgroups() if "-bomb-" in g])

  def test_threads_are_counted(self):
    program = "import threading, time\\n" + "for i in range(100): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    self.create("threads", "python3 -c $'%s'; exit 3" % program.replace("'", "\\'"))
    self.check("threads", r"Task failed\.", r"process 'main' exited with code 3: it had reached the host's limit of %d processes" % PIDS)

  def test_disk(self):
    self.create("disk", "while :; do head -c 8000000 /dev/zero >> data; sleep 0.2; done")
    task = self.check("disk", r"Disk limit exceeded\.  Reserved 16777216 bytes vs used [0-9]+ bytes\.", r"over its limit of disk: ")
    self.assertEqual(task["endReason"]["subject"], "disk")

  def test_what_is_in_tmp_counts(self):
    self.create("tmp", "while :; do head -c 8000000 /dev/zero >> /tmp/data; sleep 0.2; done")
    self.check("tmp", r"Disk limit exceeded\.  ", r"over its limit of disk: ")

  def test_what_a_task_sees(self):
    marker = os.path.join("/tmp", os.path.basename(self.cluster.folder) + "-marker")
    open(marker, "w").close()
    try:
      self.create("look", """
echo mine > /tmp/mine; ls -A /tmp | sort | tr '\\n' ' '; echo
ls -d /proc/[0-9]* | wc -l
cat /proc/1/cmdline
kill -0 $PPID
ls /proc/$PPID/fd
ls -l /proc/self/fd | sed -n 's/.* -> //p' | grep -v -e /proc -e pipe
grep NoNewPrivs /proc/self/status
cat %s
ls %s
true
""" % (marker, self.cluster.dir + "/executor-1/executor/tasks"))
      out, err = self.output("look")
    finally:
      os.unlink(marker)
    lines = out.splitlines()
    self.assertNotIn("marker", lines[0])
    self.assertIn("mine", lines[0])
    self.assertLess(int(lines[1]), 40, "processes of others are seen: " + out)
    self.assertTrue(any(re.match(r"NoNewPrivs:\s+1", line) for line in lines), out)
    self.assertIn("/dev/null", out)
    self.assertEqual([line for line in lines[2:-1] if "checkpoint" in line or "socket" in line], [])
    self.assertRegex(err, r"/proc/1/cmdline: No such file")
    self.assertRegex(err, r"kill: .*(not permitted|No such process)")
    self.assertRegex(err, r"marker: No such file")

  def test_two_tasks_do_not_meet_in_tmp(self):
    self.create("first", "echo secret > /tmp/meet; cat /tmp/meet")
    self.assertEqual(self.output("first")[0], "secret\n")
    self.create("second", "cat /tmp/meet || echo nothing")
    self.assertEqual(self.output("second")[0], "nothing\n")

  def test_limits_outlive_the_executor(self):
    self.create("outlives", "while [ ! -e go ]; do sleep 0.1; done; exec python3 -c 'x = bytearray(200 << 20)'")
    task = self.cluster.wait_task("outlives", "RUNNING")
    self.cluster.kill_child("executor")
    sandbox = wait_for("its sandbox", lambda: [os.path.join(top) for top, _, _ in os.walk(self.cluster.dir)
                                              if task["taskId"] in top and top.endswith("/sandbox")])[0]
    open(sandbox + "/go", "w").close()
    self.check("outlives", r"Task used more memory than requested\.", self.MEMORY)

  def test_a_group_that_somebody_removed(self):
    """With all in it moved out: the task goes on without its limits and ends as others do."""
    self.create("removed", "while [ ! -e go ]; do sleep 0.1; done; echo over")
    task = self.cluster.wait_task("removed", "RUNNING")
    for group in sorted((g for g in cgroups() if "-removed-" in g), reverse=True):
      mount = "/".join(group.split("/")[:5])
      for folder in (group + "/processes", group):
        if os.path.isdir(folder):
          for pid in read(folder + "/cgroup.procs").split():
            try:
              with open(mount + "/cgroup.procs", "w") as entry:
                entry.write(pid)
            except OSError:
              pass
          wait_for("it is empty", lambda: not read(folder + "/cgroup.procs"))
          os.rmdir(folder)
    sandbox = [top for top, _, _ in os.walk(self.cluster.dir) if task["taskId"] in top and top.endswith("/sandbox")][0]
    open(sandbox + "/go", "w").close()
    self.assertEqual(self.output("removed")[0], "over\n")

  def test_a_process_that_closes_all_its_descriptors(self):
    self.create("closes", "exec python3 -c 'import os, time; os.closerange(0, 1000); time.sleep(2)'")
    self.cluster.wait_task("closes", "RUNNING")
    self.assertEqual(self.output("closes"), ("", ""))

  def test_a_root_of_sandboxes_that_is_read_only(self):
    """New tasks fail and say why; what runs goes on; when it can be written again, so can they."""
    self.create("before", "sleep 1000")
    before = self.cluster.wait_task("before", "RUNNING")
    root = next(top for top, folders, _ in os.walk(self.cluster.dir) if "slaves" in folders) + "/slaves"
    for words in (["--bind", root, root], ["-o", "remount,ro,bind", root]):
      subprocess.run(["mount"] + words, check=True)
    try:
      self.create("refused", "echo never")
      task = wait_for("it ends", lambda: [t for t in self.cluster.tasks("refused") if t["status"] in ("FAILED", "LOST")])[-1]
      self.assertRegex(task["taskEvents"][-1]["message"], r"Failed to initialize sandbox: cannot create folder .*: Read-only file system")
    finally:
      subprocess.run(["umount", root], check=True)
    self.cluster.aurora("killall", key("refused"))
    self.create("again", "echo written")
    self.assertEqual(self.output("again")[0], "written\n")
    self.assertEqual([t["taskId"] for t in self.cluster.tasks("before", active=True)], [before["taskId"]])
    self.cluster.aurora("killall", key("before"))

  def test_the_host_says_what_is_in_force(self):
    host = http("http://127.0.0.1:%d/v1/host" % (self.cluster.port + 1)).json()
    measures = {measure["name"]: measure for measure in host["isolation"]}
    for name in ("memory limit", "limit of processes and threads", "private /tmp", "no new privileges"):
      self.assertTrue(measures[name]["inForce"], measures)
    self.assertIn("32 MB", measures["memory limit"]["detail"])

  def test_usage_over_time(self):
    self.create("busy", "while :; do :; done", extra="max_task_failures = 1,")
    task = self.cluster.wait_task("busy", "RUNNING")
    url = "%s/v1/tasks/%s/usage" % (self.cluster.executor_url(task), task["taskId"])
    usage = wait_for("two points", lambda: (lambda u: u if len(u["task"]) > 2 and u["processes"] else None)(http(url).json()))
    self.assertGreater(usage["task"][-1]["cpu"], 0.02)
    self.assertGreater(usage["task"][-1]["ramBytes"], 100000)
    self.assertGreater(usage["processes"]["main"][-1]["threads"], 0)
    self.cluster.aurora("killall", key("busy"))


if __name__ == "__main__":
  unittest.main()
