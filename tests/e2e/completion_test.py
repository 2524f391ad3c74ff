"""Completion as bash, zsh and fish do it, on a terminal, against a real cluster: keys are pressed, and then the line is read."""
import os
import pty
import re
import select
import signal
import time
import unittest

import harness
from harness import AURORA, HANG_SECONDS, ROLE, key, run_client

TAB = "\t"
SHELLS = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], 'bind "set bell-style none"; eval "$(aurora completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'unsetopt beep; autoload -U compinit; compinit -D -u; eval "$(aurora completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "aurora completion fish | source"),
}


class Shell:
  """An interactive shell on a terminal of its own."""

  def __init__(self, name, env, folder):
    words, setup = SHELLS[name]
    self.text = ""
    self.pid, self.terminal = pty.fork()
    if self.pid == 0:
      os.chdir(folder)
      os.execvpe(words[0], words, env)
    self.run(setup)

  def close(self):
    os.kill(self.pid, signal.SIGKILL)
    os.close(self.terminal)
    os.waitpid(self.pid, 0)

  def press(self, keys):
    os.write(self.terminal, keys.encode())

  def read_until(self, pattern):
    """What the terminal shows from now on, up to the pattern."""
    deadline = time.monotonic() + HANG_SECONDS
    while True:
      found = re.search(pattern, self.text)
      if found:
        self.text = self.text[found.end():]
        return found
      if time.monotonic() > deadline:
        raise AssertionError("%r is not shown; what is: %r" % (pattern, self.text))
      if select.select([self.terminal], [], [], 1)[0]:
        shown = os.read(self.terminal, 65536).decode(errors="replace")
        self.text += re.sub(r"\x1b(\[[0-9;?>=]*[A-Za-z]|\][^\x07]*\x07|[()][0B]|[=>])|\r|\x0f", "", shown)

  def run(self, command):
    self.press(command + "; printf 'do%s' ne\n")
    self.read_until("done")

  def complete(self, typed):
    """The words of the line after these keys, of which one is TAB."""
    self.press(typed + " end\x01printf '<%s>' \n")  # at the beginning of the line, which then is printed instead of run
    return re.findall("<([^>]*)>", self.read_until(r"<aurora>((<[^>]*>)*)<end>").group(1))

  def list_candidates(self, typed, wanted):
    """What is shown below the line holds all of these."""
    self.press(typed)
    for word in wanted:
      self.read_until(re.escape(word))
    self.press("\x05\x15")  # to the line's end, and delete it
    self.run("true")


class CompletionTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(executors=2, flags=["--thermos_executor_cpu=0.01"]).start()
    cluster = cls.cluster
    cls.file = cluster.write("web.aurora", harness.job_text("web", "sleep 1000", instances=12))
    cluster.write("notes.txt", "")
    done = cluster.aurora("job", "create", "--wait-until", "RUNNING", key("web"), cls.file)
    assert done.code == 0, done
    done = cluster.aurora("update", "start", key("web"), cluster.write("web2.aurora", harness.job_text("web", "sleep 1001", instances=12)))
    assert done.code == 0, done
    cls.update = cluster.get("/v1/updates")["updates"][0]["key"]["id"]
    tools = os.path.join(cluster.folder, "bin")
    os.symlink(AURORA, os.path.join(tools, "aurora"))
    cls.env = dict(cluster.env, TERM="xterm", COLUMNS="120", LINES="40", LC_ALL="C.UTF-8", HISTFILE="/dev/null")

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def words(self, *words):
    return self.cluster.aurora("__complete", *words).out.splitlines()

  # --- what the shells ask

  def test_commands_and_verbs(self):
    self.assertEqual(self.words("cre"), ["create"])
    self.assertIn("start", self.words("update", ""))
    self.assertEqual(self.words("job", "kil"), ["kill", "killall"])
    self.assertEqual(self.words("-v", "job", "stat"), ["status"])
    self.assertEqual(self.words("help", "job", "ins"), ["inspect"])
    self.assertEqual(self.words("man", "thermos", "simp"), ["simplerun"])

  def test_options_and_their_values(self):
    self.assertIn("--wait-until", self.words("create", "--w"))
    self.assertEqual(self.words("create", "--wait-until", ""), ["FINISHED", "PENDING", "RUNNING"])
    self.assertEqual(self.words("create", "--wait-until=R"), ["--wait-until=RUNNING"])
    self.assertEqual(self.words("create", "--wait-until", "=", "R"), ["RUNNING"])  # as bash takes it apart
    self.assertEqual(self.words("create", "--wait-until", "="), ["FINISHED", "PENDING", "RUNNING"])
    self.assertEqual(self.words("update", "list", "--status", "a"), ["active", "all"])
    self.assertIn("ROLLED_BACK", self.words("update", "list", "--status", "R"))
    self.assertEqual(self.words("admin", "host_drain", "--grouping", "by_"), ["by_host", "by_rack"])
    self.assertEqual(self.words("admin", "reconcile_tasks", "--type", "i"), ["implicit"])
    self.assertEqual(self.words("admin", "store", "che"), ["check"])
    self.assertEqual(self.words("job", "kill", "--message", ""), [])

  def test_keys_by_their_parts(self):
    self.assertEqual(self.words("job", "status", "dev"), ["devcluster/"])
    self.assertEqual(self.words("job", "status", "devcluster/"), ["devcluster/%s/" % ROLE])
    self.assertEqual(self.words("job", "status", "devcluster/%s/d" % ROLE), ["devcluster/%s/devel/" % ROLE])
    self.assertEqual(self.words("job", "status", key("w")), [key("web")])
    self.assertEqual(self.words("create", "--wait-until", "RUNNING", key("w")), [key("web")])
    self.assertEqual(self.words("quota", "get", "devcluster/"), ["devcluster/" + ROLE])
    self.assertEqual(self.words("admin", "set_quota", "devcluster", ""), [ROLE])
    self.assertEqual(self.words("get_quota", "--cluster=devcluster", ""), [ROLE])
    self.assertEqual(self.words("job", "diff", "--from", key("w")), [key("web")])
    self.assertEqual(self.words("job", "kill", "--strict", "--no-batching", key("w")), [key("web") + "/"])
    self.assertEqual(self.words("update", key("w")), [key("web")])  # the classic verb

  def test_instances_where_they_are_taken(self):
    self.assertEqual(self.words("job", "kill", key("w")), [key("web") + "/"])
    self.assertEqual(self.words("job", "restart", key("w")), [key("web")])
    self.assertEqual(self.words("job", "restart", key("web") + "/1"), [key("web") + "/" + n for n in ("1", "10", "11")])
    self.assertEqual(self.words("job", "kill", key("web") + "/0-3,1"), [key("web") + "/0-3," + n for n in ("1", "10", "11")])
    self.assertEqual(self.words("job", "status", key("web") + "/"), [])

  def test_updates_hosts_and_copies(self):
    self.assertEqual(self.words("update", "info", key("web"), ""), [self.update])
    hosts = ["devcluster-1", "devcluster-2"]
    self.assertEqual(self.words("admin", "host_drain", "devcluster", "--hosts", "dev"), hosts)
    self.assertEqual(self.words("admin", "host_drain", "devcluster", "--hosts=devcluster-1,"),
                     ["--hosts=devcluster-1," + host for host in hosts])
    self.assertEqual(self.words("admin", "unknown_tasks", "kill", "devcluster", "--host", ""), hosts)
    self.assertEqual(self.words("admin", "unknown_tasks", "k"), ["kill"])
    self.assertEqual(self.words("admin", "unknown_tasks", "dev"), ["devcluster"])
    self.cluster.aurora("admin", "scheduler_backup_now", "devcluster")
    copies = self.words("admin", "scheduler_stage_recovery", "devcluster", "")
    self.assertTrue(copies and all(copy.startswith("scheduler-backup-") for copy in copies), copies)

  def test_files_are_left_to_the_shell(self):
    self.assertEqual(self.words("create", key("web"), ""), [":files .aurora"])
    self.assertEqual(self.words("config", "eval", "a.aurora", ""), [":files .aurora"])
    self.assertEqual(self.words("job", "kill", "--config", ""), [":files .aurora"])
    self.assertEqual(self.words("job", "kill", "--secret-file", ""), [":files"])
    self.assertEqual(self.words("admin", "store", "check", ""), [":folders"])
    self.assertEqual(self.words("man", "--install", ""), [":folders"])

  def test_a_scheduler_that_does_not_answer_is_silence_and_soon(self):
    env = dict(self.env, AURORA_CONFIG_ROOT=self.cluster.folder)
    self.cluster.write("clusters.json", '[{"name": "dead", "scheduler_uri": "http://127.0.0.1:1"},'
                                        ' {"name": "far", "scheduler_uri": "http://10.255.255.1:80"}]')
    for cluster in ("dead", "far", "unknown"):
      done = run_client("__complete", "job", "status", cluster + "/", env=env)
      self.assertEqual((done.code, done.out, done.err), (0, "", ""))
      self.assertLess(done.seconds, 5)  # 300 ms, on a machine with time

  # --- the shells themselves

  def check_shell(self, name):
    shell = Shell(name, self.env, self.cluster.folder)
    self.addCleanup(shell.close)
    self.assertEqual(shell.complete("aurora job stat" + TAB), ["job", "status"])
    self.assertEqual(shell.complete("aurora job create --wait-u" + TAB), ["job", "create", "--wait-until"])
    self.assertEqual(shell.complete("aurora job create --wait-until RU" + TAB)[-1], "RUNNING")
    self.assertEqual(shell.complete("aurora job create --wait-until=RU" + TAB)[-1], "--wait-until=RUNNING")
    self.assertEqual(shell.complete("aurora job status devc" + TAB + ROLE[:2] + TAB + TAB + TAB)[-1].rstrip("/"), key("web"))
    self.assertEqual(shell.complete("aurora job restart %s/11%s" % (key("web"), TAB))[-1], key("web") + "/11")
    self.assertEqual(shell.complete("aurora job create %s web2%s" % (key("web"), TAB))[-1], "web2.aurora")
    self.assertEqual(shell.complete("aurora admin store check ho%s" % TAB)[-1].rstrip("/"), "home")
    self.assertEqual(shell.complete("aurora admin host_status devcluster --hosts devcluster-1,%s2%s" % (TAB, TAB))[-1],
                     "devcluster-1,devcluster-2")
    shell.list_candidates("aurora update p" + TAB + TAB, ["pause"])
    shell.list_candidates("aurora job kill" + TAB + TAB, ["kill", "killall"])
    self.assertEqual(shell.complete("aurora job status dead/" + TAB)[-1], "dead/")

  def test_bash(self):
    self.check_shell("bash")

  def test_zsh(self):
    self.check_shell("zsh")

  def test_fish(self):
    self.check_shell("fish")


if __name__ == "__main__":
  unittest.main()
