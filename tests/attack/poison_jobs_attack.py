"""One input must not cost a host: jobs that are huge, deep or senseless, through the client, the API and the executor."""
import json
import unittest

import attack
from attack import SHORT, is_sentence
from daemons import HANG_SECONDS, job, payload, task_config
from harness import ROLE, http, key, wait_for

# Longer than a host may be silent, so that one which fell silent has been given up. The short form waits for reports instead.
SILENCE_SECONDS = 2 if SHORT else 25
CHAIN = 60000

CLIENT_CHAIN = """
steps = [Process(name = 'p%%d' %% i, cmdline = 'true') for i in range(%d)]
jobs = [Service(cluster = 'devcluster', role = %r, environment = 'devel', name = 'chain',
  task = Task(name = 'chain', processes = steps, constraints = order(*steps),
              resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)))]
"""


def chain_payload(count):
  names = ["p%d" % i for i in range(count)]
  return json.dumps(payload("chain", [(name, "true") for name in names], [names]))


def pairs_payload(count, processes):
  names = ["p%d" % i for i in range(processes)]
  orders = [(names[i % (processes - 1)], names[i % (processes - 1) + 1]) for i in range(count)]
  return json.dumps(payload("pairs", [(name, "true") for name in names], orders))


def one_process(name="p", command="true", **more):
  step = {"name": name, "cmdline": command, "max_failures": 1, "daemon": False, "ephemeral": False, "min_duration": 1, "final": False}
  return json.dumps(payload("one", [dict(step, **more)]))


class PoisonJobs(attack.Attack):
  def attack_create(self, what, body):
    """Refused with a sentence, or accepted and harmless."""
    reply = self.cluster.post("/v1/jobs", body)
    if reply.status == 201:
      name = json.loads(body)["key"]["name"] if isinstance(body, (str, bytes)) else body["key"]["name"]
      self.wait_arrived(name, what)
      self.assert_hosts_report(what)
      self.assert_unharmed(what, SILENCE_SECONDS)
      self.cluster.post("/v1/jobs/%s/devel/%s/kill" % (ROLE, name), {})
    else:
      self.assert_refused(reply, what)
      self.assert_unharmed(what)
    return reply

  def wait_arrived(self, name, what):
    """Until a host has had it in its hands, or the scheduler says why none gets it."""
    def arrived():
      return [task for task in self.cluster.tasks(name) if task["status"] not in ("ASSIGNED", "PENDING") or task.get("statusReason")]
    wait_for("a host takes or refuses " + what, arrived, HANG_SECONDS)

  def refuse_create(self, what, body):
    self.assert_refused(self.attack_create(what, body), what)

  def attack_launch(self, what, name, data):
    """Straight to the executor, as a scheduler would that lets everything pass."""
    task = {"taskId": "%s-devel-%s-0-00000000-0000-4000-8000-%012d" % (ROLE, name, len(data)), "instanceId": 0, "status": "ASSIGNED",
            "host": self.cluster.host_name(0), "task": task_config(name, "true", data=data), "taskEvents": []}
    cluster_id = http(self.cluster.host_url(0) + "/v1/host").json()["clusterId"]
    reply = self.cluster.post("/v1/launch", {"clusterId": cluster_id, "tasks": [task]}, url=self.cluster.host_url(0))
    self.assertLess(reply.status, 500, what)
    if reply.status != 200:
      self.assert_refused(reply, what)
    self.assert_hosts_report(what)
    self.assert_unharmed(what, SILENCE_SECONDS if reply.status == 200 and len(data) > 100000 else 0.5)

  def test_a_chain_of_60000_processes_through_the_api(self):
    self.refuse_create("60,000 ordered processes", job("chain", "true", data=chain_payload(CHAIN)))

  def test_a_chain_of_60000_processes_straight_to_the_executor(self):
    self.attack_launch("60,000 ordered processes", "chain", chain_payload(CHAIN))

  def test_a_chain_through_the_client(self):
    path = self.cluster.write("chain.aurora", CLIENT_CHAIN % (5000 if SHORT else 20000, ROLE))
    done = self.cluster.aurora("create", key("chain"), path, timeout=4 * HANG_SECONDS)
    if done.code == 0:
      self.assert_unharmed("a chain through the client", SILENCE_SECONDS)
    else:
      self.assertTrue(is_sentence(done.out + done.err) and "Traceback" not in done.err, done)
    self.assert_unharmed("a chain through the client")

  def test_orders_without_number(self):
    self.attack_create("60,000 orders of 2 processes", job("pairs", "true", data=pairs_payload(CHAIN, 300)))
    self.attack_launch("60,000 orders of 2 processes", "pairs", pairs_payload(CHAIN, 300))

  def test_command_lines_longer_than_the_kernel_takes(self):
    for size in (200 << 10, 4 << 20):
      data = one_process(command="true # " + "x" * size)
      self.refuse_create("a command line of %d bytes" % size, job("long", "true", data=data))
      self.attack_launch("a command line of %d bytes" % size, "long", data)

  def test_metadata_without_measure(self):
    self.attack_create("20,000 metadata", job("meta", "true", metadata=[{"key": "k%d" % i, "value": "v" * 100} for i in range(20000)]))
    self.attack_create("a metadatum of 8 MB", job("meta2", "true", metadata=[{"key": "k", "value": "v" * (8 << 20)}]))

  def test_constraints_without_number(self):
    values = {"value": {"negated": False, "values": ["v%d" % i for i in range(100)]}}
    self.attack_create("5,000 constraints", job("limits", "true", constraints=[
        {"name": "a%d" % i, "constraint": values} for i in range(5000)]))

  def test_json_deeper_than_any_stack(self):
    deep = "[" * 200000 + "]" * 200000
    self.refuse_create("a deep payload", job("deep", "true", data=deep))
    self.refuse_create("a deep member of a payload", job("deep", "true", data='{"task":' * 100000 + "1" + "}" * 100000))
    text = json.dumps(job("deep", "true"))
    self.refuse_create("a deep request", text[:-1] + ', "deep": ' + deep + "}")
    self.attack_launch("a deep payload", "deep", deep)

  def test_nul_bytes(self):
    for what, data in (("in a command line", one_process(command="echo \0")), ("in a process name", one_process(name="p\0q"))):
      self.refuse_create("NUL " + what, job("nul", "true", data=data))
      self.attack_launch("NUL " + what, "nul", data)
    self.refuse_create("NUL in a job name", job("nu\0l", "true"))

  def test_names_too_long_for_a_file(self):
    self.refuse_create("a job name of 255", job("n" * 255, "true", data=one_process()))
    for name in ("p" * 256, "p" * 5000, "..", "a/b", ""):
      self.refuse_create("process name '%.20s' of %d" % (name, len(name)), job("names", "true", data=one_process(name=name)))
      self.attack_launch("process name '%.20s' of %d" % (name, len(name)), "names", one_process(name=name))

  def test_amounts_that_are_no_amounts(self):
    whole = json.dumps(job("amounts", "true"))
    for word in ("1e400", "-1e400", "1e308", "-1", "0", "1e19", "NaN", "Infinity"):
      self.refuse_create("cpus of " + word, whole.replace('"cpus": 0.1', '"cpus": ' + word))
      self.refuse_create("ramMb of " + word, whole.replace('"ramMb": 16', '"ramMb": ' + word))
    for word in ("9223372036854775807", "18446744073709551616"):
      self.refuse_create("ramMb of " + word, whole.replace('"ramMb": 16', '"ramMb": ' + word))
      self.refuse_create("diskMb of " + word, whole.replace('"diskMb": 16', '"diskMb": ' + word))
    for count in (-1, 0, 1 << 31, 1 << 40):
      self.refuse_create("%d instances" % count, dict(job("amounts", "true"), instanceCount=count))
    self.assertNotIn(":null", self.ask(self.cluster.url + "/v1/tasks?limit=0").body.replace(" ", ""))

  def test_logs_of_no_size(self):
    for logger in ({"destination": "file", "mode": "rotate", "rotate": {"log_size": 0, "backups": 5}},
                   {"destination": "file", "mode": "rotate", "rotate": {"log_size": 1 << 20, "backups": 0}}):
      self.refuse_create("a log %s" % logger["rotate"], job("logs", "true", data=one_process(logger=logger)))

  def test_a_healthy_job_can_still_be_made(self):
    self.cluster.create("after")
    self.cluster.wait_running("after")
    self.assertEqual(self.cluster.aurora("killall", key("after")).code, 0)
    self.assert_unharmed("create and kill")


if __name__ == "__main__":
  unittest.main()
