"""`aurora whatif` on copies of a real scheduler's state, and `aurora replay` of what it recorded."""
import json
import os
import shutil
import unittest

import harness
from harness import Cluster, wait_for

JOBS = """
def service(name, cpu, instances):
  process = Process(name='p', cmdline='sleep 1000')
  return Service(cluster='devcluster', role='%s', environment='devel', name=name, instances=instances,
                 task=SequentialTask(name=name, processes=[process], resources=Resources(cpu=cpu, ram=16*MB, disk=16*MB)))

jobs = [service('web', 0.05, 2), service('big', 500.0, 3)]
""" % harness.ROLE


class WhatIfTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = Cluster(executors=2)
    cls.cluster.start()
    cls.addClassCleanup(cls.cluster.close)
    cls.file = os.path.join(cls.cluster.folder, "jobs.aurora")
    with open(cls.file, "w") as out:
      out.write(JOBS)
    cls.aurora("job", "create", harness.key("web"), cls.file)
    wait_for("the job runs", lambda: [t["status"] for t in cls.cluster.tasks("web")] == ["RUNNING"] * 2)
    cls.aurora("admin", "scheduler_backup_now", "devcluster")
    cls.copies = os.path.join(cls.cluster.dir, "scheduler", "backups")

  @classmethod
  def aurora(cls, *words, code=0):
    done = cls.cluster.aurora(*words)
    if code is not None and done.code != code:
      raise AssertionError(done)
    return done

  def what_if(self, *words, code=0):
    return self.aurora("whatif", "--from", self.copies, *words, code=code)

  def test_a_lost_rack_moves_its_tasks_and_the_answer_is_the_same_twice(self):
    first = self.what_if("--lose", "rack=a", "--write-json")
    forecast = json.loads(first.out)
    self.assertEqual(forecast["pending"], [])
    self.assertEqual(forecast["all"]["before"]["hosts"], 2)
    self.assertEqual(forecast["all"]["after"]["hosts"], 1)
    self.assertEqual(forecast["all"]["after"]["tasks"], 2)
    racks = {rack["name"]: rack["after"]["tasks"] for rack in forecast["hosts"]}
    self.assertEqual(racks, {"a": 0, "b": 2})
    self.assertEqual(self.what_if("--lose", "rack=a", "--write-json").out, first.out)
    self.assertIn("devcluster-1", self.what_if("--lose", "devcluster-1", "--by", "host").out)

  def test_what_does_not_fit_waits_with_its_reason_until_there_are_hosts_for_it(self):
    waits = self.what_if("--add", self.file, harness.key("big"), code=2)
    self.assertIn("Would wait: 3 instances", waits.out)
    self.assertIn("2 of 2 hosts: Insufficient: CPU (asked 500", waits.out)
    fits = self.what_if("--add", self.file, harness.key("big"), "--add-hosts", "3:cpus=600,ram=1GB,disk=1GB,rack=z")
    self.assertIn("/devel/big: 3 of 3 instances would run", fits.out)
    again = self.what_if("--add", self.file, harness.key("web"), code=2)
    self.assertIn("would be refused: ", again.out)
    self.assertIn("would be empty", self.what_if("--drain", "rack=b").out)

  def test_the_answer_can_be_a_page(self):
    page = os.path.join(self.cluster.folder, "page.html")
    self.assertIn("rack", self.what_if("--lose", "rack=a", "--write-html", page).out)  # as well as text
    with open(page, encoding="utf-8") as file:
      html = file.read()
    self.assertIn("--lose rack=a</code>", html)
    self.assertIn("<td>b</td>", html)
    self.assertTrue(html.endswith("</html>\n"))
    self.assertNotIn("src=", html)  # nothing is loaded from anywhere
    refused = self.what_if("--lose", "rack=a", "--write-html", "/nowhere/page.html", code=None)
    self.assertNotEqual(refused.code, 0)
    self.assertIn("/nowhere/page.html", refused.err + refused.out)

  def test_the_running_scheduler_is_left_alone_and_its_folder_refused(self):
    refused = self.aurora("whatif", "--from", os.path.join(self.cluster.dir, "scheduler"), "--lose", "rack=a", code=None)
    self.assertNotEqual(refused.code, 0)
    self.assertIn("is in use by another process", refused.err + refused.out)
    self.assertIn("its hourly copies are in", refused.err + refused.out)

  def test_a_scheduler_that_runs_can_be_asked(self):
    asked = self.aurora("whatif", "--from", self.cluster.url, "--lose", "rack=a", "--write-json")
    forecast = json.loads(asked.out)
    self.assertEqual(forecast["all"]["before"]["tasks"], 2)
    self.assertEqual(forecast["all"]["after"]["tasks"], 2)
    self.assertIn("Cron jobs and updates are not among", forecast["notes"][-1])
    wrong = self.aurora("whatif", "--from", self.cluster.url + "/nowhere", "--lose", "rack=a", code=None)
    self.assertIn("answers 404", wrong.err + wrong.out)

  def test_what_cannot_be_answered_says_why(self):
    for words, expected in [
        ((), "there is nothing to do; give --add, --lose, --add-hosts, --drain or --at"),
        (("--lose", "rack=r9"), "--lose rack=r9: no host has that; there are a, b"),
        (("--lose", "rak=a"), "no host has the attribute 'rak'; did you mean rack?"),
        (("--drain", "devcluster-9"), "there is no such host; did you mean devcluster-1"),
        (("--lose", "rack=a", "--backup", "77"), "there is no copy 77 in"),
        (("--add", "/nowhere.aurora", harness.key("web")), "nowhere.aurora"),
        (("--lose", "rack=a", "--at", "1971-01-01T00:00:00Z"), "give a moment after the copy"),
    ]:
      with self.subTest(words=words):
        done = self.what_if(*words, code=None)
        self.assertNotEqual(done.code, 0, done)
        self.assertIn(expected, done.err + done.out)
    other = self.aurora("whatif", "--from", self.file, "--lose", "rack=a", code=None)
    self.assertIn("this is no export of a scheduler's database", other.err + other.out)

  def test_what_was_recorded_is_replayed_without_a_difference(self):
    recording = os.path.join(self.cluster.folder, "copied")
    shutil.copytree(os.path.join(self.cluster.dir, "recording"), recording)
    done = self.aurora("replay", recording)
    self.assertIn("Every command is decided as it was.", done.out)
    self.assertIn("2 RUNNING", done.out)
    shown = json.loads(self.aurora("replay", recording, "--job", harness.ROLE + "/devel/web", "--write-json").out)
    self.assertEqual([task["status"] for task in shown["jobTasks"]], ["RUNNING"] * 2)
    self.assertEqual(shown["replay"]["differenceCount"], 0)
    first = os.path.join(recording, sorted(os.listdir(recording))[0])
    with open(first, "r+b") as file:
      file.truncate(os.path.getsize(first) - 7)
    self.assertIn(" was cut off in line ", self.aurora("replay", first).out)
    early = self.aurora("replay", recording, "--until", "2001-01-01T00:00:00Z", code=None)
    self.assertIn("the recording begins at", early.err + early.out)
    none = self.aurora("replay", self.file, code=None)
    self.assertIn("this is no recording of a scheduler; --record makes one", none.err + none.out)


if __name__ == "__main__":
  unittest.main()
