"""Requests that no honest client sends: to both daemons, byte by byte. And what the client prints of what others wrote."""
import json
import os
import re
import socket
import unittest

import attack
from daemons import HANG_SECONDS, ROLE, job
from harness import job_text, key

HIDDEN = b"GET /vars.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


def talk(port, data, source="127.0.0.1", seconds=HANG_SECONDS):
  """All that comes back until the server closes; it is closed by us when something came and then nothing for a second."""
  with socket.socket() as connection:
    connection.bind((source, 0))
    connection.settimeout(seconds)
    connection.connect(("127.0.0.1", port))
    try:
      connection.sendall(data)
    except OSError:
      pass  # it may refuse before it has read everything
    answer = b""
    try:
      while True:
        piece = connection.recv(65536)
        if not piece:
          return answer
        answer += piece
        connection.settimeout(1.0)
    except OSError:
      return answer


def statuses(answer):
  return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]


def post_head(*lines):
  return b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + b"".join(
      line + b"\r\n" for line in lines) + b"\r\n"


# Each is read by some servers and proxies as one request and by others as two.
SMUGGLING = {
    "a blank before the colon": post_head(b"Transfer-Encoding : chunked", b"Content-Length: 5") + b"0\r\n\r\n" + HIDDEN,
    "a blank before the colon alone": post_head(b"Transfer-Encoding : chunked") + b"0\r\n\r\n" + HIDDEN,
    "a tab before the colon": post_head(b"Content-Length\t: %d" % len(HIDDEN)) + HIDDEN,
    "length and chunks": post_head(b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + HIDDEN,
    "two lengths": post_head(b"Content-Length: 0", b"Content-Length: %d" % len(HIDDEN)) + HIDDEN,
    "a list of lengths": post_head(b"Content-Length: 0, %d" % len(HIDDEN)) + HIDDEN,
    "a length with a sign": post_head(b"Content-Length: +%d" % len(HIDDEN)) + HIDDEN,
    "a negative length": post_head(b"Content-Length: -1") + HIDDEN,
    "a length in hex": post_head(b"Content-Length: 0x0") + HIDDEN,
    "a length beyond 64 bits": post_head(b"Content-Length: 18446744073709551616") + HIDDEN,
    "an unknown coding": post_head(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n" + HIDDEN,
    "a coding after chunked": post_head(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n" + HIDDEN,
    "two codings": post_head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity") + b"0\r\n\r\n" + HIDDEN,
    "a chunk beyond 64 bits": post_head(b"Transfer-Encoding: chunked") + b"10000000000000000\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a chunk with a sign": post_head(b"Transfer-Encoding: chunked") + b"-1\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a folded line": post_head(b"X-Fold: a\r\n Transfer-Encoding: chunked", b"Content-Length: 5") + b"0\r\n\r\n" + HIDDEN,
    "a NUL in a name": post_head(b"Content-Length\0: 0") + HIDDEN,
    "a bare CR": post_head(b"X: a\rContent-Length: %d" % len(HIDDEN)) + HIDDEN,
    "a line without colon": post_head(b"Transfer-Encoding chunked") + b"0\r\n\r\n" + HIDDEN,
    "a length of a GET": b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length : %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
}


class HostileHttp(attack.Attack):
  executors = 1
  healthy_instances = 1

  def ports(self):
    return (("scheduler", self.cluster.port), ("executor", self.cluster.port + 1))

  def test_smuggling(self):
    """At most one answer, and a refusal where the request has two readings."""
    for daemon, port in self.ports():
      for what, data in SMUGGLING.items():
        with self.part("%s: %s" % (daemon, what)):
          codes = statuses(talk(port, data))
          self.assertEqual(len(codes), 1, "%d answers: %s" % (len(codes), codes))
          self.assertIn(codes[0], range(400, 502))
    self.assert_unharmed("smuggling")

  def test_heads_and_bodies_without_end(self):
    cases = {
        "a head of 4 MB": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (4 << 20) + b"\r\n\r\n",
        "100,000 header lines": b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 100000 + b"\r\n",
        "a target of 1 MB": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a body of 20 GB": post_head(b"Content-Length: 20000000000") + b"x" * 100,
        "chunks without end": post_head(b"Transfer-Encoding: chunked") + (b"100000\r\n" + b" " * (1 << 20) + b"\r\n") * 80,
    }
    for daemon, port in self.ports():
      for what, data in cases.items():
        with self.part("%s: %s" % (daemon, what)):
          codes = statuses(talk(port, data))
          self.assertTrue(all(code in range(400, 502) for code in codes), codes)
    self.assert_unharmed("heads and bodies without end")

  def test_the_wrong_root_type(self):
    """Refused at its first token, so that it costs next to nothing however long it is."""
    wrong = {"[]": "[]", "a number": "5", "a string": '"x"', "null": "null", "true": "true", "nothing": "", "two values": "{} {}",
             "a list of 8 MB": "[" + "[0]," * (2 << 20) + "0]", "a string of 8 MB": '"' + "x" * (8 << 20) + '"'}
    paths = ("/v1/jobs", "/v1/updates", "/v1/updates/diff", "/v1/jobs/a/devel/c/restart", "/v1/hosts/x/report")
    for what, body in wrong.items():
      for path in paths:
        with self.part("%s to %s" % (what, path)):
          self.assert_refused(self.cluster.post(path, body or b""), what)
      for path in ("/v1/launch", "/v1/kill"):
        with self.part("%s to %s" % (what, path)):
          self.assert_refused(self.cluster.post(path, body or b"", url=self.cluster.host_url(0)), what)
    self.assert_unharmed("wrong root types")

  def test_dns_rebinding(self):
    """A page of somebody's site reaches a daemon under that site's name, also when it listens on every address."""
    open_one = self.cluster.scheduler_on(os.path.join(self.cluster.folder, "open"), "open", port=self.cluster.port + 30)
    open_one.words = [word.replace("--ip=127.0.0.1", "--ip=0.0.0.0") for word in open_one.words]
    open_one.start(*attack.daemons.flags_of_first_start())
    self.addCleanup(open_one.kill)
    self.cluster.wait_served(open_one, self.cluster.port + 30)
    body = json.dumps(job("rebound", "true")).encode()
    for daemon, port in self.ports() + (("scheduler on 0.0.0.0", self.cluster.port + 30),):
      for host in ("evil.example.com", "evil.example.com:%d" % port, "127.0.0.1.evil.example.com", "rebind.test:80"):
        for head in ("GET /v1/hosts HTTP/1.1\r\nHost: %s\r\n\r\n", "GET /v1/tasks HTTP/1.1\r\nHost: %s\r\n\r\n",
                     "POST /v1/jobs HTTP/1.1\r\nHost: %%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)):
          with self.part("%s as %s: %s" % (daemon, host, head.split(" HTTP")[0])):
            codes = statuses(talk(port, (head % host).encode() + (body if head.startswith("POST") else b"")))
            self.assertEqual(len(codes), 1)
            self.assertIn(codes[0], range(400, 500))
    self.assertEqual(self.cluster.tasks("rebound"), [])

  def test_what_the_client_prints_of_strangers(self):
    """Names and messages with escape sequences reach no terminal as such."""
    nasty = "\x1b]0;owned\x07\x1b[2J\x9b31mred\r\nFAKE LINE\x08"
    reply = self.cluster.post("/v1/jobs", job("nasty", "true", metadata=[{"key": "k" + nasty, "value": nasty}],
                                              owner={"user": "user" + nasty}, resources={"cpus": 900.0, "ramMb": 1, "diskMb": 1}))
    if reply.status != 201:
      self.assert_refused(reply, "escape sequences in metadata")
      self.cluster.create("nasty", resources={"cpus": 900.0, "ramMb": 1, "diskMb": 1})
    self.cluster.create("told", "linger", 2)
    self.cluster.wait_running("told")
    said = self.cluster.post("/v1/jobs/%s/devel/told/kill" % ROLE, {"message": "because " + nasty})
    self.assertIn(said.status, (200, 400), said.body)
    for words in (("status", key("told")), ("status", key("nasty")), ("job", "status", key("nasty")), ("job", "status", "--json", key("told")),
                  ("job", "list", "devcluster/" + ROLE), ("list_jobs", "devcluster/" + ROLE), ("job", "status", "devcluster/*/*/*")):
      with self.part(" ".join(words)):
        self.assert_plain(self.cluster.aurora(*words, timeout=HANG_SECONDS), words)
    for post in ("nasty", "told"):
      self.cluster.post("/v1/jobs/%s/devel/%s/kill" % (ROLE, post), {})

  def test_what_the_client_prints_of_a_hostile_server(self):
    nasty = "\x1b]0;owned\x07\x1b[2J"
    body = json.dumps({"code": "INVALID_REQUEST", "message": "no " + nasty}, ensure_ascii=False).encode()
    with socket.socket() as server:
      server.bind(("127.0.0.1", 0))
      server.listen()
      folder = os.path.join(self.cluster.folder, "hostile")
      os.makedirs(folder, exist_ok=True)
      with open(os.path.join(folder, "clusters.json"), "w") as out:
        json.dump([{"name": "devcluster", "scheduler_uri": "http://127.0.0.1:%d" % server.getsockname()[1]}], out)
      path = self.cluster.write("hostile.aurora", job_text("hostile", "true"))
      client = self.cluster.popen("create", key("hostile"), path, env={"AURORA_CONFIG_ROOT": folder, "HOME": folder})
      server.settimeout(HANG_SECONDS)
      connection, _ = server.accept()
      with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
      out, err = client.communicate(timeout=HANG_SECONDS)
    self.assertNotEqual(client.returncode, 0)
    self.assertNotRegex(out + err, "[\x00-\x08\x0b-\x1f\x7f-\x9f]")

  def assert_plain(self, done, what):
    self.assertEqual(done.code, 0, (what, done))
    self.assertNotRegex(done.out + done.err, "[\x00-\x08\x0b-\x1f\x7f-\x9f]", what)
    self.assertNotRegex(done.out + done.err, "(?m)^FAKE LINE", what)


if __name__ == "__main__":
  unittest.main()
