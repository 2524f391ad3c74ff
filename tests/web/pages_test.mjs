// What a reader of the tutorial clicks through, and what must not work on a page.

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

import { actions } from "./actions.mjs";
import { behaviour } from "./behaviour.mjs";
import { cron } from "./cron.mjs";
import { Cluster, HANG_SECONDS, role, until } from "./cluster.mjs";
import { home } from "./home.mjs";
import { large } from "./large.mjs";
import { logs } from "./logs.mjs";
import { maintenance } from "./maintenance.mjs";
import { shell } from "./shell.mjs";
import { usage } from "./usage.mjs";

const require = createRequire(path.resolve("web/package.json"));
const { chromium } = require("playwright-core");

const screenshots = path.join(process.env.AURORA_BUILD ?? "build", "screenshots");
fs.mkdirSync(screenshots, { recursive: true });

const SCRIPT = (word) => `import time, sys
def main():
    for i in ${word}(100):
        print("Hello world! %d <b>" % i)
        sys.stdout.flush()
        time.sleep(1)
main()
`;

const JOB = (folder) => `
import hashlib
source = '${folder}/hello_world.py'
digest = hashlib.md5(open(source, 'rb').read()).hexdigest()
install = Process(name = 'fetch_package', cmdline = 'cp ' + source + ' . && echo %s && chmod +x hello_world.py' % digest)
hello = Process(name = 'hello_world', cmdline = 'python3 hello_world.py')
task = SequentialTask(processes = [install, hello], resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB))
jobs = [Service(task = task, cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'hello_world',
                update_config = UpdateConfig(watch_secs = 8))]
`;

const BIG = `
big = Process(name = 'big', cmdline = 'truncate -s 1G big.txt; printf "\\nTHE END\\n" >> big.txt; ln -s /etc/passwd out; mkdir odd; printf coffee > odd/"$(printf "caf\\\\351")"; sleep 1000')
odd = Process(name = 'odd', cmdline = 'echo "<script>window.broken = true</script>" >&2; exit 1', ephemeral = True)
jobs = [Job(task = Task(name = 'big', processes = [big, odd], resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)),
            cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'big', contact = '<script>window.broken = true</script>')]
`;

const key = `devcluster/${role}/devel/hello_world`;
const jobRoute = `/scheduler/${role}/devel/hello_world`;
let cluster;
let page;
let passed = Number(process.argv[2] ?? 0);
let failed = 0;

async function test(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${String(error.stack ?? error).split("\n").slice(0, 4).join("\n        ")}`);
    await page?.screenshot({ path: path.join(screenshots, `failed-${failed}.png`) }).catch(() => {});
  }
}

const shot = (name, of = page) => of.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
const see = (text) => page.getByText(text).locator("visible=true").first().waitFor();
const click = (name) => page.getByRole("link", { name, exact: true }).first().click();
const open = (url) => page.goto(url.startsWith("http") ? url : cluster.url + url);

async function newestTask(name, status) {
  const { tasks } = await cluster.get(`/v1/tasks?role=${role}&environment=devel&name=${name}&status=${status}&order=newest`);
  return tasks[0];
}

async function tutorialPages() {
  await test("an empty cluster says how to begin", async () => {
    await open("/scheduler");
    await see("No jobs yet");
    await shot("01-empty");
  });
  await test("the role list shows the job's role", async () => {
    cluster.write("hello_world.py", SCRIPT("xrang"));
    cluster.write("hello_world.aurora", JOB(cluster.folder));
    await cluster.aurora("create", key, "hello_world.aurora");
    await until("a failed task", () => newestTask("hello_world", "FAILED"));
    await open("/scheduler");
    await see("Scheduled Jobs");
    await shot("02-roles");
    await click(role);
    await see(`Jobs for role ${role}`);
  });
  await test("the role's page counts the failure and calls the job unstable", async () => {
    await see("Unstable");
    await see("Non-Production");
    await shot("03-role");
    await click("hello_world");
    await see("Job: hello_world");
  });
  await test("the job's page shows the failed task with its message and the waiting replacement", async () => {
    await see("process 'hello_world' exited with code 1");
    await see(/THROTTLED|PENDING|RUNNING|FAILED/);
    await page.locator("table[aria-label='Completed tasks']").getByRole("button", { name: "events" }).first().click();
    await see("Task ID");
    await see("Task failed.");
    await shot("04-job");
    const task = await newestTask("hello_world", "FAILED");
    const stderr = page.locator(`a.stderr[href="${task.stderrUrl}"]`).first();
    await stderr.click();
    await see("NameError: name 'xrang' is not defined");
    await page.goBack();
    await page.locator(`a[href="${task.taskUrl}"]`).first().click();
  });
  await test("the host's task page shows states, processes and return code", async () => {
    for (const text of ["process 'hello_world' exited with code 1", "ACTIVE", "CLEANING", "FINALIZING", "fetch_package", "SUCCESS", role]) await see(text);
    const row = page.locator("table[aria-label='Processes'] tr", { hasText: "hello_world" }).last();
    await row.waitFor();
    const cells = await row.locator("td").allInnerTexts();
    if (cells[2] !== "FAILED" || cells[3] !== "1") throw new Error(`hello_world's row reads ${cells.join(" | ")}`);
    await shot("05-failed-task");
    await row.getByRole("link", { name: "stderr" }).click();
  });
  await test("stderr shows the traceback with its angle brackets", async () => {
    await see("NameError: name 'xrang' is not defined");
    await see("<module>");
    await shot("06-stderr");
  });
  await test("sandbox, file, process and host pages are reached by clicking", async () => {
    await page.locator(".crumbs a").nth(1).click();
    await see("browse");
    await click("browse");
    await see("-rwxr-xr-x");
    await shot("07-sandbox");
    await click("hello_world.py");
    await see("import time, sys");
    await page.goBack();
    await click(".logs/");
    await see("fetch_package/");
    await page.locator(".crumbs a").nth(1).click();
    await click("fetch_package");
    await see("cmdline");
    await shot("08-process");
    await click("Host");
    await see(/finished tasks/i);
    await shot("09-host");
  });
}

async function updatePages() {
  await test("the update's page follows it to its end", async () => {
    cluster.write("hello_world.py", SCRIPT("range"));
    const update = cluster.aurora("update", key, "hello_world.aurora");
    await open(jobRoute);
    await see(/Update: ROLLING_FORWARD/);
    await page.locator("a.banner").click();
    await see("Update started by");
    await shot("10-update-running");
    await update;
    await see("ROLLED_FORWARD");
    await see("INSTANCE_UPDATED");
    await shot("11-update-done");
  });
  await test("a running task's stdout grows on the page by itself", async () => {
    const task = await until("a running task", () => newestTask("hello_world", "RUNNING"));
    await open(task.taskUrl);
    await page.locator("table[aria-label='Processes'] tr", { hasText: "hello_world" }).last().getByRole("link", { name: "stdout" }).click();
    const log = page.locator("pre.log");
    await see("Hello world! 0 <b>");
    const before = (await log.innerText()).length;
    await until("more lines", async () => (await log.innerText()).length > before);
    await shot("12-stdout");
  });
  await test("a job's page tells how long its instances have been up", async () => {
    await open(jobRoute);
    const uptime = page.locator("section", { has: page.getByRole("heading", { name: "Uptime" }) });
    await until("uptimes", async () => /99 % of running instances\s+for .* or longer/.test(await uptime.innerText()));
    await until("what the platform did", async () => /\d % of the last 1 h/.test(await uptime.innerText()));
  });
  await test("killall empties the active list and the page keeps the history", async () => {
    await cluster.aurora("killall", key);
    await open(jobRoute);
    await see("No active tasks.");
    await see(/killed by user .*; process 'hello_world' was ended by SIGTERM/);
    await shot("13-killed");
    const task = await newestTask("hello_world", "KILLED");
    await open(task.taskUrl);
    const states = page.locator("section", { hasText: "task status" }).locator("tbody td:first-child");
    await until("the killed states", async () =>
      (await states.allInnerTexts()).join(" ") === "ACTIVE ACTIVE CLEANING FINALIZING KILLED");
    await see("-15");
    await shot("14-killed-task");
  });
  await test("instance, updates and hosts pages", async () => {
    await open(`${jobRoute}/0`);
    await see("Instance History");
    await open("/updates");
    await see(`${role}/devel/hello_world`);
    await open("/hosts");
    await see("connected");
    await see("0 of 2");
    await see("0 of 4");
    await shot("15-hosts");
    const { hosts } = await cluster.get("/v1/hosts");
    await open(hosts[0].executorUrl);
    await see("GPUs: 2");
    await see("as --gpus says: /dev/nvidia0, /dev/nvidia1");
    await see("kept for the system");
    await shot("15b-host");
  });
}

async function hostileContent() {
  let task;
  await test("a file of 1 GiB opens at its end at once", async () => {
    cluster.write("big.aurora", BIG);
    await cluster.aurora("create", `devcluster/${role}/devel/big`, "big.aurora");
    task = await until("the big job", () => newestTask("big", "RUNNING"));
    await open(`${new URL(task.taskUrl).origin}/file/${task.taskId}/big.txt`);
    await see("THE END");
    await shot("16-big-file");
  });
  await test("text from a job is never markup", async () => {
    await open(`${new URL(task.taskUrl).origin}/logs/${task.taskId}/odd/0/stderr`);
    await see("<script>window.broken = true</script>");
    await open(`/scheduler/${role}/devel/big?taskView=config`);
    await see("<script>window.broken = true</script>");
    if (await page.evaluate(() => window.broken)) throw new Error("a script from a job ran");
  });
  await test("a file whose name is no text opens from its folder, and leads back there", async () => {
    await open(`${new URL(task.taskUrl).origin}/browse/${task.taskId}`);
    await click("odd/");
    await click("caf\uFFFD");
    await see("coffee");
    await click("odd");
    await see("caf\uFFFD");
  });
  await test("no path leaves the sandbox", async () => {
    const origin = new URL(task.taskUrl).origin;
    const tries = ["../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "/etc/passwd", "out", "%2e%2e/%2e%2e/etc/passwd"];
    for (const route of ["v1/tasks/ID/files", "download/ID", "filedata/ID"]) {
      for (const attempt of tries) {
        const response = await fetch(`${origin}/${route.replace("ID", task.taskId)}/${attempt}`);
        const text = await response.text();
        if (text.includes("root:")) throw new Error(`${route}/${attempt} reads /etc/passwd`);
      }
    }
  });
  await test("unknown jobs, tasks and pages say so", async () => {
    await open(`/scheduler/${role}/devel/nothing`);
    await page.locator(".error").first().waitFor();
    await open(`${new URL(task.taskUrl).origin}/task/nothing`);
    await page.locator(".error").first().waitFor();
    await open("/scheduler/a/b/c/d/e/f/g");
    await see("No such page");
    await shot("17-not-found");
  });
  await test("dark and narrow", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 420, height: 800 });
    await open(jobRoute);
    await see("Job: hello_world");
    await shot("18-dark-narrow");
  });
}

const errors = [];
try {
  cluster = await Cluster.start();
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  page = await browser.newPage({ viewport: { width: 1200, height: 820 } });
  page.setDefaultTimeout(HANG_SECONDS * 1000);
  page.on("pageerror", (error) => errors.push(error.message));
  await tutorialPages();
  await updatePages();
  await hostileContent();
  await behaviour({ cluster, page, test, see, open, shot });
  await home({ cluster, page, test, see, open, shot });
  await logs({ cluster, page, test, see, open, shot });
  await usage({ cluster, page, test, see, open, shot });
  await shell({ cluster, browser, test, shot, errors });
  await maintenance({ cluster, browser, test, shot, errors });
  await cron({ cluster, browser, test, shot, errors });
  await actions({ cluster, browser, test, shot, errors });
  await large({ cluster, browser, test, shot });
  await test("no page threw an error", async () => {
    if (errors.length) throw new Error(errors.join("; "));
  });
  await browser.close();
} catch (error) {
  failed += 1;
  console.log(`FAILED  set-up: ${error.stack}`);
}
if (failed && cluster) console.log(cluster.log().split("\n").slice(-40).join("\n"));
await cluster?.stop();
console.log(`SUITE passed=${passed} failed=${failed}`);
process.exit(failed ? 1 : 0);
