"""Those who look after the cluster: hosts that are emptied and given back, quotas, and production jobs that others have to go for."""
import time

from users import User, config, job_of, job_path
from harness import ROLE


class HostOperator(User):
  """One host at a time: SCHEDULED now and then, DRAINING, DRAINED for a while, given back."""
  pause = (0.2, 0.8)

  def __init__(self, shared, choose, name):
    super().__init__(shared, choose, name)
    self.modes = {}  # host -> the modes that are possible
    self.host, self.drained_until, self.drains = None, 0, 0

  def step(self):
    if self.host is None:
      self.host = self.cluster.host_name(self.choose.randrange(self.cluster.executors))
      if self.choose.random() < 0.4:
        self.move("start", ("SCHEDULED",))
      elif self.choose.random() < 0.5:
        self.move("drain", ("DRAINING", "DRAINED"))
      else:
        self.move("drain", ("DRAINING", "DRAINED"), policy={"percentageSlaPolicy": {"percentage": 50, "durationSecs": 1}}, timeoutSecs=20)
      return
    mode = self.look(self.host)
    if mode in ("SCHEDULED", "NONE"):
      self.move("drain", ("DRAINING", "DRAINED"))
    elif mode == "DRAINED":
      self.drained_until = self.drained_until or time.monotonic() + self.choose.uniform(0, 5)
      if time.monotonic() >= self.drained_until:
        self.give_back()

  def give_back(self):
    self.drains += 1
    self.move("end", ("NONE",))
    if self.modes[self.host] == ("NONE",):
      self.host, self.drained_until = None, 0

  def move(self, verb, modes, **more):
    before = self.modes.get(self.host, ("NONE",))
    answer = self.ask(verb, "POST", "/v1/maintenance/" + verb, dict(hosts=[self.host], **more))
    if answer is None:
      self.modes[self.host] = before + modes
      mode = self.look(self.host)
      self.modes[self.host] = modes if mode in modes else before
    elif answer:
      self.modes[self.host] = modes
      if self.last.get("unknown"):
        self.trouble("%s of %s: %s" % (verb, self.host, self.last))

  def look(self, host):
    """Its mode. What is DRAINED is empty and stays so."""
    found = self.get("/v1/maintenance?host=" + host)
    mode = ([one["mode"] for one in found["hosts"]] + ["NONE"])[0]
    if mode not in self.modes.get(host, ("NONE",)):
      self.trouble("%s is %s, acknowledged is %s" % (host, mode, self.modes.get(host)))
    if mode == "DRAINED":
      self.modes[host] = ("DRAINED",)
      left = self.get("/v1/tasks?active=true&limit=5&host=" + host)
      if left["total"]:
        self.trouble("%s is DRAINED and has %s" % (host, [(task["taskId"], task["status"]) for task in left["tasks"]]))
    return mode

  def audit(self):
    for number in range(self.cluster.executors):
      self.look(self.cluster.host_name(number))

  def finish(self, deadline):
    if self.host and self.modes.get(self.host, ("NONE",)) != ("NONE",):
      if "SCHEDULED" not in self.modes[self.host]:
        self.is_soon(deadline, "the end of the drain of " + self.host, lambda: self.look(self.host) == "DRAINED")
      self.give_back()
    self.audit()


class QuotaUser(User):
  """Sets quotas of roles that nothing else uses."""
  pause = (0.1, 0.6)

  def __init__(self, shared, choose, name):
    super().__init__(shared, choose, name)
    self.quotas = {}

  def step(self):
    role = "role-%d" % self.choose.randrange(5)
    wanted = {"cpus": self.choose.randint(1, 1000), "ramMb": self.choose.randint(1, 10**6), "diskMb": self.choose.randint(1, 10**6)}
    answer = self.ask("quota", "PUT", "/v1/roles/%s/quota" % role, wanted)
    if answer is None:
      now = self.read(role)
      if now not in (wanted, self.quotas.get(role)):
        self.trouble("the quota of %s is %s, neither %s nor %s" % (role, now, wanted, self.quotas.get(role)))
      answer = now == wanted
    if answer:
      self.quotas[role] = wanted

  def read(self, role):
    quotas = {one["role"]: one["amount"] for one in self.get("/v1/quotas?limit=1000")["quotas"]}
    return {name: quotas[role][name] for name in ("cpus", "ramMb", "diskMb")} if role in quotas else None

  def audit(self):
    for role, wanted in self.quotas.items():
      if self.read(role) != wanted:
        self.trouble("the quota of %s is %s, acknowledged is %s" % (role, self.read(role), wanted))

  def finish(self, deadline):
    self.audit()


class ProductionUser(User):
  """Production jobs for which there is room only if others go: they run all the same."""
  pause = (0.5, 2)
  cpus = 5

  def __init__(self, shared, choose, name):
    super().__init__(shared, choose, name)
    self.jobs, self.made = {}, 0  # name -> instances

  def prepare(self, filler_tasks):
    quota = {"cpus": 1000, "ramMb": 10**6, "diskMb": 10**6}
    task = config(self.cluster, "filler", "stay", None, 0, resources={"cpus": 1, "ramMb": 16, "diskMb": 16})
    if not self.ask("quota", "PUT", "/v1/roles/%s/quota" % ROLE, quota):
      raise AssertionError(self.last)
    if not self.ask("create", "POST", "/v1/jobs", job_of("filler", task, filler_tasks)):
      raise AssertionError(self.last)
    self.filler = filler_tasks

  def step(self):
    if len(self.jobs) < 2:
      name, count = "%s-%d" % (self.name, self.made), self.choose.randint(1, 2)
      self.made += 1
      task = config(self.cluster, name, "stay", None, 0, tier="preferred", resources={"cpus": self.cpus / 2, "ramMb": 16, "diskMb": 16})
      answer = self.ask("create", "POST", "/v1/jobs", job_of(name, task, count))
      if answer or (answer is None and self.instances(name)):
        self.jobs[name] = count
      return
    name = self.choose.choice(sorted(self.jobs))
    if self.choose.random() < 0.15 and self.is_running(name):
      answer = self.ask("kill", "POST", job_path(name, "/kill"), {})
      if answer or (answer is None and not self.instances(name)):
        del self.jobs[name]

  def is_running(self, name):
    return [task["status"] for task in self.tasks(name, active=True)].count("RUNNING") == self.jobs[name]

  def audit(self):
    for name, count in dict(self.jobs, filler=self.filler).items():
      if set(self.instances(name)) != set(range(count)):
        self.trouble("%s has instances %s, acknowledged are %d" % (name, sorted(self.instances(name)), count))

  def finish(self, deadline):
    self.audit()
    for name in self.jobs:
      self.is_soon(deadline, "RUNNING of " + name, lambda: self.is_running(name))
    for name in list(self.jobs) + ["filler"]:  # so that all others have room
      self.is_soon(deadline, "the kill of " + name, lambda: self.ask("kill", "POST", job_path(name, "/kill"), {}))
