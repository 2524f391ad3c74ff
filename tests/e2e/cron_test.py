"""Cron jobs with the real executable: scheduled by the clock, by hand, across kill -9 of the scheduler."""
import json
import time
import unittest

import harness
from harness import ROLE, key, wait_for

CRON = """
jobs = [Job(task = Task(name = '%(name)s', processes = [Process(name = 'run', cmdline = '%(command)s')],
                        resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)),
            cluster = 'devcluster', role = '%(role)s', environment = 'devel', name = '%(name)s',
            cron_schedule = '%(schedule)s', cron_collision_policy = '%(policy)s', cron_time_zone = '%(zone)s')]
"""


class CronTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=["--cron_start_initial_backoff=1secs", "--cron_timezone=Europe/Berlin"]).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def write(self, name, command="true", schedule="0 2 * * *", policy="KILL_EXISTING", zone="America/New_York"):
    return self.cluster.write(name + ".aurora", CRON % {"name": name, "command": command, "role": ROLE,
                                                        "schedule": schedule, "policy": policy, "zone": zone})

  def schedule(self, name, **more):
    done = self.cluster.aurora("cron", "schedule", key(name), self.write(name, **more))
    self.assertEqual(done.code, 0, done)
    return done

  def show(self, name):
    done = self.cluster.aurora("cron", "show", "--json", key(name))
    self.assertEqual(done.code, 0, done)
    return json.loads(done.out)

  def outcomes(self, name):
    return [run["outcome"] for run in self.show(name)["runs"]]

  def test_a_job_is_scheduled_started_and_descheduled(self):
    done = self.schedule("nightly")
    self.assertIn("Cron job scheduled, status can be viewed at http", done.out)
    shown = self.show("nightly")
    self.assertEqual(shown["timeZone"], "America/New_York")
    self.assertEqual(len(shown["nextRunsMs"]), 5)
    done = self.cluster.aurora("cron", "show", key("nightly"))
    self.assertEqual(done.out, key("nightly") + "\t 0 2 * * *\n")
    done = self.cluster.aurora("list_jobs", "-c", "devcluster/" + ROLE)
    self.assertIn(key("nightly") + "\t'0 2 * * *'\tKILL_EXISTING\n", done.out)

    done = self.cluster.aurora("job", "create", key("nightly"), self.write("nightly"))
    self.assertEqual((done.code, done.err.splitlines()[-1]),
                     (4, 'Cron jobs may only be scheduled with "aurora cron schedule" command'))
    done = self.cluster.aurora("cron", "start", key("nightly"))
    self.assertEqual(done.code, 0, done)
    self.cluster.wait_task("nightly", "FINISHED")
    self.assertEqual(self.outcomes("nightly"), ["STARTED"])

    done = self.cluster.aurora("cron", "deschedule", key("nightly"))
    self.assertEqual((done.code, done.out), (0, "Cron descheduling succeeded.\n"))
    done = self.cluster.aurora("cron", "start", key("nightly"))
    self.assertEqual(done.code, 10, done)
    self.assertIn("Failed to start cron job - No cron job found for %s/devel/nightly." % ROLE, done.err)
    self.assertEqual(self.cluster.aurora("cron", "show", key("nightly")).code, 6)

  def test_what_is_refused_says_why(self):
    done = self.cluster.aurora("cron", "schedule", key("odd"), self.write("odd", schedule="0 0 * * 7"))
    self.assertEqual(done.code, 10, done)
    self.assertIn("Error scheduling cron job %s:\n\tInvalid cron schedule: 0 0 * * 7\n\tday of week is '7'" % key("odd"), done.err)
    done = self.cluster.aurora("cron", "schedule", key("odd"), self.write("odd", zone="Europe/Nowhere"))
    self.assertIn("There is no time zone 'Europe/Nowhere'; use a name such as Europe/Berlin", done.err)
    done = self.cluster.aurora("cron", "schedule", key("odd"), self.write("odd", policy="RUN_OVERLAP"))
    self.assertIn("The RUN_OVERLAP collision policy has been removed (AURORA-38).", done.err)

  def test_a_new_run_waits_for_the_tasks_of_the_last_also_across_kill_9(self):
    self.schedule("long", command="sleep 3600")
    self.assertEqual(self.cluster.aurora("cron", "start", key("long")).code, 0)
    first = self.cluster.wait_task("long", "RUNNING")
    done = self.cluster.aurora("cron", "start", key("long"))
    self.assertIn("1 task of the run before must end first", done.err)
    self.cluster.kill_child("scheduler")
    self.cluster.wait_ready()
    wait_for("the second run", lambda: self.outcomes("long") == ["STARTED", "STARTED"])
    second = self.cluster.wait_task("long", "RUNNING")
    self.assertNotEqual(second["taskId"], first["taskId"])
    self.assertEqual(len(self.cluster.tasks("long")), 2)
    self.assertEqual(self.cluster.aurora("killall", key("long")).code, 0)
    self.assertEqual(self.show("long")["schedule"], "0 2 * * *")

  def test_one_real_minute_and_the_scheduler_is_killed_in_it(self):
    self.schedule("minutely", schedule="* * * * *", policy="CANCEL_NEW", zone="GMT")
    due = self.show("minutely")["nextRunsMs"][0] / 1000
    while time.time() < due - 0.2:
      time.sleep(0.05)
    self.cluster.kill_child("scheduler")  # it is back some tenths of a second after the minute has begun, or before
    self.cluster.wait_ready()
    runs = wait_for("the run", lambda: self.show("minutely")["runs"])
    self.assertEqual([(run["outcome"], run["dueMs"]) for run in runs], [("STARTED", int(due * 1000))])
    self.cluster.wait_task("minutely", "FINISHED")
    self.assertEqual(len(self.cluster.tasks("minutely")), 1)
    self.cluster.aurora("cron", "deschedule", key("minutely"))


if __name__ == "__main__":
  unittest.main()
