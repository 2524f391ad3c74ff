// The first page of the cluster, the box that finds things, and the browser's history.

import { role, until } from "./cluster.mjs";
import { Wire } from "./wire.mjs";

const JOBS = `
def job(name, command, cpu = 0.01, kind = Service, instances = 1):
  return kind(task = Task(name = name, processes = [Process(name = 'main', cmdline = command)], resources = Resources(cpu = cpu, ram = 4*MB, disk = 4*MB)),
              cluster = 'devcluster', role = '${role}', environment = 'test', name = name, instances = instances)
jobs = [job('flaps', 'sleep 1; exit 3'), job('fails', 'exit 4', kind = Job), job('waits', 'sleep 1000', cpu = 100, instances = 30), job('steady', 'sleep 1000')]
`;
const NAMES = ["flaps", "fails", "waits", "steady"];

export async function home({ cluster, page, test, see, open, shot }) {
  const row = (name) => page.locator("table[aria-label='Jobs in trouble'] tr", { hasText: `/test/${name}` });
  await test("the first page says which jobs are in trouble and why, and how full the cluster is", async () => {
    cluster.write("home.aurora", JOBS);
    for (const name of NAMES) await cluster.aurora("create", `devcluster/${role}/test/${name}`, "home.aurora");
    await open("/");
    for (const [name, kind, why] of [["fails", "FAILED", "process 'main' exited with code 4"], ["flaps", /FLAPPING|UNSTABLE/, "process 'main' exited with code 3"], ["waits", "WAITING", "Insufficient: CPU"]]) {
      await row(name).locator(".status", { hasText: kind }).waitFor();
      await row(name).getByText(why).waitFor();
    }
    if (await row("steady").count()) throw new Error("a job that runs is in trouble");
    await see("RUNNING");
    await see("How full it is");
    await see("Who asks for how much");
    await shot("60-home");
    await page.setViewportSize({ width: 400, height: 800 });
    await shot("61-home-narrow");
    await page.setViewportSize({ width: 1200, height: 820 });
    await row("fails").getByRole("link").click();
    await see("Job: fails");
  });
  await test("a first page on which nothing happens costs next to nothing", async () => {
    const wire = await Wire.open(page.context().browser());
    await wire.checkFirst(`${cluster.url}/`, (first) => first.getByText("How full it is").waitFor());
    await wire.checkQuiet();
    await wire.close();
  });
  await test("/ finds jobs, roles, hosts and tasks from every page", async () => {
    await open("/updates");
    await page.keyboard.press("/");
    await page.keyboard.type("test/ste");
    await page.getByRole("option", { name: "steady" }).waitFor();
    await shot("62-find");
    await page.keyboard.press("Enter");
    await see("Job: steady");
    await page.keyboard.press("/");
    await page.keyboard.type("no such thing");
    await see("in its name");
    await page.keyboard.press("Escape");
    const [task] = (await (await fetch(`${cluster.url}/v1/tasks?environment=test&name=waits`)).json()).tasks;
    await page.keyboard.press("/");
    await page.keyboard.type(task.taskId);
    await page.getByRole("option", { name: task.taskId }).click();
    await until("the task's page", () => page.url().endsWith(task.taskId));
  });
  await test("pages of lists and tabs are entries of the history, letters are not", async () => {
    await open(`/scheduler/${role}/test/waits`);
    await page.getByRole("button", { name: "Next" }).click();
    await until("the second page", () => page.url().includes("age=2"));
    await page.goBack();
    await until("the first page", () => !page.url().includes("age=2"));
    await open("/updates");
    await open("/hosts");
    await page.getByRole("searchbox", { name: "Search hosts" }).pressSequentially("devc");
    await until("the search", () => page.url().includes("devc"));
    await page.goBack();
    await until("the page before", () => page.url().endsWith("/updates"));
  });
  for (const name of NAMES) await cluster.aurora("killall", `devcluster/${role}/test/${name}`);
}
