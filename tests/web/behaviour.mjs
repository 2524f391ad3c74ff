// How pages behave: lists in the address, a server that is away, logs that grow and are replaced, small screens.

import fs from "node:fs";
import path from "node:path";

import { role, until } from "./cluster.mjs";

const JOBS = `
R = Resources(cpu = 0.01, ram = 4*MB, disk = 4*MB)
writer = Process(name = 'writer', cmdline = '''
python3 -c "print('old line\\\\n' * 9000 + 'x' * 200000)"
printf '\\\\033[31mred\\\\033[0m \\\\377 <i>end of start</i>\\\\n'
touch '#hash?query %2e%2e' '<img src=x onerror=window.broken=1>'
while [ ! -e replace ]; do sleep 0.1; done
echo 'of another file' > next; mv next .logs/writer/0/stdout
sleep 1000''')
again = Process(name = 'again', cmdline = 'exit 3', max_failures = 3, min_duration = 1, ephemeral = True)
jobs = [
  Job(task = Task(name = 'writer', processes = [writer, again], resources = R, max_failures = 5), cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'writer'),
  Service(task = Task(name = 'crowd', processes = [Process(name = 'run', cmdline = 'sleep 1000')], resources = Resources(cpu = 100, ram = 4*MB, disk = 4*MB)),
          cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'crowd', instances = 60),
]
`;

async function lists({ cluster, page, test, see, open, shot }) {
  const first = () => page.locator("table[aria-label='Active tasks'] tbody td").first().innerText();
  await test("a list of tasks is paged, turned around and searched, all in the address", async () => {
    cluster.write("behaviour.aurora", JOBS);
    await cluster.aurora("create", `devcluster/${role}/devel/crowd`, "behaviour.aurora");
    await open(`/scheduler/${role}/devel/crowd`);
    await see("All 60 tasks are");
    await page.getByRole("button", { name: "Next" }).click();
    await until("the second page", async () => (await first()) === "25");
    await page.getByRole("button", { name: "Instance", exact: true }).click();
    await until("the last instance first", async () => (await first()) === "59");
    await page.getByRole("searchbox").fill("4");
    await until("only instances that begin with 4", async () => (await first()) === "49");
    await page.reload();
    await until("the same after a reload", async () => (await first()) === "49");
    if (await page.getByRole("searchbox").inputValue() !== "4") throw new Error("the search text is lost");
    await shot("20-crowd");
  });
  await test("tabs work by keyboard and survive a reload", async () => {
    await open(`/scheduler/${role}/devel/crowd`);
    await page.getByRole("tab", { name: "Active Tasks" }).focus();
    await page.keyboard.press("ArrowRight");
    await see("No completed tasks.");
    await page.keyboard.press("ArrowRight");
    await see("Configuration for instances 0 - 59");
    await page.reload();
    await see("Configuration for instances 0 - 59");
  });
  await test("jobs and roles are sorted by their titles", async () => {
    await open(`/scheduler/${role}`);
    await page.getByRole("button", { name: "Pending Tasks" }).click();
    await until("the most pending first", async () => (await page.locator("table[aria-label=Jobs] td.main").first().innerText()) === "crowd");
    await open("/scheduler");
    await page.getByRole("button", { name: "Jobs", exact: true }).click();
    await until("the order in the address", () => page.url().includes("sort=jobs"));
  });
  await test("titles say what a tab shows, and an id is copied by a click", async () => {
    await open(`/scheduler/${role}/devel/crowd`);
    await until("the title", async () => (await page.title()) === "crowd · [devcluster] Aurora");
    await page.getByRole("button", { name: "events of instance 0" }).click();
    await page.getByRole("button", { name: /^Copy/ }).click();
    await see("copied");
    const meaning = await page.locator(".status", { hasText: "PENDING" }).first().getAttribute("title");
    if (!meaning?.includes("looks for a host")) throw new Error(`PENDING means ${meaning}`);
  });
  await test("what happens is shown when it does, and little is asked while nothing happens", async () => {
    let asked = 0;
    const count = (request) => (asked += request.url().includes("/v1/") ? 1 : 0);
    page.on("request", count);
    const followed = page.waitForRequest((request) => request.url().includes("/v1/events?follow=true"));
    await open(`/scheduler/${role}/devel/crowd`);
    await followed;
    await see("All 60 tasks are");
    await until("a page that is quiet", async () => {
      asked = 0;
      await page.waitForTimeout(4000);
      return asked <= 3;
    });
    await cluster.aurora("kill", "--shards=59", `devcluster/${role}/devel/crowd`);
    await see("All 59 tasks are");
    page.off("request", count);
  });
}

async function failures({ cluster, page, test, see, open, shot }) {
  await test("a server that does not answer is said, the page stays, and goes on by itself", async () => {
    await open(`/scheduler/${role}/devel/crowd`);
    await see("All 59 tasks are");
    await page.route("**/v1/**", (route) => route.abort());
    await see("No answer from the scheduler");
    await see("All 59 tasks are");
    await shot("21-no-answer");
    await page.unroute("**/v1/**");
    await page.getByText("No answer").waitFor({ state: "detached" });
  });
  await test("what is unknown comes with a next step", async () => {
    await open(`/scheduler/${role}/devel/nothing`);
    await see(`No job ${role}/devel/nothing`);
    await see("It was never created");
    await open(`/scheduler/${role}/devel/crowd/task/none`);
    await see("it may have been automatically pruned");
    await open(`/scheduler/${role}/devel/crowd/update/none`);
    await see("all updates");
    await open("/scheduler?search=nobody");
    await see("No role contains “nobody”");
    const { hosts } = await cluster.get("/v1/hosts");
    const answer = await page.goto(`${hosts[0].executorUrl}/task/none`);
    if (answer.status() !== 404) throw new Error(`an unknown task is ${answer.status()}`);
    await see("tasks of this host");
  });
  await test("an address that is no text is no page, not an empty one", async () => {
    await open(`/scheduler/${role}/%zz`).catch(() => {});
    await until("a page", async () => (await page.locator("body").innerText()).trim().length > 0);
  });
}

async function logs({ cluster, page, test, see, open, shot }) {
  let task;
  const log = page.locator("pre.log");
  await test("every run of a process is listed, the newest first", async () => {
    await cluster.aurora("create", `devcluster/${role}/devel/writer`, "behaviour.aurora");
    task = await until("the writer", async () =>
      (await cluster.get(`/v1/tasks?role=${role}&name=writer&status=RUNNING`)).tasks[0]);
    await open(task.taskUrl.replace("/task/", "/process/") + "/again");
    const runs = page.locator("table[aria-label=Runs] tbody td:first-child");
    await until("three runs", async () => (await runs.allInnerTexts()).join(" ") === "2 1 0");
  });
  await test("older text that is asked for while the page asks for news is not lost", async () => {
    await open(`${task.taskUrl.replace("/task/", "/logs/")}/writer/0/stdout`);
    await see("red \ufffd <i>end of start</i>");
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await new Promise((asked) => page.route("**/runs/0/stdout?**", async (route) => {
      asked();
      await released;
      await route.continue();
    }, { times: 1 }));
    const before = (await log.innerText()).length;
    await page.getByRole("button", { name: "Older" }).click();
    if ((await log.innerText()).length !== before) throw new Error("the page asks twice at once");
    release();
    await until("older text", async () => (await log.innerText()).length > before);
  });
  await test("a log opens at its end, readable, and pages back to its beginning", async () => {
    await open(`${task.taskUrl.replace("/task/", "/logs/")}/writer/0/stdout`);
    await see("red \ufffd <i>end of start</i>");
    for (let i = 0; i < 20 && await page.getByRole("button", { name: "Older" }).isVisible(); ++i) {
      const before = (await log.innerText()).length;
      await page.getByRole("button", { name: "Older" }).click();
      await until("older text", async () => (await log.innerText()).length > before);
    }
    const lines = (await log.innerText()).split("\n").filter((line) => line === "old line").length;
    if (lines !== 9000) throw new Error(`${lines} of 9000 lines`);
    await shot("22-log");
    await page.getByRole("button", { name: "To the end" }).click();
    await see("Following");
  });
  await test("a log that was replaced is followed in its new file", async () => {
    fs.writeFileSync(path.join(await sandboxOf(task), "replace"), "");
    await see("of another file");
  });
  await test("files with hostile names are listed and opened", async () => {
    await open(task.taskUrl.replace("/task/", "/browse/"));
    await see("<img src=x onerror=window.broken=1>");
    await page.getByRole("link", { name: "#hash?query %2e%2e", exact: true }).click();
    await see("Nothing has been written yet.");
    if (await page.evaluate(() => window.broken)) throw new Error("a file's name ran as a script");
  });

  async function sandboxOf({ taskUrl, taskId }) {
    return (await (await fetch(`${new URL(taskUrl).origin}/v1/tasks/${taskId}`)).json()).sandbox;
  }
  await test("no page is wider than a telephone's screen", async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    const on = (kind) => task.taskUrl.replace("/task/", `/${kind}/`);
    const addresses = ["/scheduler", `/scheduler/${role}`, `/scheduler/${role}/devel/crowd`, `/scheduler/${role}/devel/crowd?taskView=config`,
      `/scheduler/${role}/devel/crowd/0`, "/updates", "/hosts", new URL("/", task.taskUrl).href, task.taskUrl, `${on("process")}/writer`,
      `${on("logs")}/writer/0/stdout`, on("browse")];
    for (const address of addresses) {
      await open(address);
      await page.locator("h1").waitFor();
      await page.locator(".loading").waitFor({ state: "detached" });
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (excess > 0) throw new Error(`${address} is ${excess} px too wide`);
    }
  });
}

export async function behaviour(tools) {
  await lists(tools);
  await failures(tools);
  await logs(tools);
}
