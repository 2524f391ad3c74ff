"""`aurora thermos run` and `simplerun`: every way to begin a task, and every example of the specification and of Thermos' manual."""
import os
import re
import shutil
import signal
import socket
import tempfile
import unittest

import images
from harness import HANG_SECONDS, IS_ROOT, ROLE, USER, wait_for
from thermos_root import Thermos, ThermosCase, task


class RunTest(ThermosCase):
  def test_simplerun(self):
    done = self.check(self.thermos.run("simplerun", "echo hello world"), 0)
    self.assertEqual(done.out, "Running command: 'echo hello world'\n")
    task_id = re.search(r"Task (simple-\d{8}-\d{6}\.\d{6}): SUCCESS", done.err)[1]
    self.assertEqual(self.thermos.output(task_id, "simple"), "hello world\n")
    self.assertEqual(self.thermos.story(task_id), "ACTIVE CLEANING FINALIZING SUCCESS")
    self.assertEqual(self.thermos.story(task_id, "simple"), "WAITING FORKED RUNNING SUCCESS:0")

  def test_simplerun_takes_all_that_follows_as_the_command(self):
    for words in (["--task_id", "a", "echo", "--task_id", "x", "-E"], ["--task_id=b", "--", "echo", "--task_id", "x", "-E"]):
      done = self.check(self.thermos.run("simplerun", *words), 0)
      self.assertEqual(done.out, "Running command: 'echo --task_id x -E'\n")
    self.assertEqual(self.thermos.output("b", "simple"), "--task_id x -E\n")
    done = self.thermos.run("simplerun", "-f", "--name=n", "--task_id=c", "-P", "web:80", "-E", "who=me",
                            "echo {{who}} {{thermos.ports[web]}} {{thermos.task_id}} {{thermos.user}}; echo no >&2")
    self.assertIn("me 80 c %s\n" % USER, self.check(done, 0, "no\n").out)
    self.check(self.thermos.run("simplerun"), 2, "Should specify a command line")
    self.check(self.thermos.run("simplerun", "exit 3"), 1, "FAILED: process 'simple' exited with code 3")

  def test_what_a_process_gets(self):
    self.check(self.thermos.run("simplerun", "--task_id=e", "env | sort; pwd; umask; ulimit -n; ls /proc/self/fd | wc -l"), 0)
    home = os.path.realpath(self.thermos.sandbox("e"))
    self.assertEqual(self.thermos.output("e", "simple").splitlines(), [
        "HOME=" + home, "LOGNAME=" + USER, "PATH=/usr/local/bin:/usr/bin:/bin", "PWD=" + home, "SHLVL=1", "USER=" + USER,
        "_=/usr/bin/env", home, "0022", "1024", "4"])

  def test_wrong_words(self):
    one = self.thermos.write("one.thermos", "export(Task(name='one', processes=[Process(name='p', cmdline='true')]))\n")
    two = self.thermos.write("two.thermos", "t = Task(processes=[Process(name='p', cmdline='true')])\n"
                                            "export(t(name='task1'))\nexport(t(name='task2'))\n")
    none = self.thermos.write("none.thermos", "x = 1\n")
    ports = self.thermos.write("ports.thermos", task("Process(name='p', cmdline='{{thermos.ports[http]}} {{thermos.ports[admin]}}')"))
    usage = "usage: aurora thermos run [options] config\n\naurora thermos run: error: "
    for words, problem in [
        ([], "Should specify precisely one config, instead got: []"),
        ([one, two], "Should specify precisely one config, instead got: ['%s', '%s']" % (one, two)),
        ([none], "No tasks specified!"), ([two], "Multiple tasks in config but no task name specified!"),
        ([two, "--task", "task3"], "Could not find task task3!"), ([ports], "ERROR!  Unbound ports: admin http"),
        ([ports, "-P", "http:80"], "ERROR!  Unbound ports: admin"),
        ([one, "-P", "http=80"], "Invalid value for --port: http=80 should be of form NAME:PORT"),
        ([one, "-P", "http:x"], "Port does not appear to be an integer: x"),
        ([one, "-E", "x"], "Binding must be of the form NAME=VALUE"), ([one, "-E", "a=b=c"], "Binding must be of the form NAME=VALUE"),
        ([one, "--task_id", "../x"], "'../x' is no task id"), ([one, "--enable_chroot"], "--enable_chroot is not supported")]:
      with self.subTest(words):
        self.check(self.thermos.run("run", *words), 2, usage + problem)
    for words, problem in [(["run", "--colour", one], "unknown option --colour"), (["runn"], "did you mean run?")]:
      self.check(self.thermos.run(*words), 2, problem)
    self.assertFalse(os.path.exists(self.thermos.root))

  def test_the_configuration_is_wrong(self):
    missing = self.thermos.run("run", os.path.join(self.thermos.folder, "missing.thermos"))
    self.check(missing, 3, "Error loading configuration: ")
    self.check(self.thermos.run_file("export(Task(\n"), 3, "Error loading configuration: ")
    self.check(self.thermos.run_file(task("Process(name='p')")), 3, "Process[cmdline] is required.")
    self.check(self.thermos.run_file(task("Process(name='p', cmdline='echo {{first}}')")), 102,
               "Failed to interpolate task, missing: first")
    p = "Process(name='%s', cmdline='true')"
    self.check(self.thermos.run_file(task(p % "a" + "," + p % "a")), 102, "Duplicate process name: a")
    cycle = ", constraints=[Constraint(order=['a', 'b']), Constraint(order=['b', 'a'])]"
    self.check(self.thermos.run_file(task(p % "a" + "," + p % "b", cycle)), 102, "Cycle through process a")
    self.check(self.thermos.run_file(task(p % "a/b")), 102, "a/b")
    self.check(self.thermos.run_file(task(p % "a"), "--user", "no-such-user"), 104, "user does not exist: no-such-user")

  def test_json(self):
    path = self.thermos.write("t.json", '{"name": "j", "processes": [{"name": "p", "cmdline": "echo {{what}}"}]}')
    self.check(self.thermos.run("run", "--json", "-E", "what=this", "--task_id", "j1", path), 0)
    self.assertEqual(self.thermos.output("j1", "p"), "this\n")

  def test_a_sandbox_of_the_users(self):
    sandbox = os.path.join(self.thermos.folder, "mine")
    os.mkdir(sandbox)
    self.thermos.write("mine/before", "kept")
    self.check(self.thermos.run_file(task("Process(name='p', cmdline='cat before; touch made; pwd')"), "--sandbox", "mine",
                                     "--task_id", "s"), 0)
    with open(sandbox + "/.logs/p/0/stdout") as text:
      self.assertEqual(text.read(), "kept%s\n" % sandbox)
    self.assertTrue(os.path.exists(sandbox + "/made"))
    self.assertIn(sandbox, self.thermos.run("tail", "s").out)
    gone = self.thermos.run("gc", "--force", "--delete-data", "--delete-logs", "--delete-metadata", "s")
    self.check(gone, 1, "is not in the task's own folder, and is left alone")
    self.assertTrue(os.path.exists(sandbox + "/before"))

  @unittest.skipUnless(IS_ROOT, "needs root")
  def test_limits(self):
    """The same as an executor's; a task that asks for no memory has no limit of it."""
    hungry = 'x=$(head -c 300000000 /dev/zero | tr "\\0" x); echo ${#x}'
    done = self.check(self.thermos.run("simplerun", "--task_id", "hungry", "--ram", "10MB", hungry), 1)
    # Whoever sees it first says it: who watches the task, or its runner.
    self.assertRegex(done.err, r"Task used more memory than requested\.|simple: FAILED, signal 9: the kernel killed")
    self.assertIn("Task hungry: FAILED: over its limit of memory", done.err)
    self.check(self.thermos.run("simplerun", "--task_id", "big", "--ram", "2GB", "--cpus", "0.5", hungry), 0)
    self.check(self.thermos.run("simplerun", "--task_id", "free", "--ram", "10MB", "--unconfined", hungry + "; ls /tmp"), 0)
    self.assertIn(self.thermos.folder.split("/")[2], self.thermos.output("free", "simple"))
    self.check(self.thermos.run_file(task("Process(name='p', cmdline=%r)" % hungry), "--task_id", "unsaid"), 0)
    self.assertEqual(self.thermos.output("unsaid", "p"), "300000000\n")
    asks = ", resources=Resources(cpu=0.1, ram=16*MB, disk=%d*MB)"
    self.check(self.thermos.run_file(task("Process(name='p', cmdline=%r)" % hungry, asks % 16)), 1, "over its limit of memory")
    self.check(self.thermos.run_file(task("Process(name='p', cmdline='head -c 30000000 /dev/zero > big; sleep 300')", asks % 8)), 1,
               "over its limit of disk")

  @unittest.skipUnless(IS_ROOT, "needs root")
  def test_limits_of_one_that_is_left_to_its_runner(self):
    """What the kernel kills for its memory has failed as often as it may; disk is measured by the runner's parent."""
    hungry = "exec tail -n 1 /dev/zero"
    text = task("Process(name='p', max_failures=2, min_duration=0, cmdline=%r)" % hungry,
                ", resources=Resources(cpu=0.1, ram=16*MB, disk=16*MB)")
    self.check(self.thermos.run_file(text, "--daemon", "--task_id", "hungry"), 0)
    self.check(self.thermos.run_file(task("Process(name='p', cmdline='head -c 30000000 /dev/zero > big; exec sleep 300')",
                                          ", resources=Resources(cpu=0.1, ram=16*MB, disk=8*MB)"), "--daemon", "--task_id", "big"), 0)

    def status(task_id):
      return self.thermos.run("status", "--only=finished", "--verbosity=3", task_id).out
    self.assertRegex(wait_for("it has failed", lambda: "FAILED" in status("hungry") and status("hungry")),
                     r"p runs: 2 [^\n]*\n    reason: process 'p' was ended by SIGKILL \(run 2\): the kernel killed \d process(es)? at")
    self.assertRegex(wait_for("it is killed", lambda: "KILLED" in status("big") and status("big")),
                     r"reason: Disk limit exceeded.  Reserved 8388608 bytes vs used \d+ bytes.")

  @unittest.skipUnless(IS_ROOT and shutil.which("crun"), "needs root and crun")
  def test_an_image(self):
    folder = os.path.join(self.thermos.folder, "images")
    images.make_root(os.path.join(folder, "small"), "small")
    here = ["--image_dir", folder, "--image"]
    self.check(self.thermos.run("simplerun", "--task_id", "i", *here, "small", "cat /etc/marker; pwd"), 0)
    self.assertEqual(self.thermos.output("i", "simple"), "small/mnt/mesos/sandbox\n")
    self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "d", *here, "small", "exec sleep 1000"), 0)
    self.check(self.thermos.run("kill", "d"), 0)
    missing = self.check(self.thermos.run("simplerun", "--task_id", "m", *here, "none:1", "true"), 101, "image none:1: it is not on this host")
    self.assertIn("--image_pull", missing.err)
    self.check(self.thermos.run("simplerun", *here, "a b", "true"), 2, "'a b' is no name of an image")
    one = self.thermos.write("one.thermos", task("Process(name='p', cmdline='true')"))
    self.check(self.thermos.run("run", "--sandbox", self.thermos.folder, *here, "small", one), 2, "leave out --sandbox or --image")
    self.check(self.thermos.run_file("export(Task(name='t', processes=[]))\nContainer(docker=Docker(image='small'))\n"), 3,
               "Docker is for jobs")
    json = self.thermos.write("t.json", '{"name": "t", "processes": [{"name": "p", "cmdline": "true"}], "container": {}}')
    self.check(self.thermos.run("run", "--json", json), 2, "name its image with --image")

  def test_an_id_is_run_once(self):
    self.check(self.thermos.run("simplerun", "--task_id", "once", "true"), 0)
    self.check(self.thermos.run("simplerun", "--task_id", "once", "true"), 105, "Cannot take control of a task in terminal state.")
    self.check(self.thermos.run("simplerun", "--daemon", "--task_id", "lives", "sleep 1000"), 0)
    self.check(self.thermos.run("simplerun", "--task_id", "lives", "true"), 101, "Found existing runner, cannot take control.")
    self.check(self.thermos.run("kill", "lives"), 0)

  def test_a_port_that_is_taken(self):
    with socket.socket() as taken:
      taken.bind(("127.0.0.1", 0))
      taken.listen()
      port = taken.getsockname()[1]
      done = self.thermos.run("simplerun", "--task_id", "p", "-P", "web:%d" % port, "true")
    self.check(done, 101, "port %d (web) is in use by pid %d" % (port, os.getpid()))
    self.check(self.thermos.run("status", "^p$"), 1)

  @unittest.skipUnless(IS_ROOT, "needs root")
  def test_another_user(self):
    self.check(self.thermos.run("simplerun", "--task_id", "u", "--user", ROLE, "id -un; touch x; stat -c %U . x"), 0)
    self.assertEqual(self.thermos.output("u", "simple"), "\n".join([ROLE] * 3) + "\n")

  @unittest.skipUnless(IS_ROOT, "needs another user")
  def test_a_user_who_is_not_root(self):
    thermos = Thermos(ROLE)
    self.addCleanup(thermos.close)
    self.check(thermos.run("simplerun", "--task_id", "u", "id -un"), 0)
    self.assertEqual(thermos.output("u", "simple"), ROLE + "\n")
    self.check(thermos.run("simplerun", "--user", "root", "id -un"), 104, "Must be root to run processes as other users!")
    daemon = thermos.run("simplerun", "--daemon", "--task_id", "d", "sleep 1000")
    self.check(daemon, 0)
    self.check(thermos.run("kill", "d"), 0)
    thermos.wait_quiet()
    # Root's own tasks are not shown to others, who are told.
    self.check(self.thermos.run("simplerun", "--task_id", "r", "true"), 0)
    thermos.root = self.thermos.root
    hidden = thermos.run("status", "r")
    self.check(hidden, 1, "%s may not read %s/executor" % (ROLE, self.thermos.root))
    self.assertEqual(hidden.out, "No tasks found.\n")
    self.assertEqual(self.check(thermos.run("tail", "r"), 1, "may not read").out, "ERROR: Could not find task.\n")

  def test_concurrent_runs(self):
    running = [self.thermos.popen("simplerun", "--name", "n%d" % i, "sleep 1; echo %d; exit %d" % (i, i % 2)) for i in range(12)]
    for i, process in enumerate(running):
      out, err = process.communicate(timeout=2 * HANG_SECONDS)
      self.assertEqual(process.returncode, i % 2, err)
      task_id = re.search(r"Task (n%d-\S+): " % i, err)[1]
      self.assertEqual(self.thermos.output(task_id, "n%d" % i), "%d\n" % i)


class GoldenTest(ThermosCase):
  """The recorded sequences of §5.2."""
  A = "Process(name='a', cmdline='sleep 1; exit 7')"
  DEAF = "trap \"\" TERM; while :; do read -t 1 <> <(:); done"

  def final(self, cmdline, more=""):
    return "Process(name='f', cmdline='%s', final=True%s)" % (cmdline, more)

  def test_golden_sequences(self):
    b = "Process(name='b', cmdline='sleep 100')"
    deaf = "Process(name='b', cmdline='%s')" % self.DEAF
    wait = ", finalization_wait=4"
    cases = {
        "plain": task(", ".join([self.A, b, self.final("exit 1")]), wait),
        "deaf": task(", ".join([self.A, deaf, self.final("exit 1")]), wait),
        "long": task(", ".join([self.A, b, self.final("sleep 100")]), wait),
        "ephemeral": task(", ".join(["Process(name='b', cmdline='sleep 1')",
                                     "Process(name='e', cmdline='sleep 500', ephemeral=True)",
                                     self.final("[ -e x ] || { touch x; exit 1; }", ", max_failures=3, min_duration=0")]),
                          ", finalization_wait=20, max_failures=2"),
        "killed": task(", ".join([deaf, "Process(name='c', cmdline='sleep 100')", self.final("true")])),
    }
    running = {name: self.thermos.popen("run", "--task_id", name, self.thermos.write(name + ".thermos", text))
               for name, text in cases.items()}
    wait_for("the last one has begun", lambda: "RUNNING" in self.thermos.story("killed", "b"))
    running["killed"].send_signal(signal.SIGTERM)
    codes = {}
    for name, process in running.items():
      process.communicate(timeout=2 * HANG_SECONDS)
      codes[name] = process.returncode
    self.assertEqual(codes, {"plain": 1, "deaf": 1, "long": 1, "ephemeral": 0, "killed": 4})
    begun = "WAITING FORKED RUNNING "
    for name, process, expected in [
        ("plain", "", "ACTIVE CLEANING FINALIZING FAILED"), ("plain", "a", begun + "FAILED:7"),
        ("plain", "b", begun + "KILLED:-15"), ("plain", "f", begun + "FAILED:1"),
        ("deaf", "", "ACTIVE CLEANING FAILED"), ("deaf", "b", begun + "KILLED:-1"), ("deaf", "f", ""),
        ("long", "", "ACTIVE CLEANING FINALIZING FAILED"), ("long", "f", begun + "KILLED:-1"),
        ("ephemeral", "", "ACTIVE CLEANING FINALIZING SUCCESS"), ("ephemeral", "e", begun + "KILLED:-15"),
        ("ephemeral", "f", begun + "FAILED:1 " + begun + "SUCCESS:0"),
        ("killed", "", "ACTIVE ACTIVE CLEANING KILLED"), ("killed", "b", begun + "KILLED:-1"),
        ("killed", "c", begun + "KILLED:-15"), ("killed", "f", "")]:
      with self.subTest(name=name, process=process):
        self.assertEqual(self.thermos.story(name, process), expected)
    # What the runner decides itself follows the task's end in the stream.
    self.assertEqual(self.thermos.records("deaf")[-2:], [("", "FAILED", None), ("b", "KILLED", -1)])


class ExamplesTest(ThermosCase):
  """Everything that the specification and Thermos' own manual show."""

  def test_thermos_manual(self):
    self.thermos.write("lib/math.thermos", "bc = Process(cmdline = \"echo 'scale={{precision}};{{command}}'\")\n"
                                           "pi = bc(name = 'pi').bind(command = '4*a(1)')\n")
    self.check(self.thermos.run_file("include('lib/math.thermos')\nexport(Task(name = 'compute_pi', processes = [pi]))\n", "-E",
                                     "precision=500", "--task_id", "pi"), 0)
    self.assertEqual(self.thermos.output("pi", "pi"), "scale=500;4*a(1)\n")
    for number, text in enumerate([
        "process = Process(name = 'simple', cmdline = 'echo hello world')\n"
        "task = Task(name = 'simple', processes = [process])\nexport(task)\n",
        "export({'name': 'simple', 'processes': [{'name': 'simple', 'cmdline': 'echo hello world'}]})\n"]):
      self.check(self.thermos.run_file(text, "--task_id", "simple%d" % number), 0)
      self.assertEqual(self.thermos.output("simple%d" % number, "simple"), "hello world\n")
    self.check(self.thermos.run_file(
        "process = Process(cmdline = 'echo {{name}} >> ../sandbox/said')\n"
        "export(Task(name = 'echoes', processes = [process(name = 'first'), process(name = 'second')],\n"
        "            constraints = [Constraint(order = ['first', 'second'])]))\n", "--task_id", "echoes"), 0)
    with open(self.thermos.sandbox("echoes") + "/said") as said:
      self.assertEqual(said.read(), "first\nsecond\n")

  def test_mapreduce(self):
    text = """
def make_mapper(id):
  return Process(name = "mapper%03d" % id, cmdline = "echo $((%d * 2)) > temp.%03d" % (id, id))
def make_reducer():
  return Process(name = "reducer", cmdline = "cat temp.* | wc -l > table && rm -f temp.*")
processes = map(make_mapper, range(60))
task = Task(name = "mapreduce", processes = processes + [make_reducer()],
            constraints = [Constraint(order = [mapper.name(), 'reducer']) for mapper in processes], max_concurrency = 8)
export(task)
"""
    done = self.thermos.run_file(text.replace("map(make_mapper, range(60))", "[make_mapper(i) for i in range(60)]"), "--task_id", "m")
    self.check(done, 0)
    with open(self.thermos.sandbox("m") + "/table") as table:
      self.assertEqual(table.read().strip(), "60")

  def test_failures(self):
    self.check(self.thermos.run_file(
        "template = Process(max_failures=3, min_duration=0)\n"
        "export(Task(name = 'fail', max_failures=2, processes = [template(name = 'failing', cmdline = 'exit 1'),\n"
        "                                                        template(name = 'succeeding', cmdline = 'exit 0')]))\n",
        "--task_id", "f"), 0)
    run = "WAITING FORKED RUNNING FAILED:1"
    self.assertEqual(self.thermos.story("f", "failing"), " ".join([run] * 3))

  def test_what_the_specification_shows(self):
    greet = ("export(SequentialTask(name = 'greet', processes = [\n"
             "  Process(name = 'greet', cmdline = 'echo hello {{who}} as {{thermos.user}} on {{thermos.ports[http]}}'),\n"
             "  Process(name = 'bye', cmdline = 'echo bye')]))\n"
             "export({'name': 'plain', 'processes': [{'name': 'p', 'cmdline': 'true'}]})\n")
    self.check(self.thermos.run_file(greet, "-E", "who=world", "-P", "http:8123", "--task", "greet", "--task_id", "g"), 0)
    self.assertEqual(self.thermos.output("g", "greet"), "hello world as %s on 8123\n" % USER)
    self.check(self.thermos.run_file(greet, "--task", "plain", "--task_id", "plain"), 0)
    # setup_env and read_env: one process leaves its environment to the next.
    self.check(self.thermos.run_file(
        "export(SequentialTask(name='env', processes=[\n"
        "  Process(name='setup_env', cmdline='''cat <<EOF > .thermos_profile\nexport IT_WORKED=hello\nEOF'''),\n"
        "  Process(name='read_env', cmdline='echo \"$IT_WORKED\"')]))\n", "--task_id", "env"), 0)
    self.assertEqual(self.thermos.output("env", "read_env"), "hello\n")
    # verify_command_escaping: quotes and lines arrive in bash as they are.
    self.check(self.thermos.run_file(task(
        "Process(name='p', cmdline='''\n  [[ \"a == b\" == 'a == b' ]] &&\n  echo \"it's\" 'so \"quoted\"' ''')"), "--task_id", "quotes"), 0)
    self.assertEqual(self.thermos.output("quotes", "p"), "it's so \"quoted\"\n")
    # ephemeral_daemon_with_final
    with tempfile.NamedTemporaryFile(dir="/var/tmp", delete=False) as stop_file:  # /tmp is the task's own
      stop = stop_file.name
    self.check(self.thermos.run_file(task(
        "Process(name='main', cmdline='echo main'), Process(name='e', cmdline='sleep 3600', daemon=True, ephemeral=True),"
        "Process(name='f', cmdline='rm {{stop_file}}', final=True)"), "-E", "stop_file=" + stop), 0)
    self.assertFalse(os.path.exists(stop))
    # daemonizing_process: what left its session is told at the end.
    self.check(self.thermos.run_file(task(
        "Process(name='p', cmdline='''touch term\n(setsid bash -c 'trap \"rm term; exit\" TERM; touch up; while :; do sleep 0.1; done' &)\n"
        "while ! [ -e up ]; do sleep 0.1; done''')"), "--task_id", "daemonizing"), 0)
    self.assertFalse(os.path.exists(self.thermos.sandbox("daemonizing") + "/term"))
    # Loggers of §9.
    self.check(self.thermos.run_file(task(
        "Process(name='p', cmdline='for i in 1 2 3 4 5 6; do echo 123456789; sleep 0.05; done', logger=Logger(destination='both',"
        " mode='rotate', rotate=RotatePolicy(log_size=20, backups=2)))"), "--task_id", "rotate"), 0)
    self.assertTrue(os.path.exists(self.thermos.sandbox("rotate") + "/.logs/p/0/stdout.2"))
    self.assertEqual(len(self.thermos.run("tail", "rotate").out.splitlines()) > 0, True)

  def test_inspect(self):
    path = self.thermos.write("i.thermos", task("Process(name='p', cmdline='echo {{x}} {{thermos.ports[http]}}')"))
    self.assertEqual(self.check(self.thermos.run("inspect", "-E", "x=it's", "-P", "http:80", path), 0).out, """\
{   'constraints': (),
    'finalization_wait': 30,
    'max_concurrency': 0,
    'max_failures': 1,
    'name': 't',
    'processes': (   {   'cmdline': "echo it's 80",
                         'daemon': False,
                         'ephemeral': False,
                         'final': False,
                         'max_failures': 1,
                         'min_duration': 5,
                         'name': 'p'},)}
""")


if __name__ == "__main__":
  unittest.main()
