"""Nothing of a task outlives it, however it forked, and however many of its supervisors died; and one kill is one SIGTERM."""
import os
import signal
import time
import unittest

import attack
from attack import SHORT
from daemons import HANG_SECONDS, nursery_of, runner_of
from harness import key, wait_for

# Kind, number, and what it shows. A kill gives 60 s of grace, so those who ignore it take longer than that.
DETACHED = (("daemon", 2), ("chain", None))
STUBBORN = (("ignore", None),)


class ForkingSurvivors(attack.Attack):
  executors = 1
  healthy_instances = 2
  flags = attack.Attack.flags + ["--initial_task_kill_retry_interval=1secs", "--transient_task_state_timeout=10secs"]

  def start_task(self, name, kind, number):
    self.cluster.create(name, kind, number)
    return self.cluster.wait_running(name)[0]["taskId"]

  def start_tasks(self, prefix, kinds):
    found = {"%s-%s" % (prefix, kind): self.start_task("%s-%s" % (prefix, kind), kind, number) for kind, number in kinds}
    for name, task_id in found.items():
      if name.endswith("-daemon"):
        wait_for("the daemon has detached", lambda task_id=task_id: [
            life for life in self.cluster.lives() if life.task == task_id and life.kind == "detached"], HANG_SECONDS)
    return found

  def assert_gone(self, tasks, what, seconds=HANG_SECONDS):
    """No process, and no new sign of life for a second: those who fork all the time hide from a look at processes."""
    def signs():
      return max(life.end for life in self.cluster.lives() if life.task in tasks.values())

    def gone():
      before = signs()
      time.sleep(1)
      return signs() == before and not any(self.cluster.living(task_id) for task_id in tasks.values())
    try:
      wait_for("nothing is left " + what, gone, seconds)
    except AssertionError as error:
      left = {name: self.cluster.living(task_id) for name, task_id in tasks.items()}
      self.fail("%s: %s" % (error, left))
    self.assert_unharmed(what)

  def assert_ended(self, tasks, what):
    """The scheduler knows."""
    for name, task_id in tasks.items():
      wait_for("the end of %s is known %s" % (name, what), lambda: not any(
          task["isActive"] for task in self.cluster.tasks(name) if task["taskId"] == task_id), 2 * HANG_SECONDS)

  def kill_jobs(self, tasks):
    clients = [self.cluster.popen("killall", key(name)) for name in tasks]
    for client in clients:
      out, err = client.communicate(timeout=4 * HANG_SECONDS)
      self.assertEqual(client.returncode, 0, err)

  def terms(self, task_id):
    return {life.pid: len(life.terms) for life in self.cluster.lives() if life.task == task_id and life.kind}

  def test_killed_by_its_user(self):
    kinds = DETACHED + (("linger", 6 if SHORT else 40),) + (() if SHORT else STUBBORN)
    tasks = self.start_tasks("user", kinds)
    self.kill_jobs(tasks)
    self.assert_gone(tasks, "after a kill by the user")
    for name, task_id in tasks.items():
      if not name.endswith("-chain"):
        self.assertEqual(set(self.terms(task_id).values()), {1}, "SIGTERMs from one killall: " + name)
    for name in tasks:
      if not name.endswith("-ignore"):
        lives = [life for life in self.cluster.lives() if life.task == tasks[name] and life.kind in ("linger", "detached")]
        self.assertEqual([life for life in lives if life.exit_code != 0], [], "had no time to leave")

  def test_a_task_that_ends_by_itself_takes_its_daemon_along(self):
    """What it left gets a SIGTERM and its time, too."""
    tasks = {"self-orphan": self.start_orphan("self-orphan")}
    self.assert_gone(tasks, "after its task has ended")
    lives = [life for life in self.cluster.lives() if life.task == tasks["self-orphan"] and life.kind == "detached"]
    self.assertEqual([(len(life.terms), life.exit_code) for life in lives], [(1, 0)])

  def start_orphan(self, name):
    """A task of one run; its id."""
    self.cluster.create(name, "orphan", 2, isService=False, maxTaskFailures=1)
    return wait_for("the daemon of " + name, lambda: [
        life.task for life in self.cluster.lives() if "-%s-" % name in life.task and life.kind == "detached"], HANG_SECONDS)[0]

  def test_its_runner_is_killed(self):
    tasks = self.start_tasks("runner", DETACHED + STUBBORN)
    for task_id in tasks.values():
      os.kill(runner_of(task_id), signal.SIGKILL)
    self.assert_ended(tasks, "after SIGKILL of its runner")
    self.assert_gone(tasks, "after SIGKILL of its runner")
    self.kill_jobs(tasks)

  def test_its_runner_and_the_nursery_are_killed(self):
    tasks = self.start_tasks("nursery", DETACHED + STUBBORN)
    os.kill(nursery_of(self.cluster.state_dir(0)), signal.SIGKILL)
    for task_id in tasks.values():
      os.kill(runner_of(task_id), signal.SIGKILL)
    self.assert_ended(tasks, "after SIGKILL of nursery and runner")
    self.assert_gone(tasks, "after SIGKILL of nursery and runner")
    self.kill_jobs(tasks)

  def test_executor_nursery_and_runner_are_killed(self):
    tasks = self.start_tasks("all", DETACHED + STUBBORN)
    self.cluster.hosts[0].signal(signal.SIGSTOP)
    os.kill(nursery_of(self.cluster.state_dir(0)), signal.SIGKILL)
    for task_id in tasks.values():
      os.kill(runner_of(task_id), signal.SIGKILL)
    self.cluster.hosts[0].kill()
    self.cluster.hosts[0].start()
    self.cluster.wait_ready()
    self.assert_ended(tasks, "after SIGKILL of all its supervisors")
    self.assert_gone(tasks, "after SIGKILL of all its supervisors")
    self.kill_jobs(tasks)

  def test_an_executor_that_is_restarted_does_not_repeat_a_kill(self):
    """One SIGTERM, also when the request comes again after a restart."""
    task_id = self.start_task("restarted", "linger", 8)
    client = self.cluster.popen("killall", key("restarted"))
    wait_for("the first SIGTERM", lambda: sum(self.terms(task_id).values()) > 0, HANG_SECONDS)
    for _ in range(2):
      self.cluster.hosts[0].kill()
      self.cluster.hosts[0].start()
      self.cluster.wait_ready()
      time.sleep(1)
    self.cluster.scheduler.kill()
    self.cluster.scheduler.start()
    out, err = client.communicate(timeout=4 * HANG_SECONDS)
    self.assertEqual(client.returncode, 0, err)
    self.assertEqual(list(self.terms(task_id).values()), [1])
    self.assertEqual([life.exit_code for life in self.cluster.lives() if life.task == task_id], [0], "had no time to leave")
    self.cluster.wait_ready()


if __name__ == "__main__":
  unittest.main()
