"""Every task that ended says why: in status, in the API and on the pages, with a link to that process's stderr."""
import json
import re
import unittest

import harness
from harness import ROLE, http, key, wait_for


def job_of(name, processes, order=True, more=""):
  """A job that runs once, of processes that follow each other."""
  listed = ", ".join("Process(name = %r, cmdline = %r)" % process for process in processes)
  return """
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r,%s
  task = %s(name = %r, processes = [%s], resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)))]
""" % (ROLE, name, more, "SequentialTask" if order else "Task", name, listed)


class ReasonsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, *processes):
    path = self.cluster.write(name + ".aurora", job_of(name, processes))
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)

  def check(self, name, status, message, sentence):
    """The task, once it ended in `status`; all faces say why."""
    task = self.cluster.wait_task(name, status)
    self.assertEqual(task["taskEvents"][-1]["message"], message)
    self.assertRegex(task["endSentence"], "^" + sentence + "$")
    for words in (("job", "status"), ("status",)):
      shown = self.cluster.aurora(*words, key(name))
      self.assertEqual(shown.code, 0, shown)
      self.assertRegex(shown.out + shown.err, r"\n\s+reason: " + sentence + r"\n")
      self.assertIn(status + ": " + message, shown.out + shown.err)
      if "stderrUrl" in task:
        self.assertIn("stderr: " + task["stderrUrl"], shown.out + shown.err)
    document = json.loads(self.cluster.aurora("job", "status", "--write-json", key(name)).out)
    self.assertEqual(document[0]["inactive"][-1]["endReason"], task["endReason"])
    page = self.cluster.task_page(task)
    # The host does not know who asked for the end; in all else both say the same.
    if task["endReason"]["cause"] != "KILLED":
      self.assertEqual(page["endSentence"], task["endSentence"])
    if "stderrUrl" in task:
      self.assertEqual(http(task["stderrUrl"]).status, 200)
    return task

  def test_an_exit_code(self):
    self.create("exits", ("fetch", "true"), ("web", "echo why >&2; exit 3"))
    task = self.check("exits", "FAILED", "Task failed.", r"process 'web' exited with code 3")
    self.assertEqual(self.cluster.output(task, "web", "stderr"), "why\n")
    self.assertTrue(task["stderrUrl"].endswith("/logs/%s/web/0/stderr" % task["taskId"]), task)

  def test_a_signal(self):
    self.create("crashes", ("web", "bash -c 'kill -SEGV $$'; exit $?"))
    self.check("crashes", "FAILED", "Task failed.", r"process 'web' exited with code 139, as a shell does after SIGSEGV")

  def test_a_log_folder_replaced_by_a_file(self):
    self.create("file", ("first", "rm -rf .logs; touch .logs"), ("web", "true"))
    self.check("file", "FAILED", "Task failed.",
               r"process 'web' could not be started: cannot open '\.logs/web/0/stdout': '\.logs' is a file, where a folder is wanted")

  def test_a_log_folder_replaced_by_a_link(self):
    self.create("link", ("first", "ln -s /nowhere .logs/web"), ("web", "true"))
    task = self.check("link", "FAILED", "Task failed.",
                      r"process 'web' could not be started: cannot open '\.logs/web/0/stdout': '\.logs/web' is a link")
    runs = http("%s/v1/tasks/%s/processes/web" % (self.cluster.executor_url(task), task["taskId"])).json()["runs"]
    self.assertIn("'.logs/web' is a link", runs[0]["detail"])

  def test_a_command_line_that_the_system_does_not_take(self):
    """No task has to fail for it: it is refused where it is asked for."""
    task = {"name": "long", "processes": [{"name": "web", "cmdline": "true #" + 200000 * "x"}],
            "resources": {"cpu": 0.1, "ram": 16777216, "disk": 16777216}}
    job = {"role": ROLE, "environment": "devel", "name": "long"}
    config = {"job": job, "owner": {"user": ROLE}, "isService": False, "maxTaskFailures": 1,
              "resources": {"cpus": 0.1, "ramMb": 16, "diskMb": 16},
              "executorConfig": {"name": "AuroraExecutor", "data": json.dumps({"task": task})}}
    reply = self.cluster.post(
        "/v1/jobs", json.dumps({"key": job, "owner": {"user": ROLE}, "instanceCount": 1, "taskConfig": config}))
    self.assertEqual(reply.status, 400, reply.body)
    self.assertRegex(reply.json()["message"], r"command line of 200,006 bytes; at most 131,071 can be executed")

  def test_killed_by_a_user(self):
    self.create("killed", ("web", "exec sleep 3620"))
    self.cluster.wait_task("killed", "RUNNING")
    self.assertEqual(self.cluster.aurora("killall", key("killed")).code, 0)
    self.check("killed", "KILLED", "Instructed to kill task.",
               r"killed by user \S+; process 'web' was ended by SIGTERM")

  def test_an_update_that_fails(self):
    path = self.cluster.write("updated.aurora", harness.job_text("updated", "exec sleep 3621"))
    self.assertEqual(self.cluster.aurora("create", key("updated"), path).code, 0)
    self.cluster.wait_task("updated", "RUNNING")
    path = self.cluster.write("broken.aurora", harness.job_text("updated", "exit 5"))
    told = self.cluster.aurora("update", key("updated"), path)
    self.assertNotEqual(told.code, 0, told)
    why = "Instance 0 failed: process 'updated' exited with code 5"
    self.assertIn(why, told.err)
    update = self.cluster.get("/v1/updates?role=%s&environment=devel&name=updated" % ROLE)["updates"][0]
    url = "/v1/updates/%s/devel/updated/%s" % (ROLE, update["key"]["id"])
    instance = self.cluster.get(url + "/instances")["instances"][0]
    self.assertIn(why, [event.get("message") for event in instance["events"]])
    info = self.cluster.aurora("update", "info", key("updated"), update["key"]["id"])
    self.assertIn("message: " + why, info.out)
    self.assertRegex(info.out, r"Latest failure: instance 0 exited\. Reason: process 'updated' exited with code 5\.")
    killed = [t for t in self.cluster.tasks("updated") if t["status"] == "KILLED"][0]
    self.assertRegex(killed["endSentence"], r"^killed by update %s \(user \S+\)" % re.escape(update["key"]["id"]))

  def test_a_runner_that_died(self):
    self.create("orphan", ("web", "exec sleep 3622"))
    task = self.cluster.wait_task("orphan", "RUNNING")
    self.kill_runner(task)
    self.check("orphan", "KILLED", "Task killed by signal 9.", r"the task's runner was ended by SIGKILL")

  def kill_runner(self, task):
    def kill():
      for pid, (_, command) in harness.processes().items():
        if command.startswith("aurora runner ") and command.endswith("/" + task["taskId"]):
          harness.os.kill(pid, harness.signal.SIGKILL)
          return True
      return False
    wait_for("the runner", kill)

  def test_a_task_that_waits(self):
    path = self.cluster.write("big.aurora", job_of("big", [("web", "true")]).replace("cpu = 0.1", "cpu = 1000"))
    self.assertEqual(self.cluster.aurora("create", key("big"), path).code, 0)
    wait_for("a reason", lambda: "CPU" in self.cluster.tasks("big")[0]["statusReason"])
    for words in (("job", "status"), ("status",)):
      shown = self.cluster.aurora(*words, key("big"))
      self.assertRegex(shown.out + shown.err, r"PENDING: .*CPU")
      self.assertNotIn("PENDING: None", shown.out + shown.err)


if __name__ == "__main__":
  unittest.main()
