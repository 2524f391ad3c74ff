"""What must be true after the last kill of a scheduler, whatever the users have seen: of tasks, and of the processes that wrote
down their lives. No host was ever away, so no task may have been given up, and no instance may have lived twice."""
import collections
import time

from cron_user import CronUser
from operator_user import HostOperator
from service_user import ServiceUser
from users import SETTLE_SECONDS, job_path
from harness import ROLE
from verdict import legal_moves

ASKED = ("RESTARTING", "KILLING", "DRAINING", "PREEMPTING")


def judge(cluster, shared, users):
  """Adds to the troubles; figures of what was done."""
  settle(cluster, shared)
  tasks = list_tasks(cluster)
  check_processes(cluster, shared, tasks)
  check_histories(shared, tasks)
  end_all(cluster, shared)
  updates = [update for user in users if isinstance(user, ServiceUser) for update in user.updates]
  crons = [job for user in users if isinstance(user, CronUser) for job in user.jobs + user.old]
  outcomes = collections.Counter(outcome for job in crons for outcome in job.runs.values())
  events = collections.Counter(event["status"] for task in tasks.values() for event in task["taskEvents"])
  return {"tasks": len(tasks), "processes": len(cluster.lives()), "updates": len(updates), "cron_moments": sum(
      user == "" for job in crons for _, user in job.runs), "cron_outcomes": dict(outcomes), "drains": sum(
          user.drains for user in users if isinstance(user, HostOperator)), "tasks_preempted": events["PREEMPTING"],
          "tasks_drained": events["DRAINING"], "tasks_restarted": events["RESTARTING"], "tasks_killed": events["KILLING"]}


def list_tasks(cluster, query=""):
  found = {}
  while True:
    page = cluster.get("/v1/tasks?configs=byHash&limit=1000&offset=%d%s" % (len(found), query))["tasks"]
    found.update({task["taskId"]: task for task in page})
    if len(page) < 1000:
      return found


def living_tasks(cluster):
  """The ids of tasks that run something now."""
  return {found.removeprefix("thermos-") for found in cluster.all_living()}


def settle(cluster, shared):
  deadline = time.monotonic() + SETTLE_SECONDS
  while time.monotonic() < deadline:
    living, active = living_tasks(cluster), list_tasks(cluster, "&active=true")
    wrong = [(task_id, task["status"]) for task_id, task in active.items() if task["status"] != "RUNNING" or task_id not in living]
    if not wrong and living == set(active):
      return
    time.sleep(0.5)
  shared.trouble("the cluster does not settle: %s; processes of no active task: %s" % (wrong, sorted(living - set(active))))


def check_processes(cluster, shared, tasks):
  by_instance = collections.defaultdict(list)
  for life in cluster.lives():
    by_instance[life.instance].append(life)
    if life.task not in tasks:
      shared.trouble("%r ran and is unknown" % life)
  for lives in by_instance.values():
    lives.sort(key=lambda life: life.begin)
    for older, newer in zip(lives, lives[1:]):
      if newer.begin < older.end:
        shared.trouble("two copies at a time: %r and %r" % (older, newer))
    tasks_of = [life.task for life in lives]
    if len(set(tasks_of)) != len(tasks_of):
      shared.trouble("a task was started twice: %r" % lives)


def check_histories(shared, tasks):
  moves = legal_moves()
  for task_id, task in tasks.items():
    states = [event["status"] for event in task["taskEvents"]]
    wrong = [pair for pair in zip(states, states[1:]) if pair not in moves]
    if wrong or states[0] not in ("PENDING", "THROTTLED") or states[-1] != task["status"]:
      shared.trouble("%s: %s, %s" % (task_id, states, wrong))
    if set(states) & {"LOST", "PARTITIONED"}:
      shared.trouble("%s was given up, and no host was away: %s" % (task_id, task["taskEvents"]))
    if states[-1] == "KILLED" and not set(states) & set(ASKED):
      shared.trouble("%s was killed, and nobody asked for that: %s" % (task_id, task["taskEvents"]))


def end_all(cluster, shared):
  names = {task_id[len(ROLE + "-devel-"):-37].rpartition("-")[0] for task_id in list_tasks(cluster, "&active=true")}
  for name in sorted(names):
    cluster.post(job_path(name, "/kill"), {})
  deadline = time.monotonic() + SETTLE_SECONDS
  while time.monotonic() < deadline:
    left = list(list_tasks(cluster, "&active=true")), sorted(living_tasks(cluster))
    if not any(left):
      return
    time.sleep(0.5)
  shared.trouble("left after all was killed: %s" % (left,))
