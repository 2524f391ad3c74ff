"""The tutorial as spec/tutorial.md §4 and §12 script it; only the watch time is shorter (tools/quickstart runs it whole)."""
import re
import sys
import time
import unittest

sys.path.insert(0, "../../tools")
import harness
from harness import ROLE, http, key, lines, wait_for
from run_tutorial import JOB, SCRIPT

NAME = "hello_world"
FIRST_MD5 = "f0cc21c10c2b91974b0cac2629bbee6c"
SECOND_MD5 = "867ea10d8bc45b01e9c86018282b6925"


class TutorialTest(unittest.TestCase):
  """One cluster; the steps follow each other, so they are one test each and run in the order of their names."""

  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=["--initial_flapping_task_delay=30secs"]).start()
    cls.script = cls.cluster.write("hello_world.py", SCRIPT)
    text = JOB.replace("@FOLDER@", cls.cluster.folder).replace("@ROLE@", ROLE)
    cls.job = cls.cluster.write("hello_world.aurora", text.replace("task = hello_world_task",
                                                                   "task = hello_world_task, update_config = UpdateConfig(watch_secs = 3)"))

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def fix(self, right):
    self.cluster.write("hello_world.py", SCRIPT.replace("xrang(", right))

  def test_01_create_says_three_lines(self):
    done = self.cluster.aurora("create", key(NAME), self.job)
    self.assertEqual(done.code, 0, done)
    self.assertEqual(done.out, "")
    self.assertEqual(lines(done.err), [
        " INFO] Creating job hello_world",
        " INFO] Response from scheduler: OK (message: 1 new tasks pending for job %s/devel/hello_world)" % ROLE,
        " INFO] Job url: %s/scheduler/%s/devel/hello_world" % (self.cluster.url, ROLE)])

  def test_02_the_task_fails_because_of_the_bug(self):
    task = self.cluster.wait_task(NAME, "FAILED", 12)
    statuses = [event["status"] for event in task["taskEvents"]]
    self.assertEqual(statuses[0], "PENDING")
    self.assertEqual(statuses[-1], "FAILED")
    self.assertEqual(task["taskEvents"][-1]["message"], "Task failed.")
    wait_for("the job counts a failed task", lambda: self.cluster.get(
        "/v1/jobs/%s/devel/hello_world" % ROLE)["stats"]["failedTaskCount"] >= 1)
    roles = self.cluster.get("/v1/roles")["roles"]
    self.assertEqual([(role["role"], role["jobCount"], role["cronJobCount"]) for role in roles], [(ROLE, 1, 0)])

  def test_03_replacements_are_rescheduled_then_throttled(self):
    task = self.cluster.wait_task(NAME, "THROTTLED", 60)
    self.assertRegex(task["taskEvents"][0]["message"], r"^Rescheduled, penalized for [0-9]+ ms for flapping$")
    second = self.cluster.tasks(NAME)[1]["taskEvents"][0]
    self.assertEqual((second["status"], second["message"]), ("PENDING", "Rescheduled"))

  def test_04_status_shows_them(self):
    done = self.cluster.aurora("job", "status", key(NAME))
    self.assertEqual(done.code, 0, done)
    self.assertIn("status: THROTTLED on None", done.out)
    self.assertIn("status: FAILED on ", done.out)
    self.assertRegex(done.out, r"Active tasks \(1\):\n\tTask role: %s, env: devel, name: hello_world, instance: 0" % ROLE)
    classic = self.cluster.aurora("status", key(NAME))
    self.assertEqual((classic.code, classic.out), (0, ""))
    self.assertIn(" INFO] Active Tasks (1)", classic.err)

  def test_05_every_page_answers(self):
    for path in ("/scheduler", "/scheduler/" + ROLE, "/scheduler/%s/devel" % ROLE, "/scheduler/%s/devel/hello_world" % ROLE):
      self.assertEqual(http(self.cluster.url + path).status, 200, path)

  def test_06_the_executor_tells_why(self):
    task = self.cluster.wait_task(NAME, "FAILED")
    self.assertEqual(http(task["taskUrl"]).status, 200)
    page = self.cluster.task_page(task)
    self.assertEqual([status["state"] for status in page["statuses"]], ["ACTIVE", "CLEANING", "FINALIZING", "FAILED"])
    self.assertEqual(page["user"], ROLE)
    processes = {process["name"]: process for process in page["processes"]}
    self.assertEqual(processes["fetch_package"]["state"], "SUCCESS")
    self.assertEqual((processes["hello_world"]["state"], processes["hello_world"]["returnCode"]), ("FAILED", 1))
    self.assertEqual(self.cluster.output(task, "fetch_package"), FIRST_MD5 + "\n")
    stderr = self.cluster.output(task, "hello_world", "stderr")
    self.assertRegex(stderr, r"(?m)^NameError: (global )?name 'xrang' is not defined")
    self.assertIn("line 14, in <module>", stderr)
    self.assertIn("line 7, in main", stderr)

  def test_07_the_observers_old_routes(self):
    task = self.cluster.wait_task(NAME, "FAILED")
    base = self.cluster.executor_url(task)
    old = http("%s/j/task/%s" % (base, task["taskId"])).json()
    old = old.get(task["taskId"], old)
    self.assertEqual(old["state"], "FAILED")
    self.assertEqual(old["processes"]["success"], ["fetch_package"])
    self.assertEqual(old["processes"]["failed"], ["hello_world"])
    log = http("%s/logdata/%s/hello_world/0/stderr?offset=0&length=50000" % (base, task["taskId"])).body
    self.assertIn("NameError", log)
    self.assertIn("&lt;module&gt;", log)

  def test_08_diff_shows_the_checksum_only(self):
    self.fix("range(")
    done = self.cluster.aurora("job", "diff", key(NAME), self.job)
    self.assertEqual(done.code, 0, done)
    changed = [line for line in lines(done.out) if re.match(r"[-+] ", line)]
    self.assertEqual(len(changed), 2, done)
    self.assertIn(FIRST_MD5, changed[0])
    self.assertIn(SECOND_MD5, changed[1])
    self.assertIn("update instances: [0]", done.out)

  def test_09_update_fixes_it(self):
    done = self.cluster.aurora("update", key(NAME), self.job)
    self.assertEqual(done.code, 0, done)
    said = [line for line in lines(done.err) if not line.startswith("warning: ")]
    expected = [" INFO] Updating job: hello_world", " INFO] Instances to update: [0]",
                " INFO] Processing in parallel with 1 worker thread(s)", " INFO] Examining instance: 0",
                " INFO] Killing instance: 0", " INFO] Killed: 0", " INFO] Adding instance: 0", " INFO] Added: 0",
                " INFO] Watching instances: [0]", " INFO] Detected RUNNING instance 0",
                " INFO] Instance 0 has been up and healthy for at least 3 seconds", " INFO] Update successful",
                " INFO] Response from scheduler: OK (message: )"]
    self.assertEqual(said, expected)
    self.assertGreaterEqual(done.seconds, 3)
    updates = self.cluster.get("/v1/updates?role=%s&environment=devel&name=hello_world" % ROLE)["updates"]
    self.assertEqual([update["status"] for update in updates], ["ROLLED_FORWARD"])
    self.assertEqual(len(self.cluster.tasks(NAME, active=True)), 1)

  def test_10_the_new_task_runs_the_new_script(self):
    task = self.cluster.wait_task(NAME, "RUNNING")
    payload = task["task"]["executorConfig"]["data"]
    self.assertIn(SECOND_MD5, payload)
    self.assertNotIn(FIRST_MD5, payload)
    first = wait_for("a line of output", lambda: self.cluster.output(task, "hello_world"))
    self.assertRegex(first, r"^Hello world! The time is now: .{24}\. Sleeping for 10 secs\n")
    self.assertEqual(len(first) % 77, 0)

  def test_11_updating_again_changes_nothing(self):
    before = self.cluster.wait_task(NAME, "RUNNING")["taskId"]
    done = self.cluster.aurora("update", key(NAME), self.job)
    self.assertEqual(done.code, 0, done)
    self.assertIn(" INFO] Skipping unchanged instance: 0", lines(done.err))
    self.assertEqual(self.cluster.wait_task(NAME, "RUNNING")["taskId"], before)

  def test_12_a_second_create_is_refused(self):
    text = "Job %s/devel/hello_world already exists" % ROLE
    done = self.cluster.aurora("create", key(NAME), self.job)
    self.assertEqual(done.code, 1, done)
    self.assertIn(" INFO] Response from scheduler: INVALID_REQUEST (message: %s)" % text, lines(done.err))
    noun = self.cluster.aurora("job", "create", key(NAME), self.job)
    self.assertEqual(noun.code, 4, noun)
    self.assertEqual(lines(noun.err)[-2:], ["Job creation failed due to error:", "\t" + text])

  def test_13_another_environment_has_candidates(self):
    done = self.cluster.aurora("create", key(NAME, environment="prod"), self.job)
    self.assertEqual(done.code, 1, done)
    self.assertEqual(lines(done.out)[:3], ["Error: Could not find job " + key(NAME, environment="prod"), "Candidates are:",
                                           "  " + key(NAME)])

  def test_14_a_wrong_fix_is_no_update(self):
    # The script is edited in place, so that going back to the configuration before meets the wrong script again.
    self.fix("xrange(")
    done = self.cluster.aurora("update", key(NAME), self.job)
    self.assertEqual(done.code, 1, done)
    said = lines(done.err)
    for line in (" INFO] Failed instances: [0]", "ERROR] 1 failed instances observed, maximum allowed is 0",
                 " INFO] Reverting update for: [0]", " WARN] Update failures threshold reached"):
      self.assertIn(line, said)
    self.assertIn(SECOND_MD5, self.cluster.tasks(NAME)[-1]["task"]["executorConfig"]["data"])
    self.fix("range(")
    self.assertEqual(self.cluster.aurora("killall", key(NAME)).code, 0)
    self.assertEqual(self.cluster.aurora("create", "--wait_until=RUNNING", key(NAME), self.job).code, 0)

  def test_15_killall_waits_until_all_are_gone(self):
    task = self.cluster.wait_task(NAME, "RUNNING")
    done = self.cluster.aurora("killall", key(NAME))
    self.assertEqual(done.code, 0, done)
    self.assertEqual(lines(done.err), [
        " INFO] Killing tasks for job: " + key(NAME),
        " INFO] Response from scheduler: OK (message: Tasks killed.)",
        " INFO] Job url: %s/scheduler/%s/devel/hello_world" % (self.cluster.url, ROLE)])
    self.assertEqual(self.cluster.tasks(NAME, active=True), [])
    events = [(e["status"], e.get("message")) for e in self.cluster.tasks(NAME)[-1]["taskEvents"]][-2:]
    self.assertEqual(events[0][0], "KILLING")
    self.assertRegex(events[0][1], r"^Killed by ")
    self.assertEqual(events[1], ("KILLED", "Instructed to kill task."))
    page = self.cluster.task_page(task)
    self.assertEqual([s["state"] for s in page["statuses"]], ["ACTIVE", "ACTIVE", "CLEANING", "FINALIZING", "KILLED"])
    codes = {p["name"]: p.get("returnCode") for p in page["processes"]}
    self.assertEqual(codes["hello_world"], -15)
    wait_for("no process of the task is left", lambda: not [
        pid for pid in harness.find_processes("hello_world.py") if self.cluster.folder in str(harness.processes().get(pid))])
    self.assertEqual(http(task["taskUrl"]).status, 200)

  def test_16_nothing_comes_back(self):
    again = self.cluster.aurora("killall", key(NAME))
    self.assertEqual(again.code, 0, again)
    self.assertIn(" INFO] Response from scheduler: OK (message: No tasks to kill.)", lines(again.err))
    count = len(self.cluster.tasks(NAME))
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
      self.assertEqual(len(self.cluster.tasks(NAME)), count)
      time.sleep(0.5)

  def test_17_the_key_can_be_used_again(self):
    self.fix("range(")
    self.assertEqual(self.cluster.aurora("create", "--wait_until", "RUNNING", key(NAME), self.job).code, 0)
    self.cluster.wait_task(NAME, "RUNNING")
    done = self.cluster.aurora("job", "killall", key(NAME))
    self.assertEqual(done.code, 0, done)
    self.assertEqual(lines(done.out), ["Successfully killed instances [0]", "Job killall succeeded"])


if __name__ == "__main__":
  unittest.main()
