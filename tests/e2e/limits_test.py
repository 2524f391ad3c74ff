"""What no host would run is refused where it is typed, and what reaches a host all the same stops nobody else."""
import json
import time
import unittest

import harness
from harness import ROLE, http, job_text, key, lines, wait_for

CHAIN = 60000


def chain_job(name):
  return """
names = ['p%%d' %% i for i in range(%d)]
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r,
  task = Task(processes = [Process(name = n, cmdline = 'true') for n in names], constraints = order(*names),
              resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)))]
""" % (CHAIN, ROLE, name)


def chain_payload():
  names = ["p%d" % i for i in range(CHAIN)]
  return json.dumps({"task": {"processes": [{"name": name, "cmdline": "true"} for name in names],
                              "constraints": [{"order": names}]}})


def configuration(name, data):
  job = {"role": ROLE, "environment": "devel", "name": name}
  return {"job": job, "owner": {"user": ROLE}, "resources": {"cpus": 0.1, "ramMb": 16, "diskMb": 16},
          "executorConfig": {"name": "AuroraExecutor", "data": data}}


class LimitsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def refusals(self, name, text):
    """What eval, create and update say to a job file; one text each."""
    path = self.cluster.write(name + ".aurora", text)
    found = []
    for words, code in ((("config", "eval", path), 3), (("job", "create", key(name), path), 3),
                        (("update", "start", key(name), path), 3)):
      done = self.cluster.aurora(*words, timeout=300)
      self.assertEqual(done.code, code, (words, done))
      found.append([line for line in lines(done.out + done.err) if not line.startswith("warning: ")][-1])
    self.assertEqual(self.cluster.tasks(name), [])
    return found

  def test_a_chain_of_60000_processes_is_refused_by_client_and_scheduler(self):
    for said in self.refusals("chain", chain_job("chain")):
      self.assertIn("at most 1,0", said)
    job = configuration("chain", chain_payload())
    for route, body in (("/v1/jobs", {"key": job["job"], "taskConfig": job, "instanceCount": 1}),
                        ("/v1/updates", {"request": {"taskConfig": dict(job, isService=True), "instanceCount": 1}})):
      reply = self.cluster.post(route, json.dumps(body), timeout=60)
      self.assertEqual(reply.status, 400, reply.body)
      self.assertIn("%s/devel/chain: " % ROLE, reply.json()["message"])
      self.assertIn("at most 1,048,576", reply.json()["message"])

  def test_what_a_host_would_refuse_is_refused_by_name(self):
    rotate = "logger = Logger(mode = 'rotate', rotate = RotatePolicy(%s))"
    task = "task = SimpleTask(name = 'x', command = 'true')"
    process = "task = Task(name = 'x', processes = [Process(name = %s, cmdline = %s, %s)]"
    cases = (
        ("command", process % ("'p'", "'x' * 131072", "daemon = False"),
         'process "p" has a command line of 131,072 bytes; at most 131,071 can be executed: put it into a file of the sandbox'),
        ("longname", process % ("'n' * 256", "'true'", "daemon = False"), "has a name of 256 bytes; at most 255"),
        ("nologsize", process % ("'p'", "'true'", rotate % "log_size = 0"), "Log size cannot be less than one byte."),
        ("nobackups", process % ("'p'", "'true'", rotate % "backups = 0"), "Log backups cannot be less than one."),
    )
    for name, changed, expected in cases:
      text = job_text(name, "true").replace("task = SimpleTask(name = %r, command = 'true') (" % name, changed + ", ")
      self.assertNotEqual(text, job_text(name, "true"))
      for said in self.refusals(name, text):
        self.assertIn(expected, said)
    long = "n" * 200
    for said in self.refusals(long, job_text(long, "true")):
      self.assertIn("at most 190 fit into the id of a task", said)
    huge = job_text("huge", "true").replace("ram = 16*MB", "ram = 2**62")
    for said in self.refusals("huge", huge):
      self.assertIn("at most 1,073,741,824 can be asked for one task", said)

  def test_the_longest_command_line_that_is_accepted_is_executed(self):
    command = "echo done; sleep 1000 #"
    command += "x" * (131071 - len(command))
    path = self.cluster.write("longest.aurora", job_text("longest", command))
    done = self.cluster.aurora("job", "create", key("longest"), path)
    self.assertEqual(done.code, 0, done.err[-500:])
    task = self.cluster.wait_task("longest", "RUNNING")
    wait_for("its output", lambda: self.cluster.output(task, "longest") == "done\n")
    self.assertEqual(self.cluster.aurora("job", "killall", key("longest")).code, 0)

  def test_a_poison_plan_that_reaches_a_host_silences_nobody(self):
    path = self.cluster.write("healthy.aurora", job_text("healthy", "sleep 1000"))
    self.assertEqual(self.cluster.aurora("job", "create", key("healthy"), path).code, 0)
    healthy = self.cluster.wait_task("healthy", "RUNNING")
    url = self.cluster.executor_url(healthy)
    poison = [{"taskId": "%s-devel-poison-%d-x" % (ROLE, i), "instanceId": i, "status": "ASSIGNED",
               "task": configuration("poison", chain_payload())} for i in range(2)]
    with open(self.cluster.dir + "/secret") as secret:  # as a scheduler would that lets everything pass
      headers = {"Content-Type": "application/json", "Authorization": "Bearer " + secret.read().strip()}
    order = {"clusterId": http(url + "/v1/host").json().get("clusterId"), "tasks": poison}
    reply = http(url + "/v1/launch", json.dumps(order), headers, timeout=60)
    self.assertEqual(reply.status, 200, reply.body)

    def ended():
      begin = time.monotonic()
      page = http("%s/v1/tasks/%s" % (url, poison[1]["taskId"]), timeout=5)
      self.assertLess(time.monotonic() - begin, 5)
      return page.status == 200 and page.json()["state"] == "FAILED" and page.json()["message"]
    said = wait_for("the poison has failed", ended, 60)
    self.assertIn("at most 1,048,576 are read", said)
    hosts = self.cluster.get("/v1/hosts")["hosts"]
    self.assertTrue(all(host["isConnected"] for host in hosts), hosts)
    self.assertEqual([t["taskId"] for t in self.cluster.tasks("healthy")], [healthy["taskId"]])
    self.assertEqual(self.cluster.aurora("job", "killall", key("healthy")).code, 0)

  def test_what_is_not_done_is_said(self):
    text = job_text("announced", "sleep 1000", extra=", announce = Announcer()")
    path = self.cluster.write("announced.aurora", text)
    job = "warning: %s/devel/announced: " % ROLE
    wanted = [job + "announce is not acted upon by this version: "]
    for words in (("config", "eval", path), ("job", "create", key("announced"), path)):
      done = self.cluster.aurora(*words)
      self.assertEqual(done.code, 0, done)
      said = [line for line in lines(done.err) if line.startswith("warning: ")]
      self.assertEqual(len(said), len(wanted), done)
      for line, beginning in zip(said, wanted):
        self.assertTrue(line.startswith(beginning), (line, beginning))
    report = json.loads(self.cluster.aurora("config", "eval", "--json", path).out)
    self.assertEqual([line for line in report["files"][0]["warnings"] if line.startswith("warning: ")], said)
    self.cluster.wait_task("announced", "RUNNING")
    self.assertEqual(self.cluster.aurora("job", "killall", key("announced")).code, 0)


if __name__ == "__main__":
  unittest.main()
