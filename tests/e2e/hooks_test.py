"""Hooks around real calls to a real scheduler, asked at a terminal or not; and what job files tell about braces."""
import os
import shutil
import subprocess
import unittest

import harness
from harness import AURORA, job_text, key

HOOKS = """
class Log(object):
  def __init__(self, path, answer=True): self.path, self.answer = path, answer
  def note(self, text):
    with open(self.path, 'a') as out: out.write(text + '\\n')
    return self.answer
  def generic_hook(self, hook_config, event, method_name, result_or_err, args, kw):
    config, job_key = hook_config
    return self.note('%s %s %s %s' % (event, method_name, job_key.to_path(), result_or_err))
class Confirms(object):
  def pre_kill_job(self, job_key, **kw): return raw_input('Kill %s? ' % job_key.name) == 'yes'
class Refuses(object):
  def pre_restart(self, job_key, shards, restart_settings, config=None): print('seen %s %s' % (shards, restart_settings.batch_size))
class Fails(object):
  def post_create_job(self, result, config): raise ValueError('after %s' % result.responseCode)
"""


class HooksTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    cls.hooks = cls.cluster.dir + "/hooks"
    cls.notes = cls.cluster.folder + "/notes"

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def setUp(self):
    shutil.rmtree(self.hooks, ignore_errors=True)
    self.take_notes()

  def take_notes(self):
    """What hooks have written since the last time."""
    if not os.path.exists(self.notes):
      return []
    with open(self.notes) as lines:
      found = lines.read().splitlines()
    os.remove(self.notes)
    return found

  def write(self, name, hooks, extra=", enable_hooks = True", command="sleep 600"):
    return self.cluster.write(name + ".aurora", job_text(name, command, extra=extra, instances=2) + HOOKS + "hooks = [%s]\n" % hooks)

  def site(self, name, text):
    os.makedirs(self.hooks, exist_ok=True)
    with open(os.path.join(self.hooks, name), "w") as out:
      out.write(text)

  def typed(self, text, *words):
    done = subprocess.run([AURORA, *words], env=self.cluster.env, cwd=self.cluster.folder, input=text, capture_output=True,
                          text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr

  def test_every_call_of_a_job_file(self):
    job = self.write("every", "Log(%r), Fails()" % self.notes)
    created = self.cluster.aurora("create", key("every"), job)
    self.assertEqual(created.code, 0, created)
    self.assertIn(" WARN] Error in post_create_job in Fails\n", created.err)
    self.assertIn("ValueError: after 1", created.err)
    self.assertEqual(self.take_notes(), ["pre create_job %s None" % key("every"), "post create_job %s OK" % key("every")])
    self.assertNotEqual(self.cluster.aurora("create", key("every"), job).code, 0)
    self.assertRegex(self.take_notes()[1], r"^err create_job %s APIError: INVALID_REQUEST: Job .* already exists" % key("every"))
    self.cluster.wait_task("every", "RUNNING")
    restarted = self.cluster.aurora("job", "restart", "--config", job, "--watch-secs", "1", key("every"))
    self.assertEqual(restarted.code, 0, restarted)  # in two batches
    self.assertEqual(self.take_notes(), ["pre restart %s None" % key("every"), "post restart %s OK" % key("every")])
    updated = self.cluster.aurora("update", "start", key("every"), job)
    self.assertEqual(updated.code, 0, updated)
    self.assertEqual([note.split()[1] for note in self.take_notes()], ["start_job_update"] * 2)
    self.assertEqual(self.cluster.aurora("cancel_update", key("every"), job).code, 0)
    self.assertEqual([note.split()[1] for note in self.take_notes()], ["cancel_update"] * 2)
    updated = self.cluster.aurora("update", key("every"), job)
    self.assertEqual([note.split()[1] for note in self.take_notes()], ["update_job"] * 2, updated)
    killed = self.cluster.aurora("job", "kill", "--config", job, "--batch-size", "1", key("every") + "/0-1")
    self.assertEqual(killed.code, 0, killed)
    self.assertEqual([note.split()[:2] for note in self.take_notes()], [["pre", "kill_job"], ["post", "kill_job"]] * 2)
    self.assertEqual(self.cluster.aurora("killall", key("every"), self.write("every", "", extra="")).code, 0)

  def test_refusals(self):
    job = self.write("refused", "Refuses(), Log(%r, False)" % self.notes)
    for words, code, prefix in (("job create", 4, ""), ("create", 1, "FATAL] ")):
      done = self.cluster.aurora(*words.split(), key("refused"), job)
      self.assertEqual((done.code, done.err.splitlines()[-1]), (code, prefix + "Pre hooks stopped call to create_job"), done)
    self.assertEqual(self.cluster.tasks("refused"), [])
    open_job = self.write("refused", "Refuses()", extra="")
    self.assertEqual(self.cluster.aurora("create", key("refused"), open_job).code, 0)  # the job does not want them
    job = self.write("refused", "Refuses()")
    self.cluster.wait_task("refused", "RUNNING")
    done = self.cluster.aurora("restart", "--batch_size=2", key("refused"), job)
    self.assertEqual((done.code, done.out), (1, "seen [0, 1] 2\n"), done)
    self.assertEqual(self.cluster.aurora("killall", key("refused")).code, 0)

  def test_asked_at_the_terminal(self):
    job = self.write("asked", "Confirms()")
    self.assertEqual(self.cluster.aurora("create", key("asked"), job).code, 0)
    code, out, err = self.typed("no\n", "job", "killall", "--config", job, key("asked"))
    self.assertEqual((code, out, err.splitlines()[-1]), (4, "Kill asked? ", "Pre hooks stopped call to kill_job"))
    code, out, err = self.typed("", "job", "killall", "--config", job, key("asked"))
    self.assertEqual(code, 4)
    self.assertIn("EOFError", err)
    code, out, err = self.typed("yes\nyes\n", "job", "killall", "--config", job, key("asked"))
    self.assertEqual((code, out[:12]), (0, "Kill asked? "), err)

  def test_the_sites_hooks_come_first_and_stay(self):
    self.site("b.py", HOOKS + "from apache.aurora.client.config import GlobalHookRegistry as Registry\n"
              "Registry.register_global_hook(Log(%r, False))\nprint('loaded')\n" % self.notes)
    job = self.write("site", "Log(%r)" % self.notes)
    with open(job, "a") as out:
      out.write("from apache.aurora.client.config import GlobalHookRegistry\nGlobalHookRegistry.reset()\n")
    done = self.cluster.aurora("job", "create", "--skip-hooks=all", key("site"), job)
    self.assertEqual((done.code, done.out), (4, ""), done)
    self.assertEqual(self.take_notes(), ["pre create_job %s None" % key("site")] * 2)
    reason = self.cluster.aurora("create", "--disable_all_hooks_reason=fire", key("site"), self.write("site", ""))
    self.assertEqual(reason.code, 0, reason)
    self.assertIn(" INFO] Client hooks disabled; reason given by user: fire\n", reason.err)
    self.assertEqual(self.cluster.aurora("killall", "--disable_all_hooks_reason=fire", key("site")).code, 0)
    self.assertEqual(self.take_notes(), [])

  def test_command_hooks_of_both_grammars(self):
    self.site("a.py", """
from apache.aurora.client.cli.command_hooks import CommandHook, GlobalCommandHookRegistry
from apache.aurora.client.commands.core import CoreCommandHook
class Guard(CommandHook):
  name = 'guard'
  def get_nouns(self): return ['job', 'config']
  def get_verbs(self, noun): return ['status', 'list']
  def pre_command(self, noun, verb, context, commandline):
    if context.options.jobspec is None: return None
    raise self.Error(9, 'closed for %s' % context.options.jobspec.name)
  def post_command(self, noun, verb, context, commandline, result): context.print_out('after %s %s' % (noun, verb))
class Old(CoreCommandHook):
  name = 'old'
  def execute(self, cmd, options, *args, **kw): return 7 if cmd == 'killall' and args else None
GlobalCommandHookRegistry.register_command_hook(Guard())
CoreCommandHook.register_hook(Old())
""")
    done = self.cluster.aurora("job", "status", key("none"))
    self.assertEqual((done.code, done.err), (9, "Error executing command hook guard: closed for none; aborting\n"), done)
    self.assertNotEqual(self.cluster.aurora("job", "status", "--skip-hooks", "other,guard", key("none")).code, 9)
    job = self.write("listed", "")
    self.assertTrue(self.cluster.aurora("config", "list", job).out.endswith("\nafter config list\n"))
    self.assertFalse(self.cluster.aurora("config", "list", "--skip-hooks=all", job).out.endswith("after config list\n"))
    done = self.cluster.aurora("killall", key("none"))
    self.assertEqual((done.code, done.out), (7, "Command execution aborted by hook old\n"), done)
    self.assertNotEqual(self.cluster.aurora("status", key("none")).code, 7)
    self.site("a.py", "from apache.aurora.client.cli.command_hooks import *\nclass All(CommandHook):\n  name = 'all'\n"
              "GlobalCommandHookRegistry.register_command_hook(All())\n")
    done = self.cluster.aurora("status", key("none"))
    self.assertEqual((done.code, done.err.splitlines()[0]),
                     (3, "Error loading hooks file %s/a.py: Invalid hook name 'all'" % self.hooks), done)

  def test_split_braces_reach_the_program(self):
    command = "echo '{''{.Names}}' \"{\"\"{ end }}\" ; sleep 600"
    job = self.write("braces", "", command=command)
    self.assertEqual(self.cluster.aurora("create", key("braces"), job).code, 0)
    task = self.cluster.wait_task("braces", "RUNNING")
    harness.wait_for("the output", lambda: self.cluster.output(task, "braces") == "{{.Names}} {{ end }}\n")
    self.assertEqual(self.cluster.aurora("killall", key("braces")).code, 0)


if __name__ == "__main__":
  unittest.main()
