// Plots of the last hour: a job's instances, restarts, CPU and memory with its updates, and a host's.

import { role, until } from "./cluster.mjs";

const JOB = (command) => `
jobs = [Service(task = SimpleTask(name = 'busy', command = '''${command}''') (resources = Resources(cpu = 0.25, ram = 32*MB, disk = 16*MB)),
                cluster = 'devcluster', role = '${role}', environment = 'test', name = 'busy', instances = 2, max_task_failures = -1,
                update_config = UpdateConfig(watch_secs = 1, batch_size = 2))]
`;

export async function usage({ cluster, page, test, see, open, shot }) {
  const job = `devcluster/${role}/test/busy`;
  const figure = (title) => page.getByRole("figure", { name: title, exact: true });
  const words = async (title) => (await figure(title).locator("figcaption").innerText()).replace(/\s+/g, " ");
  const lastPoint = async () => (await cluster.get(`/v1/jobs/${role}/test/busy/usage`)).points.at(-1);

  await test("a job's page loads its plots only when somebody looks, and shows what all instances use", async () => {
    cluster.write("busy.aurora", JOB("while :; do :; done & sleep 2; kill %1; sleep 1000"));
    await cluster.aurora("create", job, "busy.aurora");
    await until("what both instances use", async () => (await lastPoint()).up === 2 && (await lastPoint()).ramBytes > 0);
    const asked = [];
    const note = (request) => asked.push(request.url());
    page.on("request", note);
    await open(`/scheduler/${role}/test/busy`);
    await see("All 2 tasks are");
    if (asked.some((url) => /\/usage|uPlot|JobUsage/.test(url))) throw new Error("plots were loaded unasked");
    page.off("request", note);
    await page.getByRole("tab", { name: "Usage" }).click();
    await until("two instances", async () => /^Instances up 2 at most 2/.test(await words("Instances up")));
    await until("no restarts", async () => /^Restarts 0 in all/.test(await words("Restarts")));
    await until("memory", async () => /^Memory [\d.]+ [KM]iB at most/.test(await words("Memory")));
    await until("a plot of each", async () => (await page.locator(".chart canvas").count()) === 4);
  });
  await test("restarts are counted, and updates are marked", async () => {
    cluster.write("busy.aurora", JOB("sleep 1001"));
    await cluster.aurora("update", "start", "--wait", job, "busy.aurora");
    await page.reload();
    await until("two restarts", async () => /^Restarts 2 in all/.test(await words("Restarts")));
    await see("Marked:");
    await page.getByRole("tabpanel").getByText("ROLLED_FORWARD").waitFor();
    await shot("80-job-usage");
    await page.setViewportSize({ width: 400, height: 800 });
    await until("narrow plots", async () => (await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    await shot("81-job-usage-narrow");
    await page.setViewportSize({ width: 1200, height: 820 });
  });
  await test("hosts show what their tasks use, beside what is reserved", async () => {
    await open("/hosts");
    await page.locator("table[aria-label=Hosts]").getByText(/^uses [\d.]+ [KM]iB$/).waitFor();
    await page.locator("table[aria-label=Hosts]").getByText(/^uses [\d.]+$/).waitFor();
    await shot("82-hosts-usage");
    const { hosts } = await cluster.get("/v1/hosts");
    await open(hosts[0].executorUrl);
    await see("Used by all tasks in the last hour");
    await until("two plots", async () => (await page.locator(".chart canvas").count()) === 2);
    await until("both lines", async () => /dashed: reserved$/.test(await words("CPU")));
    await shot("83-host-usage");
    await cluster.aurora("killall", job);
  });
}
