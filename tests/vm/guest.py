"""Runs inside the emulated machine: a cluster of one host under control groups of version 2, and what its limits do.

Prints "TEST name ok" or "TEST name failed" for each test; run.py counts them.
"""
import contextlib
import json
import os
import subprocess
import time
import traceback
import urllib.request

AURORA = "/bin/aurora"
URL = "http://127.0.0.1:8081"
HOST = "http://127.0.0.1:1338"
ROLE = "www-data"
PATIENCE = 120  # seconds; an emulated processor is slow
GROUPS = "/sys/fs/cgroup/aurora"
DISK = "/disk_mount"  # ext4 with project quotas
DIR = DISK + "/dev"


def get(url):
  with urllib.request.urlopen(url, timeout=30) as answer:
    return json.loads(answer.read())


def wait_for(what, check):
  deadline = time.monotonic() + PATIENCE
  while time.monotonic() < deadline:
    try:
      value = check()
      if value:
        return value
    except (OSError, ValueError, KeyError, IndexError):
      pass
    time.sleep(0.2)
  raise AssertionError("did not happen: " + what)


def aurora(*words):
  done = subprocess.run([AURORA] + list(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
  return done.returncode, done.stdout


def create(name, command, ram=16, disk=16, extra="", resources="", cpu=0.5):
  with open("/tmp/%s.aurora" % name, "w") as out:
    out.write("""jobs = [Job(cluster = 'devcluster', role = %r, environment = 'devel', name = %r,
  task = Task(processes = [Process(name = 'main', cmdline = %r)], resources = Resources(cpu = %g, ram = %d*MB, disk = %d*MB, %s))%s)]
""" % (ROLE, name, command, cpu, ram, disk, resources, extra))
  code, text = aurora("create", "devcluster/%s/devel/%s" % (ROLE, name), "/tmp/%s.aurora" % name)
  assert code == 0, text


def task(name, status):
  path = "/v1/tasks?role=%s&environment=devel&name=%s" % (ROLE, name)
  try:
    return wait_for("%s is %s" % (name, status), lambda: [t for t in get(URL + path)["tasks"] if t["status"] == status][-1])
  except AssertionError as error:
    raise AssertionError("%s; it is %s" % (error, [(t["status"], t.get("statusReason")) for t in get(URL + path)["tasks"]])) from None


def check_failed(name, message, sentence):
  ended = task(name, "FAILED")
  assert ended["taskEvents"][-1]["message"].startswith(message), ended
  assert sentence in ended["endSentence"], ended
  code, text = aurora("job", "status", "devcluster/%s/devel/%s" % (ROLE, name))
  assert message in text and sentence in text, text
  page = get("%s/v1/tasks/%s" % (HOST, ended["taskId"]))
  assert page["endSentence"] == ended["endSentence"], page


def groups_of(name):
  return [top for top, _, _ in os.walk(GROUPS) if "/%s-devel-%s-" % (ROLE, name) in top]


def test_groups_as_such():
  """The test that every other machine runs, too."""
  run_tests("who is in a group of the kernel*")


def run_tests(*names):
  done = subprocess.run(["/bin/aurora_tests", *names], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                        env=dict(os.environ, AURORA_QUOTA_FOLDER=DISK))
  assert done.returncode == 0 and "All tests passed" in done.stdout, done.stdout


def test_a_filter_of_devices_as_such():
  run_tests("nobody in a group of the kernel opens*")


def test_quotas_as_such():
  run_tests("[project]")


def test_all_is_in_force():
  measures = get(HOST + "/v1/host")["isolation"]
  assert all(measure["inForce"] for measure in measures), measures
  assert any("cgroup v2" in measure["detail"] for measure in measures if measure["name"] == "memory limit"), measures


def test_memory():
  create("memory", "exec aurora python -c 'x = bytearray(300 << 20)'")
  check_failed("memory", "Task used more memory than requested.", "over its limit of memory: the kernel killed")


def test_processes():
  create("bomb", "b() { b | b & }; b; while :; do b; done 2>/dev/null")
  task("bomb", "RUNNING")
  wait_for("forks are refused", lambda: "max 0" not in open(groups_of("bomb")[0] + "/pids.events").read())
  create("beside", "echo alive")
  task("beside", "FINISHED")
  aurora("killall", "devcluster/%s/devel/bomb" % ROLE)
  wait_for("its groups are gone", lambda: not groups_of("bomb"))


def test_disk():
  # The disk is in memory here, so that it stays below that limit, however late the disk is looked at.
  create("disk", "for i in 1 2 3 4 5 6 7 8; do head -c 8000000 /dev/zero >> data; sleep 1; done; sleep 1000")
  check_failed("disk", "Disk limit exceeded.  Reserved 16777216 bytes vs used", "over its limit of disk")


def test_disk_that_nobody_waits_to_measure():
  """The file system itself stops who writes everything at once."""
  create("flood", "head -c 60000000 /dev/zero > data || exit 3")
  ended = task("flood", "FAILED")
  assert "its sandbox was full" in ended["endSentence"] or "over its limit of disk" in ended["endSentence"], ended
  sandbox = get("%s/v1/tasks/%s" % (HOST, ended["taskId"]))["sandbox"]
  assert 16 << 20 < os.stat(sandbox + "/data").st_size < 21 << 20, os.stat(sandbox + "/data")


def test_gpus_of_others_are_out_of_reach():
  create("gpu", "head -c 1 /dev/full > /dev/null && ! head -c 1 /dev/random > /dev/null", resources="gpu = 1")
  task("gpu", "FINISHED")


def test_limits_as_asked_for():
  create("still", "sleep 1000")
  group = groups_of(task("still", "RUNNING") and "still")[0]
  read = lambda name: open(group + "/" + name).read().strip()
  assert int(read("memory.max")) == (16 + 128) << 20, read("memory.max")
  assert read("memory.swap.max") == "0" if os.path.exists(group + "/memory.swap.max") else True
  assert read("pids.max") == "64", read("pids.max")
  assert read("cpu.weight") == "50", read("cpu.weight")
  assert read("io.weight").split() == ["default", "50"] or not os.path.exists(group + "/io.weight"), read("io.weight")
  assert read("io.bfq.weight").split()[-1] == "50", read("io.bfq.weight")
  assert len(read("processes/cgroup.procs").split()) == 1, read("processes/cgroup.procs")


def test_limits_outlive_the_executor():
  create("outlives", "while [ ! -e go ]; do sleep 0.1; done; exec aurora python -c 'x = bytearray(300 << 20)'")
  running = task("outlives", "RUNNING")
  os.kill(executor_pid(), 9)
  sandbox = [top for top, _, _ in os.walk(DIR) if running["taskId"] in top and top.endswith("/sandbox")][0]
  open(sandbox + "/go", "w").close()
  check_failed("outlives", "Task used more memory than requested.", "over its limit of memory")


def executor_pid():
  pids = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_executor(pid)]
  assert len(pids) == 1, pids
  return pids[0]


def cpu_seconds(pid):
  fields = open("/proc/%d/stat" % pid).read().rpartition(")")[2].split()
  return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_group_that_somebody_removed():
  """The task goes on without its limits, ends as others do, and costs no more than before."""
  create("removed", "while [ ! -e go ]; do sleep 0.1; done; echo over")
  running = task("removed", "RUNNING")
  for group in sorted(groups_of("removed"), reverse=True):
    while open(group + "/cgroup.procs").read():
      for pid in open(group + "/cgroup.procs").read().split():
        with contextlib.suppress(ProcessLookupError), open("/sys/fs/cgroup/cgroup.procs", "w") as entry:
          entry.write(pid)  # the loop's `sleep` may be over by now
    os.rmdir(group)
  before, began = cpu_seconds(executor_pid()), time.monotonic()
  time.sleep(10)
  used = (cpu_seconds(executor_pid()) - before) / (time.monotonic() - began)
  assert used < 0.3, "the executor uses %.2f cores" % used
  sandbox = get("%s/v1/tasks/%s" % (HOST, running["taskId"]))["sandbox"]
  open(sandbox + "/go", "w").close()
  task("removed", "FINISHED")


def set_clock(hours):
  time.clock_settime(time.CLOCK_REALTIME, time.time() + 3600 * hours)


def test_a_clock_that_jumps():
  """Nobody is given up, nobody fails his check, no time is waited for longer or shorter, and moments go on in their order."""
  sandbox = serve("steady", cpu=0.1)
  steady = task("steady", "RUNNING")
  url = "%s/v1/tasks/%s" % (HOST, steady["taskId"])
  create("talks", "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i + 1)); sleep 0.2; done", cpu=0.1)
  talks = task("talks", "RUNNING")
  for jump in (5, -9, 30 * 24, -31 * 24):
    set_clock(jump)
    checks = get(url + "/health")["checks"]
    wait_for("checks go on", lambda: get(url + "/health")["checks"] > checks + 3)
    name = "after%d" % abs(jump)
    create(name, "sleep 1; echo done", cpu=0.1)
    ended = task(name, "FINISHED")
    moments = [event["timestamp"] for event in ended["taskEvents"]]
    assert moments == sorted(moments), moments
    hosts = get(URL + "/v1/hosts")["hosts"]
    assert [host["isConnected"] for host in hosts] == [True], hosts
    assert task("steady", "RUNNING")["taskId"] == steady["taskId"]
    page = get("%s/v1/tasks/%s" % (HOST, steady["taskId"]))
    assert page["state"] == "ACTIVE", page
  lines = get("%s/v1/tasks/%s/logs?process=main&tail=400" % (HOST, talks["taskId"]))["lines"]
  numbers = [int(line["text"].split()[1]) for line in lines]
  assert numbers == sorted(numbers), numbers
  moments = [line["timeMs"] for line in lines if "timeMs" in line]
  assert moments == sorted(moments), moments
  # The executor that is started now takes the clock as it is: what runs goes on, and nothing is old enough to be deleted.
  os.kill(executor_pid(), 9)
  set_clock(7)
  wait_for("the next executor knows it", lambda: get(url)["state"] == "ACTIVE" and get(url + "/health")["checks"] > 2)
  assert task("steady", "RUNNING")["taskId"] == steady["taskId"]
  assert os.path.isdir(sandbox)
  began = time.monotonic()
  aurora("job", "killall", "devcluster/%s/devel/talks" % ROLE)
  aurora("job", "killall", "devcluster/%s/devel/steady" % ROLE)
  task("steady", "KILLED")
  assert time.monotonic() - began < 50, time.monotonic() - began
  assert open(sandbox + "/asked").read() == "/quitquitquit\n/abortabortabort\n"


def serve(name, cpu=0.5):
  create(name, "exec aurora python /tests/server.py {{thermos.ports[health]}}", ram=64, cpu=cpu, extra=""",
  health_check_config = HealthCheckConfig(initial_interval_secs = 60, interval_secs = 1, timeout_secs = 5),
  lifecycle = LifecycleConfig(http = HttpLifecycleConfig(graceful_shutdown_wait_secs = 1, shutdown_wait_secs = 1))""")
  running = task(name, "RUNNING")
  assert running["taskEvents"][-1]["message"] == "Task is healthy.", running
  return get("%s/v1/tasks/%s" % (HOST, running["taskId"]))["sandbox"]


def test_health():
  sandbox = serve("sickens")
  open(sandbox + "/sick", "w").close()
  check_failed("sickens", 'Failed health check! Response differs from expected response (expected "ok", got "sick")', "health check")


def test_lifecycle():
  sandbox = serve("asked")
  aurora("job", "killall", "devcluster/%s/devel/asked" % ROLE)
  task("asked", "KILLED")
  assert open(sandbox + "/asked").read() == "/quitquitquit\n/abortabortabort\n", open(sandbox + "/asked").read()


def is_executor(pid):
  try:
    with open("/proc/%s/cmdline" % pid) as words:
      return words.read().split("\0")[1:2] == ["executor"]
  except OSError:
    return False


def test_nothing_is_left():
  aurora("killall", "devcluster/%s/devel/still" % ROLE)
  wait_for("all groups are gone", lambda: not [top for top, _, _ in os.walk(GROUPS) if "/%s-devel-" % ROLE in top])


def main():
  cluster = subprocess.Popen([AURORA, "devcluster", "--dir", DIR, "--allow_gpu_resource=true", "--executor-task_pids_max=64", "--executor-private_tmp=true",
                              "--executor-reserve_disk=0", "--executor-gpus=/dev/full,/dev/random"], stdin=subprocess.DEVNULL,
                             stdout=open("/tmp/log", "w"), stderr=subprocess.STDOUT)
  os.environ["AURORA_CONFIG_ROOT"] = DIR
  tests = [test_groups_as_such, test_a_filter_of_devices_as_such, test_quotas_as_such, test_all_is_in_force, test_memory, test_processes,
           test_disk, test_disk_that_nobody_waits_to_measure, test_gpus_of_others_are_out_of_reach, test_limits_as_asked_for,
           test_limits_outlive_the_executor, test_a_group_that_somebody_removed, test_health, test_lifecycle,
           test_a_clock_that_jumps, test_nothing_is_left]
  try:
    wait_for("the cluster is ready", lambda: [host for host in get(URL + "/v1/hosts")["hosts"] if host["isConnected"]])
  except AssertionError:
    print(open("/tmp/log").read())
  with open("/tests/wanted") as names:
    wanted = names.read().split()
  for test in tests:
    name = test.__name__.removeprefix("test_")
    if wanted and not any(word in name for word in wanted):
      continue
    try:
      test()
      print("TEST %s ok" % name, flush=True)
    except Exception:
      traceback.print_exc()
      print("TEST %s failed" % name, flush=True)
  cluster.terminate()
  cluster.wait()


main()
