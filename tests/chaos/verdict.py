"""What must be true afterwards. Each check is one verdict: its name and what speaks against it.

A process' own records are the truth: it lived at least from its first line to its last. An instance may have two live
copies only if its older task had been given up (PARTITIONED or LOST) with good cause, and then until shortly after its
executor was back. Good cause is that the executor was away, and had been silent for the host timeout when it was given up:
since its last heartbeat, and not counting the time in which the scheduler was away itself. Nothing else allows an overlap.
"""
import collections
import fcntl
import os
import re
import time

from daemons import HANG_SECONDS, is_life, mentions
from harness import ROLE, TOP
from saboteur import HOST_TIMEOUT

HEARTBEAT = 6  # seconds between two reports, and some
RETURN_GRACE = 30  # seconds in which an executor that is back ends what was given up
BIRTH_SECONDS = 10  # in which a process may be killed or paused before it can write a word
HEARING_SECONDS = 20
LAG_SECONDS = 200  # more than any sum of its pauses
CLOCK_SLACK = 1.5  # seconds between a process' end and the stamp of its report
ENDS = ("FINISHED", "FAILED", "KILLED", "LOST")


def legal_moves():
  """The pairs of states that the golden table of the unit tests allows, e.g. ('PENDING', 'ASSIGNED')."""
  with open(os.path.join(TOP, "tests", "core", "task", "golden", "task_rules.txt")) as lines:
    rows = [line.rstrip("\n") for line in lines]
  starts = [match.start() for match in re.finditer(r"\S+", rows[0]) if match.start() > 0 and match.group() not in ("\\", "to")]
  names = [rows[0][at:].split()[0] for at in starts]
  moves = set()
  for row in rows[1:]:
    cells = [row[at:at + 12].split() for at in starts]
    if row and not row.startswith("no such task") and len(row) > starts[0] and row[0].isupper() and len(row.split()) > 5:
      moves |= {(row.split()[0], to) for to, cell in zip(names, cells) if "S" in cell}
  if not {("PENDING", "ASSIGNED"), ("RUNNING", "FINISHED")} <= moves or ("FINISHED", "RUNNING") in moves:
    raise AssertionError("the golden table is not read well: %s" % sorted(moves))
  return moves


def leftovers():
  """Control groups of tasks, and mounts."""
  with open("/proc/self/mounts") as mounts:
    found = set(mounts.read().splitlines())
  for folder, _, _ in os.walk("/sys/fs/cgroup"):
    if "-devel-" in folder:
      found.add(folder)
  return found


class Verdict:
  def __init__(self, cluster, workload, saboteur, clock_offset, left_before):
    self.cluster, self.workload, self.saboteur, self.offset = cluster, workload, saboteur, clock_offset
    self.left_before = left_before
    self.tasks = {}  # id -> task, with the name of its job in "jobName"

  def checks(self):
    """(name, list of what speaks against it), the cluster being settled; the last ones end all jobs."""
    yield "the cluster settles", self.settle()
    self.load()
    yield "workload and saboteur saw nothing wrong", self.workload.troubles + self.saboteur.troubles
    yield "what was acknowledged is there", self.missing_jobs()
    yield "every acknowledged update is there and has ended", self.missing_updates()
    yield "tasks that end by themselves have run to their end", self.unfinished()
    yield "at most one live copy of every instance at any time", self.overlaps()
    yield "one live copy of every instance now", self.copies_now()
    yield "no healthy task was lost", self.lost_without_cause()
    yield "every history is legal", self.illegal_histories()
    yield "every history is true", self.untrue_histories()
    yield "limits held, and nobody else met one", self.limits_untrue()
    yield "no process got two SIGTERMs", [repr(life) for life in self.lives if len(life.terms) > 1]
    yield "every job can be ended", self.end_all()
    yield "no process is left", self.wait_none(self.left_processes)
    yield "no folder is left that nobody knows", self.unknown_folders()
    yield "no lock and no resource is held", self.wait_none(self.held)
    yield "no control group and no mount is left", self.wait_none(self.left_walls)

  # --- gathering

  def settle(self):
    self.cluster.wait_ready(2 * HANG_SECONDS)
    self.workload.finish(3 * HANG_SECONDS)
    deadline = time.monotonic() + 3 * HANG_SECONDS
    while time.monotonic() < deadline:
      self.workload.release_what_is_held_back()
      living = self.cluster.all_living()
      moving = [(task["taskId"], task["status"]) for job in self.workload.jobs for task in self.cluster.tasks(job.name, active=True)
                if task["status"] != "RUNNING" or not living[task["taskId"]]]
      if not moving:
        return []
      time.sleep(0.5)
    return ["%s is still %s" % pair for pair in moving]

  def load(self):
    for job in self.workload.jobs:
      for task in self.cluster.tasks(job.name):
        self.tasks[task["taskId"]] = dict(task, job=job)
    self.lives = self.cluster.lives()
    self.by_task = collections.defaultdict(list)
    for life in self.lives:
      self.by_task[life.task].append(life)

  def active(self, job):
    return [task for task in self.tasks.values() if task["job"] is job and task["isActive"]]

  def moment(self, event):
    """Of an event on the clock of the processes."""
    return event["timestamp"] / 1000 - self.offset

  # --- acknowledged

  def missing_jobs(self):
    bad = []
    for job in self.workload.jobs:
      if not job.is_known or not job.is_service:
        continue
      tasks = self.active(job)
      if sorted(task["instanceId"] for task in tasks) != sorted(job.instances):
        bad.append("%s has instances %s, acknowledged are %s" % (
            job.name, sorted(task["instanceId"] for task in tasks), sorted(job.instances)))
      versions = {task["task"]["metadata"][0]["value"] for task in tasks}
      if versions - {str(job.version)}:
        bad.append("%s runs versions %s, acknowledged is %d" % (job.name, sorted(versions), job.version))
    return bad

  def missing_updates(self):
    bad = []
    for update in self.workload.updates:
      if not update["id"]:
        continue
      known = {entry["key"]["id"]: entry for entry in self.workload.list_updates(update["job"])}
      if update["id"] not in known:
        bad.append("update %d of %s is unknown" % (update["number"], update["job"].name))
      elif known[update["id"]]["isActive"]:
        bad.append("update %d of %s goes on: %s" % (update["number"], update["job"].name, self.story(update)))
    return bad

  def story(self, update):
    """What it says of itself and its job's tasks, for whoever looks for the reason."""
    found = self.cluster.get("/v1/updates/%s/devel/%s/%s" % (ROLE, update["job"].name, update["id"]))
    tasks = [(task["instanceId"], self.history(task["taskId"])) for task in self.active(update["job"])]
    return "%s; %s; %s" % (found.get("updateEvents"), (found.get("instanceEvents") or [])[-12:], tasks)

  def unfinished(self):
    bad = []
    for job in [job for job in self.workload.jobs if not job.is_service]:
      wanted = "FINISHED" if job.number == 0 else "FAILED"
      for instance in job.instances:
        states = [task["status"] for task in self.tasks.values() if task["job"] is job and task["instanceId"] == instance]
        if wanted not in states:
          bad.append("%s/%d has not ended as %s: %s" % (job.name, instance, wanted, states))
        if states.count(wanted) > 1:
          bad.append("%s/%d has ended as %s %d times" % (job.name, instance, wanted, states.count(wanted)))
    return bad

  # --- copies

  def overlaps(self):
    by_instance = collections.defaultdict(list)
    for life in self.lives:
      if life.kind != "detached":
        by_instance[life.instance].append(life)
    bad = []
    for lives in by_instance.values():
      lives.sort(key=lambda life: life.begin)
      for index, older in enumerate(lives):
        for newer in lives[index + 1:]:
          if newer.begin >= older.end:
            break
          # The task that was given up may run its process again after its successor has begun.
          if not self.is_allowed(older, newer) and not self.is_allowed(newer, older):
            bad.append("%r and %r; their tasks: %s and %s" % (older, newer, self.history(older.task), self.history(newer.task)))
    return bad

  def is_allowed(self, older, newer):
    """The rule at the top of this file."""
    task = self.tasks.get(older.task)
    if older.task == newer.task or not task:
      return False
    return any(moment <= newer.begin + CLOCK_SLACK and older.end <= back + RETURN_GRACE for moment, back in self.given_up(task))

  def given_up(self, task):
    """When that happened to the task with good cause, and when its executor was back."""
    found = []
    for event in task["taskEvents"]:
      moment = self.moment(event)
      latest = moment + self.lag(moment)
      for name, begin, end in self.saboteur.outages:
        is_cause = event["status"] in ("PARTITIONED", "LOST") and name == task.get("host") and begin <= latest
        silence = latest - begin + HEARTBEAT - self.scheduler_away(begin - HEARTBEAT, latest)
        if is_cause and moment <= end + CLOCK_SLACK and silence >= HOST_TIMEOUT:
          found.append((moment, end))
    return found

  def lag(self, moment):
    """How far the stamp of an event may be behind: of a scheduler that stood still time goes on from where it was."""
    later = [step / 2 for step in range(2 * LAG_SECONDS)]
    return max(seconds for seconds in later if seconds <= self.behind(moment + seconds) + CLOCK_SLACK)

  def behind(self, moment):
    """The scheduler's clock then: after ten seconds away it hears its hosts at an eighth of its speed, and catches up by an eighth."""
    behind, last = 0, 0
    for name, since, until in sorted(self.saboteur.outages, key=lambda outage: outage[1]):
      if name != self.cluster.scheduler.name or since >= moment:
        continue
      away = min(until, moment) - since
      hearing = min(HEARING_SECONDS, max(0, moment - until)) if away >= 10 else 0
      behind = max(0, behind - max(0, since - last) / 8) + away + hearing * 7 / 8
      last = min(until + hearing, moment)
    return max(0, behind - (moment - last) / 8)

  def scheduler_away(self, begin, end):
    """Seconds of that time."""
    return sum(max(0, min(end, until) - max(begin, since)) for name, since, until in self.saboteur.outages
               if name == self.cluster.scheduler.name)

  def history(self, task_id):
    task = self.tasks.get(task_id)
    return [(event["status"], round(self.moment(event), 2)) for event in task["taskEvents"]] if task else "unknown"

  def copies_now(self):
    bad = []
    living = self.cluster.all_living()
    for task_id in sorted({life.task for life in self.lives} | set(self.tasks)):
      task = self.tasks.get(task_id)
      pids = living[task_id]
      wanted = 0
      if task and task["isActive"]:
        wanted = 2 if task["job"].kind == "daemon" else 1
      # A task that runs its process again has the detached child of the run before, too.
      if len(pids) < min(wanted, 1) or (len(pids) > wanted and not (wanted == 2 and self.mains(task_id, pids) == 1)):
        bad.append("%s has %d processes %s, not %d; %s" % (task_id, len(pids), pids, wanted, self.history(task_id)))
    return bad

  def mains(self, task_id, pids):
    return sum(1 for life in self.by_task[task_id] if life.pid in pids and life.kind != "detached")

  # --- histories

  def was_asked(self, task):
    """By somebody, or by an update, at any time: then any end is right."""
    return task["instanceId"] in task["job"].touched

  def lost_without_cause(self):
    bad = []
    for task in self.tasks.values():
      if task["isActive"] or not task["job"].is_service or self.was_asked(task):
        continue
      if task["taskId"] not in self.saboteur.killed_runners and not self.given_up(task):
        bad.append("%s on %s ended, and nobody did anything to it: %s %s" % (
            task["taskId"], task.get("host"), self.history(task["taskId"]), task.get("statusReason")))
    return bad

  def illegal_histories(self):
    moves, bad = legal_moves(), []
    for task in self.tasks.values():
      states = [event["status"] for event in task["taskEvents"]]
      stamps = [event["timestamp"] for event in task["taskEvents"]]
      wrong = [pair for pair in zip(states, states[1:]) if pair not in moves]
      if wrong or states[0] not in ("PENDING", "THROTTLED") or states[-1] != task["status"] or stamps != sorted(stamps):
        bad.append("%s: %s (%s)" % (task["taskId"], self.history(task["taskId"]), wrong))
    return bad

  def untrue_histories(self):
    bad = []
    for task_id in sorted({life.task for life in self.lives} - set(self.tasks)):
      bad.append("%s ran and is unknown" % task_id)
    for task_id, task in self.tasks.items():
      lives = [life for life in self.by_task[task_id] if life.kind != "detached"]
      assigned = [self.moment(event) for event in task["taskEvents"] if event["status"] == "ASSIGNED"]
      ran = [self.moment(event) for event in task["taskEvents"] if event["status"] == "RUNNING"]
      if ran and not lives and self.moment(task["taskEvents"][-1]) - ran[0] > BIRTH_SECONDS:
        bad.append("%s was RUNNING and no process of it ever lived: %s" % (task_id, self.history(task_id)))
      if lives and (not assigned or lives[0].begin < assigned[0] - CLOCK_SLACK):
        bad.append("%s lived before it was ASSIGNED: %s %s" % (task_id, lives[0], self.history(task_id)))
      if not task["isActive"] and lives:
        bad += self.untrue_end(task, lives)
    return bad

  def untrue_end(self, task, lives):
    last, status, end = lives[-1], task["status"], self.moment(task["taskEvents"][-1])
    about = "%s is %s at %.2f (%s), but %r" % (task["taskId"], status, end, task.get("statusReason"), last)
    if status == "FINISHED" and last.exit_code != 0:
      return [about]
    is_too_large = task["job"].kind == "hog"
    if status == "FAILED" and last.exit_code in (0, None) and not is_too_large and task["taskId"] not in self.saboteur.killed_runners:
      return [about]
    alive = max(life.end for life in self.by_task[task["taskId"]])
    if status != "LOST" and alive > end + CLOCK_SLACK + self.lag(end) and not self.given_up(task):
      return [about + "; it lived until %.2f" % alive]
    return []

  def limits_untrue(self):
    """Who was too large has ended for that reason, unless it was killed before; nobody else has."""
    bad = []
    for task_id, task in self.tasks.items():
      is_hog, is_told = task["job"].kind == "hog", (task.get("endReason") or {}).get("cause") == "LIMIT"
      if is_told and not is_hog:
        bad.append("%s met a limit: %s" % (task_id, task.get("endSentence")))
      if is_hog and task["status"] == "FAILED" and not is_told and self.was_killed_by_the_kernel(task_id):
        bad.append("%s was too large, and is told to have ended otherwise: %s" % (task_id, task.get("endSentence")))
    return bad

  def was_killed_by_the_kernel(self, task_id):
    return any(life.exit_code is None for life in self.by_task[task_id]) and task_id not in self.saboteur.killed_runners

  # --- leaks

  def end_all(self):
    bad = []
    for job in self.workload.jobs:
      if self.cluster.tasks(job.name, active=True):
        reply = self.cluster.post(self.workload.path(job, "/kill"), {})
        if reply.status != 200:
          bad.append("kill of %s: HTTP %d %s" % (job.name, reply.status, reply.body[:300]))
    deadline = time.monotonic() + 3 * HANG_SECONDS
    while time.monotonic() < deadline:
      left = [(task["taskId"], task["status"]) for job in self.workload.jobs for task in self.cluster.tasks(job.name, active=True)]
      if not left:
        return bad
      time.sleep(0.5)
    return bad + ["%s is still %s" % pair for pair in left]

  @staticmethod
  def wait_none(find, seconds=HANG_SECONDS):
    deadline = time.monotonic() + seconds
    while find() and time.monotonic() < deadline:
      time.sleep(0.5)
    return find()

  def left_processes(self):
    """Anything but the daemons and their nurseries."""
    daemons = {daemon.process.pid for daemon in self.cluster.daemons()}
    bad = []
    for pid in mentions(self.cluster.folder):
      try:
        with open("/proc/%d/cmdline" % pid, errors="replace") as words:
          command = words.read().replace("\0", " ")
      except OSError:
        continue
      if pid not in daemons and (" nursery " not in command or is_life(pid)):
        bad.append("%d: %s" % (pid, command))
    nurseries = [pid for pid in mentions(self.cluster.folder) if " nursery " in self.command(pid)]
    if len(nurseries) > len(self.cluster.hosts):
      bad.append("%d nurseries for %d executors" % (len(nurseries), len(self.cluster.hosts)))
    return bad

  @staticmethod
  def command(pid):
    try:
      with open("/proc/%d/cmdline" % pid, errors="replace") as words:
        return words.read().replace("\0", " ")
    except OSError:
      return ""

  def unknown_folders(self):
    """Of tasks that the executor does not list: sandboxes and records."""
    bad = []
    for number in range(len(self.cluster.hosts)):
      listed = set()
      while True:
        page = self.cluster.ask_host(number, "/v1/tasks?state=all&limit=1000&offset=%d" % len(listed))["tasks"]
        listed |= {task["taskId"] for task in page}
        if len(page) < 1000:
          break
      found = set(os.listdir(self.cluster.state_dir(number) + "/tasks"))
      for folder, names, _ in os.walk(self.cluster.work_dir(number) + "/slaves"):
        if os.path.basename(folder) == "executors":
          found |= {name[len("thermos-"):] for name in names}
          names.clear()
      bad += ["%s on %s" % (task_id, self.cluster.host_name(number)) for task_id in sorted(found - listed)]
    return bad

  def left_walls(self):
    return sorted(leftovers() - self.left_before)

  def held(self):
    bad = []
    for number in range(len(self.cluster.hosts)):
      folder = self.cluster.state_dir(number) + "/tasks"
      for task_id in os.listdir(folder):
        path = os.path.join(folder, task_id, "checkpoint")
        try:
          with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
          continue
        except OSError:
          bad.append("somebody holds " + path)
    for host in self.cluster.get("/v1/hosts")["hosts"]:
      if host["taskCount"] or host["available"] != host["capacity"]:
        bad.append("%s: %d tasks, %s of %s available" % (host["host"], host["taskCount"], host["available"], host["capacity"]))
    return bad
