"""What strangers on the network may cost a cluster, and what they may do: slow and many clients, requests without the
secret, daemons that listen beyond their machine, redirects, terminal escapes."""
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from harness import AURORA, PORT, ROLE, http as call, key, wait_for


class Slow:
  """Connections to one port, each of which sends a byte now and then."""

  def __init__(self, port, count):
    self.sockets = []
    for number in range(count):
      one = socket.create_connection(("127.0.0.1", port))
      head = "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
      one.sendall(("GET /v1/ho" if number % 2 else head).encode())
      self.sockets.append(one)
    self.stopping = threading.Event()
    self.thread = threading.Thread(target=self.trickle, daemon=True)
    self.thread.start()

  def trickle(self):
    while not self.stopping.wait(1):
      for one in self.sockets:
        try:
          one.sendall(b"x")
        except OSError:
          pass  # closed by the server

  def close(self):
    self.stopping.set()
    self.thread.join()
    for one in self.sockets:
      one.close()


class StrangersTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster().start()
    cls.host = cls.cluster.get("/v1/hosts")["hosts"][0]

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def create(self, name, command="while true; do echo on; sleep 1; done"):
    path = self.cluster.write(name + ".aurora", harness.job_text(name, command))
    return self.cluster.aurora("create", key(name), path)

  def test_slow_clients_keep_nobody_from_either_daemon(self):
    executor_port = int(self.host["executorUrl"].rpartition(":")[2])
    slow = [Slow(self.cluster.port, 400), Slow(executor_port, 400)]
    try:
      self.assertEqual(self.create("beside").code, 0)
      self.cluster.wait_task("beside", "RUNNING", 60)
      self.assertIn("RUNNING", self.cluster.aurora("job", "status", key("beside")).out)
      for port in (self.cluster.port, executor_port):
        self.assertEqual(call("http://127.0.0.1:%d/health" % port).status, 200)
      self.assertTrue(self.cluster.get("/v1/hosts")["hosts"][0]["isConnected"])
      self.assertEqual(self.cluster.aurora("killall", key("beside")).code, 0)
    finally:
      for one in slow:
        one.close()

  def test_many_clients_keep_their_connections(self):
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    kept = [socket.create_connection(("127.0.0.1", self.cluster.port)) for _ in range(600)]
    for round_number in range(3):
      for one in kept:
        one.sendall(request)
      for one in kept:
        self.assertIn(b"200 OK", one.recv(4096), round_number)
    for one in kept:
      one.close()

  def test_what_changes_something_asks_for_the_secret(self):
    for path in ("/v1/jobs", "/v1/jobs/%s/devel/x/kill" % ROLE, "/v1/updates", "/quitquitquit"):
      reply = call(self.cluster.url + path, "{}")
      self.assertEqual(reply.status, 401, path)
      self.assertIn("secret", reply.json()["message"])
      self.assertTrue(reply.headers["WWW-Authenticate"].startswith("Basic "))
    self.assertEqual(self.cluster.post("/v1/jobs/%s/devel/x/kill" % ROLE, "{}").status // 100, 2)
    self.assertEqual(call(self.cluster.url + "/v1/jobs").status, 200)
    self.assertEqual(call(self.host["executorUrl"] + "/v1/tasks").status, 200)  # on loopback

  def test_a_client_without_the_secret_is_told_where_to_put_it(self):
    root = tempfile.mkdtemp(dir=self.cluster.folder)
    with open(root + "/clusters.json", "w") as out:
      json.dump([{"name": "devcluster", "scheduler_uri": self.cluster.url}], out)
    env = {"AURORA_CONFIG_ROOT": root, "HOME": root}
    path = self.cluster.write("stranger.aurora", harness.job_text("stranger", "true"))
    refused = self.cluster.aurora("job", "create", key("stranger"), path, env=env)
    self.assertNotEqual(refused.code, 0)
    self.assertIn("secret_file in clusters.json", refused.err)
    env["AURORA_SECRET_FILE"] = self.cluster.dir + "/secret"
    self.assertEqual(self.cluster.aurora("job", "create", key("stranger"), path, env=env).code, 0)

  def test_smuggled_framing_is_refused(self):
    with socket.create_connection(("127.0.0.1", self.cluster.port)) as one:
      one.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n"
                  b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
      reply = b""
      while True:
        piece = one.recv(4096)
        if not piece:
          break
        reply += piece
    self.assertTrue(reply.startswith(b"HTTP/1.1 400"), reply)
    self.assertEqual(reply.count(b"HTTP/1.1 "), 1)


class RedirectTest(unittest.TestCase):
  def test_the_secret_stays_with_the_scheduler_it_is_for(self):
    seen = []

    class Thief(http.server.BaseHTTPRequestHandler):
      def do_POST(self):
        seen.append(self.headers.get("Authorization"))
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/leader"):
          self.send_response(307)
          self.send_header("Location", "http://localhost:%d/taken" % self.server.server_port)
          self.send_header("Content-Length", "0")
          self.end_headers()
          return
        body = b'{"code": "INVALID_ARGUMENT", "message": "\\u001b]0;owned\\u0007 no", "details": []}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

      def log_message(self, *words):
        pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Thief)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    self.addCleanup(server.server_close)
    self.addCleanup(server.shutdown)
    folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    with open(folder + "/secret", "w") as out:
      out.write("0123456789abcdef\n")
    with open(folder + "/clusters.json", "w") as out:
      json.dump([{"name": "devcluster", "scheduler_uri": "http://127.0.0.1:%d/leader" % server.server_port,
                  "secret_file": "secret"}], out)
    env = dict(os.environ, AURORA_CONFIG_ROOT=folder, HOME=folder)
    done = harness.run_client("job", "killall", "--no-batching", key("web"), env=env)
    self.assertEqual(seen[0], "Bearer 0123456789abcdef")
    self.assertEqual(seen[1:], [None] * (len(seen) - 1))
    self.assertGreater(len(seen), 1)
    # And what the thief says cannot command the terminal.
    self.assertIn("owned", done.err)
    self.assertNotIn("\033]", done.err)
    self.assertNotIn("\007", done.err)


class OpenDaemonTest(unittest.TestCase):
  """Daemons that listen beyond this machine."""

  def setUp(self):
    self.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    self.secret = self.folder + "/secret"
    with open(self.secret, "w") as out:
      out.write("0123456789abcdef\n")
    os.chmod(self.secret, 0o600)
    self.started = []
    self.addCleanup(self.stop)

  def stop(self):
    for process in self.started:
      process.terminate()
      process.wait(20)
    for pid in harness.find_processes(self.folder):
      os.kill(pid, 9)

  def daemon(self, mode, port, *flags):
    own = {"scheduler": ["--cluster_name=x", "--initialize", "--data_dir=%s/data" % self.folder],
           "executor": ["--work_dir=%s/work" % self.folder, "--hostname=h1",
                        "--scheduler_url=http://127.0.0.1:%d" % (PORT + 60)]}
    return [AURORA, mode, "--ip=0.0.0.0", "--http_port=%d" % port] + own[mode] + list(flags)

  def start(self, mode, port, *flags):
    self.started.append(subprocess.Popen(self.daemon(mode, port, *flags), stderr=subprocess.DEVNULL))
    url = "http://127.0.0.1:%d" % port
    wait_for("%s answers" % mode, lambda: call(url + "/health").status == 200, 60)
    return url

  def test_without_a_secret_they_refuse_to_start(self):
    for mode in ("scheduler", "executor"):
      done = subprocess.run(self.daemon(mode, PORT + 61), capture_output=True, text=True, timeout=60)
      self.assertEqual(done.returncode, 1)
      self.assertIn("--secret_file", done.stderr)
      self.assertIn("--insecure", done.stderr)
    os.chmod(self.secret, 0o644)
    done = subprocess.run(self.daemon("executor", PORT + 61, "--secret_file=" + self.secret), capture_output=True,
                          text=True, timeout=60)
    self.assertEqual(done.returncode, 1)
    self.assertIn("chmod o= " + self.secret, done.stderr)

  def test_told_to_be_insecure_they_are(self):
    url = self.start("executor", PORT + 62, "--insecure")
    self.assertEqual(call(url + "/v1/kill", '{"taskIds": []}').status, 200)

  def test_pages_and_files_ask_for_the_secret(self):
    url = self.start("executor", PORT + 63, "--secret_file=" + self.secret)
    for path in ("/", "/v1/tasks", "/v1/host", "/j/task_ids", "/download/t/x", "/browse/t"):
      self.assertEqual(call(url + path).status, 401, path)
      # aurora:0123456789abcdef, as a browser sends it
      login = {"Authorization": "Basic YXVyb3JhOjAxMjM0NTY3ODlhYmNkZWY="}
      self.assertNotEqual(call(url + path, headers=login).status, 401, path)
    for path in ("/health", "/vars", "/metrics"):
      self.assertEqual(call(url + path).status, 200, path)

  def test_they_answer_to_their_own_names_only(self):
    url = self.start("scheduler", PORT + 64, "--secret_file=" + self.secret, "--allowed_hosts=proxy.example,alias")
    for name, status in (("evil.example", 403), ("alias", 200), ("PROXY.example:80", 200), (socket.gethostname(), 200)):
      reply = call(url + "/v1/jobs", headers={"Host": name})
      self.assertEqual(reply.status, status, name)
    self.assertIn("--allowed_hosts", call(url + "/v1/jobs", headers={"Host": "evil.example"}).json()["message"])


class FullDiskTest(unittest.TestCase):
  def test_a_scheduler_on_a_full_disk_says_so(self):
    folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    script = ("set -e; mount -t tmpfs -o size=4m none {0}; "
              "dd if=/dev/zero of={0}/filler bs=4k 2>/dev/null || true; exec \"$@\"").format(folder)
    allowed = [] if harness.IS_ROOT else ["--user", "--map-current-user", "--keep-caps"]
    for data in ("one", "other"):
      done = subprocess.run(["unshare", "--mount"] + allowed + ["sh", "-c", script, "sh", AURORA, "scheduler",
                             "--cluster_name=x", "--initialize", "--http_port=%d" % (PORT + 65), "--data_dir=%s/%s" % (folder, data)],
                            capture_output=True, text=True, timeout=60)
      self.assertEqual(done.returncode, 1, done.stderr)
      self.assertIn("MB must be free", done.stderr)
      self.assertIn(folder, done.stderr)
      self.assertNotIn("ssertion", done.stderr)


def bytes_unread(port):
  """What has arrived at a port of this machine and was not read there."""
  with open("/proc/net/tcp") as table:
    rows = [row.split() for row in table.read().splitlines()[1:]]
  return sum(int(row[4].partition(":")[2], 16) for row in rows if row[1].endswith(":%04X" % port) and row[3] == "01")


class StoppingTest(unittest.TestCase):
  def test_a_scheduler_that_stops_does_not_wait_for_a_host_that_hangs(self):
    with harness.Cluster() as cluster:
      host = cluster.get("/v1/hosts")["hosts"][0]["host"]
      executor, scheduler = cluster.child(" executor ", "--scheduler_url"), cluster.child(" scheduler ")
      with open("/proc/%d/cmdline" % executor) as words:
        port = int(re.search(r"--http_port=(\d+)", words.read()).group(1))
      os.kill(executor, signal.SIGSTOP)
      try:
        replies = []
        question = json.dumps({"tasks": [{"taskId": "t"}]})
        asking = threading.Thread(target=lambda: replies.append(cluster.post("/v1/hosts/%s/logs:read" % host, question, harness.HANG_SECONDS)))
        before = bytes_unread(port)
        asking.start()
        wait_for("the question has reached the host", lambda: bytes_unread(port) > before)
        begin = time.monotonic()
        os.kill(scheduler, signal.SIGTERM)
        wait_for("the scheduler has ended", lambda: scheduler not in harness.processes())
        self.assertLess(time.monotonic() - begin, 6)  # a host may take 8 s for its answer
        asking.join(harness.HANG_SECONDS)
        self.assertEqual([reply.status for reply in replies], [503])
        self.assertIn("this server stops", replies[0].body)
      finally:
        os.kill(executor, signal.SIGCONT)


if __name__ == "__main__":
  unittest.main()
