"""Roles that share a cluster: quota for production, and tasks that have to go for others."""
import unittest

import harness
from harness import QUICK, ROLE, http, key, wait_for


def job(name, cpus, tier, instances=1):
  return """
jobs = [Service(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, instances = %d, tier = %r,
  task = Task(processes = [Process(name = 'main', cmdline = 'exec sleep 1000')],
              resources = Resources(cpu = %r, ram = 16*MB, disk = 16*MB)))]
""" % (ROLE, name, instances, tier, cpus)


class Sharing(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=QUICK + ["--preemption_delay=1secs", "--preemption_slot_search_initial_delay=1secs"])
    cls.addClassCleanup(cls.cluster.close)
    cls.cluster.start()

  def aurora(self, *words):
    return self.cluster.aurora(*words)

  def ok(self, done, *texts):
    self.assertEqual(done.code, 0, done)
    for text in texts:
      self.assertIn(text, done.out + done.err)
    return done

  def create(self, name, *form):
    return self.aurora("create", key(name), self.cluster.write(name + ".aurora", job(name, *form)))

  def tasks(self, name):
    return [task for task in self.cluster.get("/v1/tasks?limit=1000")["tasks"] if task["task"]["job"]["name"] == name]

  def statuses(self, name):
    return [task["status"] for task in self.tasks(name) if task["isActive"]]

  def test_quota(self):
    self.ok(self.aurora("admin", "set_quota", "devcluster", ROLE, "0", "0mb", "0mb"))
    refused = self.create("paid", 0.1, "preferred", 2)
    self.assertNotEqual(refused.code, 0)
    self.assertIn("Insufficient resource quota: CPU quota exceeded by 0.20 core(s); RAM quota exceeded by 32.00 MB; "
                  "disk quota exceeded by 32.00 MB", refused.err)
    self.ok(self.aurora("admin", "set_quota", "devcluster", ROLE, "0.3", "64mb", "64mb"), "Setting quota for user:" + ROLE)
    self.ok(self.create("paid", 0.1, "preferred", 2))
    self.ok(self.aurora("quota", "get", "devcluster/" + ROLE),
            "Allocated:\n  CPU: 0.3 core(s)\n  RAM: 64 MB\n", "Production shared pool resources consumed:\n  CPU: 0.2 core(s)\n")
    self.ok(self.aurora("get_quota", "--cluster=devcluster", ROLE), "\tCPU\t0.3")
    more = self.aurora("job", "update", key("paid"), self.cluster.write("more.aurora", job("paid", 0.2, "preferred", 2)))
    self.assertNotEqual(more.code, 0)
    self.assertIn("Insufficient resource quota: CPU quota exceeded by 0.10 core(s)", more.err)
    less = self.aurora("admin", "set_quota", "devcluster", ROLE, "0.1", "64mb", "64mb")
    self.assertNotEqual(less.code, 0)
    self.assertIn("is less then current prod reservation", less.err)
    self.ok(self.aurora("admin", "increase_quota", "devcluster", ROLE, "0.5", "64mb", "64mb"), "\tCPU\t0.8")
    self.cluster.kill_child("scheduler")  # it is started again
    self.cluster.wait_ready()
    quota = self.cluster.get("/v1/roles/" + ROLE)["resources"]["quota"]
    self.assertEqual((quota["cpus"], quota["ramMb"], quota["diskMb"]), (0.8, 128, 128))
    self.assertEqual(self.cluster.get("/quotas")[ROLE], {"cpu_cores": 0.8, "ram_mb": 128, "disk_mb": 128})
    bad = http(self.cluster.url + "/v1/roles/%s/quota" % ROLE, body=None)
    self.assertEqual(bad.status, 405)  # it is PUT there
    self.ok(self.aurora("killall", key("paid")))

  def test_preemption(self):
    host = self.cluster.get("/v1/hosts")["hosts"][0]
    most = round(0.8 * host["available"]["cpus"], 2)
    self.ok(self.aurora("admin", "set_quota", "devcluster", ROLE, str(host["capacity"]["cpus"]), "10gb", "10gb"))
    self.ok(self.create("batch", most - 0.25, "preemptible"))
    wait_for("the batch runs", lambda: self.statuses("batch") == ["RUNNING"])
    self.ok(self.create("web", most - 0.25, "preferred"))
    wait_for("the preferred task runs", lambda: self.statuses("web") == ["RUNNING"])
    events = [event for task in self.tasks("batch") for event in task["taskEvents"]]
    web = self.tasks("web")[0]["taskId"]
    self.assertIn(("PREEMPTING", "Preempting in favor of " + web), [(event["status"], event.get("message")) for event in events])
    self.assertIn(self.statuses("batch")[0], ("PENDING", "THROTTLED"))
    self.ok(self.aurora("killall", key("web")))
    wait_for("the batch runs again", lambda: self.statuses("batch") == ["RUNNING"])
    self.ok(self.aurora("killall", key("batch")))


if __name__ == "__main__":
  unittest.main()
