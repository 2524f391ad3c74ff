"""Both columns of the tables that map classic spellings to noun and verb (spec/client.md §12.1, §12.2), against a real cluster:
each spelling of a row runs against a job of its own, and what it did must be the same.

In the words KEY and ROLE stand for the job of the spelling and its role, FILE, CHANGED, BOUND, SLOW and CRON for its files.
"""
import json
import os
import re
import shutil
import unittest

import harness
from harness import ROLE, key

BOTH = [[0, "sleep 1000"], [1, "sleep 1000"]]
NEW = [[0, "sleep 3000"], [1, "sleep 3000"]]
FIRST_NEW = [[0, "sleep 3000"], [1, "sleep 1000"]]

# What spellings change: the state before, the spellings, what is looked at afterwards, and what it must be.
CHANGES = [
    ("absent", ["create KEY FILE", "job create KEY FILE"], "commands", BOTH),
    ("absent", ["create --wait_until=RUNNING KEY FILE", "job create --wait-until=RUNNING KEY FILE"], "statuses", ["RUNNING", "RUNNING"]),
    ("absent", ["create -E secs=7000 KEY BOUND", "job create --bind secs=7000 KEY BOUND"], "commands", [[0, "sleep 7000"]]),
    ("absent", ["create -j KEY FILE.json", "create --json KEY FILE.json", "job create --read-json KEY FILE.json"], "commands", BOTH),
    ("running", ["update KEY CHANGED", "job update KEY CHANGED", "update start KEY CHANGED --wait", "beta-update start KEY CHANGED --wait"],
     "commands", NEW),
    ("running", ["update --shards=0 KEY CHANGED", "job update KEY/0 CHANGED", "update start KEY/0 CHANGED --wait"], "commands", FIRST_NEW),
    ("running", ["update --updater_health_check_interval_seconds=2 KEY CHANGED", "job update --healthcheck-interval-seconds=2 KEY CHANGED"],
     "commands", NEW),
    ("updating", ["cancel_update KEY", "job cancel-update KEY", "update abort KEY", "beta-update abort KEY"], "updates", ["ABORTED"]),
    ("updating", ["update pause KEY", "beta-update pause KEY"], "updates", ["ROLL_FORWARD_PAUSED"]),
    ("running", ["kill --shards=1 KEY", "job kill KEY/1"], "commands", BOTH[:1]),
    ("running", ["killall KEY", "job killall KEY"], "commands", []),
    ("running", ["kill --batch_size=2 --max_total_failures=1 --shards=0-1 KEY", "job kill --batch-size=2 --max-total-failures=1 KEY/0-1"],
     "commands", []),
    ("running", ["restart --watch_secs=1 KEY", "job restart --watch-secs=1 KEY"], "runs", [[0, 2], [1, 2]]),
    ("running", ["restart --shards=1 --watch_secs=1 KEY", "job restart --watch-secs=1 KEY/1"], "runs", [[0, 1], [1, 2]]),
    ("running", ["restart --batch_size=2 --max_total_failures=1 --max_per_shard_failures=1 --restart_threshold=50 --watch_secs=1 "
                 "--updater_health_check_interval_seconds=1 KEY",
                 "job restart --batch-size=2 --max-total-failures=1 --max-per-instance-failures=1 --restart-threshold=50 --watch-secs=1 "
                 "--healthcheck-interval-seconds=1 KEY"], "runs", [[0, 2], [1, 2]]),
    ("running", ["job add --wait-until=RUNNING KEY/0 1"], "commands", BOTH + [[2, "sleep 1000"]]),
    ("absent", ["create KEY CRON", "cron schedule KEY CRON"], "schedule", "0 2 1 1 *"),
    ("scheduled", ["start_cron KEY", "cron start KEY"], "commands", BOTH[:1]),
    ("scheduled", ["killall KEY", "job killall KEY"], "schedule", "0 2 1 1 *"),
    ("scheduled", ["cron deschedule KEY"], "schedule", None),
]

# What spellings tell: the words, and what of their output is the same.
READS = [
    (["status KEY", "status --cluster=devcluster KEY", "job status KEY"], r"(?:shard|instance): (\d+), status: (\w+) on (\S+)"),
    (["list_jobs ROLE", "job list ROLE"], r"(?m)^(devcluster/\S+)$"),
    (["list_jobs -c ROLE", "cron show CRONKEY"], r"\t ?'?(0 2 1 1 \*)"),
    (["diff KEY CHANGED", "job diff KEY CHANGED"], r"[<>+-] .*(sleep \d000)"),
    (["inspect KEY FILE", "inspect --env=devel KEY FILE", "job inspect KEY FILE"], r"(?m)^ *(?:name|role|instances|service): +'?([\w-]+)"),
    (["run KEY pwd", "task run KEY pwd"], r"(?m):  (\S+)$"),
    (["ssh KEY 0 pwd", "task ssh KEY/0 --command=pwd"], r"(?m)^(/\S+)\s*$"),
    (["open KEY", "job open KEY"], r"(http\S+)"),
    (["get_quota --cluster=devcluster %s" % ROLE, "quota get ROLE"], r"CPU:?\s+(10\.0)"),
    (["update list ROLE", "beta-update list devcluster --role %s" % ROLE], r"(?m)^(devcluster/.*)$"),
    (["update list UPDATED", "beta-update list devcluster --job UPDATED"], r"(?m)^(devcluster/.*)$"),
    (["update info UPDATED", "beta-update status UPDATED"], r"(?s)(Current status: ROLLING_FORWARD.*)"),
    (["version", "--version"], r"(?s)(.+)"),
    (["help", "-h"], r"(?s)(.+)"),
    (["help create", "create -h"], r"(?s)(.+)"),
]


class MappingTest(unittest.TestCase):
  count = 0

  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    cls.cluster.aurora("admin", "set_quota", "devcluster", ROLE, "10", "10gb", "10gb")

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  # --- a job for a spelling

  def new_name(self):
    MappingTest.count += 1
    name = "job%d" % MappingTest.count
    text = lambda command, **more: harness.job_text(name, command, **dict({"instances": 2, "watch_secs": 1}, **more))
    for ending, content in ((".aurora", text("sleep 1000")), (".changed", text("sleep 3000")), (".slow", text("sleep 3000", watch_secs=300)),
                            (".bound", text("sleep {{secs}}", instances=1)),
                            (".cron", text("sleep 1000", instances=1, extra=", cron_schedule = '0 2 1 1 *'").replace("Service(", "Job("))):
      self.cluster.write(name + ending, content)
    return name

  def run_words(self, name, words):
    files = {"FILE": ".aurora", "FILE.json": ".json", "CHANGED": ".changed", "SLOW": ".slow", "BOUND": ".bound", "CRON": ".cron"}
    if "FILE.json" in words:
      self.cluster.write(name + ".json", self.cluster.aurora("config", "dump", name + ".aurora").out)
    typed = []
    for word in words.split():
      if word in files:
        word = name + files[word]
      elif word.split("/")[0] == "KEY":
        word = key(name) + word[len("KEY"):]
      typed.append("devcluster/" + ROLE if word == "ROLE" else word)
    done = self.cluster.aurora(*typed)
    self.assertEqual(done.code, 0, (typed, done))
    return done

  def begin(self, state):
    name = self.new_name()
    if state in ("running", "updating"):
      self.run_words(name, "create --wait_until=RUNNING KEY FILE")
    if state == "updating":
      self.run_words(name, "update start KEY SLOW")
    if state == "scheduled":
      self.run_words(name, "cron schedule KEY CRON")
    return name

  def end(self, name):
    if self.updates(name) and not self.updates(name)[0].startswith(("ROLLED", "ABORTED")):
      self.run_words(name, "update abort KEY")
    self.run_words(name, "killall KEY")

  # --- what is looked at

  def query(self, kind, name):
    return self.cluster.get("/v1/%s?role=%s&environment=devel&name=%s&limit=100" % (kind, ROLE, name))[kind]

  def active(self, name):
    return sorted((task for task in self.query("tasks", name) if task["isActive"]), key=lambda task: task["instanceId"])

  def commands(self, name):
    return [[task["instanceId"], re.search(r"sleep \d+", json.dumps(task["task"]["executorConfig"])).group(0)] for task in self.active(name)]

  def statuses(self, name):
    return [task["status"] for task in self.active(name)]

  def updates(self, name):
    return [update["status"] for update in self.query("updates", name)]

  def runs(self, name):
    tasks = [task["instanceId"] for task in self.query("tasks", name)]
    return [[instance, tasks.count(instance)] for instance in sorted(set(tasks))]

  def schedule(self, name):
    return self.query("jobs", name)[0].get("cronSchedule") if self.query("jobs", name) else None

  def test_what_spellings_change(self):
    for state, spellings, looked_at, expected in CHANGES:
      for words in spellings:
        with self.subTest(words=words):
          name = self.begin(state)
          self.run_words(name, words)
          self.assertEqual(getattr(self, looked_at)(name), expected)
          self.end(name)

  def test_what_spellings_tell(self):
    name, cron, updated = self.begin("running"), self.begin("scheduled"), self.begin("updating")
    for spellings, pattern in READS:
      told = []
      for words in spellings:
        done = self.run_words(name, words.replace("CRONKEY", key(cron)).replace("UPDATED", key(updated)))
        told.append(sorted(set(re.findall(pattern, done.out + done.err))))
      with self.subTest(spellings=spellings):
        self.assertTrue(told[0], done)
        self.assertEqual(told, [told[0]] * len(told))
    for each in (name, cron, updated):
      self.end(each)

  def test_a_page_is_opened_afterwards(self):
    for words in ("create -o KEY FILE", "create --open_browser KEY FILE", "job create --open-browser KEY FILE"):
      name = self.new_name()
      self.assertIn("/scheduler/%s/devel/%s\n" % (ROLE, name), self.run_words(name, words).out)
      self.end(name)

  def test_hooks_of_a_file_for_verbs_without_one(self):
    guard = "\nclass Guard(object):\n  def pre_kill_job(self, *args, **kw):\n    return False\nhooks = [Guard()]\n"
    for words in ("killall %s %s", "job killall --config %s %s"):
      name = self.begin("running")
      text = harness.job_text(name, "sleep 1000", instances=2, extra=", enable_hooks = True") + guard
      path = self.cluster.write(name + ".guard", text)
      order = (key(name), path) if words.startswith("killall") else (path, key(name))
      done = self.cluster.aurora(*(words % order).split())
      self.assertNotEqual(done.code, 0, done)
      self.assertIn("Pre hooks stopped call to kill_job", done.err)
      self.assertEqual(self.commands(name), BOTH)
      self.end(name)

  def test_hooks_of_the_site_are_skipped(self):
    folder = os.path.join(self.cluster.dir, "hooks")
    os.mkdir(folder)
    self.addCleanup(shutil.rmtree, folder)
    of_calls = """
from apache.aurora.client.config import GlobalHookRegistry
class NoKills(object):
  def pre_kill_job(self, *args, **kw): return False
GlobalHookRegistry.register_global_hook(NoKills())
"""
    of_commands = """
from apache.aurora.client.cli.command_hooks import CommandHook, GlobalCommandHookRegistry
class Guard(CommandHook):
  name = 'guard'
  def get_nouns(self): return ['job']
  def get_verbs(self, noun): return ['killall']
  def pre_command(self, noun, verb, context, args): return 7
GlobalCommandHookRegistry.register_command_hook(Guard())
"""
    for hook, verb, skip, code in ((of_calls, "killall", "--disable_all_hooks_reason=test", 1), (of_commands, "job killall", "--skip-hooks=all", 7)):
      name = self.begin("running")
      with open(os.path.join(folder, "site.py"), "w") as out:
        out.write(hook)
      refused = self.cluster.aurora(*verb.split(), key(name))
      self.assertEqual(refused.code, code, refused)
      self.assertEqual(self.commands(name), BOTH)
      self.assertEqual(self.cluster.aurora(*verb.split(), skip, key(name)).code, 0)
      self.assertEqual(self.commands(name), [])
      os.unlink(os.path.join(folder, "site.py"))


if __name__ == "__main__":
  unittest.main()
