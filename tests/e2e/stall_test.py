"""What stands still: the scheduler, whose hosts are not to blame for it; and hosts, one after the other under the same job."""
import os
import signal
import time
import unittest

import harness
from harness import key, wait_for

HOST_TIMEOUT = 8


class SchedulerStallTest(unittest.TestCase):
  def test_a_scheduler_that_stood_still_gives_nobody_up(self):
    flags = harness.QUICK + ["--host_timeout=%dsecs" % HOST_TIMEOUT]
    with harness.Cluster(executors=2, flags=flags) as cluster:
      path = cluster.write("calm.aurora", harness.job_text("calm", "exec sleep 3700", instances=10))
      self.assertEqual(cluster.aurora("create", key("calm"), path).code, 0)

      def running():
        return {task["taskId"] for task in cluster.tasks("calm", active=True) if task["status"] == "RUNNING"}
      wait_for("all run", lambda: len(running()) == 10, 60)
      before = running()

      scheduler = cluster.child(" scheduler ")
      os.kill(scheduler, signal.SIGSTOP)
      time.sleep(2.5 * HOST_TIMEOUT)  # the stall itself
      woken_at = time.time()
      os.kill(scheduler, signal.SIGCONT)

      def both_reported():  # its clock is behind by the stall, and catches up slowly
        seen = [host["lastSeenMs"] for host in cluster.get("/v1/hosts")["hosts"] if host["isConnected"]]
        return len(seen) == 2 and min(seen) / 1000 > woken_at - 2.5 * HOST_TIMEOUT + 1
      wait_for("both hosts are heard again", both_reported, 60)
      self.assertEqual(running(), before)
      self.assertEqual(len(cluster.tasks("calm")), 10)
      self.assertIn("stood still", cluster.log_text())


class QuarantineTest(unittest.TestCase):
  def setUp(self):
    flags = harness.QUICK + ["--host_timeout=5secs"]
    self.cluster = harness.Cluster(executors=3, flags=flags).start()
    self.addCleanup(self.cluster.close)

  def stop_host_of(self, task):
    executor = wait_for("its executor", lambda: self.cluster.child(" executor ", "--hostname=" + task["host"]))
    self.addCleanup(self.resume, executor)
    os.kill(executor, signal.SIGSTOP)

  @staticmethod
  def resume(pid):
    try:
      os.kill(pid, signal.SIGCONT)
    except OSError:
      pass

  def test_a_job_under_which_two_hosts_fell_silent_does_not_get_the_third(self):
    path = self.cluster.write("poison.aurora", harness.job_text("poison", "exec sleep 3701"))
    self.assertEqual(self.cluster.aurora("create", key("poison"), path).code, 0)
    first = self.cluster.wait_task("poison", "RUNNING")
    self.stop_host_of(first)  # before its host has reported twice that it runs

    def elsewhere():
      return [task for task in self.cluster.tasks("poison", active=True)
              if task["status"] == "RUNNING" and task["taskId"] != first["taskId"]]
    second = wait_for("it runs on another host", elsewhere, 60)[0]
    self.assertNotEqual(second["host"], first["host"])
    self.stop_host_of(second)

    def held_back():
      return [task for task in self.cluster.tasks("poison", active=True)
              if task["status"] == "PENDING" and "Held back: 2 hosts" in task["statusReason"]]
    held = wait_for("it is held back", held_back, 60)[0]
    self.assertIn(first["host"], held["statusReason"])
    self.assertIn(second["host"], held["statusReason"])
    self.assertEqual(held["waitReason"], held["statusReason"])

    # Others are none the worse for it; and whoever says so gets it tried again.
    path_of_other = self.cluster.write("other.aurora", harness.job_text("other", "exec sleep 3702"))
    self.assertEqual(self.cluster.aurora("create", key("other"), path_of_other).code, 0)
    third = self.cluster.wait_task("other", "RUNNING")["host"]
    self.assertEqual(self.cluster.aurora("killall", key("poison")).code, 0)
    self.assertEqual(self.cluster.aurora("create", key("poison"), path).code, 0)
    self.assertEqual(self.cluster.wait_task("poison", "RUNNING")["host"], third)


class WaitingTest(unittest.TestCase):
  def test_a_task_that_waits_says_for_what(self):
    with harness.Cluster(flags=["--initial_flapping_task_delay=30secs"]) as cluster:
      text = harness.job_text("big", "true").replace("cpu = 0.1", "cpu = 500")
      self.assertEqual(cluster.aurora("create", key("big"), cluster.write("big.aurora", text)).code, 0)

      def reason():
        return cluster.tasks("big")[0].get("pendingReason")
      found = wait_for("a reason", reason)
      self.assertEqual((found["reason"], found["hosts"]), ("Insufficient: CPU", 1))
      self.assertEqual(found["vetoes"][0]["reason"], "Insufficient: CPU")
      self.assertRegex(found["sentence"], r"^the only host: Insufficient: CPU \(asked 500 .*most free \S+ on \S+\)$")
      self.assertEqual(cluster.tasks("big")[0]["waitReason"], found["sentence"])

      path = cluster.write("flaps.aurora", harness.job_text("flaps", "false"))
      self.assertEqual(cluster.aurora("create", key("flaps"), path).code, 0)
      throttled = cluster.wait_task("flaps", "THROTTLED", 60)
      self.assertRegex(throttled["waitReason"], r"^starts again in [01]:\d\d \(\d+\w\w failure in a row\)$")
      self.assertGreater(throttled["startsAgainAt"], throttled["taskEvents"][-1]["timestamp"])
      self.assertGreaterEqual(throttled["failuresInRow"], 1)


if __name__ == "__main__":
  unittest.main()
