"""Bad input: one clear line and an exit code on the client, a 4xx on the API."""
import json
import os
import socket
import subprocess
import unittest

import harness
from harness import ROLE, http, key, lines


class BadInputTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    cls.good = cls.cluster.write("good.aurora", harness.job_text("good", "true"))

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def test_keys(self):
    for text, reason in (("a/b/c", "Invalid path 'a/b/c'"), ("a/b/c/d/e", "Invalid path 'a/b/c/d/e'"),
                         ("a/b c/d/e", "Invalid role 'b c'")):
      done = self.cluster.aurora("create", text, self.good)
      self.assertEqual((done.code, done.out), (1, ""), done)
      self.assertEqual(len(lines(done.err)), 1, done)
      self.assertTrue(done.err.startswith("FATAL] " + reason), done)
      noun = self.cluster.aurora("job", "create", text, self.good)
      self.assertEqual(noun.code, 2, noun)
      self.assertIn(reason, noun.err)

  def test_usage(self):
    done = self.cluster.aurora("create", key("good"))
    self.assertEqual(done.code, 1, done)
    self.assertEqual(done.err, "FATAL] usage: create cluster/role/env/job config\n\nsee the help subcommand for more details.\n")
    self.assertEqual(self.cluster.aurora("job", "create", key("good")).code, 2)
    self.assertEqual(self.cluster.aurora("create", "--nope", key("good"), self.good).code, 2)
    unknown = self.cluster.aurora("creat")
    self.assertEqual(unknown.code, 2)
    self.assertIn("unknown command 'creat'", unknown.err)
    self.assertIn("create", unknown.err)

  def test_job_files(self):
    cases = {
        "syntax": ("jobs = [", "was never closed"),
        "missing": ("jobs = [Service(cluster = 'devcluster', role = '%s', environment = 'devel', name = 'good')]" % ROLE, "task"),
        "type": (harness.job_text("good", "true").replace("cpu = 0.1", "cpu = 'many'"), "cpu"),
        "raises": ("raise ValueError('no such luck')", "no such luck"),
        "empty": ("", "No job defined in this config!"),
        "unknown field": (harness.job_text("good", "true", extra=", colour = 'red'"), "colour"),
    }
    for name, (text, expected) in cases.items():
      path = self.cluster.write("bad.aurora", text)
      for verb in (["inspect"], ["create"], ["job", "create"]):
        done = self.cluster.aurora(*verb, key("good"), path)
        self.assertEqual(done.code, 3 if verb[0] == "job" else 1, (name, done))
        self.assertIn(expected.lower(), (done.out + done.err).lower(), (name, done))
    missing = self.cluster.aurora("job", "create", key("good"), "/no/such/file")
    self.assertEqual((missing.code, lines(missing.err)),
                     (3, ["Error loading configuration: [Errno 2] No such file or directory: '/no/such/file'"]))

  def test_an_unknown_cluster(self):
    path = self.cluster.write("elsewhere.aurora", harness.job_text("good", "true", cluster="elsewhere"))
    done = self.cluster.aurora("create", key("good", cluster="elsewhere"), path)
    self.assertEqual(done.code, 1, done)
    self.assertEqual(len(lines(done.err)), 1, done)
    self.assertTrue(done.err.startswith("FATAL] Unknown cluster: elsewhere"), done)
    noun = self.cluster.aurora("job", "create", key("good", cluster="elsewhere"), path)
    self.assertEqual(noun.code, 3, noun)
    self.assertIn("Unknown cluster: elsewhere", noun.err)

  def test_a_scheduler_that_does_not_answer(self):
    folder = os.path.join(self.cluster.folder, "dead")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "clusters.json"), "w") as out:
      json.dump([{"name": "devcluster", "scheduler_uri": "http://127.0.0.1:1"}], out)
    env = {"AURORA_CONFIG_ROOT": folder, "HOME": folder}
    done = self.cluster.aurora("create", key("good"), self.good, env=env)
    self.assertEqual((done.code, len(lines(done.err))), (1, 1), done)
    self.assertIn("http://127.0.0.1:1", done.err)
    noun = self.cluster.aurora("job", "create", key("good"), self.good, env=env)
    self.assertEqual(noun.code, 7, noun)
    status = self.cluster.aurora("job", "status", "--timeout", "1s", key("good"), env=env)
    self.assertEqual(status.code, 9, status)
    self.assertIn("Timed out attempting to issue getTasksWithoutConfigs to devcluster", status.err)

  def test_a_scheduler_that_accepts_and_says_nothing(self):
    folder = os.path.join(self.cluster.folder, "silent")
    os.makedirs(folder, exist_ok=True)
    with socket.socket() as silent:
      silent.bind(("127.0.0.1", 0))
      silent.listen()
      address = "127.0.0.1:%d" % silent.getsockname()[1]
      with open(os.path.join(folder, "clusters.json"), "w") as out:
        json.dump([{"name": "devcluster", "scheduler_uri": "http://" + address}], out)
      env = {"AURORA_CONFIG_ROOT": folder, "HOME": folder}
      done = self.cluster.aurora("status", "--timeout", "5s", key("good"), env=env)
      self.assertEqual(done.code, 1, done)
      self.assertEqual(done.err.count("No answer from http://%s for 3 secs, still waiting for it" % address), 1, done)
      self.assertIn("Timed out talking to http://" + address, done.err)
      killed = self.cluster.aurora("job", "killall", "--no-batching", "--timeout", "2s", key("good"), env=env)
      self.assertEqual(killed.code, 9, killed)  # it carries a key, and is sent until it is known what became of it
      self.assertIn("It may have been done all the same", killed.err)
      started = self.cluster.aurora("admin", "reconcile_tasks", "--timeout", "2s", "devcluster", env=env)
      self.assertEqual(started.code, 1, started)
      self.assertIn("not retrying. It may have been done all the same", started.err)

  def test_clusters_that_cannot_be_called(self):
    folder = os.path.join(self.cluster.folder, "odd")
    os.makedirs(folder, exist_ok=True)
    env = {"AURORA_CONFIG_ROOT": folder, "HOME": folder}
    cases = (('{nonsense', "Unable to parse %s: not valid JSON"), ("5", "Unknown layout in %s"),
             ("[5]", "Unable to parse %s: Clusters must be maps of key/value pairs, got number"),
             ('[{"name": "devcluster"}]', '"cluster" does not specify zk or scheduler_uri (devcluster in %s)'),
             ('[{"name": "devcluster", "scheduler_uri": "host:8081"}]', "is not a URL like http://host:port (devcluster in %s)"))
    path = os.path.join(folder, "clusters.json")
    for text, expected in cases:
      with open(path, "w") as out:
        out.write(text)
      for words, code in ((("status",), 1), (("job", "status"), 3)):
        done = self.cluster.aurora(*words, key("good"), env=env)
        self.assertEqual((done.code, done.out, len(lines(done.err))), (code, "", 1), done)
        self.assertIn(expected % path, done.err)
      self.assertEqual(self.cluster.aurora("inspect", "--help", env=env).code, 0)

  def test_refusals_of_the_scheduler(self):
    path = self.cluster.write("qa.aurora", harness.job_text("good", "true", environment="qa"))
    done = self.cluster.aurora("create", key("good", environment="qa"), path)
    self.assertEqual(done.code, 1, done)
    self.assertIn("INVALID_REQUEST (message: Job environment qa doesn't match", done.err)

  def test_a_hook_can_refuse(self):
    guard = """
class Guard(object):
  def pre_create_job(self, config):
    return config.name() != 'guarded'
hooks = [Guard()]
"""
    path = self.cluster.write("guarded.aurora", harness.job_text("guarded", "true", extra=", enable_hooks = True") + guard)
    done = self.cluster.aurora("create", key("guarded"), path)
    self.assertEqual(done.code, 1, done)
    self.assertIn("Pre hooks stopped call to create_job", done.err)
    self.assertEqual(self.cluster.tasks("guarded"), [])

  def post(self, path, body):
    return self.cluster.post(path, body)

  def refuse(self, reply, status):
    self.assertEqual(reply.status, status, reply.body[:300])
    error = json.loads(reply.body)
    self.assertTrue(error["code"] and error["message"], error)
    return error["message"]

  def test_bodies(self):
    for path in ("/v1/jobs", "/v1/updates", "/v1/updates/diff", "/v1/jobs/a/devel/c/kill", "/v1/jobs/a/devel/c/restart"):
      self.refuse(self.post(path, "this is no JSON"), 400)
      self.refuse(self.post(path, "[" * 100000), 400)
      self.refuse(self.post(path, '{"a":' * 100000 + "1" + "}" * 100000), 400)
      self.assertIn("nonsense", self.refuse(self.post(path, '{"nonsense": 1}'), 400))
      self.refuse(self.post(path, "[1, 2]"), 400)
    # Too large a body is refused; the server may close the connection before it has been sent whole.
    try:
      self.assertEqual(self.post("/v1/jobs", b" " * (20 << 20)).status, 413)
    except OSError:
      pass
    self.assertEqual(http(self.cluster.url + "/health").body.strip(), "OK")

  def test_unknown_things(self):
    for path in ("/v1/nothing", "/v1/tasks/no-such-task", "/v1/jobs/a/devel/nothing", "/v1/updates/a/devel/b/no-such-id"):
      self.refuse(http(self.cluster.url + path), 404)
    self.refuse(http(self.cluster.url + "/v1/tasks?limit=many"), 400)

  def test_an_executor_asks_for_the_secret(self):
    host = self.cluster.get("/v1/hosts")["hosts"][0]
    self.assertIn(http(host["executorUrl"] + "/v1/launch", '{"tasks": []}').status, (401, 403))
    self.assertIn(http(host["executorUrl"] + "/v1/kill", '{"taskIds": []}').status, (401, 403))
    report = self.cluster.url + "/v1/hosts/devcluster-1/report"
    self.assertIn(http(report, '{"hostId": "devcluster-1"}').status, (401, 403))

  def test_paths_do_not_leave_the_sandbox(self):
    path = self.cluster.write("files.aurora", harness.job_text("files", "ln -s /etc/passwd link; ln -s / root; exec sleep 3600"))
    self.assertEqual(self.cluster.aurora("create", key("files"), path).code, 0)
    task = self.cluster.wait_task("files", "RUNNING")
    base = self.cluster.executor_url(task)
    for inside in ("..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "link", "root/etc/passwd", "/etc/passwd"):
      for route in ("/v1/tasks/%s/files/", "/download/%s/", "/filedata/%s/"):
        reply = http(base + route % task["taskId"] + inside)
        self.assertNotIn("root:x:0", reply.body, route + inside)
    self.assertEqual(self.cluster.aurora("killall", key("files")).code, 0)

  def test_pipes_that_close_early(self):
    done = subprocess.run("%s help | head -1" % harness.AURORA, shell=True, capture_output=True, text=True)
    self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
  unittest.main()
