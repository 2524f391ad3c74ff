"""What tasks run that are attacked: a process that writes down its own life.

life.py RECORDS TASK_ID LIMIT KIND [NUMBER]: appends lines `moment event task pid detail` to RECORDS, a moment being
CLOCK_MONOTONIC in seconds. Events: start, beat (four a second, or each $LIFE_BEAT seconds), term (a SIGTERM came), exit (detail: the code).
A process that dies of a signal says no exit; its last sign of life counts. None lives longer than LIMIT seconds, whatever is
broken.

stay         leaves at the first SIGTERM
linger S     leaves S seconds after the first SIGTERM
ignore       leaves at no SIGTERM
exit CODE    leaves by itself after half a second
daemon S     stays; a double-forked child in a session of its own lingers S seconds
orphan S     leaves by itself, and leaves such a child
hog MB       holds so much memory after half a second, and stays
crowd N      has N children that sleep, or as many as it may have, and stays; they end with it
chain        forks and exits for ever, each time in a session of its own, and ignores SIGTERM
"""
import os
import signal
import sys
import time

BEAT_SECONDS = float(os.environ.get("LIFE_BEAT", 0.25))


class Life:
  def __init__(self, records, task, limit):
    self.file, self.task = os.open(records, os.O_WRONLY | os.O_APPEND), task
    self.end = time.monotonic() + limit
    self.first_term = None
    signal.signal(signal.SIGTERM, self.hear)

  def say(self, event, detail="-"):
    os.write(self.file, ("%.3f %s %s %d %s\n" % (time.monotonic(), event, self.task, os.getpid(), detail)).encode())

  def hear(self, *_):
    self.say("term")
    self.first_term = self.first_term or time.monotonic()

  def leave(self, code):
    self.say("exit", code)
    os._exit(code)

  def stay(self, linger):
    """Until `linger` seconds after the first SIGTERM; None: for ever. A stopped process goes on where it was."""
    while time.monotonic() < self.end:
      if self.first_term and linger is not None and time.monotonic() >= self.first_term + linger:
        break
      self.say("beat")
      self.rest(BEAT_SECONDS)
    self.leave(0)

  def rest(self, seconds):
    """Short enough that a SIGTERM is answered soon, though the call goes on after it."""
    for _ in range(5):
      if not self.first_term:
        time.sleep(seconds / 5)
    if self.first_term:
      time.sleep(0.02)

  def detach(self, linger):
    if os.fork():
      return
    os.setsid()
    if os.fork():
      os._exit(0)
    os.closerange(0, 3)
    self.first_term = None
    self.say("start", "detached")
    self.stay(linger)

  def gather(self, count):
    for _ in range(count):
      try:
        if os.fork() == 0:
          os.execv("/bin/sleep", ["sleep", "%d" % (self.end - time.monotonic())])
      except OSError:
        return

  def chain(self):
    while time.monotonic() < self.end:
      time.sleep(0.02)
      if os.fork():
        os._exit(0)
      os.setsid()
      self.say("beat")


def main():
  records, task, limit, kind = sys.argv[1:5]
  number = float(sys.argv[5]) if len(sys.argv) > 5 else 0
  life = Life(records, task, float(limit))
  life.say("start", kind)
  if kind == "exit":
    time.sleep(0.5)
    life.leave(int(number))
  if kind in ("daemon", "orphan"):
    life.detach(number)
  if kind == "orphan":
    time.sleep(0.5)
    life.leave(0)
  if kind == "hog":
    time.sleep(0.5)
    held = bytearray(int(number) << 20)
    held[::4096] = b"x" * len(held[::4096])
  if kind == "crowd":
    life.gather(int(number))
  if kind == "chain":
    for _ in range(6):
      if os.fork() == 0:
        life.chain()
        os._exit(0)
  life.stay({"ignore": None, "chain": None, "linger": number}.get(kind, 0))


if __name__ == "__main__":
  main()
