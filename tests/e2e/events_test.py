"""Events: followed live and by page, over restarts, by the command line, and posted to a webhook."""
import json
import os
import signal
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import harness
from daemons import DaemonCluster
from harness import HANG_SECONDS, ROLE, http, wait_for


class Hooks:
  """A server that notes what it gets. It answers 503 to the first of each body, where it is told to."""

  def __init__(self):
    self.got, self.refused, self.is_moody = [], set(), True
    hooks = self

    class Handler(BaseHTTPRequestHandler):
      def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        if hooks.is_moody and body not in hooks.refused:
          hooks.refused.add(body)
          status = 503
        else:
          hooks.got.append((dict(self.headers), json.loads(body)))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

      def log_message(self, *words):
        pass

    self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    self.url = "http://127.0.0.1:%d/hook" % self.server.server_port
    threading.Thread(target=self.server.serve_forever, daemon=True).start()

  def moves(self):
    return ["%s -> %s" % (body["oldState"].get("value"), body["task"]["status"]) for _, body in list(self.got)]

  def close(self):
    self.server.shutdown()
    self.server.server_close()


class Stream:
  """Server-sent events of a scheduler, as they come."""

  def __init__(self, cluster, query="", token=None):
    headers = {"Accept": "text/event-stream"}
    if token:
      headers["Last-Event-ID"] = token
    request = harness.urllib.request.Request(cluster.url + "/v1/events" + query, headers=headers)
    self.answer = harness._opener.open(request, timeout=HANG_SECONDS)
    self.token = None
    self.next()  # where it begins

  def next(self):
    """One event, None for one that has only an id."""
    data = None
    for line in self.answer:
      line = line.decode().rstrip("\n")
      if line.startswith("id: "):
        self.token = line[4:]
      elif line.startswith("data: "):
        data = json.loads(line[6:])
      elif not line:
        return data
    raise EOFError

  def until(self, check):
    """All events up to the first that is wanted."""
    events = []
    while True:
      event = self.next()
      if event:
        events.append(event)
        if check(event):
          return events


def brief(event):
  return "%s %s" % (event["type"], event["to"])


def is_to(*names):
  return lambda event: event["to"] in names


class EventsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.hooks = Hooks()
    cls.cluster = DaemonCluster(executors=1)
    cls.webhook = os.path.join(cls.cluster.folder, "webhook.json")
    with open(cls.webhook, "w") as out:
      json.dump({"headers": {"Producer-Type": "reliable"}, "targetURL": cls.hooks.url, "timeoutMsec": 5000,
                 "statuses": ["RUNNING", "KILLED"]}, out)
    cls.cluster.scheduler.words.append("--webhook_config=" + cls.webhook)
    cls.cluster.start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()
    cls.hooks.close()

  def kill(self, name):
    self.assertEqual(self.cluster.post("/v1/jobs/%s/devel/%s/kill" % (ROLE, name), {}).status, 200)

  def test_a_life_is_followed_live_and_nothing_is_missed_over_two_connections(self):
    stream = Stream(self.cluster, "?name=live")
    self.cluster.create("live")
    seen = stream.until(is_to("STARTING"))
    again = Stream(self.cluster, "?name=live", token=stream.token)
    seen += again.until(is_to("RUNNING"))
    self.kill("live")
    seen += again.until(lambda event: brief(event) == "task KILLED")
    self.assertEqual([brief(event) for event in seen],
                     ["job CREATED", "task PENDING", "task ASSIGNED", "task STARTING", "task RUNNING", "job KILLED", "task KILLING", "task KILLED"])
    self.assertEqual(len({event["token"] for event in seen}), len(seen))
    page = self.cluster.get("/v1/events?name=live&limit=1000")
    self.assertEqual(page["events"], seen)

  def test_the_webhook_gets_transitions_also_when_it_refuses_them_at_first(self):
    self.cluster.create("hooked")
    self.cluster.wait_running("hooked")
    self.kill("hooked")
    wait_for("the webhook has both", lambda: [body for _, body in self.hooks.got if "hooked" in body["task"]["assignedTask"]["taskId"]][1:])
    mine = [(headers, body) for headers, body in self.hooks.got if "hooked" in body["task"]["assignedTask"]["taskId"]]
    self.assertEqual(["%s -> %s" % (body["oldState"]["value"], body["task"]["status"]) for _, body in mine],
                     ["STARTING -> RUNNING", "KILLING -> KILLED"])
    headers, body = mine[0]
    self.assertEqual(headers["Producer-Type"], "reliable")
    self.assertGreater(int(headers["Timestamp"]), 1.7e12)
    self.assertEqual(body["task"]["assignedTask"]["task"]["resources"][0]["setField"], "NUM_CPUS")
    figures = self.cluster.get("/vars.json")
    self.assertGreater(figures["webhooks_success"], 1)
    self.assertGreater(figures["webhooks_retries"], 1)
    self.assertEqual(figures["webhooks_given_up"], 0)

  def test_a_token_of_before_a_restart_is_refused_and_the_client_goes_on(self):
    token = self.cluster.get("/v1/events")["next"]
    follower = self.cluster.popen("events", "devcluster", "-f", "--after", token)
    try:
      self.cluster.create("before")
      self.cluster.wait_running("before")
      self.cluster.scheduler.kill()
      self.cluster.scheduler.start()
      self.cluster.wait_ready()
      reply = http(self.cluster.url + "/v1/events?after=" + token)
      self.assertEqual(reply.status, 410, reply.body)
      self.assertIn("is of an earlier start of the scheduler", reply.json()["message"])
      state = reply.json()["details"][0]
      self.cluster.create("after")
      self.assertIn("job CREATED", [brief(event) for event in self.cluster.get("/v1/events?name=after&after=" + state)["events"]])
      self.cluster.wait_running("after")
      out = self.read_until(follower, "/devel/after/0  STARTING -> RUNNING")
      self.assertIn("/devel/before/0  STARTING -> RUNNING", out)
    finally:
      follower.send_signal(signal.SIGINT)
      _, err = follower.communicate(timeout=HANG_SECONDS)
    self.assertEqual(follower.returncode, 130)
    self.assertIn("The stream of events has ended", err)
    self.assertIn("Events are missing here", err)

  def read_until(self, process, words):
    timer = threading.Timer(HANG_SECONDS, process.kill)
    timer.start()
    text = ""
    for line in process.stdout:
      text += line
      if words in line:
        timer.cancel()
        return text
    self.fail("no '%s' in %s" % (words, text))

  def test_the_command_line_shows_lines_and_json(self):
    self.cluster.create("lined")
    self.cluster.wait_running("lined")
    done = self.cluster.aurora("events", "devcluster/%s/devel/lined" % ROLE)
    self.assertEqual(done.code, 0, done)
    self.assertRegex(done.out, r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  task    %s/devel/lined/0  STARTING -> RUNNING on attacked-1: .*$" % ROLE)
    done = self.cluster.aurora("events", "devcluster/%s/devel/lined" % ROLE, "--json", "--type", "job")
    self.assertEqual([brief(json.loads(line)) for line in done.out.splitlines()], ["job CREATED"])
    done = self.cluster.aurora("events", "devcluster", "--after", "nonsense")
    self.assertNotEqual(done.code, 0)
    self.assertIn("'nonsense' is not the token of an event", done.err)
    self.assertNotIn(self.cluster.secret, json.dumps(self.cluster.get("/v1/events?limit=1000")))

  def test_who_never_reads_keeps_nobody_waiting(self):
    silent = [Stream(self.cluster) for _ in range(20)]
    stream = Stream(self.cluster, "?name=many&type=job")
    self.cluster.create("many", instances=1)
    self.assertEqual([brief(event) for event in stream.until(is_to("CREATED"))], ["job CREATED"])
    self.assertEqual(self.cluster.get("/vars.json")["event_followers_active"], 21)
    del silent, stream
    wait_for("they have left", lambda: self.cluster.get("/vars.json")["event_followers_active"] == 0)


if __name__ == "__main__":
  unittest.main()
