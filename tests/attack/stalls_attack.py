"""A process that stands still for longer than others wait for it (SIGSTOP) costs no task its life and gives none a twin."""
import os
import signal
import time
import unittest

import attack
from attack import SHORT
from daemons import HANG_SECONDS, nursery_of, runner_of
from harness import ROLE, key, wait_for

HOST_TIMEOUT = 12
STALL_SECONDS = HOST_TIMEOUT + (4 if SHORT else 20)


class Stalls(attack.Attack):
  flags = ["--host_timeout=%dsecs" % HOST_TIMEOUT, "--initial_flapping_task_delay=1secs", "--max_flapping_task_delay=2secs",
           "--transient_task_state_timeout=10secs", "--initial_task_kill_retry_interval=1secs"]

  def stall(self, pids, seconds=STALL_SECONDS):
    for pid in pids:
      os.kill(pid, signal.SIGSTOP)
    try:
      time.sleep(seconds)
    finally:
      for pid in pids:
        os.kill(pid, signal.SIGCONT)

  def assert_one_copy(self, name, instances=1):
    """One task for each instance, and one process for each task, of all that ever ran for the job and still do."""
    tasks = self.cluster.wait_running(name, instances)
    active = {task["taskId"]: self.cluster.living(task["taskId"]) for task in tasks}
    self.assertEqual([len(pids) for pids in active.values()], [1] * instances, active)
    known = {life.task for life in self.cluster.lives() if life.instance.rpartition("-")[0] == "%s-devel-%s" % (ROLE, name)}
    strays = {task: self.cluster.living(task) for task in known - set(active)}
    self.assertFalse([pids for pids in strays.values() if pids], "strays beside %s: %s" % (active, strays))

  def test_the_scheduler_stands_still(self):
    """Longer than hosts may be silent, with an update's watch and a start under way."""
    self.stall([self.cluster.scheduler.process.pid])
    self.assert_unharmed("the scheduler stood still", 4)
    self.assert_hosts_report("after the scheduler stood still")

  def test_runners_and_processes_stand_still(self):
    task_ids = sorted(self.healthy)
    pids = [runner_of(task_ids[0]), runner_of(task_ids[1]), self.healthy[task_ids[1]][0], self.healthy[task_ids[2]][0]]
    self.stall(pids, 7 if SHORT else STALL_SECONDS)
    self.assert_unharmed("runners and processes stood still", 2)

  def test_executors_stand_still_for_less_than_the_host_timeout(self):
    self.stall([host.process.pid for host in self.cluster.hosts], HOST_TIMEOUT - 6)
    self.assert_unharmed("the executors stood still", 4)

  def test_an_executor_stands_still_while_the_scheduler_does(self):
    self.stall([host.process.pid for host in self.cluster.hosts] + [self.cluster.scheduler.process.pid])
    self.assert_unharmed("all daemons stood still", 4)

  def test_an_executor_is_given_up_and_comes_back(self):
    """Tasks that may be partitioned (reschedule: false) are the same afterwards."""
    self.cluster.create("patient", instances=2, partitionPolicy={"reschedule": False}, constraints=[
        {"name": "host", "constraint": {"limit": {"limit": 1}}}])
    before = {task["taskId"]: self.cluster.living(task["taskId"]) for task in self.cluster.wait_running("patient", 2)}
    paused = self.cluster.hosts[0]
    paused.pause()
    try:
      wait_for("the silent host is given up", lambda: len(self.cluster.connected_hosts()) == 1, HANG_SECONDS)
    finally:
      paused.resume()
    wait_for("the host is back", lambda: len(self.cluster.connected_hosts()) == 2, HANG_SECONDS)
    after = {task["taskId"]: self.cluster.living(task["taskId"]) for task in self.cluster.wait_running("patient", 2)}
    self.assertEqual(after, before)
    # Those that may not be partitioned were started elsewhere; the first ones are gone, not doubled.
    wait_for("one copy of every healthy instance", lambda: self.count_healthy() == self.healthy_instances, HANG_SECONDS)
    self.assert_one_copy(attack.HEALTHY, self.healthy_instances)
    self.assertEqual(self.cluster.aurora("killall", key("patient")).code, 0)

  def count_healthy(self):
    return sum(len(self.cluster.living(life.task)) > 0 for life in self.cluster.lives() if "-%s-" % attack.HEALTHY in life.task)

  def test_tasks_born_while_the_nursery_stands_still(self):
    """A twin: the executor is killed while a runner is being born. Whoever is born late is known, or ends at once."""
    nurseries = [nursery_of(self.cluster.state_dir(number)) for number in range(self.executors)]
    for pid in nurseries:
      os.kill(pid, signal.SIGSTOP)
    try:
      self.cluster.create("newborn", instances=2)
      wait_for("the tasks are on their hosts", lambda: all(
          os.path.exists("%s/tasks/%s/checkpoint" % (self.cluster.state_dir(self.number_of(task)), task["taskId"]))
          for task in self.assigned("newborn", 2)), HANG_SECONDS)
      for host in self.cluster.hosts:
        host.kill()
        host.start()
      self.cluster.wait_ready()
      self.assert_hosts_report("an executor that waits for a newborn serves all the same")
      time.sleep(7)  # longer than an executor waits for a runner that holds its lock and writes nothing
    finally:
      for pid in nurseries:
        os.kill(pid, signal.SIGCONT)
    self.assert_one_copy_soon("newborn", 2)
    self.assertEqual(self.cluster.aurora("killall", key("newborn")).code, 0)
    left = [life for life in self.cluster.lives() if "-newborn-" in life.task and self.cluster.living(life.task)]
    self.assertEqual(left, [], "processes that nobody can reach")
    self.assert_unharmed("newborns")

  def assigned(self, name, count):
    tasks = [task for task in self.cluster.tasks(name) if task.get("host")]
    if len(tasks) < count:
      raise ValueError("only %d tasks have a host" % len(tasks))
    return tasks

  def number_of(self, task):
    return int(task["host"].rpartition("-")[2]) - 1

  def assert_one_copy_soon(self, name, instances):
    """Late births may be cut off; for that they have a moment, then two looks must agree."""
    self.cluster.wait_running(name, instances)
    time.sleep(3)
    self.assert_one_copy(name, instances)

  def test_a_kill_reaches_a_runner_that_stood_still(self):
    self.cluster.create("stopped")
    task_id = self.cluster.wait_running("stopped")[0]["taskId"]
    runner = runner_of(task_id)
    os.kill(runner, signal.SIGSTOP)
    client = self.cluster.popen("killall", key("stopped"))
    try:
      time.sleep(3)
    finally:
      os.kill(runner, signal.SIGCONT)
    out, err = client.communicate(timeout=2 * HANG_SECONDS)
    self.assertEqual(client.returncode, 0, err)
    self.assertEqual(self.cluster.living(task_id), [])
    terms = [len(life.terms) for life in self.cluster.lives() if life.task == task_id]
    self.assertEqual(terms, [1])
    self.assert_unharmed("a kill of a stopped task")


if __name__ == "__main__":
  unittest.main()
