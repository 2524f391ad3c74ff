"""What a host offers: what is there within its limits, less a reserve; GPUs that are each of one task; revocable cores."""
import os
import socket
import subprocess
import tempfile
import unittest

import harness
from harness import AURORA, IS_ROOT, ROLE, http, key, wait_for

GPUS = ("/dev/full", "/dev/random")  # devices that every Linux has and everybody may read


def free_port():
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]


def write(path, text):
  with open(path, "w") as entry:
    entry.write(text)


def read(path):
  with open(path) as entry:
    return entry.read()


def job_text(name, command, instances=1, resources="", extra=""):
  return """
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, instances = %d, %s
  task = Task(processes = [Process(name = 'main', cmdline = %r)],
              resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB, %s)))]
""" % (ROLE, name, instances, extra, command, resources)


class ExecutorAlone(unittest.TestCase):
  """With no scheduler: it goes on asking for one."""

  def setUp(self):
    self.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    self.addCleanup(subprocess.run, ["rm", "-rf", self.folder], check=False)

  def words(self, *flags):
    return [AURORA, "executor", "--scheduler_url=http://127.0.0.1:9", "--work_dir=" + self.folder] + list(flags)

  def refusal(self, *flags):
    done = subprocess.run(self.words(*flags), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.HANG_SECONDS)
    self.assertNotEqual(done.returncode, 0, done)
    return done.stderr

  def resources(self, *flags, groups=()):
    """As it says them, in these control groups."""
    port = free_port()
    words = self.words("--http_port=%d" % port, *flags)
    entries = ["echo $$ > %s/cgroup.procs" % group for group in groups]
    process = subprocess.Popen(["/bin/sh", "-c", "; ".join(entries + ['exec "$@"']), "sh"] + words, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
      host = wait_for("it answers", lambda: http("http://127.0.0.1:%d/v1/host" % port).json())
      return {resource["name"]: resource for resource in host["resources"]}
    finally:
      process.terminate()
      process.communicate(timeout=2 * harness.HANG_SECONDS)

  def test_what_is_detected_less_a_reserve(self):
    found = self.resources("--reserve_cpus=0.5", "--reserve_ram=2GB")
    cpus = len(os.sched_getaffinity(0))
    self.assertLessEqual(found["cpus"]["detected"], cpus)
    self.assertEqual(found["cpus"]["reserved"], 0.5)
    self.assertEqual(found["cpus"]["offered"], found["cpus"]["detected"] - 0.5)
    self.assertEqual(found["ramMb"]["offered"], found["ramMb"]["detected"] - 2048)
    self.assertEqual(found["diskMb"]["reserved"], min(5120, found["diskMb"]["detected"] // 2))
    self.assertNotIn("detected", found["gpus"])

  def test_what_is_said_is_offered(self):
    found = self.resources("--cpus=64", "--ram=1TB", "--gpus=2", "--revocable_cpus=8")
    self.assertEqual((found["cpus"]["offered"], found["cpus"]["reserved"]), (64, 0))
    self.assertEqual(found["ramMb"]["offered"], 1 << 20)
    self.assertEqual((found["gpus"]["offered"], found["gpus"]["detail"]), (2, "as --gpus says: /dev/nvidia0, /dev/nvidia1"))
    self.assertEqual(found["revocableCpus"]["offered"], 8)

  @unittest.skipUnless(IS_ROOT and os.path.exists("/sys/fs/cgroup/cpu/cgroup.procs"), "control groups of version 1 and root")
  def test_in_a_control_group_its_limits_are_what_is_there(self):
    groups = ["/sys/fs/cgroup/%s/aurora-offer-%d" % (kind, os.getpid()) for kind in ("cpu", "memory")]
    for group in groups:
      os.mkdir(group)
      self.addCleanup(os.rmdir, group)
    write(groups[0] + "/cpu.cfs_quota_us", "50000")
    write(groups[1] + "/memory.limit_in_bytes", str(4 << 30))
    found = self.resources(groups=groups)
    self.assertEqual((found["cpus"]["detected"], found["cpus"]["offered"]), (0.5, 0.5))
    self.assertEqual((found["ramMb"]["detected"], found["ramMb"]["offered"]), (4096, 3072))
    self.assertEqual(found["cpus"]["detail"], "a limit of the control group that the executor is in")

  def test_what_is_refused(self):
    self.assertRegex(self.refusal("--reserve_ram=900TB"), r"--reserve_ram keeps 943718400 MB, and there is no more than \d+ MB")
    self.assertRegex(self.refusal("--reserve_cpus=100000"), r"--reserve_cpus keeps 100000 cores, and there is no more than")
    self.assertIn("give one of them", self.refusal("--disk=1GB", "--reserve_disk=1GB"))
    self.assertIn("'/dev/missing' is no device file of this machine", self.refusal("--gpus=/dev/missing"))
    self.assertIn("/dev/full is named twice", self.refusal("--gpus=/dev/full,/dev/full"))
    self.assertIn("1001 GPUs are more than any machine has", self.refusal("--gpus=1001"))
    for parent, why in (("aurora", "begins with /"), ("/", "begins with /"), ("/a/../b", "'..' is no name"), ("/a//b", "'' is no name"),
                        ("/a b", "letters, digits"), ("/sys/fs/cgroup/x", "where a hierarchy is mounted"),
                        ("/cgroup.procs", "could be an entry of the kernel")):
      self.assertIn(why, self.refusal("--cgroup_parent=" + parent), parent)


class GpuTest(unittest.TestCase):
  def start(self, *flags):
    cluster = harness.Cluster(flags=harness.QUICK + ["--allow_gpu_resource=true"] + list(flags))
    self.addCleanup(cluster.close)
    return cluster.start()

  def create(self, cluster, name, command, **more):
    done = cluster.aurora("create", key(name), cluster.write(name + ".aurora", job_text(name, command, **more)))
    self.assertEqual(done.code, 0, done)

  def test_each_is_of_one_task_whatever_happens_to_the_executor(self):
    cluster = self.start("--executor-gpus=2")
    self.create(cluster, "train", "echo $CUDA_VISIBLE_DEVICES $NVIDIA_VISIBLE_DEVICES $AURORA_GPU_DEVICES; sleep 1000", instances=3,
                resources="gpu = 1")
    running = wait_for("two run", lambda: (lambda t: t if len(t) == 2 else None)([t for t in cluster.tasks("train") if t["status"] == "RUNNING"]))
    said = {t["taskId"]: wait_for("its output", lambda: cluster.output(t, "main")) for t in running}
    self.assertEqual(sorted(said.values()), ["0 0 /dev/nvidia0\n", "1 1 /dev/nvidia1\n"])
    self.assertEqual(sorted(cluster.task_page(t)["gpus"] for t in running), [["/dev/nvidia0"], ["/dev/nvidia1"]])
    wait_for("the third waits for one", lambda: "Insufficient: GPU" in str(cluster.get("/v1/pending")))
    cluster.kill_child("executor")
    first = next(t for t in running if said[t["taskId"]].startswith("1"))
    done = cluster.aurora("job", "kill", key("train") + "/%d" % first["instanceId"])
    self.assertEqual(done.code, 0, done)
    third = wait_for("the third runs", lambda: [t for t in cluster.tasks("train") if t["status"] == "RUNNING" and t["taskId"] not in said])[0]
    self.assertEqual(wait_for("its output", lambda: cluster.output(third, "main")), "1 1 /dev/nvidia1\n")
    cluster.aurora("killall", key("train"))

  @unittest.skipUnless(IS_ROOT, "a filter of devices needs root")
  def test_those_of_others_cannot_be_opened(self):
    cluster = self.start("--executor-gpus=" + ",".join(GPUS))
    host = http("http://127.0.0.1:%d/v1/host" % (cluster.port + 1)).json()
    measure = next(m for m in host["isolation"] if m["name"] == "GPUs of other tasks are out of reach")
    self.assertTrue(measure["inForce"], measure)
    look = "for d in %s; do head -c 1 $d > /dev/null 2>&1 && echo $d; done; echo $CUDA_VISIBLE_DEVICES" % " ".join(GPUS)
    self.create(cluster, "one", look, resources="gpu = 1")
    self.assertEqual(cluster.output(cluster.wait_task("one", "FINISHED"), "main"), GPUS[0] + "\n0\n")
    self.create(cluster, "none", look)
    self.assertEqual(cluster.output(cluster.wait_task("none", "FINISHED"), "main"), "\n")


class RevocableTest(unittest.TestCase):
  def test_tasks_of_the_tier_run_on_what_is_offered_for_them_and_weigh_nothing(self):
    cluster = harness.Cluster(flags=harness.QUICK + ["--executor-revocable_cpus=1"])
    self.addCleanup(cluster.close)
    cluster.start()
    text = job_text("spare", "sleep 1000", instances=4, extra="tier = 'revocable',")  # 0.35 of a core each, with the executor's share
    done = cluster.aurora("create", key("spare"), cluster.write("spare.aurora", text))
    self.assertEqual(done.code, 0, done)
    self.assertNotIn("revocable", done.err)
    wait_for("two run", lambda: len([t for t in cluster.tasks("spare") if t["status"] == "RUNNING"]) == 2)
    wait_for("the others wait", lambda: "Insufficient: CPU" in str(cluster.get("/v1/pending")))
    host = cluster.get("/v1/hosts")["hosts"][0]
    self.assertEqual(host["available"]["cpus"], host["capacity"]["cpus"])
    self.assertEqual(host["available"]["revocableCpus"], 0.3)
    if IS_ROOT:
      weights = [os.path.join(top, name) for top, _, names in os.walk("/sys/fs/cgroup") if "-devel-spare-" in os.path.basename(top)
                 for name in names if name in ("cpu.shares", "cpu.weight")]
      self.assertEqual({read(path).strip() for path in weights} - {"1", "2"}, set())
      self.assertTrue(weights)
    cluster.aurora("killall", key("spare"))


if __name__ == "__main__":
  unittest.main()
