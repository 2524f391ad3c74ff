"""The API by hand: one script of curl commands against two hosts, with the scheduler killed behind it."""
import os
import subprocess
import unittest

import harness
from harness import QUICK, ROLE, wait_for

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "curl_tour.sh")


class Curl(unittest.TestCase):
  def test_a_tour(self):
    with harness.Cluster(executors=2, flags=QUICK) as cluster:
      done = subprocess.run([SCRIPT, cluster.url, os.path.join(cluster.dir, "secret"), ROLE], capture_output=True, text=True,
                            timeout=3 * harness.HANG_SECONDS, check=False)
      self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
      cluster.kill_child("scheduler")  # it is started again, with all that was acknowledged
      cluster.wait_ready()
      self.assertEqual(cluster.get("/quotas")[ROLE], {"cpu_cores": 1.0, "ram_mb": 64, "disk_mb": 64})
      wait_for("the update's history is there", lambda: cluster.get("/v1/updates?role=%s" % ROLE)["updates"])


if __name__ == "__main__":
  unittest.main()
