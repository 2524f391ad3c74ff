"""What goes on, from the command line: job logs of all instances, task exec, job watch, top and host, against a devcluster, in
pipes and in a terminal of 80, 40 and 20 columns."""
import json
import os
import signal
import subprocess
import unittest

import harness
from harness import AURORA, HANG_SECONDS, ROLE, job_text, key, run_client, wait_for
from task_test import Tmux

TALKER = ("for i in 1 2 3; do echo out $i of {{mesos.instance}}; echo err $i of {{mesos.instance}} >&2; sleep 0.3; done; "
          "while [ ! -e end ]; do sleep 0.1; done; echo last of {{mesos.instance}}")
BATCH = """
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, instances = %d, max_task_failures = 1,
  task = SimpleTask(name = %r, command = %r) (resources = Resources(cpu = 0.01, ram = 16*MB, disk = 16*MB)))]
"""


class LiveCase(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    flags = ["--thermos_executor_cpu=0", "--thermos_executor_ram=4MB", "--min_required_instances_for_sla_check=4",
             "--host_maintenance_polling_interval=4secs"]
    cls.cluster = harness.Cluster(executors=2, flags=harness.QUICK + flags).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, text):
    done = self.cluster.aurora("job", "create", key(name), self.cluster.write(name + ".aurora", text))
    self.assertEqual(done.code, 0, done)

  def start(self, name, instances, command=TALKER, text=None):
    self.create(name, text or BATCH % (ROLE, name, instances, name, command))
    wait_for("%s runs" % name, lambda: len([t for t in self.cluster.tasks(name, True) if t["status"] == "RUNNING"]) == instances)

  def sandbox(self, task):
    return self.cluster.task_page(task)["sandbox"]

  def end(self, name):
    for task in self.cluster.tasks(name, True):
      with open(os.path.join(self.sandbox(task), "end"), "w"):
        pass


class LogsTest(LiveCase):
  def follow(self, *words):
    return subprocess.Popen([AURORA, "job", "logs", "-f"] + list(words), env=self.cluster.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

  def test_all_instances_are_followed_by_time_until_they_end(self):
    self.start("talk", 4)
    with self.follow(key("talk")) as follower:
      lines = [follower.stdout.readline() for _ in range(24)]
      for instance in range(4):
        own = [line for line in lines if line.startswith("[%d] " % instance)]
        self.assertEqual([line for line in own if " out " in line], ["[%d] out %d of %d\n" % (instance, i, instance) for i in (1, 2, 3)])
        self.assertEqual(len([line for line in own if " err " in line]), 3)
      self.end("talk")
      out, err = follower.communicate(timeout=HANG_SECONDS)
      self.assertEqual(sorted(out.splitlines()), ["[%d] last of %d" % (i, i) for i in range(4)])
      self.assertEqual(follower.returncode, 0, err)

    # What has ended is there as long as its sandbox.
    done = self.cluster.aurora("job", "logs", key("talk"))
    self.assertEqual((done.code, len(done.out.splitlines())), (0, 28), done)
    rounds = [line.split()[2] for line in done.out.splitlines() if " out " in line]
    self.assertEqual(rounds, sorted(rounds))  # merged by time
    done = self.cluster.aurora("job", "logs", key("talk") + "/1-2", "--stderr", "--grep", "err [23]", "--write-json")
    self.assertEqual(sorted((line["instance"], line["text"], line["stream"]) for line in map(json.loads, done.out.splitlines())),
                     [(i, "err %d of %d" % (n, i), "stderr") for i in (1, 2) for n in (2, 3)])
    done = self.cluster.aurora("job", "logs", key("talk") + "/0", "-n", "1", "--timestamps")
    self.assertRegex(done.out, r"^20\d\d-\S+Z \[0\] last of 0\n$")
    self.assertEqual(self.cluster.aurora("job", "logs", key("talk"), "--since", "2099-01-01T00:00:00Z").out, "")

  def test_a_task_that_takes_an_instances_place_is_followed(self):
    self.start("again", 1, text=job_text("again", "echo I am $(basename $(dirname $PWD)); while [ ! -e end ]; do sleep 0.1; done"))
    first = self.cluster.tasks("again")[0]
    with self.follow(key("again") + "/0") as follower:
      self.assertIn("[0] I am ", follower.stdout.readline())
      self.end("again")
      self.assertIn("[0] I am ", follower.stdout.readline())
      done = self.cluster.aurora("job", "killall", key("again"))
      self.assertEqual(done.code, 0, done)
      out, err = follower.communicate(timeout=HANG_SECONDS)
      self.assertEqual((out, follower.returncode), ("", 0), err)
    self.assertIn("instance 0 goes on as task ", err)
    self.assertNotIn("goes on as task " + first["taskId"], err)

  def test_several_processes_are_named_and_can_be_chosen(self):
    text = """
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = 'pair',
  task = Task(name = 'pair', resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB), processes = [
    Process(name = 'web', cmdline = 'echo w; sleep 1000'), Process(name = 'side', cmdline = 'printf no-end; sleep 1000')]))]
""" % ROLE
    self.start("pair", 1, text=text)
    wait_for("both", lambda: sorted(self.cluster.aurora("job", "logs", key("pair")).out.splitlines()) == ["[0 side] no-end", "[0 web] w"])
    self.assertEqual(self.cluster.aurora("job", "logs", key("pair"), "--process", "web").out, "[0] w\n")
    done = self.cluster.aurora("job", "logs", key("pair"), "--process", "wbe")
    self.assertIn("The task has no process 'wbe'", done.err)

  def test_what_is_refused(self):
    self.start("small", 1)
    missing = self.cluster.aurora("job", "logs", key("smal"))
    self.assertEqual(missing.code, 6, missing)
    self.assertIn("did you mean %s?" % key("small"), missing.err)
    self.assertEqual(self.cluster.aurora("job", "logs", key("small") + "/9").code, 6)
    self.assertEqual(self.cluster.aurora("job", "logs", key("small"), "--grep", "(").code, 2)
    wrong = self.cluster.aurora("job", "logs", key("small"), "--since", "soon")
    self.assertEqual(wrong.code, 2, wrong)
    self.assertIn("--since soon: use", wrong.err)

  def test_a_host_that_does_not_answer_is_told_once_and_tried_again(self):
    self.start("quiet", 4, "echo here; while [ ! -e end ]; do sleep 0.1; done; echo last")
    hosts = {task["host"] for task in self.cluster.tasks("quiet")}
    self.assertEqual(len(hosts), 2)
    stopped = self.cluster.child("executor", self.cluster.tasks("quiet")[0]["host"]) or self.cluster.child("executor")
    os.kill(stopped, signal.SIGKILL)  # devcluster starts another
    with self.follow(key("quiet")) as follower:
      lines = sorted(follower.stdout.readline() for _ in range(4))
      self.assertEqual(lines, ["[%d] here\n" % i for i in range(4)])
      self.end("quiet")
      out, err = follower.communicate(timeout=HANG_SECONDS)
    self.assertEqual(sorted(out.splitlines()), ["[%d] last" % i for i in range(4)], err)
    self.assertLessEqual(err.count("does not answer"), 1, err)


class ExecTest(LiveCase):
  def test_status_input_and_words(self):
    self.start("inside", 1, "sleep 1000")
    target = key("inside") + "/0"
    done = self.cluster.aurora("task", "exec", target, "--", "sh", "-c", "echo $0 $#; echo bad >&2; exit 7", "a b", "*")
    self.assertEqual((done.code, done.out, done.err), (7, "a b 1\n", "bad\n"), done)
    self.assertEqual(self.cluster.aurora("task", "exec", target, "cat").out, "")  # no input
    fed = subprocess.run([AURORA, "task", "exec", "-i", target, "--", "wc", "-c"], env=self.cluster.env, input=b"x" * 3_000_000, capture_output=True, timeout=HANG_SECONDS)
    self.assertEqual((fed.returncode, fed.stdout.strip()), (0, b"3000000"))
    self.assertEqual(self.cluster.aurora("task", "exec", target, "--", "sh", "-c", "kill -TERM $$").code, 143)
    none = self.cluster.aurora("task", "exec", target)
    self.assertEqual(none.code, 2, none)
    self.assertIn("A command is required", none.err)
    self.assertEqual(self.cluster.aurora("task", "exec", "-t", target, "--", "tty").code, 6)  # here is none
    self.assertEqual(self.cluster.aurora("task", "exec", key("inside"), "--", "ls").code, 2)
    other = self.cluster.aurora("task", "exec", key("inside") + "/3", "--", "ls")
    self.assertEqual(other.code, 6, other)
    self.assertIn("No task of %s/3 runs" % key("inside"), other.err)

  def test_a_task_that_ends_meanwhile(self):
    self.start("brief", 1, "while [ ! -e end ]; do sleep 0.1; done")
    with self.cluster.popen("task", "exec", key("brief") + "/0", "--", "sh", "-c", "echo begun; sleep 1000") as process:
      self.assertEqual(process.stdout.readline(), "begun\n")
      self.end("brief")
      out, err = process.communicate(timeout=HANG_SECONDS)
      self.assertNotEqual(process.returncode, 0)
    self.assertIn("The command was ended: ", err)


class HostsTest(LiveCase):
  def test_hosts_are_listed_shown_drained_and_given_back(self):
    promise = ", tier = 'preferred', sla_policy = PercentageSlaPolicy(percentage = 70, duration_secs = 3600)"
    self.assertEqual(self.cluster.aurora("admin", "set_quota", "devcluster", ROLE, "2", "1gb", "1gb").code, 0)
    self.start("spread", 4, text=job_text("spread", "sleep 1000", instances=4, extra=promise))
    hosts = json.loads(self.cluster.aurora("host", "list", "devcluster", "--write-json").out)
    self.assertEqual([host["mode"] for host in hosts], ["NONE", "NONE"])
    self.assertEqual([host["capacity"]["ramMb"] - host["available"]["ramMb"] for host in hosts],
                     [host["taskCount"] * (16 + 4) for host in hosts])
    listing = self.cluster.aurora("host", "list", "devcluster").out
    self.assertRegex(listing.splitlines()[0], "^HOST +MODE +TASKS +CPU +RAM GB +DISK GB +SEEN$")
    name = self.cluster.tasks("spread", True)[0]["host"]
    shown = self.cluster.aurora("host", "show", "devcluster", name)
    self.assertIn("%s: takes tasks, connected" % name, shown.out)
    self.assertIn("%s/devel/spread/" % ROLE, shown.out)
    wrong = self.cluster.aurora("host", "show", "devcluster", name + "x")
    self.assertEqual(wrong.code, 6)
    self.assertIn("did you mean", wrong.err)
    # None has been up for an hour.
    late = self.cluster.aurora("host", "drain", "devcluster", name, "--wait-for", "3s")
    self.assertEqual(late.code, 9, late)
    self.assertRegex(late.err, r"DRAINING, 2 tasks left: %s/devel/spread/\d \(RUNNING\): " % ROLE)
    done = self.cluster.aurora("host", "drain", "devcluster", name, "--ignore-sla")
    self.assertEqual(done.code, 0, done)
    self.assertIn("%s: DRAINED" % name, done.err)
    self.assertEqual({task["host"] for task in self.cluster.tasks("spread", True)} - {""}, {host["host"] for host in hosts} - {name})
    self.assertIn(name, self.cluster.aurora("host", "list", "devcluster", "--mode", "DRAINED").out)
    back = self.cluster.aurora("host", "activate", "devcluster", name, "--write-json")
    self.assertEqual((back.code, json.loads(back.out)), (0, [{"host": name, "mode": "NONE"}]), back)

  def test_top(self):
    self.start("busy", 1, "while :; do :; done & echo $! > spinner; while [ ! -e end ]; do sleep 0.1; done; kill $(cat spinner)")
    self.start("calm", 2, "sleep 1000")

    def busy():
      rows = json.loads(self.cluster.aurora("top", "devcluster/" + ROLE, "--once", "--write-json").out)["rows"]
      found = [row for row in rows if row["name"] == "devel/busy"]
      return found and found[0]["cpuUsed"] > 0.1 and rows
    rows = wait_for("the busy job uses CPU", busy)
    self.assertEqual(rows[0]["name"], "devel/busy")
    self.assertEqual({row["name"]: row["tasks"] for row in rows}["devel/calm"], 2)
    table = self.cluster.aurora("top", "--once", key("calm")).out.splitlines()
    self.assertRegex(table[1], "^INSTANCE +CPU +OF +RAM MB +OF MB +RESTARTS +HOST$")
    self.assertEqual(len(table), 4)
    self.assertIn(ROLE, self.cluster.aurora("top", "--once").out)
    self.end("busy")


class TerminalTest(LiveCase):
  def setUp(self):
    self.terminal = Tmux(self.cluster)

  def tearDown(self):
    self.terminal.close()

  def resize(self, columns, rows=30):
    self.terminal.run("resize-window", "-x", str(columns), "-y", str(rows))

  def check_width(self, columns):
    shown = self.terminal.run("capture-pane", "-p")  # as it is on the screen
    self.assertTrue(all(len(line) <= columns for line in shown.splitlines()), shown)

  def test_watch_follows_the_terminals_size(self):
    self.start("grid", 12, "while [ ! -e end ]; do sleep 0.1; done")
    for columns in (80, 40, 20):
      self.resize(columns)
      self.terminal.type("clear; %s job watch %s" % (AURORA, key("grid")))
      self.terminal.wait("12")
      wait_for("the grid", lambda: "Ru Ru" in self.terminal.shown() or "RRR" in self.terminal.shown())
      self.resize(columns + 7)
      wait_for("the grid, once", lambda: self.terminal.shown().count("RUNNING") == 1)
      self.check_width(columns + 7)
      self.terminal.key("C-c")
      self.terminal.wait("interrupted")
    self.resize(80)
    self.terminal.type("clear; %s job watch %s; echo code $?" % (AURORA, key("grid")))
    self.terminal.wait("12 RUNNING")
    self.end("grid")
    self.terminal.wait("12 FINISHED")
    self.terminal.wait("code 0")
    self.assertIn("RUNNING -> FINISHED", self.terminal.shown())

  def test_top_logs_and_exec_in_a_terminal(self):
    self.start("shown", 3, "echo hello; sleep 1000")
    for columns in (80, 40, 20):
      self.resize(columns)
      self.terminal.type("clear; %s top %s" % (AURORA, key("shown")))
      self.terminal.wait("CPU")
      self.check_width(columns)
      self.terminal.key("C-c")
      self.terminal.wait("interrupted")
    self.resize(80)
    self.terminal.type("clear; %s job logs -f %s" % (AURORA, key("shown")))
    for instance in range(3):
      self.terminal.wait("[%d] hello" % instance)
    self.terminal.key("C-c")
    self.terminal.type("clear; %s task exec -it %s/0 -- sh; echo code $?" % (AURORA, key("shown")))
    self.terminal.wait("$ ") if not harness.IS_ROOT else self.terminal.wait("$ ")
    self.terminal.type("stty size; exit 5")
    self.terminal.wait("30 80")
    self.terminal.wait("code 5")

  def test_an_update_shows_its_instances(self):
    self.start("rolled", 4, text=job_text("rolled", "sleep 1000", instances=4))
    self.cluster.write("rolled2.aurora", job_text("rolled", "sleep 1001", instances=4))
    self.resize(80)
    self.terminal.type("clear; %s update start --wait %s %s; echo code $?" % (AURORA, key("rolled"), os.path.join(self.cluster.folder, "rolled2.aurora")))
    self.terminal.wait("3 PENDING")
    self.terminal.wait("4 UPDATED")
    self.terminal.wait("code 0")
    self.check_width(80)


if __name__ == "__main__":
  unittest.main()
