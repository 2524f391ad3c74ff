"""Tasks in images, end to end: where images come from, what a task sees in one, its limits, crashes around it, and what is left."""
import os
import pwd
import shutil
import signal
import tempfile
import unittest

import harness
import images
from harness import IS_ROOT, ROLE, find_processes, key, wait_for
from traces import Traces

ENV = ["PATH=/usr/local/bin:/usr/bin:/bin", "FROM_IMAGE=yes", "HOME=/not/this"]
BASIC = "Mesos(image = DockerImage(name = %r, tag = %r))"


def read(path):
  with open(path) as file:
    return file.read()


def job_text(name, container, command, ram=16, extra=""):
  return """
jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r, container = %s, %s
  task = Task(processes = [Process(name = 'main', cmdline = %r, max_failures = 1)],
              resources = Resources(cpu = 0.1, ram = %d*MB, disk = 64*MB)))]
""" % (ROLE, name, container, extra, command, ram)


@unittest.skipUnless(IS_ROOT and shutil.which("crun") and shutil.which("skopeo"), "images need root, crun and skopeo")
class ImagesTest(unittest.TestCase):
  runtime = "/usr/bin/crun"

  @classmethod
  def setUpClass(cls):
    cls.cluster = harness.Cluster(flags=harness.QUICK + [
        "--executor-private_tmp=true", "--executor-task_overhead_ram=32", "--allowed_container_types=MESOS,DOCKER",
        "--allow_docker_parameters=true", "--allow_container_volumes=true", "--executor-image_pull=true", "--executor-oci_runtime=" + cls.runtime])
    folder = os.path.join(cls.cluster.folder, "images")
    os.makedirs(folder)
    cls.images = folder
    cls.source = os.path.join(cls.cluster.folder, "mirror")
    cls.cluster.flags += ["--executor-image_dir=" + folder, "--executor-image_source=oci:" + cls.source + "/"]
    with open(os.path.join(cls.cluster.folder, "bin/skopeo"), "w") as out:
      out.write("#!/bin/bash\ncase $* in *slow*) exec sleep 4244;; *gated*) [ -e %s/open ] || exec sleep 4245;; esac\n"
                "exec /usr/bin/skopeo \"$@\"\n" % cls.cluster.folder)
    os.chmod(os.path.join(cls.cluster.folder, "bin/skopeo"), 0o755)
    images.make_root(os.path.join(folder, "plain"), "plain")
    root = os.path.join(cls.cluster.folder, "root")
    images.make_root(root, "lower")
    cls.layers = [images.tar_of(root), images.tar_with([("etc/.wh.old", ""), ("etc/marker", "layered")])]
    images.make_layout(os.path.join(folder, "team/layout"), "1.0", cls.layers, ENV)
    images.make_archive(os.path.join(folder, "saved:2.tar"), "saved:2", cls.layers, ENV)
    for name in ("remote", "gated"):
      images.make_layout(os.path.join(cls.source, name), "3", cls.layers, ENV)
    cls.volume = os.path.join(cls.cluster.folder, "volume")
    os.makedirs(cls.volume)
    os.chmod(cls.volume, 0o777)
    with open(os.path.join(cls.volume, "given"), "w") as out:
      out.write("from the host")
    cls.cluster.start()
    cls.traces = Traces(cls.cluster)

  @classmethod
  def tearDownClass(cls):
    try:
      cls.traces.assert_nothing_more()
    finally:
      cls.cluster.close()
    cls.traces.assert_closed()

  def create(self, name, container, command, **more):
    path = self.cluster.write(name + ".aurora", job_text(name, container, command, **more))
    done = self.cluster.aurora("create", key(name), path)
    self.assertEqual(done.code, 0, done)
    self.assertNotIn("not acted upon by this version: the task runs in the host's", done.out + done.err)

  def output(self, name):
    task = self.cluster.wait_task(name, "FINISHED")
    return self.cluster.output(task, "main"), self.cluster.output(task, "main", "stderr")

  def failure(self, name, status="FAILED"):
    task = self.cluster.wait_task(name, status)
    message = task["taskEvents"][-1]["message"]
    self.cluster.aurora("killall", key(name))
    return message

  LOOK = "cat /etc/marker; echo; ls /etc/old; echo $HOME $PWD $FROM_IMAGE $PATH; id -u; id -un; touch /tmp/mine .seen; ls -A"

  def check_look(self, name, marker, path, from_image):
    out, err = self.output(name)
    lines = out.splitlines()
    self.assertEqual(lines[0], marker, out + err)
    wanted = "/mnt/mesos/sandbox /mnt/mesos/sandbox %s%s" % (from_image, path)
    self.assertTrue([line for line in lines if line.startswith(wanted)], out)
    self.assertIn(str(pwd.getpwnam(ROLE).pw_uid), lines)
    self.assertIn(ROLE, lines)
    self.assertIn(".seen", lines)
    return out, err

  def test_a_plain_folder(self):
    self.create("plain", BASIC % ("plain", "latest"), self.LOOK)
    self.check_look("plain", "plain", "/", "")  # the executor's PATH

  def test_an_oci_layout(self):
    self.create("layout", BASIC % ("registry.example:5000/team/layout", "1.0"), self.LOOK)
    _, err = self.check_look("layout", "layered", "/usr/local/bin:/usr/bin:/bin", "yes ")
    self.assertIn("/etc/old: No such file", err)

  def test_an_archive(self):
    self.create("saved", "Docker(image = 'saved:2')", self.LOOK)
    self.check_look("saved", "layered", "/usr/local/bin:/usr/bin:/bin", "yes ")

  def test_an_image_that_is_pulled(self):
    self.create("pulled", "Container(docker = Docker(image = 'remote:3'))", self.LOOK)
    self.check_look("pulled", "layered", "/usr/local/bin:/usr/bin:/bin", "yes ")
    self.assertTrue(os.path.exists(os.path.join(self.images, "remote/index.json")))

  def test_volumes_and_variables(self):
    parameters = [("volume", self.volume + ":/data/ro:ro"), ("volume", self.volume + ":/data/rw"), ("env", "GIVEN=a b")]
    container = "Docker(image = 'saved:2', parameters = [%s])" % ", ".join(
        "Parameter(name = %r, value = %r)" % parameter for parameter in parameters)
    self.create("volumes", container, "cat /data/ro/given; echo; touch /data/ro/no; touch /data/rw/yes; echo $GIVEN; true")
    out, err = self.output("volumes")
    self.assertEqual(out, "from the host\na b\n", err)
    self.assertIn("/data/ro/no: Read-only file system", err)
    self.assertTrue(os.path.exists(os.path.join(self.volume, "yes")))

  def test_what_it_changes_is_its_own(self):
    """The image stays as it was, and the next task sees none of it."""
    self.create("writes", BASIC % ("plain", "latest"), "echo mine > /data/new 2>/dev/null || echo refused; stat -c %U /data; mount | grep -c overlay; ls /dev/shm /proc/self/ns >/dev/null && echo ok")
    out, _ = self.output("writes")
    self.assertEqual(out, "refused\nroot\n1\nok\n")
    self.assertFalse(os.path.exists(os.path.join(self.images, "plain/data/new")))

  def test_console_and_logs(self):
    log = "Logger(destination = LoggerDestination('console'))"
    path = self.cluster.write("console.aurora", job_text("console", BASIC % ("plain", "latest"), "echo to the console").replace(
        "max_failures = 1", "max_failures = 1, logger = " + log))
    self.assertEqual(self.cluster.aurora("create", key("console"), path).code, 0)
    task = self.cluster.wait_task("console", "FINISHED")
    runs = [top for top, _, _ in os.walk(self.cluster.dir) if task["taskId"] in top and top.endswith("/runs/1")]
    self.assertEqual(read(runs[0] + "/stdout"), "to the console\n")

  def test_copies_in_and_out(self):
    """By what the image has; a file that the image alone has is found, and a path is the image's."""
    self.create("copies", "Mesos(image = DockerImage(name = 'team/layout', tag = '1.0'))", "sleep 1000")
    self.cluster.wait_task("copies", "RUNNING")
    here = self.cluster.write("here", "some bytes")
    there, back = key("copies") + "/0:", os.path.join(self.cluster.folder, "back")
    for words in ((here, there + "kept"), (there + "kept", back), (there + "/etc/marker", back + "2")):
      done = self.cluster.aurora("task", "scp", *words)
      self.assertEqual(done.code, 0, done)
    self.assertEqual((read(back), read(back + "2")), ("some bytes", "layered"))
    shown = self.cluster.aurora("task", "run", key("copies"), "cat kept")
    self.assertEqual(shown.out, "devcluster-1:  some bytes\n")
    self.assertEqual(self.cluster.aurora("killall", key("copies")).code, 0)

  def test_a_memory_limit(self):
    self.create("memory", BASIC % ("plain", "latest"), "exec tail -n 1 /dev/zero")
    self.assertRegex(self.failure("memory"), r"Task used more memory than requested\.")

  def runner_of(self, task):
    return wait_for("its runner", lambda: find_processes("runner " + self.cluster.dir) and [
        pid for pid in find_processes("/tasks/" + task["taskId"])][0])

  def test_a_crash_of_the_executor(self):
    self.create("survives", BASIC % ("team/layout", "1.0"), "while [ ! -e go ]; do sleep 0.1; done; cat /etc/marker")
    task = self.cluster.wait_task("survives", "RUNNING")
    self.cluster.kill_child("executor")
    sandbox = [top for top, _, _ in os.walk(self.cluster.dir) if task["taskId"] in top and top.endswith("/sandbox")][0]
    open(sandbox + "/go", "w").close()
    self.assertEqual(self.output("survives")[0], "layered")

  def test_a_crash_of_the_runner(self):
    self.create("orphaned", BASIC % ("team/layout", "1.0"), "(sleep 4242 &); exec sleep 4243")
    task = self.cluster.wait_task("orphaned", "RUNNING")
    wait_for("both", lambda: find_processes("sleep 4242") and find_processes("sleep 4243"))
    os.kill(self.runner_of(task), signal.SIGKILL)
    wait_for("it is over", lambda: not [t for t in self.cluster.tasks("orphaned", active=True) if t["taskId"] == task["taskId"]])
    self.cluster.aurora("killall", key("orphaned"))
    wait_for("nothing is left", lambda: not find_processes("sleep 4242") and not find_processes("sleep 4243"))

  def test_a_health_check(self):
    """Its shell is in the image, too: it looks at a file that only the image has, and at the sandbox."""
    check = ("health_check_config = HealthCheckConfig(initial_interval_secs = 1, interval_secs = 1, max_consecutive_failures = 1, "
             "health_checker = HealthCheckerConfig(shell = ShellHealthChecker(shell_command = 'grep -q layered /etc/marker && "
             "[ $PWD = /mnt/mesos ] && [ ! -e sandbox/ill ] && [ ! -e $HOME/ill ]'))),")
    self.create("checked", BASIC % ("team/layout", "1.0"), "while [ ! -e go ]; do sleep 0.1; done; touch ill; exec sleep 100", extra=check)
    task = self.cluster.wait_task("checked", "RUNNING")
    sandbox = [top for top, _, _ in os.walk(self.cluster.dir) if task["taskId"] in top and top.endswith("/sandbox")][0]
    open(sandbox + "/go", "w").close()
    self.assertRegex(self.failure("checked"), "health")

  def test_a_kill(self):
    self.create("killed", BASIC % ("plain", "latest"), "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done")
    self.cluster.wait_task("killed", "RUNNING")
    self.assertEqual(self.cluster.aurora("killall", key("killed")).code, 0)
    task = self.cluster.wait_task("killed", "KILLED")
    self.assertEqual(self.cluster.output(task, "main"), "bye\n")

  def test_a_kill_while_its_image_is_fetched(self):
    """Nobody waits for it: not a task without an image, and not one whose image is here."""
    self.create("slow", BASIC % ("slow", "1"), "true")
    wait_for("its image is being fetched", lambda: find_processes("sleep 4244"))
    self.create("quick", BASIC % ("plain", "latest"), "cat /etc/marker")
    self.assertEqual(self.output("quick")[0], "plain")
    self.create("bare", "Mesos()", "echo bare")
    self.assertEqual(self.output("bare")[0], "bare\n")
    self.assertEqual(self.cluster.aurora("killall", key("slow")).code, 0)
    self.cluster.wait_task("slow", "KILLED")
    wait_for("nobody fetches any more", lambda: not find_processes("sleep 4244"))

  def test_a_crash_of_the_executor_while_its_image_is_fetched(self):
    """The same task: it is prepared again, and had not begun before."""
    self.create("gated", BASIC % ("gated", "3"), "cat /etc/marker")
    first = wait_for("its image is being fetched", lambda: find_processes("sleep 4245"))
    task_id = self.cluster.tasks("gated")[0]["taskId"]
    self.cluster.kill_child("executor")
    wait_for("its image is being fetched again", lambda: set(find_processes("sleep 4245")) - set(first))
    open(os.path.join(self.cluster.folder, "open"), "w").close()
    self.cluster.kill_child("executor")
    self.assertEqual(self.output("gated")[0], "layered")
    self.assertEqual([t["taskId"] for t in self.cluster.tasks("gated")], [task_id])

  def test_a_crash_of_the_executor_while_the_container_is_made(self):
    """Whoever comes next has the reason."""
    self.create("late", "Mesos(image = DockerImage(name = 'plain', tag = 'latest'), volumes = ["
                "Volume(container_path = '/etc/marker/below', host_path = %r, mode = 'RW')])" % self.volume, "true")
    self.cluster.kill_child("executor")
    task = wait_for("it has ended", lambda: [t for t in self.cluster.tasks("late") if t["status"] in ("FAILED", "LOST")])[0]
    message = task["taskEvents"][-1]["message"]
    self.assertRegex(message, self.runtime + r" create failed|Executor was restarted before the task")
    self.cluster.aurora("killall", key("late"))

  def test_a_container_that_cannot_be_made(self):
    """The runtime's own words."""
    self.create("absurd", "Mesos(image = DockerImage(name = 'plain', tag = 'latest'), volumes = ["
                "Volume(container_path = '/etc/marker/below', host_path = %r, mode = 'RW')])" % self.volume, "true")
    self.assertRegex(self.failure("absurd"), r"Task initialization failed: %s create failed: .*marker" % self.runtime)

  def test_an_image_that_is_not_there(self):
    self.create("missing", BASIC % ("nowhere", "1"), "true")
    self.assertRegex(self.failure("missing"), r"Failed to initialize sandbox: image nowhere:1: cannot pull it: ")

  def test_a_damaged_image(self):
    images.make_layout(os.path.join(self.images, "damaged"), "1", [b"no archive at all, but a text of some length"], [])
    self.create("damaged", BASIC % ("damaged", "1"), "true")
    self.assertRegex(self.failure("damaged"), r"image damaged:1: cannot unpack it: blobs/sha256/\w{64}: the archive is damaged")
    unpacked = os.path.join(self.cluster.dir, "executors/devcluster-1/images")
    self.assertEqual([name for name in os.listdir(unpacked) if name.startswith(".") and name != ".lock"], [])

  def test_a_role_that_the_image_has_otherwise(self):
    images.make_root(os.path.join(self.images, "strange"), "strange")
    with open(os.path.join(self.images, "strange/etc/passwd"), "a") as out:
      out.write("%s:x:7777:7777:::\n" % ROLE)
    self.create("strange", BASIC % ("strange", "latest"), "true")
    self.assertRegex(self.failure("strange"), r"Failed to initialize sandbox: User group result %s:x:7777:7777::: from image does not match" % ROLE)

  def test_a_parameter_that_nobody_acts_upon(self):
    path = self.cluster.write("odd.aurora", job_text(
        "odd", "Docker(image = 'saved:2', parameters = [Parameter(name = 'privileged', value = 'true')])", "true"))
    done = self.cluster.aurora("create", key("odd"), path)
    self.assertNotEqual(done.code, 0)
    self.assertIn("the Docker parameter 'privileged' is not acted upon", done.out + done.err)

  def test_two_at_once(self):
    images.make_layout(os.path.join(self.images, "twice"), "1", self.layers + [images.tar_with([("etc/marker", "twice")])], ENV)
    self.create("twice", BASIC % ("twice", "1"), "cat /etc/marker", extra="instances = 2,")
    wait_for("both", lambda: [t["status"] for t in self.cluster.tasks("twice")] == ["FINISHED"] * 2)
    for task in self.cluster.tasks("twice"):
      self.assertEqual(self.cluster.output(task, "main"), "twice")


@unittest.skipUnless(IS_ROOT and shutil.which("runc") and shutil.which("skopeo"), "needs root, runc and skopeo")
class RuncTest(ImagesTest):
  """What a runtime has to do with, with the other one."""
  runtime = "/usr/sbin/runc"


for name in dir(RuncTest):
  if name.startswith("test_") and not any(word in name for word in (
      "layout", "volumes", "changes", "memory", "crash_of_the_runner", "crash_of_the_executor", "a_kill", "container_that")):
    setattr(RuncTest, name, None)


@unittest.skipUnless(IS_ROOT and shutil.which("crun"), "images need root and crun")
class NoRuntimeTest(unittest.TestCase):
  def test_a_host_without_a_runtime(self):
    """It says what to install."""
    folder = tempfile.mkdtemp(prefix="aurora-e2e-images-")
    self.addCleanup(shutil.rmtree, folder, True)
    images.make_root(os.path.join(folder, "plain"), "plain")
    flags = harness.QUICK + ["--executor-image_dir=" + folder]
    with harness.Cluster(port=harness.PORT + 40, flags=flags + ["--executor-oci_runtime=/nowhere/crun"]) as cluster:
      path = cluster.write("none.aurora", job_text("none", BASIC % ("plain", "latest"), "true"))
      self.assertEqual(cluster.aurora("create", key("none"), path).code, 0)
      task = cluster.wait_task("none", "FAILED")
      self.assertRegex(task["taskEvents"][-1]["message"], "needs an OCI runtime, and /nowhere/crun of --oci_runtime does not exist")
      cluster.aurora("killall", key("none"))
    tools = os.path.join(folder, "tools")
    os.makedirs(tools)
    for name in ("bash", "sh", "getent"):
      os.symlink(shutil.which(name), os.path.join(tools, name))
    with harness.Cluster(port=harness.PORT + 40, flags=flags, env={"PATH": tools}) as cluster:
      path = cluster.write("none.aurora", job_text("none", BASIC % ("plain", "latest"), "true"))
      self.assertEqual(cluster.aurora("create", key("none"), path).code, 0)
      task = cluster.wait_task("none", "FAILED")
      self.assertRegex(task["taskEvents"][-1]["message"], "neither crun nor runc is on this host: apt install crun")


if __name__ == "__main__":
  unittest.main()
