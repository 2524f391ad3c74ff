"""Somebody with a few services: creates, kills, additions, restarts, and updates that are paused, go on, are rolled back or aborted."""
from users import User, config, job_of, job_path

JOBS_MAX, INSTANCES_MAX = 3, 5
ENDS = ("ROLLED_FORWARD", "ROLLED_BACK", "ABORTED", "FAILED", "ERROR")
PAUSED = ("ROLL_FORWARD_PAUSED", "ROLL_BACK_PAUSED")
# What is done to an update that works, one after the other.
PLANS = ((), (), (), ("pause", "resume"), ("pause", "resume", "pause", "resume"), ("rollback",), ("pause", "rollback"),
         ("pause", "resume", "rollback"), ("abort",), ("pause", "abort"), ("rollback", "pause", "resume"))
# By the last of it that was acknowledged.
WANTED_AFTER = {"pause": PAUSED, "abort": ("ABORTED",), "rollback": ("ROLLING_BACK", "ROLL_BACK_PAUSED", "ROLLED_BACK")}


def was_moved(task):
  return any(event["status"] in ("DRAINING", "PREEMPTING") for event in task["taskEvents"])


class Job:
  def __init__(self, name):
    self.name, self.instances, self.versions, self.update = name, {}, 0, None  # instances: number -> version
    self.restarts = [0, 0]  # tasks restarted: acknowledged, and perhaps more


class Update:
  def __init__(self, job, before, after, kind, plan):
    self.job, self.before, self.after, self.kind, self.plan = job, before, after, kind, list(plan)
    self.id, self.said, self.tokens, self.is_rolled_back = None, None, [], False

  @property
  def path(self):
    return "/v1/updates/%s/%s" % (job_path(self.job.name)[len("/v1/jobs/"):], self.id)


class ServiceUser(User):
  def __init__(self, shared, choose, name):
    super().__init__(shared, choose, name)
    self.jobs, self.updates, self.made, self.batches = [], [], 0, []

  def living(self):
    return [job for job in self.jobs if job.instances or job.update]

  def step(self):
    idle = [job for job in self.living() if not job.update]
    for job in [job for job in self.jobs if job.update]:
      self.follow(job.update)
    if len(self.living()) < JOBS_MAX and self.choose.random() < 0.5:
      return self.create()
    if not idle:
      return None
    return self.choose.choice([self.kill, self.add, self.restart, self.restart, self.update, self.update, self.update, self.batch])(
        self.choose.choice(idle))

  # --- requests and what they lead to

  def config(self, job, version, kind="stay", number=None):
    return config(self.cluster, job.name, kind, number, version)

  def change(self, what, job, method, path, body, after):
    """The job has the instances `after` once it is acknowledged, and perhaps if it is not."""
    answer = self.ask(what, method, path, body)
    if answer is None:
      now = self.instances(job.name)
      if now not in (job.instances, after):
        self.trouble("%s of %s got no answer; it has %s, neither %s nor %s" % (what, job.name, now, job.instances, after))
      job.instances = now
    elif answer:
      job.instances = dict(after)

  def create(self):
    job = Job("%s-%d" % (self.name, self.made))
    self.made += 1
    self.jobs.append(job)
    count = self.choose.randint(1, INSTANCES_MAX)
    self.change("create", job, "POST", "/v1/jobs", job_of(job.name, self.config(job, 0), count), {n: 0 for n in range(count)})

  def kill(self, job):
    everything = self.choose.random() < 0.3
    victims = sorted(job.instances) if everything else self.choose.sample(sorted(job.instances), self.choose.randint(1, len(job.instances)))
    after = {n: version for n, version in job.instances.items() if n not in victims}
    self.change("kill", job, "POST", job_path(job.name, "/kill"), {} if everything else {"instances": victims}, after)

  def add(self, job):
    """New ones follow the highest active one, which may be one that is being killed: their numbers are the scheduler's matter."""
    if len(job.instances) >= INSTANCES_MAX:
      return
    model = self.choose.choice(sorted(job.instances))
    answer = self.ask("add", "POST", job_path(job.name, "/instances"), {"instanceId": model, "count": 1})
    now = self.instances(job.name)
    new = {n: version for n, version in now.items() if n not in job.instances}
    is_right = list(new.values()) in ([job.instances[model]],) if answer else list(new.values()) in ([], [job.instances[model]])
    if not is_right or any(now.get(n) != version for n, version in job.instances.items()):
      self.trouble("add to %s: answer %s, %s became %s" % (job.name, answer, job.instances, now))
    job.instances = now

  def restart(self, job):
    victims = self.choose.sample(sorted(job.instances), self.choose.randint(1, len(job.instances)))
    answer = self.ask("restart", "POST", job_path(job.name, "/restart"), {"instances": victims})
    if answer:
      job.restarts[0] += self.last["count"]
    elif answer is None:
      job.restarts[1] += len(victims)

  def batch(self, _):
    """Tasks that end by themselves, each so often as their configuration says."""
    name, fails = "%s-batch-%d" % (self.name, len(self.batches)), self.choose.random() < 0.5
    task = config(self.cluster, name, "exit", 3 if fails else 0, 0, isService=False, maxTaskFailures=2)
    answer = self.ask("create", "POST", "/v1/jobs", job_of(name, task, 2))
    self.batches.append((name, "FAILED" if fails else "FINISHED", answer))

  # --- updates

  def update(self, job):
    # An instance that is being killed is still of the job: a rollback would bring it back (spec/scheduler.md §9.2).
    if any(task["status"] == "KILLING" for task in self.tasks(job.name, active=True)):
      return
    kind = self.choose.choice(["good", "good", "good", "good", "batch", "pulsed", "bad", "bad and back"])
    count = self.choose.randint(1, INSTANCES_MAX)
    job.versions += 1
    version = job.versions
    settings = {"updateGroupSize": 2, "minWaitInInstanceRunningMs": 800, "maxPerInstanceFailures": 100, "maxFailedInstances": 100,
                "rollbackOnFailure": False}
    if kind == "batch":
      settings["updateStrategy"] = {"batchStrategy": {"groupSize": 2, "autopauseAfterBatch": True}}
    if kind == "pulsed":
      settings["blockIfNoPulsesAfterMs"] = 3000
    if kind.startswith("bad"):
      settings.update(maxPerInstanceFailures=0, maxFailedInstances=0, rollbackOnFailure=kind != "bad", minWaitInInstanceRunningMs=5000)
    update = Update(job, dict(job.instances), {n: version for n in range(count)}, kind, self.choose.choice(PLANS) if kind == "good" else ())
    task = self.config(job, version, *(("exit", 3) if kind.startswith("bad") else ()))
    token = "%s %d" % (job.name, version)
    answer = self.ask("update", "POST", "/v1/updates", {
        "request": {"taskConfig": task, "instanceCount": count, "settings": settings, "metadata": [{"key": "token", "value": token}]},
        "message": "start " + token})
    if answer:
      update.id = self.last["key"]["id"]
    elif answer is None:
      known = self.get("/v1/updates?role=%s&environment=devel&name=%s&limit=1000" % (job_path(job.name).split("/")[3], job.name))["updates"]
      update.id = next((one["key"]["id"] for one in known if {"key": "token", "value": token} in one.get("metadata", [])), None)
    if update.id:
      job.update = update
      self.updates.append(update)

  def follow(self, update):
    seen = self.look(update)
    status = seen["status"]
    if status in ENDS:
      return self.end(update, status)
    if update.kind == "batch" and status in PAUSED:
      self.ask("resume", "POST", update.path + "/resume", {}, may_refuse=True)
    elif update.kind == "pulsed":
      self.ask("pulse", "POST", update.path + "/pulse", {})
    elif update.plan and self.choose.random() < 0.5:
      self.control(update, update.plan.pop(0))
    return None

  def control(self, update, verb):
    token = "%s %d of %s" % (verb, len(update.tokens), update.id)
    answer = self.ask(verb, "POST", update.path + "/" + verb, {"message": token}, may_refuse=True)
    if answer is None:
      events = self.get(update.path)["updateEvents"]
      answer = token in [event.get("message") for event in events]
    if answer:
      update.said = verb
      update.tokens.append(token)
      update.is_rolled_back |= verb == "rollback"
    else:  # it has ended, or nobody heard it
      update.plan = update.plan if update.said == "pause" else []
      if update.said == "pause":
        update.plan.insert(0, verb)

  def look(self, update):
    """What the scheduler says of it, which must be what was acknowledged or what follows from that."""
    seen = self.get(update.path, missing={})
    if not seen:
      self.trouble("update %s was acknowledged and is unknown" % update.path)
      return {"status": "ERROR"}
    told = [event.get("message") for event in seen["updateEvents"]]
    for token in update.tokens:
      if told.count(token) != 1:
        self.trouble("%s: '%s' was acknowledged and stands %d times in %s" % (update.path, token, told.count(token), told))
    if seen["status"] not in WANTED_AFTER.get(update.said, (seen["status"],)):
      self.trouble("%s is %s after an acknowledged %s" % (update.path, seen["status"], update.said))
    return seen

  def end(self, update, status):
    """It has the end that it would have had if nobody had been killed."""
    job = update.job
    wanted = {"bad": ("FAILED",), "bad and back": ("ROLLED_BACK",)}.get(update.kind, ("ROLLED_FORWARD",))
    if update.said == "abort":
      wanted = ("ABORTED",)
    elif update.is_rolled_back:
      wanted = ("ROLLED_BACK",)
    events = [(event["status"], event.get("message")) for event in self.get(update.path)["updateEvents"]]
    # A task that had to go counts as failed, and a rollback that has failures fails (spec/scheduler.md §9.5, §9.6).
    had_to_go = status == "FAILED" and "killed by " in (events[-1][1] or "")
    if status not in wanted and not (had_to_go and update.kind == "bad and back"):
      self.trouble("%s (%s, plan %s) ended as %s, not %s: %s" % (update.path, update.kind, update.tokens, status, wanted, events))
    now = self.instances(job.name)
    after = {"ROLLED_FORWARD": update.after, "ROLLED_BACK": update.before}.get(status)
    if after is not None and now != after:
      self.trouble("%s is %s; its job has %s, not %s" % (update.path, status, now, after))
    job.instances, job.update = now, None
    if status == "FAILED":  # what it has left would fail for ever
      self.change("kill", job, "POST", job_path(job.name, "/kill"), {}, {})

  # --- audits

  def audit(self):
    for job in self.living():
      if job.update:
        self.look(job.update)
        self.audit_under_way(job)
        continue
      now = self.instances(job.name)
      if now != job.instances:
        self.trouble("%s has %s, acknowledged are %s" % (job.name, now, job.instances))
        job.instances = now

  def audit_under_way(self, job):
    """Each instance has its old configuration or the new one."""
    update = job.update
    for n, version in self.instances(job.name).items():
      if version not in (update.before.get(n), update.after.get(n)):
        self.trouble("%s/%d has version %d while an update goes from %s to %s" % (job.name, n, version, update.before, update.after))

  def audit_restarts(self):
    for job in self.jobs:
      seen = sum(event["status"] == "RESTARTING" for task in self.tasks(job.name) for event in task["taskEvents"])
      if not job.restarts[0] <= seen <= sum(job.restarts):
        self.trouble("%s: %d tasks were restarted; acknowledged are %d, in doubt %d" % (job.name, seen, *job.restarts))

  def finish(self, deadline):
    def is_done():
      for job in [job for job in self.jobs if job.update]:
        self.follow(job.update)
      return not any(job.update for job in self.jobs)
    if not self.is_soon(deadline, "the end of all updates", is_done):
      for job in [job for job in self.jobs if job.update]:
        self.trouble("%s goes on: %s" % (job.update.path, self.get(job.update.path)["updateEvents"]))
    self.is_soon(deadline, "RUNNING of all services", self.all_run)
    for name, wanted, answer in self.batches:
      self.is_soon(deadline, "the end of " + name, lambda: self.has_ended(name, wanted, answer))
    self.audit()
    self.audit_restarts()

  def all_run(self):
    return all(task["status"] == "RUNNING" for job in self.living() for task in self.tasks(job.name, active=True))

  def has_ended(self, name, wanted, answer):
    tasks = self.tasks(name)
    if answer is None and not tasks:
      return True
    for n in range(2):
      ended = [task["status"] for task in tasks if task["instanceId"] == n and not was_moved(task)]
      if ended.count(wanted) > (2 if wanted == "FAILED" else 1):
        self.trouble("%s/%d has ended as %s" % (name, n, ended))
      if any(task["isActive"] for task in tasks) or ended.count(wanted) != (2 if wanted == "FAILED" else 1):
        return False
    return True
