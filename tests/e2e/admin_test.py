"""Admin verbs that tell what a cluster has, tasks that are pruned, and what is said of jobs that are not there."""
import json
import re
import unittest

import harness
from harness import ROLE, key, wait_for

C_R = "devcluster/" + ROLE


class AdminTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=2).start()
    cls.cluster.aurora("admin", "set_quota", "devcluster", ROLE, "4", "4gb", "4gb")
    cls.create("web", "sleep 1000", instances=4, extra=", tier = 'preferred', constraints = {'host': 'limit:2'}")

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  @classmethod
  def create(cls, name, command, **more):
    done = cls.cluster.aurora("create", "--wait_until=RUNNING", key(name), cls.cluster.write(name + ".aurora", harness.job_text(name, command, **more)))
    if done.code != 0:
      raise AssertionError(done)

  def admin(self, *words, code=0):
    done = self.cluster.aurora("admin", *words)
    self.assertEqual(done.code, code, done)
    return done

  def test_tasks_are_listed_by_a_format(self):
    lines = self.admin("query", "devcluster", ROLE, "web").out.splitlines()
    self.assertEqual(lines, ["%s/web/%d RUNNING" % (ROLE, i) for i in range(4)])
    tasks = {task["taskId"]: task for task in self.cluster.tasks("web", active=True)}
    shown = self.admin("query", "--shards=1", "-l", "%taskId% %slaveHost% %environment% %numCpus%", "devcluster", ROLE, "web").out.split()
    self.assertEqual(shown, [shown[0], tasks[shown[0]]["host"], "devel", "0.1"])
    self.assertIn("--force is required for expensive queries (no role specified)", self.admin("query", "devcluster", code=1).err)
    self.assertIn("/web/0 RUNNING", self.admin("query", "--force", "devcluster").out)
    documents = json.loads(self.admin("query", "--json", "devcluster", ROLE, "web").out)
    self.assertEqual(sorted(one["assignedTask"]["taskId"] for one in documents), sorted(tasks))
    self.assertEqual(self.admin("query", "--states=LOST", "--force", "devcluster", ROLE, "web").out, "")

  def test_ended_tasks_are_pruned(self):
    for name in ("gone", "kept"):
      self.create(name, "sleep 1000")
      self.assertEqual(self.cluster.aurora("killall", key(name)).code, 0)
      self.assertEqual(len(self.cluster.tasks(name)), 1)
    self.assertIn("only tasks that have ended", self.admin("prune_tasks", "--states=RUNNING", "devcluster", code=1).err)
    self.admin("prune_tasks", "--states=LOST", "devcluster")
    self.assertEqual(len(self.cluster.tasks("gone")), 1)
    self.admin("prune_tasks", "--role=nobody", "devcluster")
    self.assertEqual(len(self.cluster.tasks("gone")), 1)
    done = self.admin("prune_tasks", "--role=" + ROLE, "--env=devel", "--states=KILLED", "--limit=1", "devcluster")
    self.assertEqual(done.out, "Tasks pruned.\n")
    self.assertEqual(len(self.cluster.tasks("gone") + self.cluster.tasks("kept")), 1)
    self.admin("prune_tasks", "devcluster")
    self.assertEqual(self.cluster.tasks("gone") + self.cluster.tasks("kept"), [])
    self.assertEqual(len(self.cluster.tasks("web", active=True)), 4)

  def test_locks_are_active_updates(self):
    self.assertEqual(self.admin("get_locks", "devcluster").out.strip(), "")
    self.create("slow", "sleep 1000")
    path = self.cluster.write("slow.aurora", harness.job_text("slow", "sleep 2000", watch_secs=300))
    self.assertEqual(self.cluster.aurora("update", "start", key("slow"), path).code, 0)
    lock = json.loads(self.admin("get_locks", "--json", "devcluster").out)[0]
    self.assertEqual((lock["job"], lock["message"]), (key("slow"), "job update ROLLING_FORWARD"))
    self.assertIn("'token': '%s'" % lock["token"], self.admin("get_locks", "devcluster").out)
    self.assertEqual(self.cluster.aurora("cancel_update", key("slow")).code, 0)
    self.assertEqual(json.loads(self.admin("get_locks", "--json", "devcluster").out), [])
    self.assertEqual(self.cluster.aurora("killall", key("slow")).code, 0)

  def test_the_scheduler_and_the_configuration(self):
    self.assertEqual(self.admin("get_scheduler", "--bypass-leader-redirect", "devcluster").out, "Found leading scheduler at: %s\n" % self.cluster.url)
    entry = json.loads(self.admin("get_cluster_config", "devcluster").out)
    self.assertEqual((entry["name"], entry["slave_root"]), ("devcluster", self.cluster.dir))
    self.assertIn("AURORA_CLUSTER_SCHEDULER_URI=%s\n" % self.cluster.url, self.admin("get_cluster_config", "--sh", "devcluster").out)

  def test_hosts_that_may_go_down(self):
    hosts = sorted({task["host"] for task in self.cluster.tasks("web", active=True)})
    self.assertEqual(len(hosts), 2)
    few = "--min_job_instance_count=4"
    wait_for("all have been up for a second", lambda: self.admin("sla_list_safe_domain", few, "devcluster", "50", "1s").out.splitlines() == hosts)
    self.assertEqual(self.admin("sla_list_safe_domain", few, "devcluster", "51", "1s").out, "")
    self.assertEqual(self.admin("sla_list_safe_domain", "devcluster", "50", "1s").out, "")  # jobs of ten or more only
    self.assertEqual(self.admin("sla_list_safe_domain", few, "-x", hosts[0], "-l", "devcluster", "50", "1s").out,
                     "%s\t%s\t50.00\t1\n" % (hosts[1], key("web")))
    self.assertEqual(self.admin("sla_list_safe_domain", few, "--grouping=none", "devcluster", "50", "1s").out, "")
    probed = self.admin("sla_probe_hosts", few, "--hosts=" + ",".join(hosts), "devcluster", "50", "1s").out
    self.assertEqual(probed, "".join("%s\t%s\t50.00\tTrue\t0\n" % (host, key("web")) for host in hosts))
    probed = self.admin("sla_probe_hosts", few, "--hosts=" + hosts[0], "devcluster", "50", "1d").out
    self.assertRegex(probed, "%s\t%s\t0.00\tFalse\t86[34]\\d\\d\n" % (re.escape(hosts[0]), re.escape(key("web"))))
    rows = json.loads(self.admin("sla_probe_hosts", few, "--json", "--hosts=" + hosts[0], "devcluster", "75", "1s").out)
    self.assertEqual((rows[0]["safe"], "safeInSecs" in rows[0]), (False, False))

  def test_a_quota_grows_and_shrinks(self):
    grown = self.admin("increase_quota", "devcluster", ROLE, "1", "1gb", "0mb").err
    self.assertIn("\tCPU\t5.0\n", grown)
    shrunk = self.admin("increase_quota", "devcluster", ROLE, "-1", "-1gb", "0mb").err
    self.assertIn("Setting quota for user:%s cpu:4.000000 ram:4096 disk: 4096" % ROLE, shrunk)
    refused = self.admin("increase_quota", "devcluster", ROLE, "-100", "-2gb", "0mb", code=1).err
    self.assertIn("Response from scheduler: INVALID_REQUEST (message: ", refused)

  def test_instances_are_added(self):
    self.create("few", "sleep 1000")
    self.assertEqual(self.cluster.aurora("job", "add", "--wait-until", "RUNNING", key("few") + "/0", "2").out, "")
    self.assertEqual([t["status"] for t in self.cluster.tasks("few", active=True)], ["RUNNING"] * 3)
    for words, code, text in (((key("few") + "/9", "1"), 6, "Invalid instance parameter: [9]\nActive instances of %s: [0-2]\n" % key("few")),
                              ((key("few") + "/0", "0"), 10, "Command failure:\n\tInstance count must be positive.\n"),
                              ((key("few") + "/0", "-3"), 10, "Instance count must be positive."),
                              ((key("few"), "1"), 2, "is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE"),
                              ((key("few") + "/0", "x"), 2, "x")):
      done = self.cluster.aurora("job", "add", *words)
      self.assertEqual((done.code, done.out), (code, ""), done)
      self.assertIn(text, done.err)
    self.assertEqual(self.cluster.aurora("killall", key("few")).code, 0)

  def test_jobs_that_are_not_there(self):
    meant = "There is no job %s; did you mean %s?\n" % (key("wep"), key("web"))
    for words, code in (("job killall", 0), ("job kill", 0), ("killall", 0), ("job status", 6), ("status", 0), ("job restart", 0),
                        ("restart", 0), ("update pause", 6), ("update info", 6), ("cron show", 6), ("cron start", 10),
                        ("sla get-job-uptime", 0)):
      done = self.cluster.aurora(*words.split(), key("wep") + ("/0" if words == "job kill" else ""))
      self.assertEqual(done.code, code, done)
      self.assertIn(meant, done.err)
    elsewhere = self.cluster.aurora("job", "status", key("web", environment="prod"))
    self.assertIn("did you mean %s?" % key("web"), elsewhere.err)
    role = self.cluster.aurora("job", "status", key("web", role=ROLE + "s"))
    self.assertIn("role %ss has none; did you mean %s?" % (ROLE, ROLE), role.err)
    restart = self.cluster.aurora("job", "restart", key("web") + "/0,7")
    self.assertEqual(restart.code, 10, restart)
    self.assertIn("Active instances of %s: [0-3]" % key("web"), restart.err)


if __name__ == "__main__":
  unittest.main()
