"""A command in a task's sandbox over a WebSocket, at its host and passed on by the scheduler."""
import os
import signal
import time
import unittest

import harness
from harness import ROLE, http, job_text, key, processes, wait_for
from web_socket import Exec, Refused, WebSocket, exec_url

WORKER = "echo ready; exec sleep 1234"


class ExecTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    path = cls.cluster.write("shell.aurora", job_text("shell", WORKER))
    created = cls.cluster.aurora("job", "create", key("shell"), path)
    assert created.code == 0, created
    with open(cls.cluster.dir + "/secret") as secret:
      cls.secret = secret.read().strip()
    cls.task = cls.cluster.wait_task("shell", "RUNNING")
    cls.host = "%s/v1/tasks/%s" % (cls.cluster.executor_url(cls.task), cls.task["taskId"])
    cls.passed_on = "%s/v1/jobs/%s/devel/shell/0" % (cls.cluster.url, ROLE)

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def exec(self, *command, base=None, **parameters):
    return Exec(base or self.host, command, secret=self.secret, **parameters)

  def sandbox(self):
    return http(self.host, headers={"Authorization": "Bearer " + self.secret}).json()["sandbox"]

  def records(self):
    return http(self.host + "/execs").json()["execs"]

  def marked(self, text):
    return [pid for pid, (_, command) in processes().items() if text in command]

  def wait_gone(self, text):
    wait_for("nothing of %r is left" % text, lambda: not self.marked(text))

  def test_a_shell_on_a_terminal(self):
    for base in (self.host, self.passed_on):
      shell = self.exec(base=base, rows=31, columns=97)
      shell.write("PS1='$ '; stty size; id -un; pwd; echo $HOME; echo d''one\n")
      said = shell.read_until("done")
      self.assertIn("31 97\r\n", said)
      self.assertIn(ROLE + "\r\n", said)
      self.assertIn("/sandbox\r\n", said)
      shell.control(resize={"rows": 20, "columns": 40})
      shell.write("stty size; echo d''one\n")
      self.assertIn("20 40\r\n", shell.read_until("done"))
      shell.write("sh -c 'echo begin''s; exec sleep 1000'\n")
      shell.read_until("begins")
      shell.write("\x03")
      shell.read_until("$ ")  # a shell forgets the rest of a line that was interrupted
      shell.write("echo code $?\n")
      shell.read_until("code 130")
      shell.write("sh -c 'echo begin''s; exec sleep 1000'; echo code $?\n")
      shell.read_until("begins")
      shell.control(signal="TERM")
      shell.read_until("code 143")
      shell.write("exit 7\n")
      self.assertEqual(shell.wait(), 7)
      self.assertEqual(shell.close.code, 1000)

  def test_a_command_without_a_terminal(self):
    for base in (self.host, self.passed_on):
      command = self.exec("bash", "-c", "test -t 0 || echo none; echo wrong >&2; cat; exit 3", base=base)
      command.write("typed ä\n")
      command.control(closeStdin=True)
      self.assertEqual(command.wait(), 3)
      self.assertEqual(command.out.decode(), "none\ntyped ä\n")
      self.assertEqual(command.err, b"wrong\n")
      self.assertEqual(self.exec("bash", "-c", "kill -9 $$", base=base).wait(), "KILL")
      words = self.exec("printf", "%s|", "a b", "$HOME", "&x=y", "ü", "", base=base)
      words.wait()
      self.assertEqual(words.out.decode(), "a b|$HOME|&x=y|ü||")

  def test_the_end_of_input_on_a_terminal(self):
    command = self.exec("cat", terminal=True)
    command.write("line\n")
    command.read_until("line\r\nline")
    command.control(closeStdin=True)
    self.assertEqual(command.wait(), 0)

  def test_much_passes_both_ways(self):
    much = os.urandom(1 << 20) * 8
    for base in (self.host, self.passed_on):
      command = self.exec("bash", "-c", "md5sum; head -c 20000000 /dev/zero | tr '\\0' x", base=base)
      command.write(much)
      command.control(closeStdin=True)
      self.assertEqual(command.wait(), 0)
      import hashlib
      self.assertTrue(command.out.startswith(hashlib.md5(much).hexdigest().encode()))
      self.assertEqual(command.out.count(b"x"), 20000000)

  def test_who_pauses_and_then_pastes_much_gets_its_echo(self):
    """What ends the pause stands behind the input, which is taken only when its echo is."""
    much = os.urandom(1 << 20)
    echo = self.exec("cat")
    echo.control(pause=True)
    echo.write(much)
    echo.control(pause=False)
    echo.control(closeStdin=True)
    self.assertEqual(echo.wait(), 0)
    self.assertEqual(echo.out, much)

  def test_who_does_not_read_keeps_nobody_else_waiting(self):
    for base in (self.host, self.passed_on):
      lazy = self.exec("bash", "-c", "head -c 30000000 /dev/zero; echo $? > lazy; exit 5", base=base, receive_buffer=65536)
      stuffed = self.exec("bash", "-c", "echo begins; sleep 2345", base=base)
      stuffed.read_until("begins")
      stuffed.web_socket.socket.settimeout(1)
      with self.assertRaises(OSError):
        stuffed.write(b"x" * 50000000)
      begin = time.monotonic()
      for _ in range(5):
        self.assertEqual(self.exec("true", base=base).wait(), 0)
      self.assertLess(time.monotonic() - begin, 20)
      self.assertEqual(self.memory_of_executor() < 400 << 20, True)
      stuffed.vanish()
      self.wait_gone("sleep 2345")
      self.assertEqual(lazy.wait(), 5)
      self.assertEqual(len(lazy.out), 30000000)

  def memory_of_executor(self):
    with open("/proc/%d/status" % self.cluster.child("executor")) as lines:
      return int([line for line in lines if line.startswith("VmRSS")][0].split()[1]) << 10

  def test_a_client_that_vanishes_takes_all_with_it(self):
    for base in (self.host, self.passed_on):
      shell = self.exec(base=base)
      shell.write("PS1=; (setsid sleep 3333 &); (trap '' HUP TERM; sleep 3334 &); sleep 3335 & echo begin''s; cat\n")
      shell.read_until("begins")
      wait_for("the processes", lambda: len(self.marked("sleep 333")) == 3)
      shell.vanish()
      self.wait_gone("sleep 333")
      wait_for("its end is kept", lambda: not any(record["isRunning"] for record in self.records()))
      self.assertIn("client", self.records()[-1]["reason"])

  def test_several_at_once(self):
    commands = [self.exec("bash", "-c", "read x; echo $x", base=base) for base in (self.host, self.passed_on) for _ in range(10)]
    for number, command in enumerate(commands):
      command.write("%d\n" % number)
    for number, command in enumerate(commands):
      self.assertEqual(command.wait(), 0)
      self.assertEqual(command.out, b"%d\n" % number)

  def test_there_is_a_bound_that_says_so(self):
    held = []
    with self.assertRaises(Refused) as refused:
      for _ in range(100):
        held.append(self.exec("sleep", "4444"))
    self.assertEqual(refused.exception.status, 429)
    self.assertIn("64 WebSockets", refused.exception.message())
    with self.assertRaises(Refused) as refused:
      self.exec("true", base=self.passed_on)
    self.assertEqual(refused.exception.status, 429)
    for one in held:
      one.vanish()
    self.wait_gone("sleep 4444")

  def test_refusals(self):
    def refusal(url, **headers):
      with self.assertRaises(Refused) as refused:
        WebSocket(url, headers)
      return refused.exception
    right = "Bearer " + self.secret
    for base in (self.host, self.passed_on):
      self.assertEqual(refusal(exec_url(base)).status, 401)
      self.assertEqual(refusal(exec_url(base), Authorization="Bearer " + self.secret[:-1] + "X").status, 401)
      self.assertEqual(refusal(exec_url(base), Authorization=right, Origin="http://evil.example").status, 403)
      self.assertEqual(refusal(exec_url(base, rows=0), Authorization=right).status, 400)
      reply = http(base + ":exec", headers={"Authorization": right})
      self.assertEqual(reply.status, 426)
      self.assertIn("Sec-WebSocket-Key", reply.json()["message"])
    self.assertEqual(refusal(exec_url(self.host + "x"), Authorization=right).status, 404)
    self.assertEqual(refusal(exec_url(self.passed_on + "1"), Authorization=right).status, 404)

  def test_who_did_what_is_kept_and_logged(self):
    self.assertEqual(self.exec("true").wait(), 0)
    self.assertEqual(self.exec("bash", "-c", "exit 9", base=self.passed_on).wait(), 9)
    wait_for("both ends", lambda: all("endedAtMs" in record for record in self.records()[-2:]))
    direct, passed = self.records()[-2:]
    self.assertEqual((direct["command"], direct["exitCode"], direct["who"]), (["true"], 0, "somebody at 127.0.0.1"))
    self.assertEqual((passed["command"], passed["exitCode"]), (["bash", "-c", "exit 9"], 9))
    self.assertEqual(passed["who"], "somebody at 127.0.0.1, for somebody at 127.0.0.1")
    self.assertIn("exec %s in %s" % (passed["id"], self.task["taskId"]), self.cluster.log_text())


class ExecEndsTest(unittest.TestCase):
  """What ends while somebody is in a shell."""

  def setUp(self):
    self.cluster = harness.Cluster().start()
    path = self.cluster.write("shell.aurora", job_text("shell", WORKER))
    self.assertEqual(self.cluster.aurora("job", "create", key("shell"), path).code, 0)
    with open(self.cluster.dir + "/secret") as secret:
      self.secret = secret.read().strip()
    self.task = self.cluster.wait_task("shell", "RUNNING")
    self.passed_on = "%s/v1/jobs/%s/devel/shell/0" % (self.cluster.url, ROLE)

  def tearDown(self):
    self.cluster.close()

  def shell(self):
    shell = Exec(self.passed_on, secret=self.secret)
    shell.write("PS1=; trap '' HUP; (setsid sleep 5555 &); (trap '' HUP TERM; sleep 5556 &); echo begin''s; sleep 5557\n")
    shell.read_until("begins")
    wait_for("the processes", lambda: len(self.sleeps()) == 3)
    return shell

  def sleeps(self):
    return [pid for pid, (_, command) in processes().items() if "sleep 555" in command and "PS1" not in command]

  def test_a_task_that_is_killed_ends_its_shells(self):
    shell = self.shell()
    self.assertEqual(self.cluster.aurora("job", "killall", "--no-batching", key("shell")).code, 0)
    self.assertEqual(shell.wait(), "KILL")
    self.assertEqual(shell.end["reason"], "its task has ended")
    wait_for("nothing is left", lambda: not self.sleeps())
    with self.assertRaises(Refused) as refused:
      Exec(self.passed_on, secret=self.secret)
    self.assertEqual(refused.exception.status, 404)

  def test_an_executor_that_stops_ends_its_shells_and_leaves_the_task(self):
    shell = self.shell()
    os.kill(self.cluster.child("executor"), signal.SIGTERM)
    while shell.step():
      pass
    self.assertEqual(shell.close.code, 1001)
    wait_for("nothing is left", lambda: not self.sleeps())
    self.assertTrue([pid for pid, (_, command) in processes().items() if "sleep 1234" in command])

  def test_what_a_killed_executor_left_is_ended_by_the_next(self):
    shell = self.shell()
    self.cluster.kill_child("executor")
    while shell.step():
      pass
    wait_for("nothing is left", lambda: not self.sleeps())
    task = self.cluster.wait_task("shell", "RUNNING")
    self.assertEqual(task["taskId"], self.task["taskId"])
    wait_for("another shell", lambda: self.opens())

  def opens(self):
    try:
      return Exec(self.passed_on, ["true"], secret=self.secret).wait() == 0
    except (Refused, AssertionError):
      return False

  def test_a_scheduler_that_goes_ends_what_it_passes_on(self):
    shell = self.shell()
    self.cluster.kill_child("scheduler")
    while shell.step():
      pass
    wait_for("nothing is left", lambda: not self.sleeps())


if __name__ == "__main__":
  unittest.main()
