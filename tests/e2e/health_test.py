"""Health checks and HTTP lifecycle from the job file to status and pages, with a real service in Python."""
import os
import unittest

import harness
from harness import ROLE, http, key, wait_for
from traces import Traces

SERVER = """
import http.server, os, signal, sys, time

def mode():
  try:
    return open("mode").read().strip()
  except OSError:
    return sys.argv[2]

class Handler(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    now = mode()
    if now == "hang":
      time.sleep(1000)
    if now == "drips slowly":
      for letter in b"HTTP/1.1 200 OK\\r\\nX: " + b"x" * 1000:
        self.wfile.write(bytes([letter]))
        self.wfile.flush()
        time.sleep(0.2)
    self.send_response(200)
    if now == "gigabyte":
      self.send_header("Content-Length", str(1 << 30))
    self.end_headers()
    if now == "gigabyte":
      for _ in range(1024):
        self.wfile.write(b"o" * (1 << 20))
    while now == "endless":
      self.wfile.write(b"x" * 65536)
    while now == "drips":
      self.wfile.write(b"o")
      self.wfile.flush()
      time.sleep(0.2)
    self.wfile.write(b"OK" if now in ("ok", "polite") else b"sick and tired")

  def do_POST(self):
    print("POST", self.path, flush=True)
    self.send_response(200)
    self.end_headers()
    if mode() == "polite":
      print("quits", flush=True)
      os._exit(0)

  def log_message(self, *ignored):
    pass

def on_term(*ignored):
  print("SIGTERM", flush=True)
  os._exit(0)

signal.signal(signal.SIGTERM, on_term)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

QUICK = "initial_interval_secs = 20, interval_secs = 0.3, timeout_secs = 1, max_consecutive_failures = 2"


def job_text(name, command, health, kind="Job", more=""):
  return """
jobs = [%s(cluster = 'devcluster', role = %r, environment = 'devel', name = %r,
  health_check_config = HealthCheckConfig(%s),%s
  task = SimpleTask(name = %r, command = %r) (resources = Resources(cpu = 0.1, ram = 32*MB, disk = 16*MB)))]
""" % (kind, ROLE, name, health, more, name, command)


class HealthTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    cls.server = cls.cluster.write("server.py", SERVER)
    cls.traces = Traces(cls.cluster)

  @classmethod
  def tearDownClass(cls):
    try:
      cls.traces.assert_nothing_more()
    finally:
      cls.cluster.close()

  def serve(self, mode):
    return "python3 %s {{thermos.ports[health]}} %s" % (self.server, mode)

  def create(self, name, command, health=QUICK, **more):
    path = self.cluster.write(name + ".aurora", job_text(name, command, health, **more))
    done = self.cluster.aurora("job", "create", key(name), path)
    self.assertEqual(done.code, 0, done)
    self.assertNotIn("not acted upon by this version: the task counts", done.err)

  def say(self, task, mode):
    with open(self.cluster.task_page(task)["sandbox"] + "/mode", "w") as out:
      out.write(mode)

  def health(self, task):
    return http("%s/v1/tasks/%s/health" % (self.cluster.executor_url(task), task["taskId"])).json()

  def check_failure(self, name, why):
    """The task, which has failed for that: status, API and page say so."""
    task = self.cluster.wait_task(name, "FAILED")
    message = "Failed health check! " + why
    self.assertEqual(task["taskEvents"][-1]["message"], message)
    self.assertEqual(task["endReason"]["cause"], "HEALTH_CHECK")
    shown = self.cluster.aurora("job", "status", key(name))
    on_a_line = why.replace("\n", "\\n")
    self.assertIn("FAILED: Failed health check! " + on_a_line, shown.out)
    self.assertIn("reason: health check %s failed: %s\n" % (task["endReason"]["subject"], on_a_line), shown.out)
    self.assertEqual(self.cluster.task_page(task)["message"], message)
    health = self.health(task)
    self.assertEqual((health["state"], health["isOver"]), ("UNHEALTHY", True))
    self.assertEqual(health["results"][0]["outcome"], "FAILED")
    self.assertEqual(health["results"][0]["reason"], why)
    return task

  def url(self, task):
    return "http://localhost:%d/health" % self.cluster.task_page(task)["ports"]["health"]

  def test_healthy_and_then_not(self):
    self.create("sickens", self.serve("ok"))
    task = self.cluster.wait_task("sickens", "RUNNING")
    self.assertEqual([event["status"] for event in task["taskEvents"]][-2:], ["STARTING", "RUNNING"])
    self.assertEqual(task["taskEvents"][-1]["message"], "Task is healthy.")
    wait_for("it is forgiven nothing any more", lambda: self.health(task)["checks"] > 1)
    self.say(task, "sick")
    ended = self.check_failure("sickens", 'Response differs from expected response (expected "ok", got "sick an...")')
    self.assertEqual(ended["taskId"], task["taskId"])

  def test_one_that_nobody_checks_runs_at_once(self):
    self.create("unchecked", "sleep 1000")
    task = self.cluster.wait_task("unchecked", "RUNNING")
    self.assertEqual(task["taskEvents"][-1]["message"], "No health-check defined, task is assumed healthy.")
    self.assertFalse(self.health(task)["isChecked"])
    self.assertEqual(self.cluster.aurora("job", "killall", key("unchecked")).code, 0)

  def test_one_that_nobody_hears_fails(self):
    self.create("deaf", "sleep 1000; : {{thermos.ports[health]}}", "initial_interval_secs = 0.3, interval_secs = 0.3")
    task = self.cluster.wait_task("deaf", "FAILED")
    self.check_failure("deaf", "Failed to signal %s: <urlopen error [Errno 111] Connection refused>" % self.url(task))
    self.assertNotIn("RUNNING", [event["status"] for event in task["taskEvents"]])

  def test_one_that_never_answers_fails(self):
    self.create("hangs", self.serve("hang"), "initial_interval_secs = 2, interval_secs = 1, timeout_secs = 0.5")
    task = self.cluster.wait_task("hangs", "FAILED")
    why = self.health(task)["results"][0]["reason"]
    self.assertEqual(why, "Failed to signal %s: Error within timeout" % self.url(task))
    self.check_failure("hangs", why)

  def test_one_that_answers_without_end_fails(self):
    self.create("endless", self.serve("endless"), "initial_interval_secs = 10, interval_secs = 1")
    self.check_failure("endless", 'Response differs from expected response (expected "ok", got "xxxxxxx...")')

  def memory_of_executor(self):
    with open("/proc/%d/status" % self.cluster.child(" executor ")) as lines:
      return int([line for line in lines if line.startswith("VmRSS")][0].split()[1]) << 10

  def test_one_that_answers_a_gigabyte_fails(self):
    """As soon as it is seen that this is not the answer."""
    before = self.memory_of_executor()
    self.create("gigabyte", self.serve("gigabyte"), "initial_interval_secs = 10, interval_secs = 1, timeout_secs = 5")
    self.check_failure("gigabyte", 'Response differs from expected response (expected "ok", got "ooooooo...")')
    self.assertLess(self.memory_of_executor() - before, 30 << 20)

  def test_one_that_answers_byte_by_byte_fails(self):
    """However often something comes: the whole check has its time."""
    for name, mode in (("drips", "'drips'"), ("slowly", "'drips slowly'")):
      self.create(name, self.serve(mode), "initial_interval_secs = 2, interval_secs = 1, timeout_secs = 1")
    for name in ("drips", "slowly"):
      task = self.cluster.wait_task(name, "FAILED")
      why = self.health(task)["results"][0]["reason"]
      self.assertRegex(why, r"^(Failed to signal %s: Error within timeout|Response differs from expected response .*)$" % self.url(task))
      self.check_failure(name, why)

  def test_a_command_and_its_output(self):
    shell = ("health_checker = HealthCheckerConfig(shell = ShellHealthChecker(shell_command = %r)), "
             "initial_interval_secs = 0, interval_secs = 0.3")
    self.create("command", "sleep 1000", shell % "test ! -e sandbox/broken || { echo broken; id -un >&2; exit 4; }")
    task = self.cluster.wait_task("command", "RUNNING")
    self.assertEqual(task["taskEvents"][-1]["message"], "Task is healthy.")
    snooze = self.cluster.task_page(task)["sandbox"] + "/.healthchecksnooze"
    open(snooze, "w").close()
    wait_for("it is snoozed", lambda: self.health(task)["results"][0]["outcome"] == "SNOOZED")
    open(self.cluster.task_page(task)["sandbox"] + "/broken", "w").close()
    checks = self.health(task)["checks"]
    wait_for("some more checks", lambda: self.health(task)["checks"] > checks + 3)
    self.assertEqual(self.cluster.wait_task("command", "RUNNING")["taskId"], task["taskId"])
    os.remove(snooze)
    self.check_failure("command", "Command 'test ! -e sandbox/broken || { echo broken; id -un >&2; exit 4; }' returned "
                                  "non-zero exit status 4 with output 'broken\n%s\n'" % ROLE)

  def test_it_is_asked_to_end_twice_and_then_told(self):
    lifecycle = "\n  lifecycle = LifecycleConfig(http = HttpLifecycleConfig(graceful_shutdown_wait_secs = 1, shutdown_wait_secs = 1)),"
    self.create("asked", self.serve("ok"), more=lifecycle)
    task = self.cluster.wait_task("asked", "RUNNING")
    self.assertEqual(self.cluster.aurora("job", "killall", key("asked")).code, 0)
    ended = self.cluster.wait_task("asked", "KILLED")
    self.assertEqual(ended["taskEvents"][-1]["message"], "Instructed to kill task.")
    self.assertEqual(self.cluster.output(task, "asked").split("\n"),
                     ["POST /quitquitquit", "POST /abortabortabort", "SIGTERM", ""])

  def test_one_that_ends_when_it_is_asked_was_killed(self):
    self.create("polite", self.serve("polite"))
    task = self.cluster.wait_task("polite", "RUNNING")
    self.assertEqual(self.cluster.aurora("job", "killall", key("polite")).code, 0)
    ended = self.cluster.wait_task("polite", "KILLED")
    self.assertEqual(ended["taskEvents"][-1]["message"], "Instructed to kill task.")
    self.assertEqual(self.cluster.output(task, "polite"), "POST /quitquitquit\nquits\n")

  def test_checks_go_on_after_the_executor_was_killed(self):
    self.create("outlives", self.serve("ok"))
    task = self.cluster.wait_task("outlives", "RUNNING")
    self.cluster.kill_child("executor")
    wait_for("the next executor checks", lambda: self.health(task)["checks"] > 2)
    self.assertEqual(self.cluster.task_page(task)["message"], "Task is healthy.")
    now = self.cluster.wait_task("outlives", "RUNNING")
    self.assertEqual([event["status"] for event in now["taskEvents"]].count("RUNNING"), 1)
    self.say(task, "sick")
    self.check_failure("outlives", 'Response differs from expected response (expected "ok", got "sick an...")')

  def test_an_update_to_what_never_becomes_healthy_is_rolled_back(self):
    quick = "initial_interval_secs = 1, interval_secs = 0.3"
    more = "\n  instances = 2, update_config = UpdateConfig(watch_secs = 0),"
    self.create("rolls", self.serve("ok"), "initial_interval_secs = 20, interval_secs = 0.3", kind="Service", more=more)
    wait_for("both run", lambda: [t["status"] for t in self.cluster.tasks("rolls", active=True)] == ["RUNNING"] * 2)
    path = self.cluster.write("worse.aurora", job_text("rolls", self.serve("sick"), quick, kind="Service", more=more))
    done = self.cluster.aurora("update", "start", "--wait", key("rolls"), path)
    self.assertIn("ROLLED_BACK", done.out + done.err)
    failed = [t for t in self.cluster.tasks("rolls") if t["status"] == "FAILED"]
    self.assertEqual(len(failed), 1, self.cluster.summary("rolls"))
    self.assertIn("Failed health check! ", failed[0]["taskEvents"][-1]["message"])
    self.assertNotIn("RUNNING", [event["status"] for event in failed[0]["taskEvents"]])
    wait_for("both run as before", lambda: [t["status"] for t in self.cluster.tasks("rolls", active=True)] == ["RUNNING"] * 2)
    self.assertEqual(self.cluster.aurora("job", "killall", key("rolls")).code, 0)


if __name__ == "__main__":
  unittest.main()
