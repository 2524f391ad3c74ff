"""Faults of tasks and of their machine: each has a stated outcome, others are not disturbed, and nothing is left behind."""
import ctypes
import json
import os
import pwd
import shutil
import signal
import struct
import subprocess
import time
import unittest
from urllib.parse import quote

import daemons
import harness
from daemons import DaemonCluster, nursery_of, payload, runner_of
from harness import IS_ROOT, ROLE, http, processes, wait_for
from traces import Traces
from web_socket import Exec, Refused

GONE = "gonesoon"  # a user of one executor's /etc/passwd only
GONE_ID = 54321


def step(name, command, **more):
  return dict({"name": name, "cmdline": command, "max_failures": 1, "daemon": False, "ephemeral": False, "min_duration": 0,
               "final": False}, **more)


def memory_of(pid):
  with open("/proc/%d/status" % pid) as lines:
    return int([line for line in lines if line.startswith("VmRSS")][0].split()[1]) << 10


class Faults(unittest.TestCase):
  """One host; after each test its jobs are killed and its traces compared."""

  cluster = None
  flags = ["--host_timeout=15secs", "--initial_flapping_task_delay=1secs", "--max_flapping_task_delay=2secs"]

  @classmethod
  def setUpClass(cls):
    cls.cluster = DaemonCluster(executors=1, flags=cls.flags).start()

  @classmethod
  def tearDownClass(cls):
    cls.cluster.close()

  def setUp(self):
    self.traces = Traces(self.cluster)
    self.jobs = []

  def tearDown(self):
    for key in self.jobs:
      self.cluster.post("/v1/jobs/%s/kill" % key, {})
    wait_for("no task is active", lambda: not self.cluster.get("/v1/tasks?active=true")["tasks"], 90)
    self.traces.assert_nothing_more()
    for daemon in self.cluster.daemons():
      self.assertTrue(daemon.is_alive(), daemon.last_words())

  def run_job(self, name, steps, role=ROLE, orders=(), service=False, disk_mb=16, **more):
    """`more` goes into the executor's half."""
    self.jobs.append("%s/devel/%s" % (role, name))
    data = dict(payload(name, steps, orders), **more)
    request = daemons.job(name, "", data=json.dumps(data), isService=service, maxTaskFailures=1)
    request["key"]["role"] = request["taskConfig"]["job"]["role"] = role
    request["taskConfig"]["resources"]["diskMb"] = disk_mb  # the scheduler's word is what a task is held to
    reply = self.cluster.post("/v1/jobs", request)
    self.assertEqual(reply.status, 201, reply.body)

  def wait_task(self, name, status, role=ROLE):
    path = "/v1/tasks?role=%s&environment=devel&name=%s&limit=1000" % (role, name)
    return wait_for("%s is %s" % (name, status), lambda: [t for t in self.cluster.get(path)["tasks"] if t["status"] == status])[-1]

  def task_url(self, task):
    return "%s/v1/tasks/%s" % (self.cluster.host_url(0), task["taskId"])

  def page(self, task):
    return http(self.task_url(task)).json()

  def assert_host_works(self):
    name = "works%d" % len(self.jobs)
    self.run_job(name, [step("p", "echo works")])
    task = self.wait_task(name, "FINISHED")
    self.assertEqual(http(self.task_url(task) + "/processes/p/runs/0/stdout").json()["data"], "works\n")


class TaskFaults(Faults):
  def test_a_hundred_processes_with_a_thousand_constraints(self):
    names = ["p%02d" % i for i in range(100)]
    orders = [(names[a], names[b]) for a in range(100) for b in range(a + 1, 100)][:1000]
    self.run_job("net", [step(name, "echo %s >> order" % name) for name in names], orders=orders)
    task = self.wait_task("net", "FINISHED")
    with open(self.page(task)["sandbox"] + "/order") as lines:
      place = {line.strip(): number for number, line in enumerate(lines)}
    self.assertEqual(len(place), 100)
    self.assertEqual([pair for pair in orders if place[pair[0]] > place[pair[1]]], [])

  def test_a_line_of_100_MB_and_bytes_that_are_no_text(self):
    """Logs are shown line by line, a long line by its beginning; the executor never holds one whole."""
    self.run_job("loud", [step("line", "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo behind; head -c 100000 /bin/bash; sleep 1000"),
                          step("turns", "head -c 30000000 /dev/zero | tr '\\0' y; echo; echo over; sleep 1000",
                               logger={"destination": "file", "mode": "rotate", "rotate": {"log_size": 1 << 20, "backups": 2}})],
                 disk_mb=256)
    task = self.wait_task("loud", "RUNNING")
    logs = self.page(task)["sandbox"] + "/.logs/"
    wait_for("all is written", lambda: os.path.getsize(logs + "line/0/stdout") > 100050000 and
             http(self.task_url(task) + "/logs?process=turns&tail=1").json()["lines"][-1]["text"] == "over",
             180)  # 130 MB, beside whatever else writes to that disk
    executor = self.cluster.hosts[0].process.pid
    before = memory_of(executor)
    url = self.task_url(task)
    for query in ("", "&tail=3", "&search=behind&context=1", "&limit=5"):
      reply = http(url + "/logs?process=line" + query)
      self.assertEqual(reply.status, 200, query)
      self.assertLess(len(reply.body), 9 << 20)
      self.assertTrue(reply.json()["lines"], query)
    found = http(url + "/logs?process=line&search=behind").json()["lines"]
    self.assertEqual([line["text"] for line in found], ["behind"])
    for path in ("/processes/line/runs/0/stdout?offset=50000000&length=100", "/processes/line/runs/0/stdout?offset=100000010&length=5000"):
      self.assertEqual(http(url + path).status, 200, path)
    self.assertLess(memory_of(executor) - before, 64 << 20)
    for name in os.listdir(logs + "turns/0"):
      self.assertLess(os.path.getsize(logs + "turns/0/" + name), 2 << 20, name)

  def test_who_detached_and_keeps_its_log_open(self):
    """It ends with its task, and so does who writes its log."""
    logger = {"destination": "file", "mode": "rotate", "rotate": {"log_size": 1000, "backups": 2}}
    hold = "(setsid bash -c 'trap \"\" TERM HUP; while :; do echo still here; sleep 0.05; done' &); (exec 3>&1; setsid sleep 4567 &); "
    for name, end in (("ends", "sleep 0.5"), ("killed", "sleep 1000")):
      self.run_job(name, [step("plain", hold + end), step("turns", hold + end, logger=logger)], **{"task": dict(
          payload(name, [step("plain", hold + end), step("turns", hold + end, logger=logger)])["task"], finalization_wait=1)})
    self.wait_task("ends", "FINISHED")
    self.wait_task("killed", "RUNNING")

  def test_a_health_check_that_leaves_something(self):
    """What it started in sessions of its own ends with the task at the latest, and zombies do not pile up."""
    command = "setsid sleep 0.3 & sleep 0.1"
    self.run_job("leaves", [step("p", "sleep 1000")], health_check_config={
        "health_checker": {"shell": {"shell_command": command}}, "initial_interval_secs": 5, "interval_secs": 0.1, "timeout_secs": 5})
    task = self.wait_task("leaves", "RUNNING")
    checks = lambda: http(self.task_url(task) + "/health").json()["checks"]
    wait_for("thirty checks", lambda: checks() > 30)
    executor = self.cluster.hosts[0].process.pid
    def zombies():
      return [pid for pid in os.listdir("/proc") if pid.isdigit() and (lambda s: s[:2] == ["Z", str(executor)])(self.stat(pid))]
    self.assertLess(len(zombies()), 10, "of a check each 0.1 s")

  @staticmethod
  def stat(pid):
    try:
      with open("/proc/%s/stat" % pid) as stat:
        return stat.read().rpartition(")")[2].split()[:2]
    except OSError:
      return []


class NameFaults(Faults):
  """Whatever a name is: refused with a sentence, or a task that ends as others do."""

  flags = Faults.flags + ["--allowed_container_types=MESOS,DOCKER", "--allow_docker_parameters=true", "--allow_container_volumes=true"]
  NAMES = ("", "/", "a/b", "..", "../../../tmp/x", "nu\0l", "new\nline", "cr\r\nX: y", "n" * 10000, "-rf", "\u202e\x1b[31m", " ",
           "\u00e9" * 200, "$(touch %s)", "'\"`id`", "{{thermos.task_id}}{{mesos.instance}}")

  PLACES = {
      "role": lambda job, name: (job["key"].update(role=name), job["taskConfig"]["job"].update(role=name)),
      "environment": lambda job, name: (job["key"].update(environment=name), job["taskConfig"]["job"].update(environment=name)),
      "job": lambda job, name: (job["key"].update(name=name), job["taskConfig"]["job"].update(name=name)),
      "owner": lambda job, name: job["taskConfig"]["owner"].update(user=name),
      "executor": lambda job, name: job["taskConfig"]["executorConfig"].update(name=name),
      "tier": lambda job, name: job["taskConfig"].update(tier=name),
      "metadata": lambda job, name: job["taskConfig"].update(metadata=[{"key": name, "value": name}]),
      "port": lambda job, name: job["taskConfig"]["resources"].update(ports=[name]),
      "attribute": lambda job, name: job["taskConfig"].update(
          constraints=[{"name": name, "constraint": {"value": {"negated": True, "values": [name]}}}]),
      "link": lambda job, name: job["taskConfig"].update(taskLinks={name: name}),
      "image": lambda job, name: job["taskConfig"].update(container={"mesos": {"image": {"docker": {"name": name, "tag": "1"}}}}),
      "tag": lambda job, name: job["taskConfig"].update(container={"mesos": {"image": {"docker": {"name": "x", "tag": name}}}}),
      "docker": lambda job, name: job["taskConfig"].update(container={"docker": {"image": name}}),
      "volume": lambda job, name: job["taskConfig"].update(container={"mesos": {
          "image": {"docker": {"name": "x", "tag": "1"}}, "volumes": [{"containerPath": name, "hostPath": "/tmp", "mode": "RO"}]}}),
      "volume of the host": lambda job, name: job["taskConfig"].update(container={"mesos": {
          "image": {"docker": {"name": "x", "tag": "1"}}, "volumes": [{"containerPath": "/x", "hostPath": name, "mode": "RO"}]}}),
      "parameter": lambda job, name: job["taskConfig"].update(
          container={"docker": {"image": "x", "parameters": [{"name": name, "value": name}]}}),
      "value of a parameter": lambda job, name: job["taskConfig"].update(
          container={"docker": {"image": "x", "parameters": [{"name": "env", "value": name}]}}),
  }
  PAYLOAD = {
      "process": lambda data, name: data["task"]["processes"][0].update(name=name),
      "task": lambda data, name: data["task"].update(name=name),
      "order": lambda data, name: data["task"].update(constraints=[{"order": [name, name + "x"]}]),
      "health endpoint": lambda data, name: data.update(health_check_config={
          "health_checker": {"http": {"endpoint": name, "expected_response": name}}, "initial_interval_secs": 0, "interval_secs": 1}),
      "health command": lambda data, name: data.update(health_check_config={
          "health_checker": {"shell": {"shell_command": name}}, "initial_interval_secs": 0, "interval_secs": 1}),
      "lifecycle": lambda data, name: data.update(lifecycle={"http": {"port": name, "shutdown_endpoint": name}}),
      "logger": lambda data, name: data["task"]["processes"][0].update(logger={"destination": name, "mode": name}),
  }

  def test_names(self):
    self.marker = os.path.join(self.cluster.folder, "touched")
    names = [name.replace("%s", self.marker) for name in self.NAMES]
    accepted = {}
    places = [(place, change, None) for place, change in self.PLACES.items()]
    places += [(place, None, change) for place, change in self.PAYLOAD.items()]
    for number, (place, change, change_payload) in enumerate(places):
      for index, name in enumerate(names):
        key = "name-%d-%d" % (number, index)
        data = payload(key, [step("p", "true")])
        if change_payload:
          change_payload(data, name)
        job = daemons.job(key, "", data=json.dumps(data), isService=False, maxTaskFailures=1)
        if change:
          change(job, name)
        self.post(place, name, job, accepted)
    try:
      wait_for("all that were accepted have ended", lambda: not self.active(accepted), 120)
    except AssertionError:
      self.assertEqual([(accepted.get("%(role)s/%(environment)s/%(name)s" % t["task"]["job"]), t["status"], t.get("statusReason"))
                        for t in self.active(accepted)], [])
    self.assertFalse(os.path.exists(self.marker))
    for task in self.cluster.get("/v1/tasks?limit=1000")["tasks"]:
      if task.get("host"):
        self.assertEqual(http("%s/v1/tasks/%s" % (self.cluster.host_url(0), task["taskId"])).status, 200, task["taskId"])
    self.assert_host_works()

  def post(self, place, name, job, accepted):
    what = "%s %.30r" % (place, name)
    reply = self.cluster.post("/v1/jobs", job)
    if reply.status == 201:
      key = "%(role)s/%(environment)s/%(name)s" % job["key"]
      self.jobs.append(key)
      accepted[key] = what
      return
    self.assertEqual(reply.status, 400, what + ": " + reply.body[:300])
    message = reply.json()["message"]
    self.assertGreater(len(message), 20, what)
    self.assertLess(len(message), 1600, what)
    if len(name) >= 10000:
      self.assertRegex(message, r"(at most|shorten|invalid|write NAME|not absolute|doesn't exist|illegal characters|not acted upon)", what)

  def active(self, accepted):
    tasks = self.cluster.get("/v1/tasks?active=true&limit=1000")["tasks"]
    # One that no host has the attribute for, or that is never healthy and is killed in the end, waits.
    return [t for t in tasks if accepted.get("%(role)s/%(environment)s/%(name)s" % t["task"]["job"], "").split()[0] != "attribute"]

  def test_names_in_requests(self):
    """Of what is there already: tasks, processes, files, and words of a command."""
    self.run_job("there", [step("p", "echo hello; sleep 1000")])
    task = self.wait_task("there", "RUNNING")
    base = self.cluster.host_url(0)
    for name in self.NAMES:
      name = name.replace("%s", "/x")
      for path in ("/v1/tasks/{0}", "/v1/tasks/{1}/processes/{0}/runs/0/stdout", "/v1/tasks/{1}/logs?process={0}", "/v1/tasks/{1}/logs?stream={0}",
                   "/v1/tasks/{1}/logs?search={0}", "/v1/tasks/{1}/logs?cursor={0}", "/v1/tasks/{1}/files/{0}", "/task/{0}", "/logs/{1}/{0}/0/stdout",
                   "/download/{1}/{0}", "/file/{1}/{0}", "/browse/{1}/{0}", "/v1/tasks?state={0}"):
        reply = http(base + path.format(quote(name, safe=""), task["taskId"]))
        self.assertLess(reply.status, 500, (path, name[:20]))
        self.assertNotIn("root:x:0", reply.body, (path, name[:20]))
      for path in ("/v1/jobs/{0}/devel/x", "/v1/jobs/a/{0}/x", "/v1/jobs/a/devel/{0}", "/v1/tasks/{0}", "/v1/updates/a/devel/b/{0}", "/v1/hosts/{0}",
                   "/v1/tasks?role={0}", "/v1/tasks?name={0}"):
        self.assertLess(http(self.cluster.url + path.format(quote(name, safe=""))).status, 500, (path, name[:20]))
    for name in self.NAMES:
      if "\0" in name or len(name) > 8000:
        with self.assertRaises(Refused) as refused:
          Exec(self.task_url(task), ["printf", "%s", name], secret=self.cluster.secret)
        self.assertIn(refused.exception.status, (400, 414))
        self.assertGreater(len(refused.exception.message()), 20)
        continue
      command = Exec(self.task_url(task), ["printf", "%s", name], secret=self.cluster.secret)
      self.assertEqual(command.wait(), 0, name[:20])
      self.assertEqual(command.out.decode(), name)
      command.vanish()


class DaemonFaults(Faults):
  def test_daemons_whose_folders_are_named_from_where_they_were_started(self):
    cluster = DaemonCluster(executors=1, port=harness.PORT + 30, flags=self.flags)
    self.addCleanup(cluster.close)
    for daemon in cluster.daemons():
      more = daemons.flags_of_first_start() if daemon is cluster.scheduler else []
      words = [word.replace("=" + cluster.folder + "/", "=") for word in daemon.words + more]
      self.assertNotEqual(words, daemon.words + more)
      with open(os.path.join(cluster.folder, daemon.name + ".log"), "w") as log:
        daemon.process = subprocess.Popen([harness.AURORA] + words, env=daemon.env, cwd=cluster.folder, stdout=log, stderr=log,
                                          start_new_session=True)
    cluster.wait_ready()
    cluster.create("runs")
    task = cluster.wait_running("runs")[0]
    command = Exec("%s/v1/tasks/%s" % (cluster.host_url(0), task["taskId"]), ["pwd"], secret=cluster.secret)
    self.assertEqual(command.wait(), 0)
    sandbox = http("%s/v1/tasks/%s" % (cluster.host_url(0), task["taskId"])).json()["sandbox"]
    self.assertEqual(command.out.decode().strip(), sandbox)
    self.assertTrue(sandbox.startswith(cluster.folder + "/"), sandbox)

  def test_daemons_that_are_started_without_descriptors(self):
    """What they print goes nowhere, and into no file of theirs."""
    cluster = DaemonCluster(executors=1, port=harness.PORT + 30, flags=self.flags)
    self.addCleanup(cluster.close)
    for daemon in cluster.daemons():
      more = daemons.flags_of_first_start() if daemon is cluster.scheduler else []
      daemon.process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" "$@" 0<&- 1>&- 2>&-', harness.AURORA] + daemon.words + more,
                                        env=daemon.env, cwd="/", start_new_session=True)
    cluster.wait_ready()
    for daemon in cluster.daemons():
      self.assertEqual({os.readlink("/proc/%d/fd/%d" % (daemon.process.pid, fd)) for fd in range(3)}, {"/dev/null"})
    cluster.create("runs")
    cluster.wait_running("runs")
    self.assertEqual(cluster.post("/v1/jobs/%s/devel/runs/kill" % ROLE, {}).status, 200)
    wait_for("it is over", lambda: not cluster.get("/v1/tasks?active=true")["tasks"])


@unittest.skipUnless(IS_ROOT, "needs a /etc/passwd of its own")
class RoleFaults(Faults):
  """The executor sees a list of users of its own, which changes while it is away."""

  @classmethod
  def setUpClass(cls):
    cls.cluster = DaemonCluster(executors=1, flags=cls.flags)
    cls.users = os.path.join(cls.cluster.folder, "passwd")
    cls.write_users(GONE_ID)
    daemon = cls.cluster.hosts[0]
    daemon.starter = ["unshare", "--mount", "sh", "-c", "mount --bind %s /etc/passwd && exec \"$@\"" % cls.users, "sh"]
    cls.cluster.start()

  @classmethod
  def write_users(cls, uid):
    """In place, for a mount names the file and not its path."""
    with open("/etc/passwd") as users:
      text = users.read()
    with open(cls.users, "w") as out:
      out.write(text + ("" if uid is None else "%s:x:%d:%d::/:/bin/sh\n" % (GONE, uid, uid)))

  def setUp(self):
    self.write_users(GONE_ID)
    super().setUp()

  def away(self, uid):
    executor = self.cluster.hosts[0]
    executor.kill()
    self.write_users(uid)
    executor.start()
    self.cluster.wait_ready()

  def check(self, uid, why):
    name = "left" if uid is None else "root"
    self.run_job(name, [step("p", "id -u; while [ ! -e go ]; do sleep 0.1; done; id -u")], role=GONE)
    task = self.wait_task(name, "RUNNING", GONE)
    self.away(uid)
    self.run_job(name + "-new", [step("p", "id -u")], role=GONE)
    refused = self.wait_task(name + "-new", "FAILED", GONE)
    self.assertEqual(refused["taskEvents"][-1]["message"], "Failed to initialize sandbox: Could not create sandbox" + why)
    # What runs is who it was.
    inside = Exec(self.task_url(task), ["id", "-u"], secret=self.cluster.secret)
    self.assertEqual((inside.wait(), inside.out.decode()), (0, "%d\n" % GONE_ID))
    inside.vanish()
    open(self.page(task)["sandbox"] + "/go", "w").close()
    ended = self.wait_task(name, "FINISHED", GONE)
    self.assertEqual(ended["taskId"], task["taskId"])
    self.assertEqual(http(self.task_url(task) + "/processes/p/runs/0/stdout").json()["data"], "%d\n%d\n" % (GONE_ID, GONE_ID))

  def test_a_role_that_is_removed_while_the_executor_is_away(self):
    self.check(None, " because user does not exist: " + GONE)

  def test_a_role_that_is_root_when_the_executor_comes_back(self):
    self.check(0, ": role %s is root, which tasks must not become" % GONE)


def start_as(pid):
  """A stranger with that pid: sleeps, in a session of its own. (clone3 with set_tid)"""
  wanted = ctypes.c_int32(pid)
  arguments = struct.pack("=11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(wanted), 1, 0)
  buffer = ctypes.create_string_buffer(arguments)
  libc = ctypes.CDLL(None, use_errno=True)
  made = libc.syscall(435, buffer, len(arguments))
  if made == 0:
    os.setsid()
    os.execv("/bin/sleep", ["sleep", "7654"])
  if made < 0:
    raise OSError(ctypes.get_errno(), "no process %d" % pid)
  return made


@unittest.skipUnless(IS_ROOT, "chooses pids")
class PidFaults(Faults):
  def setUp(self):
    super().setUp()
    self.strangers = []
    self.addCleanup(self.end_strangers)

  def end_strangers(self):
    for pid in self.strangers:
      os.kill(pid, signal.SIGKILL)
      os.waitpid(pid, 0)

  def assert_strangers_live(self):
    for pid in self.strangers:
      self.assertEqual(os.waitpid(pid, os.WNOHANG), (0, 0), "a stranger was killed")

  def pids_of(self, task):
    runner = runner_of(task["taskId"])
    children = [pid for pid, (parent, command) in processes().items() if parent == runner and "sleep 4321" in command]
    return runner, children[0]

  def test_pids_that_are_somebody_elses_when_the_executor_comes_back(self):
    """Executor, nursery, runner and process are dead, and strangers have the pids of the latter two."""
    self.run_job("reused", [step("p", "exec sleep 4321")])
    task = self.wait_task("reused", "RUNNING")
    runner, process = wait_for("its process", lambda: self.pids_of(task))
    nursery = nursery_of(self.cluster.state_dir(0))
    self.cluster.hosts[0].kill()
    for pid in (nursery, runner, process):
      os.kill(pid, signal.SIGKILL)
    for pid in (runner, process):
      wait_for("%d is free" % pid, lambda pid=pid: not os.path.exists("/proc/%d" % pid))
      self.strangers.append(start_as(pid))
    self.cluster.hosts[0].start()
    self.cluster.wait_ready()
    path = "/v1/tasks?role=%s&environment=devel&name=reused" % ROLE
    ended = wait_for("it is over", lambda: [t for t in self.cluster.get(path)["tasks"] if t["taskId"] == task["taskId"] and not t["isActive"]])[0]
    self.assertIn(ended["status"], ("LOST", "KILLED"))
    self.assert_host_works()
    time.sleep(1)
    self.assert_strangers_live()

  def test_a_pid_that_is_somebody_elses_while_the_task_goes_on(self):
    """The process has died and its pid is a stranger's when the task is killed."""
    self.run_job("goes", [step("first", "exec sleep 4321"), step("second", "sleep 1000")],
                 task=dict(payload("goes", [step("first", "exec sleep 4321", max_failures=2, min_duration=600), step("second", "sleep 1000")])["task"], max_failures=5))
    task = self.wait_task("goes", "RUNNING")
    _, process = wait_for("its process", lambda: self.pids_of(task))
    os.kill(process, signal.SIGKILL)
    wait_for("its pid is free", lambda: not os.path.exists("/proc/%d" % process))
    self.strangers.append(start_as(process))
    self.cluster.hosts[0].kill()
    self.cluster.hosts[0].start()
    self.cluster.wait_ready()
    self.assertEqual(self.cluster.post("/v1/jobs/%s/devel/goes/kill" % ROLE, {}).status, 200)
    self.wait_task("goes", "KILLED")
    self.assert_strangers_live()


if __name__ == "__main__":
  unittest.main()
