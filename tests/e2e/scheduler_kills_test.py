"""A short run of tests/chaos/scheduler_kills: everything that was acknowledged outlives ten kill -9 of the scheduler."""
import json
import os
import subprocess
import sys
import unittest

import harness

SCRIPT = os.path.join(harness.TOP, "tests", "chaos", "scheduler_kills")


class SchedulerKillsTest(unittest.TestCase):
  def test_ten_kills_lose_nothing(self):
    done = subprocess.run([sys.executable, SCRIPT, "--kills=10", "--executors=2", "--seed=7"], capture_output=True, text=True, timeout=600,
                          env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), check=False)
    self.assertEqual(done.returncode, 0, done.stderr[-5000:])
    figures = json.loads(done.stdout.splitlines()[-1])
    self.assertGreaterEqual(figures["kills"], 10)
    self.assertGreater(figures["acknowledged"], 30)


if __name__ == "__main__":
  unittest.main()
