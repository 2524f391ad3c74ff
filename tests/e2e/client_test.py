"""The client by itself: help, version, job files, completion; no cluster is needed."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, "../../tools")
import harness
from harness import AURORA, IS_ROOT, key, run_client
from run_tutorial import JOB, SCRIPT


class ClientTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    with open(cls.folder + "/hello_world.py", "w") as out:
      out.write(SCRIPT)
    cls.job = cls.folder + "/hello_world.aurora"
    with open(cls.job, "w") as out:
      out.write(JOB.replace("@FOLDER@", cls.folder).replace("@ROLE@", "www-data"))
    cls.env = dict(os.environ, HOME=cls.folder, AURORA_CONFIG_ROOT=cls.folder)

  @classmethod
  def tearDownClass(cls):
    shutil.rmtree(cls.folder)

  def aurora(self, *words):
    return run_client(*words, env=self.env, cwd=self.folder)

  def test_the_executable_is_static(self):
    done = subprocess.run(["ldd", AURORA], capture_output=True, text=True)
    self.assertIn("not a dynamic executable", done.stdout + done.stderr)

  def test_version_is_quick(self):
    self.aurora("version")
    fastest = min(self.aurora("version").seconds for _ in range(20))
    print("aurora version: %.1f ms" % (fastest * 1000))
    done = self.aurora("version")
    self.assertIn("Aurora API version: 3", done.out)
    self.assertEqual(self.aurora("--version").out, done.out)

  def test_help(self):
    for words in ((), ("help",), ("-h",), ("--help",)):
      done = self.aurora(*words)
      self.assertEqual(done.code, 0)
      for name in ("create", "killall", "devcluster", "scheduler", "executor", "job", "config"):
        self.assertRegex(done.out, r"(?m)^  %s " % name)
    for words in (("help", "create"), ("create", "--help"), ("help", "job", "create"), ("job", "create", "-h")):
      done = self.aurora(*words)
      self.assertEqual(done.code, 0, done)
      self.assertIn("Example: aurora", done.out)
      self.assertIn("[PENDING]", done.out)
    for mode in ("scheduler", "executor", "devcluster"):
      self.assertEqual(self.aurora(mode, "--help").code, 0)
    nope = self.aurora("help", "nope")
    self.assertEqual((nope.code, nope.out), (1, "Subcommand nope not found.\n"))
    self.assertIn("did you mean create?", self.aurora("help", "job", "creat").err)
    self.assertEqual(self.aurora("help", "help").out, self.aurora("help").out)
    self.assertIn("Usage: aurora python SCRIPT", self.aurora("python", "--help").out)
    self.assertEqual(self.aurora("version", "extra").code, 2)

  def test_inspect(self):
    done = self.aurora("inspect", key("hello_world", role="www-data"), self.job)
    self.assertEqual((done.code, done.err), (0, ""), done)
    self.assertEqual(done.out.replace(self.folder, "/vagrant"), """Job level information
  name:       hello_world
  role:       www-data
  cluster:    devcluster
  instances:  1
  service:    True
  production: False

Task level information
  name: fetch_package
  constraints:
    fetch_package < hello_world

Process fetch_package:
  cmdline:
    cp /vagrant/hello_world.py . && echo f0cc21c10c2b91974b0cac2629bbee6c && chmod +x hello_world.py

Process hello_world:
  cmdline:
    python hello_world.py

""")
    fastest = min(self.aurora("inspect", key("hello_world", role="www-data"), self.job).seconds for _ in range(5))
    print("aurora inspect: %.0f ms" % (fastest * 1000))

  def test_config(self):
    dump = self.aurora("config", "dump", self.job, "--json")
    self.assertEqual(dump.code, 0, dump)
    job = json.loads(dump.out)["jobs"][0]
    self.assertEqual((job["name"], job["role"], job["service"]), ("hello_world", "www-data", True))
    self.assertEqual(self.aurora("config", "list", self.job).out, "jobs=[devcluster/www-data/devel/hello_world]\n")
    self.assertEqual(self.aurora("config", "eval", self.job).out, "devcluster/www-data/devel/hello_world\n")
    self.assertEqual(self.aurora("config", "list", "/no/such").code, 4)
    self.assertEqual(self.aurora("config", "dump", "/no/such").code, 3)

  def write(self, name, text):
    path = os.path.join(self.folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
      out.write(text)
    return path

  def test_config_eval_of_several_files(self):
    bad = self.write("bad.aurora", harness.job_text("bad", "run {{nme}}").replace("cpu = 0.1", "cpu = 'x'"))
    broken = self.write("broken.aurora", "x = 1\njobs = [Job(instence = 1)]\n")
    missing = self.folder + "/missing.aurora"
    done = self.aurora("config", "eval", bad, self.job, broken, missing)
    self.assertEqual((done.code, done.out.count("\n")), (3, 2), done)
    job = "devcluster/%s/devel/bad" % harness.ROLE
    self.assertEqual([line for line in done.err.splitlines() if not line.startswith("warning: ")], [
        "%s:4: %s: jobs[0].task.resources.cpu: Cannot coerce 'x' to Float" % (bad, job),
        "%s:4: %s: jobs[0].task.processes[0].cmdline: Unexpected unbound ref: {{nme}} (did you mean {{name}}?)" % (bad, job),
        "%s:2: Unknown schema attribute instence (MesosJob has no field 'instence', did you mean 'instances'?)" % broken,
        "%s: [Errno 2] No such file or directory: '%s'" % (missing, missing)])
    document = json.loads(self.aurora("config", "eval", "--json", bad, self.job).out)
    self.assertEqual([(one["jobs"], len(one["problems"])) for one in document["files"]],
                     [([job], 2), (["devcluster/www-data/devel/hello_world"], 0)])
    self.assertEqual(document["files"][0]["problems"][0], {
        "job": job, "path": "jobs[0].task.resources.cpu", "kind": "loading", "file": bad, "line": 4,
        "text": "Cannot coerce 'x' to Float", "hint": ""})
    self.assertEqual(self.aurora("config", "eval", "--bind", "x", self.job).code, 2)
    self.assertIn("'[a,b]'", self.aurora("config", "eval", "[a,b]").err)

  def test_config_eval_of_cron_schedules(self):
    lines = ["jobs = []"]
    cases = [("*/5 * * *", "", "cron_schedule: Invalid cron schedule: */5 * * * (it has 4 fields; there must be five: minute, hour, "
              "day of month, month, day of week)"),
             ("0 2 * * *; 99 * * * *", "", "cron_schedule: Invalid cron schedule: 0 2 * * *; 99 * * * * ("),
             ("", "", "cron_schedule: Job has an empty cron schedule. (five fields: minute, hour, day of month, month, day of week)"),
             ("0 2 30 2 *", "", "cron_schedule: Invalid cron schedule: 0 2 30 2 * (no month that it names has such a day)"),
             ("0 2 * * *", "cron_time_zone = 'Europe/Berlyn'", "cron_time_zone: There is no time zone 'Europe/Berlyn'; use a name such as "),
             ("0 2 * * *", "cron_collision_policy = 'RUN_OVERLAP'", "cron_collision_policy: The RUN_OVERLAP collision policy has been "
              "removed (AURORA-38). (one of KILL_EXISTING, CANCEL_NEW)"),
             ("0 2 * * *", "service = True", "service: A service task may not be run on a cron schedule (a cron job ends by itself)"),
             ("0 2 * * *; */5 9-17 * * 1-5", "cron_time_zone = 'America/New_York'", "")]
    for number, (schedule, more, _) in enumerate(cases):
      lines.append("jobs.append(Job(cluster = 'c', role = 'r', environment = 'devel', name = 'n%d', task = SimpleTask('t', 'true'), "
                   "cron_schedule = %r, %s))" % (number, schedule, more))
    path = self.write("cron.aurora", "\n".join(lines))
    done = self.aurora("config", "eval", path)
    self.assertEqual(done.code, 3, done)
    wanted = ["%s:%d: c/r/devel/n%d: jobs[%d].%s" % (path, number + 2, number, number, text)
              for number, (_, _, text) in enumerate(cases) if text]
    found = done.err.splitlines()
    self.assertEqual([line[:len(text)] for line, text in zip(found, wanted)], wanted)
    self.assertEqual(len(found), len(wanted), done)

  def test_hooks_of_the_site(self):
    site = self.write("hooks/site.py", """
from apache.aurora.client.cli.command_hooks import CommandHook, GlobalCommandHookRegistry
class Guard(CommandHook):
  name = 'guard'
  def get_nouns(self): return ['config']
  def get_verbs(self, noun): return ['list', 'dump']
  def pre_command(self, noun, verb, context, commandline): return 7 if verb == 'dump' else 0
  def post_command(self, noun, verb, context, commandline, result): context.print_out('after %s' % context.options.verb)
GlobalCommandHookRegistry.register_command_hook(Guard())
""")
    self.addCleanup(shutil.rmtree, self.folder + "/hooks")
    listed = "jobs=[devcluster/www-data/devel/hello_world]\n"
    self.assertEqual(self.aurora("config", "list", self.job).out, listed + "after list\n")
    self.assertEqual(self.aurora("config", "list", "--skip-hooks", "guard", self.job).out, listed)
    refused = self.aurora("config", "dump", self.job)
    self.assertEqual((refused.code, refused.out), (7, "Command aborted by command hook guard with error code 7\n"))
    with open(site, "a") as out:
      out.write("1 / 0\n")
    broken = self.aurora("status", key("hello_world"))
    self.assertEqual((broken.code, broken.err.splitlines()[0]), (3, "Error loading hooks file %s: division by zero" % site))

  def test_python(self):
    done = self.aurora("python", "-c", "import pystachio, apache.aurora.config.schema.base as b, sys; print(b.Job is b.MesosJob); sys.exit(5)")
    self.assertEqual((done.code, done.out), (5, "True\n"), done)

  @unittest.skipUnless(IS_ROOT, "needs chroot")
  def test_nothing_but_the_binary_is_needed(self):
    root = tempfile.mkdtemp(prefix="aurora-e2e-root-")
    self.addCleanup(shutil.rmtree, root)
    os.mkdir(root + "/tmp")
    shutil.copy(AURORA, root + "/aurora")
    for name in ("hello_world.py", "hello_world.aurora"):
      with open(self.folder + "/" + name) as text, open(root + "/" + name, "w") as out:
        out.write(text.read().replace(self.folder, ""))
    done = subprocess.run(["/usr/sbin/chroot", root, "/aurora", "config", "dump", "/hello_world.aurora"], capture_output=True,
                          text=True, env={})
    self.assertEqual(done.returncode, 0, done)
    self.assertEqual(json.loads(done.stdout)["jobs"][0]["name"], "hello_world")

  def test_completion_without_a_cluster(self):
    for shell in ("bash", "zsh", "fish"):
      self.assertEqual(self.aurora("completion", shell).code, 0)
    self.assertEqual(self.aurora("completion", "tcsh").code, 2)
    self.assertEqual(self.aurora("__complete", "scheduler", "--host_").out, "--host_maintenance_polling_interval\n--host_timeout\n")
    self.assertEqual(self.aurora("__complete", "devcluster", "--keep").out, "--keep-tasks\n")
    self.assertEqual(self.aurora("__complete", "help", "killa").out, "killall\n")
    self.assertEqual(self.aurora("__complete", "completion", "z").out, "zsh\n")
    self.assertEqual(self.aurora("__complete", "--described", "completion", "z").out, "zsh\n")
    self.assertEqual(self.aurora("__complete", "--described", "cre").out,
                     "create\tCreate a job: its tasks start as soon as there is room for them.\n")

  def test_prefixes_and_underscores(self):
    done = self.aurora("create", "--wait_u", "SOON", key("x"), self.job)
    self.assertEqual(done.code, 2, done)
    self.assertIn("SOON", done.err)

  def test_options_that_do_not_exist(self):
    for words, meant in ((("create", "--wait-untill", "RUNNING", key("x"), self.job), "--wait-until"),
                         (("job", "status", "--jsn", key("x")), "--json"),
                         (("scheduler", "--cluster-name=x"), "--cluster_name"),
                         (("executor", "--portt", "1"), "--port"),
                         (("devcluster", "--keep-task"), "--keep-tasks"),
                         (("devcluster", "--exec", "3"), "--executors")):
      done = self.aurora(*words)
      self.assertEqual((done.code, done.out), (2, ""), done)
      self.assertIn("unknown option", done.err)
      self.assertIn("did you mean " + meant, done.err)

  def pages(self):
    """The words of every help page."""
    names = [()] + [("help", word) for word in self.aurora("__complete", "help", "").out.split() if word != "help"]
    for noun in ("job", "cron", "update", "task", "quota", "sla", "config", "host", "admin", "thermos"):
      names += [("help", noun, verb) for verb in self.aurora("__complete", "help", noun, "").out.split()]
    return names

  def test_help_pages_fit_the_terminal(self):
    pages = self.pages()
    self.assertGreater(len(pages), 70)
    for columns in (40, 72):
      env = dict(self.env, COLUMNS=str(columns))
      for words in pages:
        done = run_client(*words, env=env, cwd=self.folder)
        self.assertEqual((done.code, done.err), (0, ""), words)
        is_term = lambda line: columns < 60 and line.startswith("  -")  # an option with its default is not taken apart
        too_long = [line for line in done.out.splitlines()
                    if len(line) > columns and len(line.split()) > 1 and self.folder not in line and not is_term(line)]
        self.assertEqual(too_long, [], words)

  def test_every_page_has_an_example(self):
    nouns = {("help", noun) for noun in ("job", "cron", "task", "quota", "sla", "config", "host", "admin", "thermos")}  # lists of verbs
    for words in self.pages():
      if words and words not in nouns:
        self.assertRegex(self.aurora(*words).out, "Example: .*aurora " + " ".join(words[1:]))

  def test_manual_pages(self):
    folder = self.folder + "/man/man1"
    done = self.aurora("man", "--install", folder)
    self.assertEqual((done.code, done.err), (0, ""))
    names = os.listdir(folder)
    self.assertEqual(done.out, "%d pages were written to %s\n" % (len(names), folder))
    self.assertEqual(len(names), len(self.pages()))
    for name in ("aurora.1", "aurora-create.1", "aurora-job-create.1", "aurora-job.1", "aurora-scheduler.1", "aurora-thermos-run.1"):
      self.assertIn(name, names)
    for name in sorted(names):
      checked = subprocess.run(["groff", "-man", "-ww", "-z", os.path.join(folder, name)], capture_output=True, text=True)
      self.assertEqual((checked.returncode, checked.stderr), (0, ""), name)
    shown = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou", folder + "/aurora-job-create.1"], capture_output=True, text=True)
    self.assertRegex(shown.stdout, r"(?s)NAME\n +aurora-job-create - Create a job.*SYNOPSIS.*OPTIONS.*--wait-until STATE \[PENDING\]")
    text = self.aurora("man", "job", "create").out
    self.assertRegex(text, r"(?s)^NAME\n +aurora-job-create - Create a job\n\nSYNOPSIS\n +aurora job create \[options\] KEY FILE\n")
    self.assertEqual(self.aurora("man", "nope").code, 2)
    refused = self.aurora("man", "--install", "/proc/nowhere")
    self.assertEqual(refused.code, 1)
    self.assertIn("/proc/nowhere", refused.err)

  def test_verbosity_may_come_first(self):
    first = self.aurora("-v", "inspect", key("hello_world", role="www-data"), self.job)
    self.assertEqual(first.code, 0, first)
    self.assertIn("DEBUG] Command=(['aurora inspect'", first.err)
    self.assertEqual(self.aurora("-q", "version").code, 0)
    self.assertIn("unknown option -x", self.aurora("-x").err)


if __name__ == "__main__":
  unittest.main()
