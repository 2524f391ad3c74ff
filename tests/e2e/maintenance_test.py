"""Hosts that are emptied and given back, with the real binary: verbs, progress, and where the tasks are (spec/client.md §11.2)."""
import http.server
import json
import threading
import unittest

import harness
from harness import ROLE, key, wait_for


class Coordinator(http.server.ThreadingHTTPServer):
  """Says what `allows` says, and keeps what it was asked."""

  def __init__(self):
    super().__init__(("127.0.0.1", 0), Asked)
    self.allows, self.asked = False, []
    threading.Thread(target=self.serve_forever, daemon=True).start()

  @property
  def url(self):
    return "http://127.0.0.1:%d/drain" % self.server_port


class Asked(http.server.BaseHTTPRequestHandler):
  def do_POST(self):
    body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
    self.server.asked.append((self.path, body))
    answer = json.dumps({"drain": self.server.allows}).encode()
    self.send_response(200)
    self.send_header("Content-Length", str(len(answer)))
    self.end_headers()
    self.wfile.write(answer)

  def log_message(self, *words):
    pass


class MaintenanceTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=2, flags=("--host_maintenance_polling_interval=2secs",)).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, instances, extra=""):
    text = harness.job_text(name, "while true; do sleep 1; done", instances=instances, extra=extra)
    done = self.cluster.aurora("create", key(name), self.cluster.write(name + ".aurora", text))
    self.assertEqual(done.code, 0, done)
    self.addCleanup(self.cluster.aurora, "killall", key(name))
    wait_for(name + " to run", lambda: self.hosts_of(name) and len(self.hosts_of(name)) == instances)

  def hosts_of(self, name):
    return [task["host"] for task in self.cluster.tasks(name, active=True) if task["status"] == "RUNNING"]

  def admin(self, verb, *words):
    return self.cluster.aurora("admin", verb, "devcluster", *words)

  def test_a_host_is_drained_and_activated(self):
    self.create("web", 4)
    first = self.hosts_of("web")[0]
    done = self.admin("host_drain", "--hosts=" + first)
    self.assertEqual(done.code, 0, done)
    self.assertIn("Draining tasks on: " + first, done.err)
    self.assertIn("%s is in state: DRAINED" % first, self.admin("host_status", "--hosts=" + first).err)
    wait_for("all elsewhere", lambda: len(self.hosts_of("web")) == 4)
    self.assertNotIn(first, self.hosts_of("web"))
    ended = [task for task in self.cluster.tasks("web") if task["status"] == "KILLED"]
    self.assertTrue(ended)
    for task in ended:
      self.assertIn("Draining machine for maintenance.", [event.get("message") for event in task["taskEvents"]])
      self.assertIn("maintenance of host " + first, task["endSentence"])
    done = self.admin("host_activate", "--hosts=%s,nobody" % first)
    self.assertEqual(done.code, 0, done)
    self.assertIn("nobody", done.err)
    states = json.loads(self.admin("host_status", "--hosts=" + first, "--write-json").out)
    self.assertEqual([state["mode"] for state in states], ["NONE"])

  def test_a_coordinator_decides(self):
    coordinator = Coordinator()
    self.addCleanup(coordinator.shutdown)
    self.assertEqual(self.cluster.aurora("admin", "set_quota", "devcluster", ROLE, "8", "1gb", "1gb").code, 0)
    self.create("db", 1, extra=", tier = 'preferred', sla_policy = CoordinatorSlaPolicy(coordinator_url = '%s')" % coordinator.url)
    host = self.hosts_of("db")[0]
    self.addCleanup(self.admin, "host_activate", "--hosts=" + host)
    self.assertEqual(self.admin("sla_host_drain", "--hosts=" + host).code, 0)
    wait_for("the coordinator to be asked again", lambda: len(coordinator.asked) > 1)
    status = self.admin("host_status", "--hosts=" + host).err
    self.assertIn("says no", status)
    self.assertEqual(self.hosts_of("db"), [host])
    path, body = coordinator.asked[0]
    self.assertEqual(body["task"], "devcluster/%s/devel/db/0" % ROLE)
    self.assertIn("task=devcluster%2F" + ROLE, path)
    coordinator.allows = True
    wait_for("the task to move", lambda: self.hosts_of("db") and self.hosts_of("db") != [host])
    wait_for("DRAINED", lambda: "DRAINED" in self.admin("host_status", "--hosts=" + host).err)


if __name__ == "__main__":
  unittest.main()
