"""Ports for tests: a hundred neighbours that no other test on this machine has, whatever run it belongs to."""
import fcntl
import os

FOLDER = "/tmp/aurora-test-ports-%d" % os.geteuid()  # wherever a run keeps its own files
RANGES = range(20000, 31000, 100)  # below those that the kernel gives to connections, and 31000 on are for tasks
_held = []  # open for as long as this process lives


def reserve():
  """The first of them. They are this process's until it ends, however it ends."""
  os.makedirs(FOLDER, mode=0o700, exist_ok=True)
  for first in RANGES:
    lock = open(os.path.join(FOLDER, str(first)), "w")
    try:
      fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
      lock.close()
      continue
    _held.append(lock)
    return first
  raise RuntimeError("all %d port ranges for tests are taken: see who holds the files in %s" % (len(RANGES), FOLDER))
