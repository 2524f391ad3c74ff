"""What users do meanwhile, and what they were told: creates, kills, restarts, additions, updates, through HTTP and client.

Each job has one user at a time, who knows what is acknowledged. A request without an answer may or may not have been
carried out; when the scheduler answers again it shows which, and nothing else is accepted.
"""
import json
import time

from daemons import HANG_SECONDS, payload, task_config
from harness import ROLE, key, wait_for

REQUEST_SECONDS = 45  # longer than any pause, so that no answer means that the scheduler was killed
HOG_MB = 300  # more than a task may have with its overhead
SETTLED = ("ROLLED_FORWARD", "ROLLED_BACK", "ABORTED", "FAILED", "ERROR")


class Job:
  """`instances` and `version` are acknowledged; an update that is under way is in `update`."""

  def __init__(self, name, kind, number, is_service):
    self.name, self.kind, self.number, self.is_service = name, kind, number, is_service
    self.instances, self.version, self.update, self.is_known = set(), 0, None, True
    self.touched = set()  # instances of which somebody has asked the end, at any time
    self.was_killed = False


class Workload:
  def __init__(self, cluster, choose, stop, tasks):
    self.cluster, self.choose, self.stop = cluster, choose, stop
    self.jobs_max = max(8, round(tasks ** 0.5))
    self.instances_max = max(4, 2 * tasks // self.jobs_max)
    self.jobs, self.updates, self.troubles, self.counts = [], [], [], {}

  def run(self):
    while not self.stop.is_set():
      try:
        self.step()
      except Exception as error:  # a workload that dies must not look like one that found nothing
        self.troubles.append("the workload: %r" % error)
        return
      self.stop.wait(self.choose.uniform(0.05, 0.6))

  def step(self):
    self.look_at_updates()
    living = [job for job in self.jobs if job.instances and job.is_service and not job.update]
    if len(living) < 3 or (len(living) < self.jobs_max and self.choose.random() < 0.2):
      return self.create()
    job = self.choose.choice(living)
    action = self.choose.choice([self.kill_some, self.kill_all, self.restart, self.restart, self.add, self.start_update, self.start_update])
    return action(job)

  # --- requests

  def ask(self, what, path, body, *good):
    """True: acknowledged, False: refused, None: no answer."""
    try:
      reply = self.cluster.post(path, body, timeout=REQUEST_SECONDS)
    except OSError:
      reply = None
    answer = None if reply is None or reply.status >= 500 else reply.status in good
    self.counts[what, answer] = self.counts.get((what, answer), 0) + 1
    if answer is False and reply.status != 409:
      self.troubles.append("%s %s was refused: HTTP %d %s" % (what, path, reply.status, reply.body[:300]))
    self.last = reply
    return answer

  def path(self, job, verb=""):
    return "/v1/jobs/%s/devel/%s%s" % (ROLE, job.name, verb)

  def change(self, what, job, path, body, after, *good):
    """A request after which the job has the instances `after`."""
    answer = self.ask(what, path, body, *good)
    if answer is None:
      now = self.active_instances(job)
      if now not in (job.instances, after) and job.is_service:
        self.troubles.append("%s of %s got no answer; it has instances %s, neither %s nor %s" % (
            what, job.name, sorted(now), sorted(job.instances), sorted(after)))
      answer = now == after
    if answer:
      job.instances = set(after)
    return answer

  def active_instances(self, job):
    """As soon as the scheduler answers. A task that is being killed is no longer wanted."""
    def look():
      return [set(task["instanceId"] for task in self.cluster.tasks(job.name, active=True) if task["status"] != "KILLING")]
    return wait_for("the scheduler answers", look, 2 * HANG_SECONDS)[0]

  def config(self, job, version):
    return task_config(job.name, self.cluster.life_command(job.kind, job.number), isService=job.is_service,
                       maxTaskFailures=-1 if job.is_service else 1, metadata=[{"key": "version", "value": str(version)}],
                       data=self.data(job))

  def data(self, job):
    step = {"name": "life", "cmdline": self.cluster.life_command(job.kind, job.number), "max_failures": 0 if job.is_service else 1,
            "daemon": False, "ephemeral": False, "min_duration": 1, "final": False}
    return json.dumps(payload(job.name, [step]))

  def create(self):
    kind, number, is_service = self.choose.choice([("stay", None, True), ("stay", None, True), ("linger", 1, True), ("daemon", 1, True),
                                                   ("exit", 0, False), ("exit", 3, False), ("hog", HOG_MB, False), ("crowd", 40, True)])
    job = Job("chaos-%d" % len(self.jobs), kind, number, is_service)
    count = self.choose.randint(1, self.instances_max if is_service else 4)
    body = {"key": {"role": ROLE, "environment": "devel", "name": job.name}, "owner": {"user": "chaos"}, "instanceCount": count,
            "taskConfig": self.config(job, 0)}
    self.jobs.append(job)
    if self.change("create", job, "/v1/jobs", body, set(range(count)), 201) is None:
      job.instances = set()

  def kill_some(self, job):
    victims = set(self.choose.sample(sorted(job.instances), self.choose.randint(1, len(job.instances))))
    job.touched |= victims
    self.change("kill", job, self.path(job, "/kill"), {"instances": sorted(victims)}, job.instances - victims, 200)

  def kill_all(self, job):
    """Through the client, which waits; it may give up while the scheduler is away."""
    job.touched |= job.instances
    job.was_killed = True
    done = self.cluster.aurora("job", "killall", "--no-batching", key(job.name), timeout=4 * HANG_SECONDS)
    self.counts["killall", done.code == 0] = self.counts.get(("killall", done.code == 0), 0) + 1
    now = self.active_instances(job)
    if now not in (set(),) if done.code == 0 else now not in (set(), job.instances):
      self.troubles.append("killall of %s: exit %d, instances %s are left" % (job.name, done.code, sorted(now)))
    job.instances = now

  def restart(self, job):
    victims = self.choose.sample(sorted(job.instances), self.choose.randint(1, len(job.instances)))
    job.touched |= set(victims)
    self.ask("restart", self.path(job, "/restart"), {"instances": victims}, 200)

  def release_what_is_held_back(self):
    """A configuration under which chance made two hosts fall silent is held back; a user who knows better restarts."""
    held = {reason["taskId"] for reason in self.cluster.get("/v1/pending")["reasons"] if reason["reason"].startswith("Held back")}
    for job in self.jobs if held else []:
      instances = [task["instanceId"] for task in self.cluster.tasks(job.name, active=True) if task["taskId"] in held]
      if instances:
        job.touched |= set(instances)
        self.ask("release", self.path(job, "/restart"), {"instances": instances}, 200)

  def add(self, job):
    if len(job.instances) >= self.instances_max:
      return
    model = self.choose.choice(sorted(job.instances))
    answer = self.ask("add", self.path(job, "/instances"), {"instanceId": model, "count": 1}, 200, 201)
    # It follows the highest active one, which may be one that is being killed: only the scheduler knows its number.
    now = self.active_instances(job)
    new = sorted(now - job.instances)
    wanted = (0, 1) if answer is None else (int(answer),)
    if len(new) not in wanted or now != job.instances | set(new) or any(one < max(job.instances) for one in new):
      self.troubles.append("add to %s: answer %s, instances %s became %s" % (job.name, answer, sorted(job.instances), sorted(now)))
    job.instances = now

  def start_update(self, job):
    count, number = self.choose.randint(1, self.instances_max), len(self.updates) + 1
    job.touched |= job.instances | set(range(count))
    body = {"request": {"taskConfig": self.config(job, number), "instanceCount": count,
                        "metadata": [{"key": "chaos", "value": str(number)}],
                        "settings": {"updateGroupSize": 2, "minWaitInInstanceRunningMs": 1000, "maxPerInstanceFailures": 100,
                                     "maxFailedInstances": 1000, "rollbackOnFailure": False}}}
    update = {"job": job, "number": number, "count": count, "id": None, "status": None}
    self.updates.append(update)
    answer = self.ask("update", "/v1/updates", body, 201)
    if answer:
      update["id"] = self.last.json()["key"]["id"]
    elif answer is None:
      known = wait_for("the scheduler answers", lambda: [self.list_updates(job)], 2 * HANG_SECONDS)[0]
      same = [entry for entry in known if {"key": "chaos", "value": str(number)} in entry.get("metadata", [])]
      update["id"] = same[0]["key"]["id"] if same else None
    if update["id"]:
      job.update = update

  def list_updates(self, job):
    return self.cluster.get("/v1/updates?role=%s&environment=devel&name=%s&limit=1000" % (ROLE, job.name))["updates"]

  def look_at_updates(self):
    for job in [job for job in self.jobs if job.update]:
      try:
        reply = self.cluster.get("/v1/updates/%s/devel/%s/%s" % (ROLE, job.name, job.update["id"]), timeout=REQUEST_SECONDS)
        status = (reply.get("summary") or reply)["status"]
      except (OSError, ValueError) as error:
        if "HTTP 404" in str(error):
          self.troubles.append("update %d of %s was acknowledged and is unknown" % (job.update["number"], job.name))
          job.update, job.is_known = None, False
        continue
      if status in SETTLED:
        job.update["status"] = status
        if status == "ROLLED_FORWARD":
          job.instances, job.version = set(range(job.update["count"])), job.update["number"]
        else:
          self.troubles.append("update %d of %s: %s, which nobody asked for" % (job.update["number"], job.name, status))
          job.is_known = False
        job.update = None

  def finish(self, seconds):
    """The updates end."""
    deadline = time.monotonic() + seconds
    while any(job.update for job in self.jobs) and time.monotonic() < deadline:
      self.look_at_updates()
      time.sleep(0.5)
    for job in self.jobs:
      if job.update:
        self.troubles.append("update %d of %s has not ended in %d s" % (job.update["number"], job.name, seconds))
        job.is_known = False
