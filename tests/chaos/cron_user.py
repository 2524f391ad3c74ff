"""Somebody with cron jobs: each minute of a schedule runs once, whoever is killed in it, and so does what is asked for by hand."""
import collections
import time

from users import User, config, job_of, job_path, version_of

JOBS_MAX = 4
BEGUN = ("STARTED", "WAITING", "CANCELLED", "IGNORED")
LATE_MS = 20_000  # a moment that is younger may not have been seen to
KINDS = (("exit", 0, "CANCEL_NEW"), ("exit", 0, "KILL_EXISTING"), ("stay", None, "KILL_EXISTING"), ("linger", 2, "KILL_EXISTING"),
         ("stay", None, "CANCEL_NEW"))


class CronJob:
  def __init__(self, name, kind):
    self.name, (self.kind, self.number, self.policy) = name, kind
    self.counts = {}  # version -> instances
    self.version, self.doubt, self.starts = 0, None, [0, 0]  # started by hand: acknowledged, and perhaps more
    self.since = self.until = None  # ms between which every moment of the schedule is known to be due
    self.runs = {}  # (due, user) -> outcome
    self.tasks = {}  # id -> (moment, instance, version), of the first tasks of runs


class CronUser(User):
  pause = (0.2, 0.8)

  def __init__(self, shared, choose, name):
    super().__init__(shared, choose, name)
    self.jobs, self.old, self.made = [], [], 0

  def step(self):
    for job in self.jobs:
      self.look(job)
    if len(self.jobs) < JOBS_MAX:
      return self.schedule_new()
    job = self.choose.choice(self.jobs)
    return self.choose.choice([self.start_run, self.start_run, self.start_run, self.start_run, self.replace, self.deschedule if self.choose.random() < 0.2
                               else self.start_run])(job)

  # --- requests

  def put(self, job, version, count):
    job.counts[version] = count
    task = config(self.cluster, job.name, job.kind, job.number, version, isService=False, maxTaskFailures=1)
    body = job_of(job.name, task, count, cronSchedule="* * * * *", cronCollisionPolicy=job.policy, cronTimeZone="GMT")
    return self.ask("schedule", "PUT", job_path(job.name, "/cron"), body)

  def schedule_new(self):
    job = CronJob("%s-%d" % (self.name, self.made), KINDS[self.made % len(KINDS)])
    self.made += 1
    answer = self.put(job, 0, self.choose.randint(1, 3))
    if answer or (answer is None and self.find(job)):
      job.since = 1000 * time.time()
      self.jobs.append(job)

  def replace(self, job):
    version, count = job.version + 1, self.choose.randint(1, 3)
    answer = self.put(job, version, count)
    if answer is None:
      answer = int(self.find(job)["taskConfig"]["metadata"][0]["value"]) == version
    if answer:
      job.version = version
    self.audit_job(job)

  def start_run(self, job):
    answer = self.ask("start", "POST", job_path(job.name, "/cron/start"))
    if answer is not False:
      job.starts[answer is None] += 1

  def deschedule(self, job):
    if not 25 < time.time() % 60 < 50:  # no run begins while we look
      return
    self.see(job)
    until = 1000 * time.time() - LATE_MS
    answer = self.ask("deschedule", "DELETE", job_path(job.name, "/cron"))
    if answer is None:
      answer = not self.find(job)
    if not answer:
      return
    job.until = until
    self.jobs.remove(job)
    self.old.append(job)
    if self.ask("kill", "POST", job_path(job.name, "/kill"), {}) is None:
      self.ask("kill", "POST", job_path(job.name, "/kill"), {})

  # --- what has come of it

  def find(self, job):
    return self.get(job_path(job.name, "/cron"), missing={})

  def look(self, job):
    """Its history keeps twenty runs: what is seen now and then is put together."""
    found = self.find(job)
    if not found:
      return self.trouble("%s was acknowledged and is unknown" % job.name)
    times = collections.Counter((run["dueMs"], run.get("user", "")) for run in found["runs"] if not run.get("user"))
    for moment, count in times.items():
      if count > 1:
        self.trouble("%s: %s stands %d times in its history" % (job.name, moment, count))
    for run in found["runs"]:
      before, now = job.runs.get((run["dueMs"], run.get("user", ""))), run["outcome"]
      if before not in (None, now) and (before, now) != ("WAITING", "STARTED"):
        self.trouble("%s: the run of %d was %s and is %s" % (job.name, run["dueMs"], before, now))
      if now in ("MISSED", "FAILED"):
        self.trouble("%s: the run of %d is %s: %s" % (job.name, run["dueMs"], now, run.get("message")))
      job.runs[run["dueMs"], run.get("user", "")] = now
    return None

  def see(self, job):
    """Runs and their tasks, no run beginning between."""
    runs = None
    while runs != job.runs:
      self.look(job)
      runs = dict(job.runs)
      self.see_tasks(job)
      self.look(job)

  def see_tasks(self, job):
    for task in self.tasks(job.name):
      if not task.get("ancestorId"):
        job.tasks[task["taskId"]] = (task["taskEvents"][0]["timestamp"], task["instanceId"], version_of(task))

  def audit(self):
    for job in self.jobs:
      self.look(job)
      self.audit_job(job)
    for job in self.old:
      if self.find(job):
        self.trouble("%s was descheduled, which was acknowledged, and is there" % job.name)

  def audit_job(self, job):
    found = self.find(job)
    seen = found and (int(found["taskConfig"]["metadata"][0]["value"]), found["instanceCount"])
    if seen != (job.version, job.counts[job.version]):
      self.trouble("%s has version and instances %s, acknowledged are %s" % (job.name, seen, (job.version, job.counts[job.version])))

  def judge(self, job):
    """Each moment once, each acknowledged start once, and of each run that has begun its tasks."""
    minute, last = 60_000, job.until or 1000 * time.time() - LATE_MS
    due = int(job.since // minute + 1) * minute
    while due <= last:
      if job.runs.get((due, "")) not in BEGUN:
        self.trouble("%s: nothing came of its moment %d: %s" % (job.name, due, sorted(job.runs.items())))
      due += minute
    by_hand = sum(user != "" for _, user in job.runs)
    if not job.starts[0] <= by_hand <= sum(job.starts):
      self.trouble("%s was started %d times by hand; acknowledged are %d, in doubt %d" % (job.name, by_hand, *job.starts))
    runs = collections.defaultdict(list)
    for moment, instance, version in job.tasks.values():
      runs[moment, version].append(instance)
    begun = sum(outcome == "STARTED" for outcome in job.runs.values())
    # A run that must end while its tasks still wait for hosts leaves none.
    is_whole = job.policy == "CANCEL_NEW"
    if len(runs) > begun or (is_whole and len(runs) != begun):
      self.trouble("%s has begun %d runs and has tasks of %d: %s, %s" % (job.name, begun, len(runs), sorted(job.runs.items()), dict(runs)))
    for (moment, version), instances in runs.items():
      wanted = set(range(job.counts[version]))
      if len(instances) != len(set(instances)) or (set(instances) != wanted if is_whole else not set(instances) <= wanted):
        self.trouble("%s: the run of %d has instances %s of %s" % (job.name, moment, sorted(instances), sorted(wanted)))

  def finish(self, deadline):
    def nobody_waits():
      for job in self.jobs:
        self.look(job)
      return not any("WAITING" in job.runs.values() for job in self.jobs)
    self.is_soon(deadline, "the beginning of all runs that wait", nobody_waits)
    for job in self.jobs:
      self.see(job)
    for job in self.jobs + self.old:
      self.judge(job)
    for job in self.jobs:
      self.ask("deschedule", "DELETE", job_path(job.name, "/cron"))
      self.ask("kill", "POST", job_path(job.name, "/kill"), {})
