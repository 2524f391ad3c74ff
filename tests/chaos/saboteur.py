"""Kills (SIGKILL) and pauses (SIGSTOP, SIGCONT) schedulers, executors, nurseries, runners and processes, and starts again what
it has killed. What it has done to whom is in its diary; the verdict judges by it."""
import heapq
import os
import signal
import time

from daemons import is_life, nursery_of
from harness import processes

HOST_TIMEOUT = 20  # seconds of silence after which a host is given up
LONG_SECONDS = HOST_TIMEOUT + 8


class Saboteur:
  def __init__(self, cluster, choose, stop, say):
    self.cluster, self.choose, self.stop, self.say = cluster, choose, stop, say
    self.later = []  # (moment, number, action)
    self.paused = {}  # pid -> until when
    self.outages = []  # [daemon, from, until]
    self.killed_runners = set()  # task ids
    self.busy = set()  # daemons that are away
    self.troubles, self.counts = [], {}

  def run(self):
    while not self.stop.is_set():
      try:
        self.do_what_is_due()
        self.look_after_daemons()
        if self.choose.random() < 0.5:
          self.strike()
      except Exception as error:
        self.troubles.append("the saboteur: %r" % error)
        return
      self.stop.wait(self.choose.uniform(0.1, 1.5))

  def finish(self):
    """Everything goes on; all daemons are there."""
    while self.later:
      self.do_what_is_due(everything=True)
    for pid in list(self.paused):
      self.resume(pid)
    self.look_after_daemons()

  # --- time

  def after(self, seconds, action):
    heapq.heappush(self.later, (time.monotonic() + seconds, self.choose.random(), action))

  def do_what_is_due(self, everything=False):
    while self.later and (everything or self.later[0][0] <= time.monotonic()):
      heapq.heappop(self.later)[2]()

  def span(self):
    """How long something is away: mostly shorter than anybody's patience, now and then longer than a host's."""
    return LONG_SECONDS if self.choose.random() < 0.06 else self.choose.uniform(0.0, 6.0)

  def look_after_daemons(self):
    for daemon in self.cluster.daemons():
      if daemon not in self.busy and not daemon.is_alive():
        self.troubles.append("%s ended by itself with %s: %s" % (daemon.name, daemon.process.returncode, daemon.last_words()))
        daemon.start()

  # --- deeds

  def strike(self):
    deed = self.choose.choice([self.kill_daemon, self.kill_daemon, self.pause_daemon, self.pause_daemon, self.stop_daemon,
                               self.kill_nursery, self.pause_nursery, self.kill_runner, self.pause_runner, self.kill_process,
                               self.pause_process, self.kill_supervisors])
    if deed():
      self.counts[deed.__name__] = self.counts.get(deed.__name__, 0) + 1

  def choose_daemon(self):
    """The scheduler as often as one of the executors."""
    daemon = self.cluster.scheduler if self.choose.random() < 0.4 else self.choose.choice(self.cluster.hosts)
    return None if daemon in self.busy else daemon

  def away(self, daemon, seconds, back):
    self.busy.add(daemon)
    outage = [daemon.name, time.monotonic(), float("inf")]
    self.outages.append(outage)

    def end():
      back()
      outage[2] = time.monotonic()
      self.busy.discard(daemon)
    self.after(seconds, end)

  def kill_daemon(self):
    daemon, seconds = self.choose_daemon(), self.span()
    if daemon:
      self.say("kill -9 %s for %.1f s" % (daemon.name, seconds))
      self.away(daemon, seconds, daemon.start)
      daemon.kill()
    return daemon

  def stop_daemon(self):
    daemon, seconds = self.choose_daemon(), self.span()
    if daemon:
      self.say("stop %s for %.1f s" % (daemon.name, seconds))

      def start_again():
        daemon.kill()  # if it takes too long
        daemon.start()
      self.away(daemon, 2 + seconds, start_again)
      daemon.signal(signal.SIGTERM)
    return daemon

  def pause_daemon(self):
    daemon, seconds = self.choose_daemon(), self.span()
    if daemon:
      self.say("pause %s for %.1f s" % (daemon.name, seconds))
      self.away(daemon, seconds, daemon.resume)
      daemon.pause()
    return daemon

  def host_number(self):
    return self.choose.randrange(len(self.cluster.hosts))

  def runners(self, number=None):
    """task id -> pid, of one host or of all."""
    folder = self.cluster.dir if number is None else self.cluster.state_dir(number) + "/"
    found = {}
    for pid, (_, command) in sorted(processes().items()):
      if command.startswith("aurora runner ") and folder in command:
        found[command.rstrip().rpartition("/")[2]] = pid
    return found

  def kill_pid(self, what, pid):
    if not pid:
      return None
    self.say("kill -9 %s %d" % (what, pid))
    try:
      os.kill(pid, signal.SIGKILL)
    except OSError:
      return None
    return pid

  def pause_pid(self, what, pid):
    seconds = self.choose.uniform(0.5, 8)
    if not pid or pid in self.paused:
      return None
    self.say("pause %s %d for %.1f s" % (what, pid, seconds))
    try:
      os.kill(pid, signal.SIGSTOP)
    except OSError:
      return None
    self.paused[pid] = True
    self.after(seconds, lambda: self.resume(pid))
    return pid

  def resume(self, pid):
    self.paused.pop(pid, None)
    if self.cluster.folder in processes().get(pid, (0, ""))[1]:  # and nobody else's by now
      os.kill(pid, signal.SIGCONT)

  def kill_nursery(self):
    return self.kill_pid("nursery", nursery_of(self.cluster.state_dir(self.host_number())))

  def pause_nursery(self):
    return self.pause_pid("nursery", nursery_of(self.cluster.state_dir(self.host_number())))

  def kill_runner(self):
    runners = self.runners()
    task_id = self.choose.choice(sorted(runners)) if runners else None
    if task_id:
      self.killed_runners.add(task_id)
    return task_id and self.kill_pid("runner of " + task_id, runners[task_id])

  def pause_runner(self):
    runners = sorted(self.runners().values())
    return runners and self.pause_pid("runner", self.choose.choice(runners))

  def lives(self):
    return sorted(pid for pid, (_, command) in processes().items() if self.cluster.life in command and is_life(pid))

  def kill_process(self):
    lives = self.lives()
    return lives and self.kill_pid("process", self.choose.choice(lives))

  def pause_process(self):
    lives = self.lives()
    return lives and self.pause_pid("process", self.choose.choice(lives))

  def kill_supervisors(self):
    """An executor, its nursery and all its runners at once."""
    number = self.host_number()
    daemon, seconds = self.cluster.hosts[number], self.span()
    if daemon in self.busy:
      return None
    self.say("kill -9 %s, its nursery and all its runners for %.1f s" % (daemon.name, seconds))
    self.away(daemon, seconds, daemon.start)
    daemon.pause()
    nursery = nursery_of(self.cluster.state_dir(number))
    if nursery:
      self.kill_pid("nursery", nursery)
    for task_id, pid in self.runners(number).items():
      self.killed_runners.add(task_id)
      self.kill_pid("runner of " + task_id, pid)
    daemon.kill()
    return daemon
