"""Back to a copy of the database while the scheduler runs (spec/scheduler.md §16): with hosts, and killed in the middle of it."""
import json
import os
import shutil
import signal
import tempfile
import threading
import time
import unittest

import durability_test
import harness
from daemons import DaemonCluster
from harness import HANG_SECONDS, http, wait_for

ROUNDS = int(os.environ.get("AURORA_E2E_COMMITS", "12"))  # times the scheduler is killed while it commits
START_AGAIN = 75


class RecoveryTest(unittest.TestCase):
  def admin(self, cluster, verb, *words):
    done = cluster.aurora("admin", verb, "devcluster", *words)
    self.assertEqual(done.code, 0, done)
    return done

  def test_the_state_of_a_copy_without_a_task_and_what_runs_survives(self):
    with DaemonCluster(executors=1) as cluster:
      cluster.create("kept")
      cluster.create("pruned")
      kept, pruned = cluster.wait_running("kept")[0], cluster.wait_running("pruned")[0]
      self.admin(cluster, "scheduler_backup_now")
      backups = self.admin(cluster, "scheduler_list_backups").out.splitlines()
      self.assertEqual(backups[0], "1 available backups:")
      cluster.create("late")
      late = cluster.wait_running("late")[0]
      pids = {task["taskId"]: cluster.living(task["taskId"]) for task in (kept, pruned, late)}

      self.admin(cluster, "scheduler_stage_recovery", backups[1])
      again = cluster.aurora("admin", "scheduler_stage_recovery", "devcluster", backups[1])
      self.assertIn("Another backup is already loaded.", again.err)
      self.assertNotEqual(again.code, 0)
      shown = self.admin(cluster, "scheduler_print_recovery_tasks").err
      self.assertIn("Role\tJob\tShard\tStatus\tTask ID", shown)
      self.assertIn("%s\tkept\t0\tRUNNING\t%s" % (harness.ROLE, kept["taskId"]), shown)
      self.assertNotIn("\tlate\t", shown)
      self.admin(cluster, "scheduler_delete_recovery_tasks", pruned["taskId"])
      self.assertEqual(self.admin(cluster, "scheduler_print_recovery_tasks").err.count("RUNNING"), 1)
      self.assertEqual(len(cluster.tasks("pruned", active=True)), 1)  # the live state is as it was
      self.admin(cluster, "scheduler_commit_recovery")
      self.assertEqual(cluster.scheduler.process.wait(HANG_SECONDS), START_AGAIN)
      self.assertIn("the backup that was committed is loaded by the next start", cluster.scheduler.last_words())

      cluster.scheduler.start()
      cluster.wait_ready()
      wait_for("the task that the copy knows runs", lambda: [t["status"] for t in cluster.tasks("kept")] == ["RUNNING"])
      self.assertEqual(cluster.tasks("kept")[0]["taskId"], kept["taskId"])
      unknown = wait_for("the host tells of what the copy does not know",
                         lambda: {task["taskId"] for task in cluster.get("/v1/unknownTasks")["tasks"]} or None)
      self.assertEqual(unknown, {pruned["taskId"], late["taskId"]})
      self.assertEqual(cluster.get("/v1/jobs?fields=key.name")["jobs"], [{"key": {"name": "kept"}}])
      for task_id, before in pids.items():
        self.assertEqual(cluster.living(task_id), before, task_id)
      self.assertTrue([name for name in os.listdir(cluster.data_dir) if name.startswith("replaced-")])
      self.assertEqual(cluster.get("/v1/recovery"), {"state": "NONE", "counts": {}})
      self.admin(cluster, "reconcile_tasks")
      self.admin(cluster, "reconcile_tasks", "--type", "implicit")
      wait_for("the host has listed all", lambda: cluster.get("/vars.json")["host_reports_complete"] >= 2)

  def test_reads_are_repeated_at_no_cost(self):
    with DaemonCluster(executors=1) as cluster:
      first = http(cluster.url + "/v1/cluster")
      headers = {"If-None-Match": first.headers["ETag"]}
      self.assertEqual(http(cluster.url + "/v1/cluster", headers=headers).status, 304)
      cluster.create("job")
      cluster.wait_running("job")
      task = cluster.get("/v1/tasks?fields=instanceId,task.job.name")["tasks"]
      self.assertEqual(task, [{"instanceId": 0, "task": {"job": {"name": "job"}}}])
      refused = http(cluster.url + "/v1/tasks?fields=nmae")
      self.assertEqual(refused.status, 400)
      self.assertIn("there is no 'nmae'; there are taskId", refused.body)


class KilledTest(unittest.TestCase):
  def setUp(self):
    self.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    self.scheduler = durability_test.Scheduler(os.path.join(self.folder, "db"))

  def tearDown(self):
    self.scheduler.kill()
    shutil.rmtree(self.folder, ignore_errors=True)

  def jobs(self):
    return {job["key"]["name"] for job in http(self.scheduler.url + "/v1/jobs?limit=1000&fields=key").json()["jobs"]}

  def call(self, path, body, status):
    reply = self.scheduler.post(path, body)
    self.assertEqual(reply.status, status, reply.body)
    return reply.json()

  def commit(self):
    try:
      self.scheduler.post("/v1/recovery/commit", {})
    except OSError:
      pass

  def test_kill_9_in_the_middle_of_a_commit_leaves_the_one_state_or_the_other(self):
    self.scheduler.start()
    self.call("/v1/jobs", durability_test.job("first"), 201)
    outcomes = set()
    took = 0.2
    for number in range(ROUNDS):
      copied = self.jobs()
      backup = self.call("/v1/backups", {}, 201)["backup"]
      late = "late-%d" % number
      self.call("/v1/jobs", durability_test.job(late), 201)
      self.call("/v1/recovery", {"backup": backup}, 202)
      wait_for("the copy is staged", lambda: http(self.scheduler.url + "/v1/recovery").json()["state"] == "STAGED")
      process, start = self.scheduler.process, time.monotonic()
      commit = threading.Thread(target=self.commit)
      commit.start()
      if number == 0:  # as a measure
        self.assertEqual(process.wait(HANG_SECONDS), START_AGAIN)
        took = time.monotonic() - start
      else:
        try:
          process.wait(took * number / (ROUNDS - 2))
        except Exception:  # it is at it
          process.send_signal(signal.SIGKILL)
          process.wait()
      commit.join()
      if number % 3 == 2:  # and the start that puts it in place as well
        self.scheduler.launch()
        time.sleep(took * number / ROUNDS / 4)
        self.scheduler.kill()
      self.scheduler.start()
      now = self.jobs()
      self.assertIn(now, (copied, copied | {late}), "round %d" % number)
      outcomes.add(late in now)
      left = [name for name in os.listdir(self.scheduler.data_dir) if name in ("restored", "moving_in", "restoring")]
      self.assertEqual(left, [])
      self.assertEqual(len(self.scheduler.tasks("first")), durability_test.INSTANCES)
    self.assertIn(False, outcomes)

  def test_what_is_not_there_is_refused_and_changes_nothing(self):
    self.scheduler.start()
    self.call("/v1/jobs", durability_test.job("first"), 201)
    backup = self.call("/v1/backups", {}, 201)["backup"]
    folder = os.path.join(self.scheduler.data_dir, "backups")
    for path, body, status, text in (
        ("/v1/recovery", {"backup": "nonsense"}, 404, "Backup %s/nonsense does not exist." % folder),
        ("/v1/recovery/commit", {}, 409, "No backup loaded."),
        ("/v1/recovery/tasks/delete", {"name": "first"}, 409, "No backup loaded.")):
      self.assertEqual(self.call(path, body, status)["message"], text)
    for place, _, names in os.walk(folder):
      for name in names:
        if name.endswith((".log", ".sst")):
          os.truncate(os.path.join(place, name), 10)
    self.call("/v1/recovery", {"backup": backup}, 202)
    failed = wait_for("it fails", lambda: [r for r in [http(self.scheduler.url + "/v1/recovery").json()] if r["state"] == "FAILED"])[0]
    self.assertIn("Failed to read backup %s/1: " % folder, failed["message"])
    self.assertEqual(self.jobs(), {"first"})
    self.assertEqual(json.loads(http(self.scheduler.url + "/vars.json").body)["scheduler_backup_success"], 1)


if __name__ == "__main__":
  unittest.main()
