"""`aurora thermos` with tasks that are there: who supervises, ends, shows and deletes them (spec/thermos-executor.md §20, §22)."""
import os
import re
import signal
import struct
import subprocess
import unittest

import harness
from harness import AURORA, HANG_SECONDS, IS_ROOT, ROLE, USER, find_processes, processes, wait_for
from thermos_root import ThermosCase, task


class SupervisionTest(ThermosCase):
  def start(self, task_id, command, *words):
    process = self.thermos.popen("simplerun", "--task_id", task_id, *words, command)
    wait_for("it runs", lambda: "RUNNING" in self.thermos.story(task_id, "simple"))
    return process

  def runner(self, task_id):
    return find_processes("aurora runner %s/executor/tasks/%s" % (self.thermos.root, task_id))[0]

  def nursery(self, task_id):
    return processes()[self.runner(task_id)][0]

  def test_interrupt(self):
    process = self.start("i", "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=HANG_SECONDS)
    self.assertEqual(process.returncode, 4, err)
    self.assertTrue(out.endswith("Got keyboard interrupt, killing job!\n"), out)
    self.assertIn("Task i: KILLED", err)
    self.assertEqual(self.thermos.output("i", "simple"), "bye\n")
    self.assertEqual(self.thermos.story("i"), "ACTIVE ACTIVE CLEANING FINALIZING KILLED")

  def test_the_second_interrupt_does_not_wait(self):
    process = self.start("i", "trap '' TERM; (setsid sleep 3601 &); while :; do sleep 0.1; done")
    process.send_signal(signal.SIGINT)
    wait_for("the first is heard", lambda: "CLEANING" in self.thermos.story("i"))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=HANG_SECONDS / 2)
    self.assertEqual(process.returncode, 4, err)
    self.assertTrue(self.thermos.story("i").endswith("KILLED"))

  def test_an_interrupt_before_it_has_begun(self):
    process = self.thermos.popen("simplerun", "--task_id", "e", "sleep 1000")
    wait_for("the tool has begun", lambda: os.path.exists(self.thermos.root + "/executor/progress"))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANG_SECONDS)
    self.assertEqual(process.returncode, 4)

  def test_daemon(self):
    done = self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "d", "echo up; sleep 1000"), 0)
    self.assertEqual(done.out, "Running command: 'echo up; sleep 1000'\nDaemonizing and starting runner.\n")
    self.assertRegex(self.thermos.run("status").out, r"^Active tasks:\n  d +\[owner: +%s\]\n\n" % USER)
    self.assertEqual(self.thermos.run("kill", "d.*").out, "Killing d...done.\n")
    self.assertEqual(self.thermos.story("d"), "ACTIVE ACTIVE CLEANING FINALIZING KILLED")
    self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "gone", "-P", "x:0", "true"), 2)

  def test_the_tool_dies_and_the_task_goes_on(self):
    process = self.start("k", "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done")
    process.kill()
    process.communicate()
    runner = self.runner("k")
    self.assertEqual(self.thermos.run("kill", "k").out, "Killing k...done.\n")
    self.assertEqual(self.thermos.output("k", "simple"), "bye\n")
    self.assertNotIn(runner, processes())

  def test_the_runner_dies(self):
    process = self.start("r", "(setsid sleep 3602 &); sleep 1000")
    os.kill(self.runner("r"), signal.SIGKILL)
    _, err = process.communicate(timeout=HANG_SECONDS)
    self.assertEqual(process.returncode, 4, err)
    self.assertIn("KILLED: the task's runner was ended by SIGKILL", err)

  def test_runner_and_its_parent_die(self):
    """Nobody is left who could say how the task ended, until somebody kills it or has waited for it."""
    process = self.start("w", "(setsid sleep 3603 &); sleep 1000")
    nursery, runner = self.nursery("w"), self.runner("w")
    os.kill(nursery, signal.SIGKILL)
    os.kill(runner, signal.SIGKILL)
    _, err = process.communicate(timeout=HANG_SECONDS)
    self.assertEqual(process.returncode, 4, err)
    self.thermos.wait_quiet()
    self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "o", "trap '' TERM; (setsid sleep 3604 &); sleep 999; sleep 999"), 0)
    nursery, runner = self.nursery("o"), self.runner("o")
    os.kill(nursery, signal.SIGKILL)
    os.kill(runner, signal.SIGKILL)
    wait_for("both are gone", lambda: not {nursery, runner} & set(processes()))
    self.assertIn("state:   ACTIVE", self.thermos.run("status", "--verbosity", "1", "o").out)
    self.assertEqual(self.thermos.run("kill", "o").out, "Killing o...done.\n")
    self.assertEqual(self.thermos.story("o"), "ACTIVE ACTIVE KILLED")
    self.assertEqual(self.thermos.story("o", "simple"), "WAITING FORKED RUNNING KILLED:-9")

  def test_kill_by_force(self):
    for task_id in ("f1", "f2"):
      self.check(self.thermos.run("simplerun", "--daemon", "--task_id", task_id,
                                  "trap 'touch told' TERM; (setsid sleep 3605 &); while :; do sleep 0.1; done"), 0)
    done = self.check(self.thermos.run("kill", "--force", "f[12]"), 0)
    self.assertEqual(done.out, "Killing f1...done.\nKilling f2...done.\n")
    for task_id in ("f1", "f2"):
      self.assertTrue(self.thermos.story(task_id).endswith("KILLED"))
      self.assertFalse(os.path.exists(self.thermos.sandbox(task_id) + "/told"))

  def test_kill_needs_words(self):
    self.check(self.thermos.run("kill"), 2, "Must specify tasks!")
    self.assertEqual(self.check(self.thermos.run("kill", "none-of-these"), 0).out, "No active tasks matched.\n")
    self.check(self.thermos.run("kill", "["), 2, "'[' is no regular expression")
    self.check(self.thermos.run("simplerun", "--task_id", "over", "true"), 0)
    self.assertEqual(self.thermos.run("kill", "over").out, "No active tasks matched.\n")

  def test_tail(self):
    for words, code, err in [([], 2, "Expected a task to tail, got nothing!"),
                             (["a", "b", "c"], 2, "Expected at most two arguments (task and optional process), got 3")]:
      self.check(self.thermos.run("tail", *words), code, err)
    self.assertEqual(self.check(self.thermos.run("tail", "none"), 1).out, "ERROR: Could not find task.\n")
    self.check(self.thermos.run_file(task(
        "Process(name='a', cmdline='seq 12; echo why >&2; sleep 1; touch b; exec sleep 1'),"
        "Process(name='b', cmdline='while ! [ -e b ]; do sleep 0.1; done; echo b')"), "--daemon", "--task_id", "t"), 0)
    wait_for("its output", lambda: "12" in self.thermos.output("t", "a"))
    self.check(self.thermos.run("tail", "t"), 1, "ERROR: More than one process matches query.")
    self.check(self.thermos.run("tail", "t", "c"), 1, "ERROR: No processes found.")
    done = self.check(self.thermos.run("tail", "t", "b"), 0)  # until it ends
    log = os.path.join(os.path.realpath(self.thermos.sandbox("t")), ".logs")
    self.assertEqual(done.out, "Tail of active log %s/b/0/stdout\nb\n" % log)
    self.thermos.wait_quiet()
    done = self.thermos.run("tail", "t", "a")
    self.assertEqual(done.out, "Tail of terminal log %s/a/0/stdout\n%s" % (log, "".join("%d\n" % i for i in range(3, 13))))
    self.assertEqual(self.thermos.run("tail", "--stderr", "t", "a").out, "Tail of terminal log %s/a/0/stderr\nwhy\n" % log)

  def test_tail_follows_rotation(self):
    self.check(self.thermos.run_file(task(
        "Process(name='p', cmdline='for i in $(seq 40); do echo line $i; sleep 0.05; done',"
        " logger=Logger(mode='rotate', rotate=RotatePolicy(log_size=100, backups=2)))"), "--daemon", "--task_id", "r"), 0)
    out = self.check(self.thermos.run("tail", "r"), 0).out.splitlines()
    self.assertEqual(out[-1], "line 40")
    self.assertGreater(len(out), 35)

  def test_status_and_read(self):
    self.assertEqual(self.check(self.thermos.run("status", "none-of-these"), 1).out, "No tasks found.\n")
    self.check(self.thermos.run_file(task("Process(name='p', cmdline='exit 3')"), "-P", "http:8123", "--task_id", "done-1"), 1)
    self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "up-1", "sleep 1000"), 0)
    sandbox = os.path.realpath(self.thermos.sandbox("done-1"))
    when = r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}"
    head = r"  done-1 {15}\[owner: {0,8}%s\]" % USER
    for verbosity, text in [
        (0, head + r"\n"), (1, head + r"  state:   FAILED start:  " + when + r"\n"),
        (2, head + r"  state:   FAILED start:  " + when + r"\n    user: %s ports: http -> 8123\n    sandbox: %s\n" % (USER, sandbox)),
        (3, head + r"  state:   FAILED start:  " + when + r"\n    user: %s ports: http -> 8123\n    sandbox: %s\n" % (USER, sandbox) +
         r"    process table:\n      - p runs: 1 last: pid=\d+, rc=3, finish:" + when + r", state:FAILED\n"
         r"    reason: process 'p' exited with code 3\n\n")]:
      done = self.check(self.thermos.run("status", "--verbosity", str(verbosity), "done-.*"), 0)
      self.assertRegex(done.out, "^Finished tasks:\n" + text + "\n$")
    both = self.thermos.run("status", "up-1", "done-1").out
    self.assertRegex(both, r"^Active tasks:\n  up-1 .*\n\nFinished tasks:\n  done-1 .*\n\n$")
    self.assertTrue(self.thermos.run("status", "--only", "active", "up-1", "done-1").out.startswith("Active tasks:\n  up-1"))
    self.assertEqual(self.check(self.thermos.run("status", "--only", "finished", "up-1"), 1).out, "No tasks found.\n")
    self.assertIn("ports: None", self.thermos.run("status", "--verbosity=2", "up-1").out)
    self.check(self.thermos.run("kill", "up-1"), 0)
    self.assertRegex(self.thermos.run("read", self.thermos.checkpoint("done-1")).out, (
        r"^Recovered Task Header:\n  id:      done-1\n  user:    %s\n  host:    \S+\n  sandbox: %s\n  ports:   http->8123\n"
        r"Recovered Task States:\n" % (USER, sandbox) +
        "".join(r"  %s \[pid: \d+\] => %s\n" % (when, state) for state in ("ACTIVE", "CLEANING", "FINALIZING", "FAILED")) +
        r"Recovered Processes:\n  p   runs: 1\n     0: pid=\d+, rc=3, finish:%s, state:FAILED\n$" % when))

  def test_read_what_is_none(self):
    self.check(self.thermos.run("read"), 2, "Expected one checkpoint file, got 0")
    self.check(self.thermos.run("read", "/no/such/file"), 2, "Could not find /no/such/file")
    empty = self.thermos.write("empty", "")
    self.assertEqual(self.check(self.thermos.run("read", empty), 1).out, "Checkpoint stream CORRUPT or outdated format\n")
    other = self.thermos.write("other", "this is no checkpoint at all\n")
    self.assertIn("Failed to recover from " + other, self.check(self.thermos.run("read", other), 1).out)

  def test_read_a_stream_of_thermos(self):
    """The example of §3.2, with a header behind it."""
    status = bytes.fromhex("000000250c0003080001000000000a0002000001a2031c7b8208000300007a270800040000000000" + "00")[:41]
    text = lambda field, value: struct.pack(">bhI", 11, field, len(value)) + value
    header = (b"\x0c\x00\x01" + text(1, b"www-devel-x-0") + struct.pack(">bhq", 10, 2, 1795348528002) + text(3, b"/s") +
              text(4, b"host") + text(5, b"www") + b"\x0d\x00\x06\x0b\x0a" + struct.pack(">I", 1) + struct.pack(">I", 4) + b"http" +
              struct.pack(">q", 31000) + text(7, b"/s/.logs") + b"\x00\x00")
    path = os.path.join(self.thermos.folder, "runner")
    with open(path, "wb") as out:
      out.write(status + struct.pack(">I", len(header)) + header + b"\x00\x00\x01")  # a torn end
    done = self.check(self.thermos.run("read", path), 0)
    self.assertIn("  id:      www-devel-x-0\n  user:    www\n  host:    host\n  sandbox: /s\n  ports:   http->31000\n", done.out)
    self.assertIn("[pid: 31271] => ACTIVE\n", done.out)
    self.assertIn("TaskStatus(state=0, timestamp_ms=1795348528002, runner_pid=31271, runner_uid=0)",
                  self.thermos.run("read", "--simple", path).out)


class CollectionTest(ThermosCase):
  def setUp(self):
    super().setUp()
    for task_id in ("old", "mid", "new"):
      self.check(self.thermos.run("simplerun", "--task_id", task_id, "echo x; head -c 100000 /dev/zero > data"), 0)
    for number, task_id in enumerate(("old", "mid", "new")):
      at = os.stat(self.thermos.checkpoint(task_id)).st_mtime - 86400 * (3 - number)
      os.utime(self.thermos.checkpoint(task_id), (at, at))

  def ids(self):
    return sorted(os.listdir(self.thermos.root + "/executor/tasks"))

  def gc(self, *words, answer=None):
    return self.thermos.run("gc", *words, text=answer)

  def test_what_is_chosen(self):
    for words, chosen in [([], []), (["--max_age", "1d12h"], ["old", "mid"]), (["--max_tasks", "1"], ["old", "mid"]),
                          (["--max_space", "150K"], ["old", "mid"]), (["--max_age", "10d", "--max_tasks", "2"], ["old"])]:
      with self.subTest(words):
        done = self.check(self.gc("--dryrun", "--force", "--delete-data", *words), 0)
        self.assertEqual(re.findall(r"^  Task (\S+) data \(deleting\) logs \(keeping\) metadata \(keeping\) $", done.out, re.M), chosen)
        self.assertEqual("No tasks to garbage collect.  Exiting\n" in done.out, not chosen)
    self.assertIn("    would run erase_data()\n", self.gc("--dryrun", "--force", "--delete-data", "new").out)
    self.assertEqual(self.ids(), ["mid", "new", "old"])
    self.check(self.gc("--max_age", "soon"), 2, "'soon' is no age")
    self.check(self.gc("--max_space", "lots"), 2, "'lots' is no space")

  def test_it_asks(self):
    every = ("--delete-data", "--delete-logs", "--delete-metadata")
    for answer in ("", "n\n", "yes\n"):
      done = self.check(self.gc("--max_tasks", "2", *every, answer=answer), 0)
      self.assertTrue(done.out.endswith("Continue [y/N]? Cancelling gc.\n"), done)
    self.assertEqual(self.ids(), ["mid", "new", "old"])
    done = self.check(self.gc("--max_tasks", "2", *every, answer="y\n"), 0)
    self.assertTrue(done.out.endswith(
        "Running gc...\n  Task old data (deleting) logs (deleting) metadata (deleting) \ndone.\n"), done)
    self.assertEqual(self.ids(), ["mid", "new"])
    self.check(self.gc("--force", *every, ".*"), 0)
    left = [path for path, _, files in os.walk(self.thermos.root) for name in files]
    self.assertEqual(left, [self.thermos.root + "/executor"], "progress only")
    self.assertEqual(os.listdir(self.thermos.root + "/slaves/thermos/frameworks/aurora/executors"), [])

  def test_parts(self):
    sandbox = self.thermos.sandbox("old")
    self.check(self.gc("--force", "--delete-data", "old"), 0)
    self.assertEqual(os.listdir(sandbox), [".logs"])
    self.assertEqual(self.thermos.output("old", "simple"), "x\n")
    self.check(self.gc("--force", "--delete-logs", "mid"), 0)
    self.assertEqual(set(os.listdir(self.thermos.sandbox("mid"))) - {".tmp"}, {"data"})
    self.assertIn("old", self.thermos.run("status", "old").out)
    self.check(self.gc("--force", "--delete-metadata", "new"), 0)
    self.assertTrue(os.path.exists(self.thermos.sandbox("new") + "/data"))
    self.check(self.thermos.run("status", "^new$"), 1)

  def test_what_runs_is_left_alone(self):
    self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "up", "sleep 1000"), 0)
    self.assertIn("No tasks to garbage collect.  Exiting", self.gc("--force", "--delete-data", "up").out)
    self.check(self.thermos.run("kill", "up"), 0)

  @unittest.skipUnless(IS_ROOT, "needs another user")
  def test_a_link_in_the_place_of_a_sandbox(self):
    precious = os.path.join(self.thermos.folder, "precious")
    os.makedirs(precious + "/.logs")
    self.thermos.write("precious/.logs/file", "")
    for part in ("--delete-data", "--delete-logs"):
      task_id = "link" + part
      self.check(self.thermos.run("simplerun", "--user", ROLE, "--task_id", task_id,
                                  "cd ..; mv sandbox moved; ln -s %s sandbox" % precious), 0)
      self.gc("--force", part, task_id)
      self.assertTrue(os.path.exists(precious + "/.logs/file"))


class HelpTest(ThermosCase):
  def test_help(self):
    overview = self.check(self.thermos.run("help"), 0).out
    for line in ("    gc        \tGarbage collect task(s) and task metadata.", "    run       \tRun a thermos task.",
                 "    simplerun \tRun a simple command line as a thermos task.", "    tail      \tTail the logs of a task process."):
      self.assertIn(line + "\n", overview)
    self.assertTrue(self.check(self.thermos.run("help", "run"), 0).out.startswith("command run:\nRun a thermos task.\n"))
    self.check(self.thermos.run("help", "check"), 1, "unknown command: check")
    for words in (["run", "--help"], ["run", "--long-help"]):
      done = self.check(self.thermos.run(*words), 0)
      for option in ("--user USER", "--task NAME", "--task_id ID", "--json", "--sandbox PATH", "-P, --port NAME:PORT",
                     "-E, --environment NAME=VALUE", "--daemon", "Exit codes: "):
        self.assertIn(option, " ".join(done.out.split()).replace("-P,--port", "-P, --port").replace("-E,--env", "-E, --env"))
    before = subprocess.run([AURORA, "thermos", "--root", self.thermos.root, "status", "x"], env=self.thermos.env,
                            capture_output=True, text=True)
    self.assertEqual((before.returncode, before.stdout), (1, "No tasks found.\n"))
    self.assertIn("thermos", subprocess.run([AURORA, "help"], capture_output=True, text=True).stdout)
    self.assertEqual(subprocess.run([AURORA, "help", "thermos"], capture_output=True, text=True).returncode, 0)

  def complete(self, *words):
    done = subprocess.run([AURORA, "__complete", "thermos"] + list(words), env=self.thermos.env, capture_output=True, text=True)
    return done.stdout.split()

  def test_completion(self):
    self.assertEqual(self.complete("s"), ["simplerun", "status"])
    self.assertEqual(self.complete("run", "--task"), ["--task", "--task_id"])
    self.assertEqual(self.complete("--root", self.thermos.root, "ki"), ["kill"])
    self.assertEqual(self.complete("help", "i"), ["inspect"])
    self.check(self.thermos.run("simplerun", "--task_id", "zz-over", "true"), 0)
    self.assertEqual(self.complete("--root", self.thermos.root, "tail", "zz"), ["zz-over"])
    self.assertEqual(self.complete("--root", self.thermos.root, "kill", "zz"), [])


class ExecutorTest(unittest.TestCase):
  """Tasks of an executor on this machine."""

  def test_an_executors_task(self):
    with harness.Cluster() as cluster:
      path = cluster.write("x.aurora", harness.job_text("hello", "trap 'exit 0' TERM; echo started; while :; do sleep 0.1; done"))
      self.assertEqual(cluster.aurora("create", harness.key("hello"), path).code, 0)
      task = cluster.wait_task("hello", "RUNNING")
      task_id = task["taskId"]
      wait_for("its output", lambda: "started" in cluster.output(task, "hello"))
      tool = lambda *words: cluster.aurora("thermos", words[0], "--root", cluster.dir, *words[1:])
      self.assertIn("  %s [owner: " % task_id, tool("status", "--only", "active").out)
      self.assertIn("user: %s ports: None" % ROLE, tool("status", "--verbosity", "3", task_id).out)
      refused = tool("run", path.replace("x.aurora", "none"))
      self.assertEqual(refused.code, 3)
      kept = tool("gc", "--force", "--delete-data")
      self.assertIn("No tasks to garbage collect.  Exiting", kept.out)
      self.assertEqual(tool("kill", task_id).out, "Killing %s...done.\n" % task_id)
      ended = wait_for("it is known", lambda: [
          t for t in cluster.tasks("hello") if t["taskId"] == task_id and not t["isActive"]])[0]
      self.assertEqual(ended["status"], "KILLED")
      self.assertTrue(tool("tail", task_id).out.endswith("started\n"))
      page = tool("read", [os.path.join(folder, "checkpoint") for folder, _, files in os.walk(cluster.dir + "/executors")
                           if folder.endswith(task_id)][0])
      self.assertIn("=> KILLED", page.out)
      self.assertEqual(cluster.aurora("killall", harness.key("hello")).code, 0)


if __name__ == "__main__":
  unittest.main()
