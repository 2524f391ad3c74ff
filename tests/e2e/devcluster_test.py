"""aurora devcluster: starting, stopping, starting again, and what it must refuse."""
import json
import os
import shutil
import signal
import socket
import subprocess
import unittest

import harness
from harness import PORT, ROLE, key, processes, wait_for


def clusters(path):
  with open(path) as text:
    return json.load(text)


class DevclusterTest(unittest.TestCase):
  def cluster(self, **more):
    cluster = harness.Cluster(**more)
    self.addCleanup(cluster.close)
    return cluster

  def create(self, cluster, name):
    path = cluster.write(name + ".aurora", harness.job_text(name, "exec sleep 3610"))
    done = cluster.aurora("create", "--wait_until=RUNNING", key(name), path)
    self.assertEqual(done.code, 0, done)
    return cluster.wait_task(name, "RUNNING")

  def sleepers(self, task):
    found = []
    for pid, (_, command) in processes().items():
      try:
        if command == "sleep 3610" and task["taskId"] in os.readlink("/proc/%d/cwd" % pid):
          found.append(pid)
      except OSError:
        continue
    return found

  def refused(self, cluster, *words):
    done = subprocess.run([harness.AURORA, "devcluster"] + list(words), env=cluster.env, timeout=2 * harness.HANG_SECONDS, capture_output=True, text=True)
    self.assertNotEqual(done.returncode, 0)
    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
    return done.stderr

  def test_stopping_and_starting_again(self):
    cluster = self.cluster().start()
    self.assertEqual(oct(os.stat(cluster.dir + "/secret").st_mode & 0o777), "0o600")
    self.assertEqual(clusters(cluster.dir + "/clusters.json")[0]["scheduler_uri"], cluster.url)
    task = self.create(cluster, "again")
    self.assertTrue(self.sleepers(task))
    wait_for("it says what to export", lambda: "export AURORA_CONFIG_ROOT=" + cluster.dir in cluster.log_text())
    self.assertEqual(cluster.stop(), 0)
    wait_for("its task has ended", lambda: not self.sleepers(task))
    # The job is still wanted: the same folder goes on with it.
    cluster.start()
    second = wait_for("a new task runs", lambda: [
        t for t in cluster.tasks("again") if t["status"] == "RUNNING" and t["taskId"] != task["taskId"]])[0]
    self.assertTrue(wait_for("its process", lambda: self.sleepers(second)))

  def test_keep_tasks(self):
    cluster = self.cluster(port=PORT + 10)
    cluster.start("--keep-tasks")
    task = self.create(cluster, "kept")
    pid = wait_for("its process", lambda: self.sleepers(task))
    self.assertEqual(cluster.stop(signal.SIGINT), 0)
    self.assertEqual(self.sleepers(task), pid)
    cluster.start()
    wait_for("it is picked up", lambda: cluster.task_page(task)["state"] == "ACTIVE")
    self.assertEqual(cluster.wait_task("kept", "RUNNING")["taskId"], task["taskId"])
    self.assertEqual(self.sleepers(task), pid)
    self.assertEqual(cluster.stop(), 0)
    self.assertEqual(self.sleepers(task), [])

  def test_kill_9_leaves_no_daemon_behind_and_no_task_dead(self):
    cluster = self.cluster(port=PORT + 20).start()
    task = self.create(cluster, "rescued")
    pid = wait_for("its process", lambda: self.sleepers(task))
    children = [child for child, (parent, _) in processes().items() if parent == cluster.process.pid]
    self.assertEqual(len(children), 2)
    cluster.process.kill()
    cluster.process.wait()
    wait_for("its children have ended", lambda: not set(children) & set(processes()))
    self.assertEqual(self.sleepers(task), pid)
    cluster.start()
    wait_for("it is picked up", lambda: cluster.task_page(task)["state"] == "ACTIVE")
    self.assertEqual(self.sleepers(task), pid)

  def test_the_users_client_knows_it_while_it_runs(self):
    cluster = self.cluster(port=PORT + 30)
    own = os.path.join(cluster.home, ".aurora")
    os.mkdir(own)
    with open(own + "/clusters.json", "w") as out:
      json.dump([{"name": "prod", "zk": "zk.example.com", "site": {"x": 1}}, {"name": "devcluster", "zk": "192.168.33.7"}], out)
    del cluster.env["AURORA_CONFIG_ROOT"]
    cluster.start()
    known = {entry["name"]: entry for entry in clusters(own + "/clusters.json")}
    self.assertEqual(known["prod"], {"name": "prod", "zk": "zk.example.com", "site": {"x": 1}})
    self.assertEqual(known["devcluster"]["scheduler_uri"], cluster.url)
    self.assertEqual(cluster.aurora("list_jobs", "devcluster/" + ROLE).code, 0)
    self.assertEqual(cluster.stop(), 0)
    known = {entry["name"]: entry for entry in clusters(own + "/clusters.json")}
    self.assertEqual(known["devcluster"], {"name": "devcluster", "zk": "192.168.33.7"})
    self.assertEqual(known["prod"]["site"], {"x": 1})

  def test_what_it_refuses(self):
    cluster = self.cluster(port=PORT + 40).start()
    second = self.refused(cluster, "--dir", cluster.dir, "--port", str(PORT + 50))
    self.assertIn("another devcluster", second)
    self.assertIn(cluster.dir, second)
    taken = self.refused(cluster, "--dir", cluster.folder + "/other", "--port", str(PORT + 40))
    self.assertIn("port %d" % (PORT + 40), taken)
    with socket.socket() as held:
      held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      held.bind(("127.0.0.1", PORT + 61))
      held.listen()
      executor = self.refused(cluster, "--dir", cluster.folder + "/other", "--port", str(PORT + 60))
      self.assertIn("port %d" % (PORT + 61), executor)
    path = cluster.write("file", "")
    self.assertIn(path, self.refused(cluster, "--dir", path, "--port", str(PORT + 50)))
    self.assertIn("/proc", self.refused(cluster, "--dir", "/proc/nothing", "--port", str(PORT + 50)))

  def test_a_second_one_gives_the_name_back(self):
    first = self.cluster(port=PORT + 80)
    del first.env["AURORA_CONFIG_ROOT"]
    first.start()
    second = self.cluster(port=PORT + 85)
    second.env = dict(first.env)
    second.start()
    registry = first.home + "/.aurora/clusters.json"
    self.assertEqual([entry["scheduler_uri"] for entry in clusters(registry)], [second.url])
    self.assertIn("another devcluster runs in " + first.dir, second.log_text())
    self.assertEqual(second.stop(), 0)
    self.assertEqual([entry["scheduler_uri"] for entry in clusters(registry)], [first.url])
    self.assertEqual(first.stop(), 0)
    self.assertEqual(clusters(registry), [])

  def test_hosts_have_names_and_racks_and_others_may_join(self):
    cluster = self.cluster(port=PORT + 90, executors=2).start()
    joining = subprocess.Popen([harness.AURORA, "executor", "--scheduler_url", cluster.url, "--port", str(PORT + 95),
                                "--hostname", "joined", "--attributes", "rack=z", "--work_dir", cluster.folder + "/joined",
                                "--secret_file", cluster.dir + "/secret"], env=cluster.env, stderr=subprocess.DEVNULL)
    try:
      hosts = wait_for("three hosts", lambda: [
          host for host in [cluster.get("/v1/hosts")["hosts"]] if len(host) == 3])[0]
      self.assertEqual({host["host"]: host["attributes"]["rack"] for host in hosts},
                       {"devcluster-1": ["a"], "devcluster-2": ["b"], "joined": ["z"]})
      path = cluster.write("apart.aurora", harness.job_text("apart", "exec sleep 3611", instances=3,
                                                            extra=", constraints = {'host': 'limit:1'}"))
      self.assertEqual(cluster.aurora("create", "--wait_until=RUNNING", key("apart"), path).code, 0)
      self.assertEqual({task["host"] for task in cluster.tasks("apart")}, {"devcluster-1", "devcluster-2", "joined"})
      self.assertEqual(cluster.aurora("killall", key("apart")).code, 0)
    finally:
      joining.terminate()
      joining.wait()

  @unittest.skipUnless(harness.IS_ROOT, "needs another user")
  def test_an_ordinary_user_runs_his_own_role_only(self):
    cluster = self.cluster(port=PORT + 97)
    for folder in (cluster.folder, cluster.home):
      shutil.chown(folder, ROLE)
    cluster.env["LOGNAME"] = ROLE
    cluster.user = ROLE
    cluster.start()
    self.assertIn("not started by root", cluster.log_text())
    self.assertIn("the only role that can run is " + ROLE, cluster.log_text())
    self.create(cluster, "own")
    path = cluster.write("other.aurora", harness.job_text("other", "true", role="nobody"))
    self.assertEqual(cluster.aurora("create", key("other", role="nobody"), path).code, 0)
    failed = wait_for("it fails", lambda: [
        task for task in cluster.get("/v1/tasks?role=nobody")["tasks"] if task["status"] == "FAILED"])[0]
    self.assertEqual(failed["taskEvents"][-1]["message"],
                     "Failed to initialize sandbox: Must be root to run processes as other users! This executor runs as "
                     "%s, so %s is the only role it can run, not nobody" % (ROLE, ROLE))

  def test_a_child_that_cannot_run_stops_the_cluster(self):
    cluster = self.cluster(port=PORT + 70)
    done = subprocess.run(cluster.command() + ["--host_timeout=5"], env=cluster.env, timeout=2 * harness.HANG_SECONDS, capture_output=True, text=True)
    self.assertEqual(done.returncode, 2, done)
    self.assertIn("'5' is not a time", done.stdout)
    self.assertIn("the scheduler does not accept its flags", done.stderr)
    self.assertFalse([pid for pid in harness.find_processes(cluster.dir)])


if __name__ == "__main__":
  unittest.main()
