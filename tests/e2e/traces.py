"""What a cluster has on its machine, compared before and after: processes, control groups, mounts, ports, descriptors, files.

  before = Traces(cluster)     # when it is ready
  ...                          # whatever goes wrong; in the end all jobs are killed
  before.assert_nothing_more() # waits for what takes its time
  cluster.close()
  before.assert_closed()

Records and sandboxes of tasks that are over stay by design, so of these only what does not belong there counts.
"""
import collections
import glob
import os

from harness import HANG_SECONDS, wait_for

STATE_FILES = {"agent_id", "cluster_id", "images", "journal", "journal.lock", "progress", "tasks"}
TASK_FILES = {"checkpoint", "container", "execs", "failure", "launched", "log_times", "plan", "preparing"}
# Of descriptors: connections that clients keep for a while, and what the thread of WebSockets has once there was one.
SPARE = {"socket": 40, "anon_inode:[eventpoll]": 1, "anon_inode:[eventfd]": 1, "anon_inode:[timerfd]": 1}


def read(path):
  try:
    with open(path, "rb") as file:
      return file.read().decode("utf-8", "replace")
  except OSError:
    return ""


def link(path):
  try:
    return os.readlink(path)
  except OSError:
    return ""


def state_dirs(folder):
  return [os.path.dirname(path) for path in glob.glob(folder + "/**/agent_id", recursive=True)]


def agent_ids(folder):
  return [read(path + "/agent_id").strip() for path in state_dirs(folder)]


def find_processes(folder, ids):
  """Everything that names the folder, works in it, has it in its environment or is in a control group of its hosts; and
  zombies whose parent is one of these. pid -> command line."""
  found, zombies = {}, {}
  for name in os.listdir("/proc"):
    if not name.isdigit() or int(name) == os.getpid():
      continue
    base = "/proc/" + name
    words = read(base + "/cmdline").replace("\0", " ").strip()
    stat = read(base + "/stat").rpartition(")")[2].split()
    if not stat:
      continue
    if stat[0] == "Z":
      zombies[int(name)] = int(stat[1])
    elif (folder in words or folder in link(base + "/cwd") or folder in read(base + "/environ") or
          any(agent_id in read(base + "/cgroup") for agent_id in ids)):
      found[int(name)] = words or "[%s]" % read(base + "/comm").strip()
  found.update((pid, "zombie of " + found[parent]) for pid, parent in zombies.items() if parent in found)
  return found


def cgroups_of_hosts(ids):
  return [path for agent_id in ids for depth in ("", "*/", "*/*/") for path in glob.glob("/sys/fs/cgroup/%s*/%s/" % (depth, agent_id))]


def cgroups(ids):
  """Those of tasks."""
  return [path for host in cgroups_of_hosts(ids) for path in glob.glob(host + "*/")]


def mounts(folder):
  return [line.split()[4] for line in read("/proc/self/mountinfo").splitlines() if folder in line]


def ports(first):
  """Of thirty from there on: those on which somebody listens."""
  found = set()
  for table in ("/proc/net/tcp", "/proc/net/tcp6"):
    for line in read(table).splitlines()[1:]:
      fields = line.split()
      port = int(fields[1].rpartition(":")[2], 16)
      if fields[3] == "0A" and first <= port < first + 30:
        found.add(port)
  return sorted(found)


def strange_files(folder):
  found = []
  for state in state_dirs(folder):
    found += [state + "/" + name for name in os.listdir(state) if name not in STATE_FILES]
    for task in glob.glob(state + "/tasks/*"):
      found += [task + "/" + name for name in os.listdir(task) if name not in TASK_FILES]
    found += [path for path in glob.glob(state + "/images/.*") if not path.endswith("/.lock")]
  return found


def descriptors(folder, found):
  """Of each daemon: how many of each kind are open."""
  counts = {}
  for pid, words in found.items():
    is_daemon = any(" %s " % mode in words + " " for mode in ("executor", "scheduler", "nursery"))
    if not is_daemon or folder not in words:
      continue
    counts[words] = collections.Counter(kind_of(link("/proc/%d/fd/%s" % (pid, fd))) for fd in os.listdir("/proc/%d/fd" % pid))
  return counts


def kind_of(target):
  """A descriptor's: a file by its name, what has none without its number."""
  is_numbered = target.startswith(("socket:", "pipe:"))
  return target.partition(":")[0] if is_numbered else target


class Traces:
  def __init__(self, cluster):
    self.cluster = cluster
    self.before = self.look()
    self.ids = agent_ids(cluster.folder)

  def look(self):
    folder = self.cluster.folder
    ids = agent_ids(folder)
    found = find_processes(folder, ids)
    things = collections.Counter()
    for kind, names in (("process", [words[:200] for words in found.values()]), ("control group", cgroups(ids)),
                        ("mount", mounts(folder)), ("port", map(str, ports(self.cluster.port))), ("file", strange_files(folder))):
      things.update("%s %s" % (kind, name) for name in names)
    return things, descriptors(folder, found)

  def more(self):
    """One sentence for each thing that is there now and was not before."""
    (before, had), (now, has) = self.before, self.look()
    found = ["%s, %d times" % (thing, count) for thing, count in sorted((now - before).items())]
    for daemon, kinds in has.items():
      more = kinds - had.get(daemon, kinds) - collections.Counter(SPARE)
      found += ["descriptor %s of %s, %d times" % (kind, daemon, count) for kind, count in more.items()]
    return found

  def assert_nothing_more(self, seconds=HANG_SECONDS):
    try:
      wait_for("nothing is left behind", lambda: not self.more(), seconds)
    except AssertionError:
      left = self.more()
      if left:
        raise AssertionError("left behind:\n" + "\n".join(left)) from None

  def assert_closed(self):
    """After the cluster's daemons were told to stop, when its last task was over: of its hosts nothing is left either."""
    left = cgroups_of_hosts(self.ids) + mounts(self.cluster.folder)
    if left:
      raise AssertionError("left behind: %s" % left)
