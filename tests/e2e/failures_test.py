"""Tasks that go wrong: each shows FAILED, KILLED or PENDING with its reason (spec/tutorial.md §9)."""
import os
import signal
import unittest

import harness
from harness import IS_ROOT, ROLE, key, lines, processes, wait_for


class FailuresTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, command, role=ROLE, **more):
    path = self.cluster.write(name + ".aurora", harness.job_text(name, command, role=role, **more))
    done = self.cluster.aurora("create", key(name, role=role), path)
    self.assertEqual(done.code, 0, done)
    self.addCleanup(self.cluster.aurora, "killall", key(name, role=role))
    return path

  def running_pid(self, name, command):
    task = self.cluster.wait_task(name, "RUNNING")

    def find():
      for pid, (_, line) in processes().items():
        try:
          if line == command and task["taskId"] in os.readlink("/proc/%d/cwd" % pid):
            return pid
        except OSError:
          continue
      return None
    return task, wait_for("the process of " + name, find)

  def test_an_unknown_role(self):
    path = self.cluster.write("nosuchuser.aurora", harness.job_text("norole", "true", role="nosuchuser"))
    self.assertEqual(self.cluster.aurora("create", key("norole", role="nosuchuser"), path).code, 0)
    self.addCleanup(self.cluster.aurora, "killall", key("norole", role="nosuchuser"))

    def failed():
      tasks = self.cluster.get("/v1/tasks?role=nosuchuser&limit=0")["tasks"]
      return [task for task in tasks if task["status"] == "FAILED"]
    message = wait_for("a FAILED task", failed)[0]["taskEvents"][-1]["message"]
    if IS_ROOT:
      self.assertEqual(message, "Failed to initialize sandbox: Could not create sandbox because user does not exist: nosuchuser")
    else:
      self.assertIn("nosuchuser", message)

  def test_a_missing_file(self):
    self.create("nofile", "cp /nonexistent/hello_world.py .")
    task = self.cluster.wait_task("nofile", "FAILED")
    process = self.cluster.task_page(task)["processes"][0]
    self.assertEqual((process["state"], process["returnCode"]), ("FAILED", 1))
    self.assertIn("cp: cannot stat", self.cluster.output(task, "nofile", "stderr"))

  def test_a_program_that_is_not_on_the_path(self):
    self.create("noprogram", "nosuchprogram hello")
    task = self.cluster.wait_task("noprogram", "FAILED")
    self.assertEqual(self.cluster.task_page(task)["processes"][0]["returnCode"], 127)
    self.assertIn("nosuchprogram: command not found", self.cluster.output(task, "noprogram", "stderr"))

  def test_a_file_that_cannot_be_executed(self):
    self.create("noexec", "/etc/passwd")
    task = self.cluster.wait_task("noexec", "FAILED")
    self.assertEqual(self.cluster.task_page(task)["processes"][0]["returnCode"], 126)

  def test_more_than_any_host_has(self):
    path = self.cluster.write("big.aurora", harness.job_text("big", "true").replace("cpu = 0.1", "cpu = 5000"))
    self.assertEqual(self.cluster.aurora("create", key("big"), path).code, 0)
    self.addCleanup(self.cluster.aurora, "killall", key("big"))
    wait_for("a reason", lambda: "Insufficient: CPU" in self.cluster.tasks("big")[0]["statusReason"])
    self.assertEqual(self.cluster.tasks("big")[0]["status"], "PENDING")
    self.assertIn("Insufficient: CPU", self.cluster.aurora("job", "status", key("big")).out)

  def test_kill_9_of_a_process_runs_it_again(self):
    self.create("again", "exec sleep 3601")
    task, pid = self.running_pid("again", "sleep 3601")
    os.kill(pid, signal.SIGKILL)
    wait_for("another process", lambda: self.running_pid("again", "sleep 3601")[1] != pid)
    self.assertEqual(self.cluster.wait_task("again", "RUNNING")["taskId"], task["taskId"])
    runs = [process["state"] for process in self.cluster.task_page(task)["processes"]]
    self.assertIn("RUNNING", runs)

  def runner_of(self, task, pid):
    parents = processes()
    runner = parents[pid][0]
    self.assertRegex(parents[runner][1], r"^aurora runner /\S+/tasks/%s *$" % task["taskId"])
    return runner

  def check_killed_runner(self, name, task, pid):
    def ended():
      return [t for t in self.cluster.tasks(name) if t["taskId"] == task["taskId"] and not t["isActive"]]
    killed = wait_for("the task is no longer active", ended)[0]
    self.assertEqual((killed["status"], killed["statusReason"]), ("KILLED", "Task killed by signal 9."))
    wait_for("the orphaned process is swept up", lambda: pid not in processes())
    wait_for("a replacement runs", lambda: [
        t for t in self.cluster.tasks(name) if t["taskId"] != task["taskId"] and t["status"] == "RUNNING"])

  def test_kill_9_of_the_runner_is_noticed(self):
    self.create("norunner", "exec sleep 3602")
    task, pid = self.running_pid("norunner", "sleep 3602")
    os.kill(self.runner_of(task, pid), signal.SIGKILL)
    self.check_killed_runner("norunner", task, pid)

  def test_kill_9_of_a_runner_that_an_earlier_executor_started_is_noticed(self):
    self.create("stranger", "exec sleep 3610")
    task, pid = self.running_pid("stranger", "sleep 3610")
    self.cluster.kill_child(" executor ")
    self.cluster.wait_ready()
    wait_for("the task is found again", lambda: self.cluster.task_page(task)["state"] == "ACTIVE")
    os.kill(self.runner_of(task, pid), signal.SIGKILL)
    self.check_killed_runner("stranger", task, pid)

  def test_kill_9_of_executor_and_runner_at_once_is_noticed(self):
    self.create("both", "exec sleep 3611")
    task, pid = self.running_pid("both", "sleep 3611")
    executor = self.cluster.child(" executor ")
    runner = self.runner_of(task, pid)
    os.kill(executor, signal.SIGKILL)
    os.kill(runner, signal.SIGKILL)
    self.check_killed_runner("both", task, pid)

  def test_an_update_to_a_failing_command_is_taken_back(self):
    self.create("turning", "exec sleep 3603")
    self.cluster.wait_task("turning", "RUNNING")
    path = self.cluster.write("turning2.aurora", harness.job_text("turning", "exit 3"))
    done = self.cluster.aurora("update", key("turning"), path)
    self.assertEqual(done.code, 1, done)
    said = lines(done.err)
    for line in (" INFO] Reverting instance: 0", " WARN] Update failures threshold reached",
                 " INFO] Response from scheduler: ERROR (message: Update reverted)"):
      self.assertIn(line, said)
    task = self.cluster.wait_task("turning", "RUNNING")
    self.assertIn("sleep 3603", task["task"]["executorConfig"]["data"])

  def test_update_start_wait_says_how_it_ended(self):
    self.create("waited", "exec sleep 3604")
    path = self.cluster.write("waited2.aurora", harness.job_text("waited", "exec sleep 3605"))
    done = self.cluster.aurora("update", "start", key("waited"), path, "--wait")
    self.assertEqual(done.code, 0, done)
    self.assertIn("Current state ROLLED_FORWARD", lines(done.out))
    self.assertRegex(done.out, r"(?m)^Job update has started\. View your update progress at http\S+/update/[0-9a-f-]{36}$")
    failing = self.cluster.write("waited3.aurora", harness.job_text("waited", "exit 4"))
    self.assertEqual(self.cluster.aurora("update", "start", key("waited"), failing, "--wait").code, 4)
    listed = self.cluster.aurora("update", "list", "devcluster/" + ROLE + "/devel/waited", "--write-json")
    self.assertEqual(listed.code, 0, listed)
    self.assertIn("ROLLED_BACK", listed.out)

  def test_interrupting_update_pauses_it(self):
    self.create("paused", "exec sleep 3606", watch_secs=60)
    self.cluster.wait_task("paused", "RUNNING")
    path = self.cluster.write("paused2.aurora", harness.job_text("paused", "exec sleep 3607", watch_secs=60))
    client = self.cluster.popen("update", key("paused"), path)
    url = "/v1/updates?role=%s&environment=devel&name=paused" % ROLE
    wait_for("an update", lambda: self.cluster.get(url)["updates"])
    client.send_signal(signal.SIGINT)
    out, err = client.communicate(timeout=harness.HANG_SECONDS)
    self.assertEqual(client.returncode, 130, err)
    self.assertIn("aurora update resume " + key("paused"), err)
    self.assertEqual(self.cluster.get(url)["updates"][0]["status"], "ROLL_FORWARD_PAUSED")
    locked = self.cluster.aurora("killall", key("paused"))
    self.assertEqual(locked.code, 1, locked)
    self.assertIn("LOCK_ERROR", locked.err)
    self.assertEqual(self.cluster.aurora("cancel_update", key("paused")).code, 0)
    self.assertEqual(self.cluster.get(url)["updates"][0]["status"], "ABORTED")

  def test_restart_gives_new_tasks(self):
    self.create("fresh", "exec sleep 3608", instances=2)
    wait_for("two run", lambda: len([t for t in self.cluster.tasks("fresh") if t["status"] == "RUNNING"]) == 2)
    before = {t["taskId"] for t in self.cluster.tasks("fresh", active=True)}
    done = self.cluster.aurora("restart", "--watch_secs=1", "--updater_health_check_interval_seconds=1", key("fresh"))
    self.assertEqual(done.code, 0, done)
    self.assertIn(" INFO] All instances were restarted successfully", lines(done.err))
    after = {t["taskId"] for t in self.cluster.tasks("fresh", active=True)}
    self.assertEqual(len(after), 2)
    self.assertFalse(before & after)

  def test_kill_takes_instances(self):
    self.create("some", "exec sleep 3609", instances=3)
    wait_for("three run", lambda: len([t for t in self.cluster.tasks("some") if t["status"] == "RUNNING"]) == 3)
    done = self.cluster.aurora("kill", "--shards=0,2", key("some"))
    self.assertEqual(done.code, 0, done)
    self.assertIn(" INFO] Instances to be killed: [0, 2]", lines(done.err))
    self.assertEqual([t["instanceId"] for t in self.cluster.tasks("some", active=True)], [1])


if __name__ == "__main__":
  unittest.main()
