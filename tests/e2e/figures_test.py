"""What monitoring reads of a scheduler while a job runs: /vars with the original's names, samples of them, what waits."""
import re
import time
import unittest

import harness
from harness import ROLE, http, key, wait_for

CATEGORIES = "JOB_UPTIMES,PLATFORM_UPTIME,MEDIANS"
FLAGS = harness.QUICK + ["--sla_stat_refresh_interval=1secs", "--sla_non_prod_metrics=" + CATEGORIES,
                         "--async_task_stat_update_interval=1secs", "--async_slot_stat_update_interval=1secs",
                         "--stat_sampling_interval=200ms", "--stat_retention_period=2secs"]
SERVICE = "sla_%s/devel/seen_" % ROLE


class FiguresTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=FLAGS).start()
    path = cls.cluster.write("seen.aurora", harness.job_text("seen", "exec sleep 3600", instances=2))
    assert cls.cluster.aurora("create", key("seen"), path).code == 0
    cls.cluster.wait_task("seen", "RUNNING")

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def vars(self):
    return self.cluster.get("/vars.json")

  def wait_vars(self, what, check):
    return wait_for(what, lambda: (lambda found: check(found) and found)(self.vars()))

  def test_every_job_role_and_size_has_its_figures(self):
    found = self.wait_vars("uptimes grow", lambda v: v[SERVICE + "job_uptime_99.00_sec_nonprod"] >= 1)
    for percent in ("50.00", "75.00", "90.00", "95.00", "99.00"):
      self.assertIn(SERVICE + "job_uptime_%s_sec_nonprod" % percent, found)
    self.assertGreaterEqual(found[SERVICE + "job_uptime_50.00_sec_nonprod"], found[SERVICE + "job_uptime_99.00_sec_nonprod"])
    self.assertEqual(found[SERVICE + "platform_uptime_percent_nonprod"], 100)
    self.assertEqual(found["sla_cluster_platform_uptime_percent"], 100)
    for group in (SERVICE, "sla_cluster_", "sla_cpu_small_", "sla_ram_small_", "sla_disk_small_"):
      for median in ("mtta_ms", "mtts_ms", "mttr_ms"):
        self.assertIn(group + median + "_nonprod", found)
    self.assertEqual(found["resources_per_role_free_pool_consumed_%s_ram_mb" % ROLE], 32)
    self.assertEqual(found["resources_total_consumed_cpu_cores"], 0.2)
    self.assertEqual(found["resources_allocated_quota_ram_mb"], 0)
    self.assertGreater(found["empty_slots_small"], 0)
    self.assertEqual(found["empty_slots_dedicated_revocable_xlarge"], 0)
    self.assertEqual(found["missing_maintenance_request"], 0)
    stages = {name: value for name, value in found.items() if name.startswith("scheduler_lifecycle_")}
    self.assertEqual(sum(stages.values()), stages["scheduler_lifecycle_ACTIVE"])
    self.assertEqual(len(stages), 6)
    self.assertEqual(found["framework_registered"], 1)
    self.assertEqual(found["jvm_uptime_secs"], found["process_uptime_secs"])
    self.assertEqual(found["mem_storage_attribute_size"], 1)
    self.assertEqual(found["outstanding_offers"], 1)
    self.assertEqual(found["thrift_workload_createJob"], 2)
    self.assertEqual(found["scheduler_thrift_createJob_events"], 1)
    self.assertGreater(found["scheduler_thrift_createJob_nanos_per_event"], 0)
    self.assertGreater(found["storage_write_lock_wait_events"], 0)

  def test_figures_are_sampled_and_the_old_ones_go(self):
    started = time.time() * 1000
    names = wait_for("samples", lambda: [n for n in self.cluster.get("/graphdata/") if n.endswith("_per_sec")] and
                     self.cluster.get("/graphdata/"))
    self.assertIn("http_200_responses_events_per_sec", names)
    self.assertFalse([name for name in names if "/" in name or name.startswith("sla_cluster")])
    address = "/graphdata/?metrics=task_store_RUNNING,jvm_uptime_secs,http_200_responses_events_per_sec"
    graph = self.cluster.get(address)
    self.assertEqual(graph["names"], ["time", "task_store_RUNNING", "jvm_uptime_secs", "http_200_responses_events_per_sec"])
    rows = wait_for("as many samples as are kept", lambda: (lambda d: len(d) == 10 and d)(self.cluster.get(address)["data"]))
    self.assertEqual(sorted(rows), rows)
    self.assertTrue(all(len(row) == 4 for row in rows), rows)
    self.assertEqual(rows[-1][1], 2)
    self.assertLess(abs(rows[-1][0] - time.time() * 1000), 60000)
    self.assertTrue([row for row in rows if row[3] > 0], rows)
    wait_for("the first ones have gone", lambda: self.cluster.get(address)["data"][0][0] > started)
    self.assertLess(len(self.cluster.get(address + "&since=%d" % rows[-2][0])["data"]), 11)
    refused = http(self.cluster.url + "/graphdata/?metrics=jvm_uptime_secs,x")
    self.assertEqual((refused.status, refused.json()), (400, {"error": "Unknown metric x"}))

  def test_what_waits_is_told_with_its_penalty(self):
    self.assertEqual([group for group in self.cluster.get("/pendingtasks") if group["name"].endswith("/seen")], [])
    path = self.cluster.write("large.aurora", harness.job_text("large", "true", instances=3).replace("cpu = 0.1", "cpu = 9999"))
    self.assertEqual(self.cluster.aurora("create", key("large"), path).code, 0)
    tasks = {task["taskId"] for task in self.cluster.tasks("large")}
    group = wait_for("it has been tried a few times", lambda: [
        one for one in self.cluster.get("/pendingtasks") if one["name"] == ROLE + "/devel/large" and one["penaltyMs"] > 1])[0]
    self.assertEqual(set(group["taskIds"]), tasks)
    self.assertLessEqual(group["penaltyMs"], 60000)
    self.assertEqual(group["reason"], "[Insufficient: CPU]")
    self.assertEqual(self.cluster.aurora("killall", key("large")).code, 0)
    wait_for("nothing waits", lambda: self.cluster.get("/pendingtasks") == [])

  def test_prometheus_can_read_all_of_it(self):
    self.wait_vars("figures of jobs", lambda v: SERVICE + "mtta_ms_nonprod" in v)
    seen = set()
    for line in http(self.cluster.url + "/metrics").body.splitlines():
      if line.startswith("#"):
        self.assertRegex(line, r"^# (HELP [a-zA-Z_][a-zA-Z0-9_]* \S.*|TYPE [a-zA-Z_][a-zA-Z0-9_]* untyped)$")
        continue
      name, value = line.split(" ")
      self.assertTrue(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name), line)
      float(value)
      self.assertNotIn(name, seen)
      seen.add(name)
    self.assertIn("aurora_sla_%s_devel_seen_mtta_ms_nonprod" % re.sub(r"\W", "_", ROLE), seen)

  def test_flags_that_cannot_be_are_refused(self):
    for flag, words in (("--sla_prod_metrics=UPTIMES", "JOB_UPTIMES, PLATFORM_UPTIME and MEDIANS"),
                        ("--sla_stat_refresh_interval=1ms", "--sla_stat_refresh_interval must be 1secs or more"),
                        ("--stat_retention_period=365days", "--stat_retention_period is more than 10000 times")):
      refused = harness.run_client("scheduler", "--cluster_name=x", "--data_dir=" + self.cluster.folder + "/none", flag)
      self.assertNotEqual(refused.code, 0, flag)
      self.assertIn(words, refused.err)


if __name__ == "__main__":
  unittest.main()
