"""Inside tasks from the command line: task run, task ssh and task scp, and their classic forms, against a devcluster."""
import asyncio
import hashlib
import os
import signal
import ssl
import stat
import subprocess
import threading
import unittest

import harness
from harness import AURORA, HANG_SECONDS, ROLE, http, job_text, key, processes, wait_for
from web_socket import Exec

WORKER = "echo ready; exec sleep 1234"
SERVER = "echo hello > index.html; exec python3 -m http.server --bind 0.0.0.0 {{thermos.ports[http]}}"


def read(path, mode="r"):
  with open(path, mode) as text:
    return text.read()


def digest(data):
  return hashlib.sha256(data).hexdigest()


class TlsProxy:
  """What a site puts in front of its scheduler: TLS with a certificate of its own."""

  def __init__(self, folder, behind):
    self.certificate, self.behind, self.port = os.path.join(folder, "certificate"), behind, harness.PORT + 61
    private = os.path.join(folder, "private-key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", private, "-out", self.certificate], check=True, capture_output=True)
    self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    self.context.load_cert_chain(self.certificate, private)
    self.loop = asyncio.new_event_loop()
    self.loop.run_until_complete(asyncio.start_server(self.carry, "127.0.0.1", self.port, ssl=self.context))
    threading.Thread(target=self.loop.run_forever, daemon=True).start()

  async def carry(self, reader, writer):
    behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self.behind)
    await asyncio.gather(self.move(reader, behind_writer), self.move(behind_reader, writer))

  async def move(self, reader, writer):
    try:
      while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    except OSError:
      pass
    writer.close()

  def close(self):
    self.loop.call_soon_threadsafe(self.loop.stop)


class TaskCase(unittest.TestCase):
  @classmethod
  def start(cls, *jobs):
    cls.cluster = harness.Cluster(flags=harness.QUICK + ["--thermos_executor_cpu=0.01"]).start()  # many tasks on few cores
    try:
      cls.create(jobs)
    except BaseException:
      cls.cluster.close()
      raise

  @classmethod
  def create(cls, jobs):
    for name, command, instances in jobs:
      path = cls.cluster.write(name + ".aurora", job_text(name, command, instances=instances).replace("cpu = 0.1", "cpu = 0.01"))
      created = cls.cluster.aurora("job", "create", "--wait-until", "RUNNING", key(name), path)
      assert created.code == 0, created
      wait_for("%s runs" % name, lambda: sum(t["status"] == "RUNNING" for t in cls.cluster.tasks(name)) == instances)

  def aurora(self, *words, **more):
    return self.cluster.aurora(*words, **more)

  def ok(self, *words, code=0, **more):
    outcome = self.aurora(*words, **more)
    self.assertEqual(outcome.code, code, outcome)
    return outcome

  def path(self, name):
    return os.path.join(self.cluster.folder, name)

  def sleepers(self, text):
    """Processes of tasks, not the clients whose command line names them."""
    return [pid for pid, (_, command) in processes().items() if text in command and AURORA not in command]


class TaskTest(TaskCase):
  @classmethod
  def setUpClass(cls):
    cls.start(("many", WORKER, 20), ("web", SERVER, 1))
    cls.tasks = {task["instanceId"]: task for task in cls.cluster.tasks("many", active=True)}

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  # --- run

  def test_run_in_all_tasks(self):
    line = "echo {{mesos.instance}} {{thermos.task_id}}; echo wrong >&2; pwd; exit 3"
    for words in (("task", "run", "-t", "6", key("many"), line), ("run", "-t", "6", key("many"), line)):
      out = self.ok(*words).out.splitlines()
      self.assertEqual(len(out), 60)
      seen = {}
      for at in range(0, 60, 3):
        host, _, rest = out[at].partition(":  ")
        instance, task_id = rest.split()
        seen[int(instance)] = (host, task_id)
        self.assertEqual(out[at + 1], host + ":  wrong")
        self.assertTrue(out[at + 2].endswith("/sandbox"), out[at + 2])
      self.assertEqual(seen, {number: (task["host"], task["taskId"]) for number, task in self.tasks.items()})

  def test_run_in_some_tasks(self):
    out = self.ok("task", "run", key("many") + "/3,5-6", "echo $0 {{mesos.instance}}").out
    self.assertEqual(sorted(line.split()[-1] for line in out.splitlines()), ["3", "5", "6"])
    self.assertIn("bash", out)
    out = self.ok("task", "run", "--executor-sandbox", key("many") + "/0", "ls").out
    self.assertIn(":  sandbox\n", out)

  def test_run_keeps_the_output_of_a_task_together(self):
    out = self.ok("task", "run", "-t", "3", key("many") + "/0-2", "seq 1 60000; printf end").out.splitlines()
    self.assertEqual(len(out), 3 * 60001)
    numbers = [line.partition(":  ")[2] for line in out]
    once = [str(number) for number in range(1, 60001)] + ["end"]
    self.assertTrue(numbers == 3 * once)

  def test_run_shows_no_commands_to_the_terminal(self):
    out = self.ok("task", "run", key("many") + "/0", r"printf '\033]0;title\007\n'").out
    self.assertNotIn("\033", out)

  def test_run_waits_for_room(self):
    with open(self.cluster.dir + "/secret") as text:
      secret = text.read().strip()
    base = "%s/v1/tasks/%s" % (self.cluster.executor_url(self.tasks[0]), self.tasks[0]["taskId"])
    held = [Exec(base, ["sleep", "4321"], secret=secret) for _ in range(64)]
    run = self.cluster.popen("task", "run", "-t", "3", key("many") + "/0-4", "echo done")
    self.assertIn("trying again", run.stderr.readline())
    for one in held:
      one.vanish()
    out, err = run.communicate(timeout=HANG_SECONDS)
    self.assertEqual((run.returncode, out.count(":  done\n")), (0, 5), err)

  def test_run_wrong(self):
    self.assertEqual(self.ok("task", "run", key("none"), "ls", code=6).err, "Job %s not found\n" % key("none"))
    self.assertEqual(self.ok("task", "run", key("many") + "/77", "ls", code=6).err, "Job %s not found\n" % key("many"))
    self.assertEqual(self.ok("run", key("none"), "ls", code=1).err, "FATAL] Job %s not found\n" % key("none"))
    self.ok("task", "run", key("many"), code=2)
    self.ok("task", "run", "-t", "0", key("many"), "ls", code=2)
    self.assertIn("job path is required", self.ok("run", code=1).err)

  # --- ssh without a terminal

  def ssh(self, *words, text=""):
    done = subprocess.run([AURORA] + list(words), env=self.cluster.env, input=text, capture_output=True, text=True, timeout=HANG_SECONDS)
    return done.returncode, done.stdout, done.stderr

  def test_ssh_ends_as_the_command_did(self):
    one = key("many") + "/1"
    self.assertEqual(self.ssh("task", "ssh", "-c", "echo out; echo err >&2; exit 7", one), (7, "out\n", "err\n"))
    self.assertEqual(self.ssh("task", "ssh", "--command", "kill -9 $$", one), (137, "", ""))
    self.assertEqual(self.ssh("task", "ssh", one, "-c", "cat; exit 0", text="typed\n"), (0, "typed\n", ""))
    self.assertEqual(self.ssh("task", "ssh", one, text="echo {shell}\nexit 9\n"), (9, "{shell}\n", ""))
    self.assertEqual(self.ssh("task", "ssh", one, "-c", "test -t 0; echo $? {{mesos.instance}}")[1], "1 1\n")
    self.assertEqual(self.ssh("task", "ssh", one, "--executor-sandbox", "-c", "basename $PWD/sandbox; ls -d sandbox")[1], "sandbox\nsandbox\n")
    pid_file = self.path("pid")
    self.assertEqual(self.ssh("task", "ssh", "-p", pid_file, "-c", "cat", one)[0], 0)
    self.assertGreater(int(read(pid_file)), 1)

  def test_classic_ssh_leaves_the_command_alone(self):
    code, out, err = self.ssh("ssh", key("many"), "1", "printf", "%s-", "-v", "--user", "x", "--", "-L")
    self.assertEqual((code, out), (0, "-v---user-x-----L-"))
    self.assertEqual(err, " INFO] Response from scheduler: OK (message: )\n")
    code, out, _ = self.ssh("run", "-t", "2", key("many"), "echo", "-t", "--threads=9", "$((1+1))")
    self.assertEqual((code, out.count(":  -t --threads=9 2\n")), (0, 20))
    self.assertEqual(self.ssh("ssh", key("many"), "1", "exit", "5")[0], 5)

  def test_ssh_carries_much_and_ends_with_who_reads_it(self):
    one = key("many") + "/2"
    data = os.urandom(3 << 20).hex()
    code, out, _ = self.ssh("task", "ssh", "-c", "cat", one, text=data)
    self.assertEqual((code, digest(out.encode())), (0, digest(data.encode())))
    shell = "%s task ssh -c 'yes 1357924680' %s | head -1" % (AURORA, one)
    done = subprocess.run(["bash", "-c", shell + "; echo ${PIPESTATUS[0]}"], env=self.cluster.env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=HANG_SECONDS)
    self.assertEqual(done.stdout, "1357924680\n141\n")
    wait_for("it has ended there", lambda: not self.sleepers("yes 1357924680"))

  def test_a_flag_is_not_taken_for_an_option_with_a_value(self):
    for words in (("ssh", "-e"), ("ssh", "--user", "me"), ("task", "ssh", "--executor-sandbox"), ("task", "run", "-t", "3")):
      self.assertIn(key("many") + "\n", self.ok("__complete", *words, key("man")).out)
    self.assertEqual(self.ok("__complete", "ssh", "--user", "dev").out, "")

  def test_ssh_wrong(self):
    self.assertEqual(self.ok("task", "ssh", "-c", "ls", key("many"), code=6).err,
                     "INSTANCE must be specified when --command option is given\n")
    self.assertEqual(self.ok("task", "ssh", key("many") + "/99", code=6).err, "Job %s not found\n" % key("many"))
    self.assertEqual(self.ok("ssh", key("many"), code=1).err, "FATAL] Shard is required\n")
    self.assertEqual(self.ok("ssh", key("many"), "x", code=1).err, "FATAL] Shard must be an integer\n")
    self.assertEqual(self.ok("ssh", code=1).err, "FATAL] Job path is required\n")
    wrong = self.cluster.write("wrong-secret", "0123456789abcdefX\n")
    for words in (("task", "ssh", "-c", "ls", key("many") + "/0"), ("task", "run", key("many"), "ls"),
                  ("task", "scp", key("many") + "/0:x", "y")):
      self.assertIn("secret", self.ok(*words, "--secret-file", wrong, code=30).err)
      self.assertIn("/nowhere", self.ok(*words, "--secret-file", "/nowhere", code=30).err)

  def test_a_tunnel(self):
    port = harness.PORT + 60
    task = self.cluster.wait_task("web", "RUNNING")
    shell = self.cluster.popen("task", "ssh", "-L", "%d:http" % port, "-c", "sleep 2468", key("web") + "/0")
    try:
      self.assertEqual(wait_for("the page", lambda: http("http://127.0.0.1:%d/" % port).body), "hello\n")
    finally:
      shell.terminate()
      shell.communicate(timeout=HANG_SECONDS)
    wait_for("it has ended there", lambda: not self.sleepers("sleep 2468"))
    self.assertEqual(self.ok("task", "ssh", "-L", "80", key("web"), code=6).err,
                     "Could not parse tunnel: 80.  Must be of form PORT:NAME\n")
    self.assertEqual(self.ok("task", "ssh", "-L", "8000:no", key("web"), code=6).err, "Task %s has no port named no\n" % task["taskId"])
    taken = self.ok("task", "ssh", "-L", "%d:http" % self.cluster.port, "-c", "true", key("web") + "/0", code=6)
    self.assertIn("Port %d of this machine cannot be listened on" % self.cluster.port, taken.err)

  # --- scp

  def test_scp_both_ways_and_between_tasks(self):
    data = os.urandom(5 << 20)
    source, there, back = self.path("source"), key("many") + "/4:", self.path("back")
    with open(source, "wb") as out:
      out.write(data)
    os.chmod(source, 0o751)
    self.ok("task", "scp", source, there + "folder/../copied")
    self.assertEqual(self.ssh("task", "ssh", "-c", "stat -c '%a %s' copied; ls", key("many") + "/4")[1].splitlines()[0], "751 %d" % len(data))
    self.ok("task", "scp", there + "copied", key("many") + "/5:passed")
    self.ok("task", "scp", key("many") + "/5:passed", back)
    self.assertEqual(digest(read(back, "rb")), digest(data))
    self.assertEqual(stat.S_IMODE(os.stat(back).st_mode), 0o751)
    self.assertEqual(self.ssh("task", "ssh", "-c", "ls -A | grep -c part", key("many") + "/5")[1], "0\n")
    self.assertEqual([name for name in os.listdir(self.cluster.folder) if "part" in name], [])

  def test_scp_several_and_into_folders(self):
    for name in ("one", "two words", "-three"):
      with open(self.path(name), "w") as out:
        out.write(name)
    there = key("many") + "/6:"
    self.ssh("task", "ssh", "-c", "mkdir -p into", key("many") + "/6")
    self.ok("task", "scp", "--", "one", "two words", "-three", there + "into")
    os.mkdir(self.path("out"))
    self.ok("task", "scp", there + "into/one", there + "into/two words", there + "into/-three", "out")
    for name in ("one", "two words", "-three"):
      self.assertEqual(read(self.path("out/" + name)), name)
    self.ok("task", "scp", there + "into/one", "out/renamed")
    self.assertEqual(read(self.path("out/renamed")), "one")
    absolute = self.ok("task", "scp", there + "/etc/hostname", "out").out
    self.assertEqual(absolute, "")
    self.assertEqual(read(self.path("out/hostname")), read("/etc/hostname"))
    self.ok("task", "scp", there + "/proc/self/status", "out")
    self.assertIn("Pid:", read(self.path("out/status")))

  def test_scp_wrong(self):
    there = key("many") + "/7:"
    with open(self.path("good"), "w") as out:
      out.write("good")
    self.assertEqual(self.ok("task", "scp", key("many") + "/99:x", "y", code=6).err, "Job or instance %s/99 not found\n" % key("many"))
    self.assertEqual(self.ok("task", "scp", there + "~/x", "y", code=6).err, "Command does not support tilde expansion for path: ~/x\n")
    self.assertIn("is not in the form CLUSTER/ROLE/ENV/NAME/INSTANCE", self.ok("task", "scp", key("many") + ":x", "y", code=6).err)
    self.assertIn("Instance must be an integer, but got x", self.ok("task", "scp", key("many") + "/x:x", "y", code=6).err)
    self.assertIn("No such file or directory", self.ok("task", "scp", there + "none", "y", code=1).err)
    self.assertFalse(os.path.exists(self.path("y")))
    self.assertIn("No such file or directory", self.ok("task", "scp", "none", there + "y", code=1).err)
    self.assertIn("is a folder", self.ok("task", "scp", self.cluster.folder, there + "y", code=1).err)
    some = self.ok("task", "scp", "none", "good", there + ".", code=1)
    self.assertIn("none: No such file or directory", some.err)
    self.assertEqual(self.ssh("task", "ssh", "-c", "cat good", key("many") + "/7")[1], "good")
    self.assertIn("denied", self.ok("task", "scp", "good", there + "/usr/bin/good", code=1).err.lower())
    self.ok("task", "scp", "good", code=2)

  def test_scp_that_is_broken_off_leaves_nothing(self):
    here, there = self.path("here"), self.path("there")  # outside of the sandbox, which has a limit
    for folder in (here, there):
      os.mkdir(folder)
      os.chmod(folder, 0o777)
      with open(folder + "/big", "wb") as out:
        out.truncate(8 << 30)
    copy = self.cluster.popen("task", "scp", key("many") + "/8:" + there + "/big", here + "/copy")
    wait_for("it has begun", lambda: any("copy.aurora-part" in name for name in os.listdir(here)))
    copy.send_signal(signal.SIGINT)
    copy.communicate(timeout=HANG_SECONDS)
    self.assertEqual(copy.returncode, 130)
    self.assertEqual(os.listdir(here), ["big"])
    copy = self.cluster.popen("task", "scp", here + "/big", key("many") + "/8:" + there + "/copy")
    wait_for("it has begun", lambda: any("copy.aurora-part" in name for name in os.listdir(there)))
    copy.kill()
    copy.communicate(timeout=HANG_SECONDS)
    wait_for("it is gone", lambda: os.listdir(there) == ["big"])

  # --- the real ones

  def test_ssh_and_scp_of_the_path(self):
    for name in ("ssh", "scp"):
      tool = self.cluster.write("bin/" + name, "#!/bin/sh\nfor word; do echo \"[$word]\"; done\necho %s >&2\nexit 5\n" % name)
      os.chmod(tool, 0o755)
    try:
      task = self.tasks[9]
      folder = "%s/slaves/*/frameworks/*/executors/thermos-%s/runs/latest/sandbox" % (self.cluster.dir, task["taskId"])
      whom = "%s@%s" % (ROLE, task["host"])
      nine = key("many") + "/9"
      def words(*expected):
        return "".join("[%s]\n" % word for word in expected)
      self.assertEqual(self.ok("task", "ssh", "--use-ssh", nine, code=5).out, words("-t", whom, "cd %s;bash" % folder))
      self.assertEqual(self.ok("task", "ssh", "--ssh-options", "-v -k", "-l", "me", "-c", "ls", nine, code=5).out,
                       words("-t", "-v", "-k", "me@" + task["host"], "cd %s;ls" % folder))
      self.assertEqual(self.ok("ssh", "--user=me", "-e", key("many"), "9", "ls", "-l", code=5).out,
                       words("-t", "me@" + task["host"], "cd %s;ls -l" % folder[:-len("/sandbox")]))
      out = self.ok("task", "run", "--use-ssh", nine, "ls {{mesos.instance}}").out
      self.assertEqual(out, "".join("%s:  %s\n" % (task["host"], line) for line in
                                    ("[-n]", "[-q]", "[%s]" % whom, "[cd %s;ls 9]" % folder, "ssh")))
      self.assertEqual(self.ok("task", "scp", "--scp-options=-r -p", "a", nine + ":b/../c", nine + ":/d", code=5).out,
                       words("-r", "-p", "a", "%s:%s/c" % (whom, folder), whom + ":/d"))
      web = self.cluster.wait_task("web", "RUNNING")
      out = self.ok("task", "ssh", "--use-ssh", "-L", "8080:http", key("web"), code=5).out
      self.assertIn(words("-L", "8080:%s:%d" % (web["host"], web["assignedPorts"]["http"])), out)
    finally:
      for name in ("ssh", "scp"):
        os.unlink(self.path("bin/" + name))

  def test_through_tls(self):
    proxy = TlsProxy(self.cluster.folder, self.cluster.port)
    try:
      secure = self.path("secure")
      os.mkdir(secure)
      with open(secure + "/clusters.json", "w") as out:
        out.write('[{"name": "devcluster", "scheduler_uri": "https://localhost:%d", "secret_file": "%s/secret"}]' %
                  (proxy.port, self.cluster.dir))
      env = {"AURORA_CONFIG_ROOT": secure, "HOME": secure, "SSL_CERT_FILE": proxy.certificate}
      self.assertEqual(self.ok("task", "ssh", "-c", "seq 1 100000 | tail -1", key("many") + "/0", env=env).out, "100000\n")
      self.assertEqual(len(self.ok("task", "run", "-t", "5", key("many"), "seq 1 1000", env=env).out.splitlines()), 20000)
      self.assertIn("certificate", self.ok("task", "ssh", "--timeout", "1s", "-c", "true", key("many") + "/0",
                                           env=dict(env, SSL_CERT_FILE="/dev/null"), code=9).err)
    finally:
      proxy.close()

  def test_a_cluster_without_slave_root(self):
    plain = self.path("plain")
    os.makedirs(plain, exist_ok=True)
    with open(plain + "/clusters.json", "w") as out:
      out.write('[{"name": "devcluster", "scheduler_uri": "%s", "secret_file": "%s/secret"}]' % (self.cluster.url, self.cluster.dir))
    env = {"AURORA_CONFIG_ROOT": plain, "HOME": plain}
    for words in (("task", "ssh", "--use-ssh", key("many") + "/0"), ("task", "run", "--use-ssh", key("many"), "ls"),
                  ("task", "scp", "--use-ssh", "x", key("many") + "/0:x")):
      self.assertTrue(self.ok(*words, env=env, code=3).err.startswith("Cluster devcluster has no slave_root in clusters.json"))
    self.assertEqual(self.ok("task", "ssh", "-c", "echo here", key("many") + "/0", env=env).out, "here\n")


class TaskEndsTest(TaskCase):
  """What ends while somebody is inside."""

  def setUp(self):
    self.start(("shell", WORKER, 1))
    self.shell = self.cluster.popen("task", "ssh", "-c", "echo begins; exec sleep 97531", key("shell") + "/0")
    self.assertEqual(self.shell.stdout.readline(), "begins\n")

  def tearDown(self):
    self.shell.kill()
    self.shell.communicate()
    self.cluster.close()

  def end(self):
    out, err = self.shell.communicate(timeout=HANG_SECONDS)
    wait_for("nothing is left", lambda: not self.sleepers("sleep 97531"))
    return self.shell.returncode, err

  def test_its_task(self):
    self.ok("job", "killall", "--no-batching", key("shell"))
    code, err = self.end()
    self.assertEqual(code, 137)
    self.assertIn("The command was ended: its task has ended. ", err)
    self.assertIn("kill", err.lower())

  def test_the_scheduler(self):
    self.cluster.kill_child("scheduler")
    code, err = self.end()
    self.assertEqual(code, 255)
    self.assertIn("The connection is lost: ", err)

  def test_the_client(self):
    self.shell.send_signal(signal.SIGINT)
    code, err = self.end()
    self.assertEqual(code, 130)
    self.assertIn("Command interrupted by user", err)


class Tmux:
  """A terminal with somebody at it."""
  count = 0

  def __init__(self, cluster):
    Tmux.count += 1
    self.cluster, self.socket = cluster, os.path.join(cluster.folder, "tmux-%d" % Tmux.count)
    self.run("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "bash --norc --noprofile")
    self.run("set", "-g", "status", "off")
    self.type("PS1='local''> '; clear")
    self.wait("local> ")

  def run(self, *words):
    env = dict(self.cluster.env, LC_ALL="C.UTF-8")
    return subprocess.run(["tmux", "-S", self.socket] + list(words), env=env, capture_output=True, text=True, check=True,
                          timeout=HANG_SECONDS).stdout

  def type(self, line):
    self.run("send-keys", "-l", line)
    self.run("send-keys", "Enter")

  def key(self, name):
    self.run("send-keys", name)

  def shown(self):
    return self.run("capture-pane", "-p", "-J")

  # `while_typing`: a line that is given again and again meanwhile.
  def wait(self, text, seconds=HANG_SECONDS, while_typing=None):
    def look():
      if while_typing is not None:
        self.type(while_typing)
      shown = self.shown()
      return text in shown and shown
    try:
      return wait_for("%r is shown" % text, look, seconds)
    except AssertionError as error:
      raise AssertionError("%s; shown:\n%s" % (error, self.shown()))

  def close(self):
    self.run("kill-server")


class TaskTerminalTest(TaskCase):
  @classmethod
  def setUpClass(cls):
    cls.start(("shell", WORKER, 1))

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def setUp(self):
    self.terminal = Tmux(self.cluster)

  def tearDown(self):
    self.terminal.close()

  def begin(self, *words):
    before, after = self.path("before"), self.path("after")
    for path in (before, after):
      if os.path.exists(path):
        os.unlink(path)
    self.terminal.type("stty -g > %s; %s %s; echo code $?; stty -g > %s" % (before, AURORA, " ".join(words), after))

  def check_end(self, code):
    self.terminal.wait("code %d" % code)
    wait_for("the terminal's modes", lambda: read(self.path("after")).strip())
    self.assertEqual(read(self.path("before")), read(self.path("after")))

  def open_shell(self):
    self.begin("task", "ssh", key("shell") + "/0")
    self.terminal.wait("$ ")
    self.terminal.type("PS1='remote''> '; clear")
    self.terminal.wait("remote> ")

  def test_a_shell(self):
    self.open_shell()
    self.terminal.type("echo $((6*7)) $(id -un) $(basename $PWD) $TERM")
    self.terminal.wait("42 %s sandbox " % ROLE)
    self.terminal.type("stty size")
    self.terminal.wait("30 100")
    self.terminal.run("resize-window", "-x", "70", "-y", "20")
    self.terminal.wait("20 70", while_typing="stty size")
    self.terminal.type("clear; sh -c 'echo begin''s; exec sleep 86420'")
    self.terminal.wait("begins")
    self.terminal.key("C-c")
    self.terminal.type("echo after $?")
    self.terminal.wait("after 130")
    self.assertFalse(self.sleepers("sleep 86420"))
    self.terminal.type("clear; sh -c 'echo begin''s; exec sleep 86421'")
    self.terminal.wait("begins")
    self.terminal.key("C-z")
    self.terminal.wait("Stopped")
    self.terminal.type("clear; fg")  # not `kill %1`: bash 5.2 may miss the end of a job that it has stopped
    self.terminal.wait("exec sleep 86421")
    self.terminal.key("C-c")
    self.terminal.type("echo again $?")
    self.terminal.wait("again 130")
    self.terminal.type("exit 5")
    self.check_end(5)

  def test_a_command_with_a_terminal(self):
    self.begin("task", "ssh", "-c", "'test -t 0 && stty size; read x; echo \"<$x>\"'", key("shell") + "/0")
    self.terminal.wait("30 100")
    self.terminal.type("typed")
    self.terminal.wait("<typed>")
    self.check_end(0)

  def test_ways_out(self):
    self.open_shell()
    self.terminal.key("Enter")
    self.terminal.run("send-keys", "-l", "~.")
    self.check_end(255)
    self.terminal.type("clear")
    self.open_shell()
    os.kill(wait_for("the client", self.client), signal.SIGTERM)
    self.check_end(143)
    self.terminal.type("clear")
    self.open_shell()
    os.kill(wait_for("the client", self.client), signal.SIGSEGV)
    self.check_end(139)

  def client(self):
    found = [pid for pid, (_, command) in processes().items() if command.startswith(AURORA + " task ssh")]
    return found[0] if found else None


if __name__ == "__main__":
  unittest.main()
