"""Users of a scheduler that is killed again and again: each owns what nobody else touches, and knows what he was told.

A request without an answer may or may not have been carried out; as soon as the scheduler answers again it shows which, and
nothing else is accepted. Half of those that may carry a key are sent again under it until there is an answer: then it was done once. After each start of the scheduler every user compares all that he owns with what was acknowledged.
"""
import http.client
import json
import sys
import threading
import time
import urllib.error
import urllib.request

from daemons import payload, task_config
from harness import ROLE, wait_for

REQUEST_SECONDS = 30
AGAIN_SECONDS = 60
KEYED = ("create", "kill", "add", "restart")  # requests whose route knows Idempotency-Key
SETTLE_SECONDS = 120

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Shared:
  """What the killer and all users know together."""

  def __init__(self, cluster):
    self.cluster, self.stop = cluster, threading.Event()
    self.starts = 0  # how often the scheduler has come back
    self.asking = set()  # users who wait for an answer to a request
    self.lock, self.troubles, self.counts = threading.Lock(), [], {}

  def trouble(self, text):
    with self.lock:
      self.troubles.append("%.2f %s" % (time.time(), text))
      print("TROUBLE: " + self.troubles[-1][:3000], file=sys.stderr, flush=True)

  def count(self, what, answer):
    with self.lock:
      self.counts[what, answer] = self.counts.get((what, answer), 0) + 1


class User(threading.Thread):
  pause = (0.05, 0.4)  # seconds between two steps

  def __init__(self, shared, choose, name):
    super().__init__(daemon=True, name=name)
    self.shared, self.cluster, self.choose = shared, shared.cluster, choose
    self.audited = -1  # of which start all was seen

  def run(self):
    try:
      while not self.shared.stop.is_set():
        self.audit_once()
        self.step()
        self.shared.stop.wait(self.choose.uniform(*self.pause))
      self.finish(time.monotonic() + SETTLE_SECONDS)
    except Exception as error:  # a user who dies must not look like one who found nothing
      self.trouble("gave up: %r" % error)

  def audit_once(self):
    start = self.shared.starts
    if start != self.audited:
      self.audit()
      self.audited = start

  def step(self):
    raise NotImplementedError

  def audit(self):
    raise NotImplementedError

  def finish(self, deadline):
    """What is under way comes to its end."""

  def trouble(self, text):
    self.shared.trouble("%s: %s" % (self.name, text))

  # --- requests

  def send(self, method, path, body=None, key=None):
    headers = dict(self.cluster.headers(), **({"Idempotency-Key": key} if key else {}))
    request = urllib.request.Request(self.cluster.url + path, None if body is None else json.dumps(body).encode(), method=method,
                                     headers=headers)
    try:
      with _opener.open(request, timeout=REQUEST_SECONDS) as answer:
        return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
      with error:
        return error.code, json.loads(error.read() or b"{}")

  def ask(self, what, method, path, body=None, may_refuse=False):
    """True: acknowledged, False: refused, None: no answer."""
    key = "%032x" % self.choose.getrandbits(128) if what in KEYED and self.choose.random() < 0.5 else None
    status = self.ask_once(method, path, body, key)
    deadline = time.monotonic() + AGAIN_SECONDS
    while key and status >= 500 and time.monotonic() < deadline:
      time.sleep(0.1)
      status = self.ask_once(method, path, body, key)
      self.shared.count(what + " again", None if status >= 500 else status < 300)
    answer = None if status >= 500 else status < 300
    self.shared.count(what, answer)
    if answer is False and not may_refuse:
      self.trouble("%s %s was refused: HTTP %d %s" % (what, path, status, self.last))
    return answer

  def ask_once(self, method, path, body, key):
    """The status, 599 without an answer; what was said is in self.last."""
    self.shared.asking.add(self.name)
    try:
      status, self.last = self.send(method, path, body, key)
    except (OSError, ValueError, http.client.HTTPException):  # also an answer that was cut off
      status, self.last = 599, {}
    finally:
      self.shared.asking.discard(self.name)
    return status

  def get(self, path, missing=None):
    """As soon as the scheduler answers; `missing` if there is no such thing."""
    def look():
      try:
        status, answer = self.send("GET", path)
      except http.client.HTTPException as error:
        raise OSError(error) from error
      if status >= 500:
        raise ValueError("HTTP %d %s" % (status, answer))
      if status not in (200, 404):
        raise AssertionError("%s: HTTP %d %s" % (path, status, answer))
      return [missing if status == 404 else answer]
    return wait_for("the scheduler answers " + path, look, 60)[0]

  def is_soon(self, deadline, what, check):
    while not check():
      if time.monotonic() > deadline:
        self.trouble("%s has not come" % what)
        return False
      time.sleep(0.3)
    return True

  # --- tasks

  def tasks(self, name, active=None):
    found, offset = [], 0
    while True:
      path = "/v1/tasks?role=%s&environment=devel&name=%s&limit=500&offset=%d" % (ROLE, name, offset)
      page = self.get(path + ("" if active is None else "&active=" + str(active).lower()))
      found += page["tasks"]
      if len(page["tasks"]) < 500:
        return found
      offset += 500

  def instances(self, name):
    """instance -> version, of those that are to stay; two active tasks of one are trouble."""
    seen, found = {}, {}
    for task in self.tasks(name, active=True):
      instance = task["instanceId"]
      if instance in seen:
        self.trouble("two active tasks of %s/%d: %s and %s" % (name, instance, seen[instance], task["taskId"]))
      seen[instance] = task["taskId"]
      if task["status"] != "KILLING":
        found[instance] = version_of(task)
    return found


def version_of(task):
  return int(task["task"]["metadata"][0]["value"])


def job_path(name, verb=""):
  return "/v1/jobs/%s/devel/%s%s" % (ROLE, name, verb)


def config(cluster, name, kind, number, version, **more):
  """Of a task whose process writes down its life; `version` is what tells it from others of the job."""
  command = cluster.life_command(kind, number)
  step = {"name": "life", "cmdline": command, "max_failures": 1, "daemon": False, "ephemeral": False, "min_duration": 1, "final": False}
  return task_config(name, command, data=json.dumps(payload(name, [step])), metadata=[{"key": "version", "value": str(version)}], **more)


def job_of(name, task, count, **more):
  return dict({"key": {"role": ROLE, "environment": "devel", "name": name}, "owner": {"user": "chaos"}, "instanceCount": count,
               "taskConfig": task}, **more)
