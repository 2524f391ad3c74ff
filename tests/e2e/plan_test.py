"""Plan says what an update will do, the update does exactly that, explain tells it afterwards."""
import json
import re
import unittest

import harness
from harness import QUICK, ROLE, key, wait_for

WATCH_SECS = 1


def job(name, cpus, tier, instances=1):
  return """
jobs = [Service(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, instances = %d, tier = %r,
  update_config = UpdateConfig(watch_secs = %d),
  task = Task(processes = [Process(name = 'main', cmdline = 'exec sleep 1000')],
              resources = Resources(cpu = %r, ram = 16*MB, disk = 16*MB)))]
""" % (ROLE, name, instances, tier, WATCH_SECS, cpus)


class PlanTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=QUICK + ["--preemption_delay=1secs", "--preemption_slot_search_initial_delay=1secs"])
    cls.addClassCleanup(cls.cluster.close)
    cls.cluster.start()
    cls.host = cls.cluster.get("/v1/hosts")["hosts"][0]
    capacity = cls.host["capacity"]["cpus"]
    done = cls.cluster.aurora("admin", "set_quota", "devcluster", ROLE, str(2 * capacity), "10gb", "10gb")
    assert done.code == 0, done

  def aurora(self, *words):
    return self.cluster.aurora(*words)

  def ok(self, done, *texts):
    self.assertEqual(done.code, 0, done)
    for text in texts:
      self.assertIn(text, self.one_line(done.out + done.err))
    return done

  @staticmethod
  def one_line(text):
    """Without the line breaks of a narrow terminal."""
    return re.sub(r"\s+", " ", text)

  def file(self, name, part, tier, instances=1):
    """A job whose tasks take this part of the host, with the 0.25 cores of their executor."""
    cpus = round(part * self.host["capacity"]["cpus"] - 0.25, 3)
    return self.cluster.write("%s.aurora" % name, job(name, cpus, tier, instances))

  def active(self, name):
    return {task["instanceId"]: task for task in self.cluster.tasks(name, active=True)}

  def state_of(self, plan):
    return re.search(r"(?m)^State: (\S+)$", plan.out).group(1)

  def test_a_plan_an_update_that_does_it_and_why(self):
    self.ok(self.aurora("job", "create", key("batch"), self.file("batch", 0.5, "preemptible")))
    web = self.file("web", 0.2, "preferred", 2)
    new = self.aurora("job", "plan", "--create", key("web"), web)
    self.assertEqual(new.code, 1, new)
    self.assertIn("+ add instances 0-1", new.out)
    self.ok(self.aurora("job", "create", "--if-unchanged-since", self.state_of(new), key("web"), web))
    wait_for("all run", lambda: [task["status"] for name in ("batch", "web") for task in self.active(name).values()] == 3 * ["RUNNING"])
    same = self.aurora("job", "plan", key("web"), web)
    self.assertEqual(same.code, 0, same)
    self.assertIn("nothing to do", same.out)

    # Plan: the first instance fits if the batch goes, the second does not.
    web = self.file("web", 0.7, "preferred", 2)
    plan = self.aurora("job", "plan", key("web"), web)
    self.assertEqual(plan.code, 2, plan)
    self.assertLessEqual(max(len(line) for line in plan.out.splitlines() if not line.startswith("State: ")), 80, plan)
    said = self.one_line(plan.out)
    self.assertIn("~ change instances 0-1 resources.cpus: ", said)
    self.assertIn("1. at once: change instance 0 on " + self.host["host"], said)
    self.assertIn("preempts %s/devel/batch/0 on %s for instance 0, which then waits" % (ROLE, self.host["host"]), said)
    self.assertRegex(said, r"2\. after \d+ secs: change instance 1 instance 1 waits: the only host: Insufficient: CPU")
    self.assertIn("Watch times alone take %d secs." % WATCH_SECS, said)
    self.assertIn("It does not fit.", said)
    document = json.loads(self.aurora("job", "plan", "--write-json", key("web"), web).out)
    self.assertEqual(document["state"], self.state_of(plan))
    self.assertEqual(document["outcome"], "DOES_NOT_FIT")
    self.assertEqual(sum(task["status"] == "RUNNING" for task in self.active("web").values()), 2)  # nothing was done

    # The update does exactly that.
    started = self.ok(self.aurora("update", "start", "--if-unchanged-since", self.state_of(plan), "-m", "more cores", key("web"), web))
    update = re.search(r"/update/(\S+)", started.out).group(1)
    wait_for("instance 0 runs and instance 1 waits (%s)" % self.cluster.summary("web"),
             lambda: {id: task["status"] for id, task in self.active("web").items()} == {0: "RUNNING", 1: "PENDING"})
    self.assertEqual([task["status"] for task in self.active("batch").values()], ["PENDING"])
    victim = document["steps"][0]["victims"][0]["taskId"]
    preempted = {task["taskId"] for task in self.cluster.tasks("batch")
                 if any(event["status"] == "PREEMPTING" for event in task["taskEvents"])}
    self.assertEqual(preempted, {victim})
    events = self.cluster.get("/v1/updates/%s/devel/web/%s" % (ROLE, update))["instanceEvents"]
    begun = [event["instanceId"] for event in events if event["action"] == "INSTANCE_UPDATING"]
    self.assertEqual(begun, [id for step in document["steps"] for part in step["change"] for id in range(part["first"], part["last"] + 1)])
    winner = self.active("web")[0]
    self.assertEqual(winner["host"], document["steps"][0]["places"][0]["host"])
    self.assertEqual(self.active("web")[1]["pendingReason"]["reason"], "Insufficient: CPU")

    # Explain tells it afterwards.
    self.ok(self.aurora("explain", key("web") + "/0"), "RUNNING", "the host was kept for it: others had to go",
            "update %s of UNSECURE gives its instance this configuration" % update, "more cores",
            "the job was created by UNSECURE", "before, it had waited: the only host: Insufficient: CPU")
    self.ok(self.aurora("explain", key("web") + "/1"), "Waits for:", "host: a host: the only host: Insufficient: CPU")
    self.ok(self.aurora("explain", victim), "PREEMPTING: it has to go for another (%s/devel/web/0)" % ROLE)
    self.ok(self.aurora("explain", key("batch") + "/0"), "the run before it, %s, was" % victim, "Insufficient: CPU")
    self.ok(self.aurora("explain", "--update", update, key("web")), "rolling forward", "host: instance 1: a host: the only host")
    self.ok(self.aurora("explain", key("web")), "update %s is under way" % update, "instance 1")
    self.ok(self.aurora("explain", self.host["host"]), "in service")
    told = json.loads(self.aurora("explain", "--write-json", key("web") + "/1").out)
    self.assertEqual(told["waits"][0]["kind"], "HOST")
    wide = self.aurora("explain", key("web"))
    self.assertLessEqual(max(len(line) for line in wide.out.splitlines()), 80, wide)

    # It outlives the scheduler.
    self.cluster.kill_child("scheduler")
    self.cluster.wait_ready()
    self.ok(self.aurora("explain", winner["taskId"]), "the host was kept for it: others had to go")
    for verb in (("update", "abort", key("web")), ("killall", key("web")), ("killall", key("batch"))):
      self.ok(self.aurora(*verb))

  def test_a_plan_that_became_old(self):
    text = self.file("old", 0.2, "preemptible", 1)
    self.ok(self.aurora("job", "create", key("old"), text))
    wait_for("it runs", lambda: [task["status"] for task in self.active("old").values()] == ["RUNNING"])
    larger = self.file("old", 0.3, "preemptible", 1)
    state = self.state_of(self.aurora("job", "plan", key("old"), larger))
    self.ok(self.aurora("job", "restart", "--watch-secs", "1", key("old")))
    refused = self.aurora("update", "start", "--if-unchanged-since", state, key("old"), larger)
    self.assertNotIn(refused.code, (0, 1, 2), refused)
    self.assertIn("Since the plan was made for %s/devel/old: the job's tasks have changed" % ROLE, self.one_line(refused.err))
    self.assertEqual(self.cluster.get("/v1/updates?role=%s&environment=devel&name=old" % ROLE)["total"], 0)
    nonsense = self.aurora("update", "start", "--if-unchanged-since", "yesterday", key("old"), larger)
    self.assertIn("'yesterday' is no state", nonsense.err)
    self.assertNotIn(nonsense.code, (0, 1, 2), nonsense)
    self.ok(self.aurora("killall", key("old")))

  def test_what_is_not_there(self):
    for what in (key("nothing"), key("nothing") + "/0"):
      done = self.aurora("explain", what)
      self.assertNotEqual(done.code, 0)
      self.assertRegex(done.err, "No |There is no job")
    done = self.aurora("explain", "nowhere")
    self.assertIn("No task and no host has this name", done.err)
    several = self.aurora("explain", key("nothing") + "/0-3")
    self.assertIn("one at a time", several.err)


if __name__ == "__main__":
  unittest.main()
