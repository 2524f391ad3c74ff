// What one does to jobs, instances and updates from their pages: each is asked first, and says what came of it.

import { role, until } from "./cluster.mjs";

const JOB = (version) => `
jobs = [Service(cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'acts', instances = 2,
  update_config = UpdateConfig(batch_size = 1, watch_secs = 30),
  task = SimpleTask(name = 'acts', command = 'echo ${version}; exec sleep 1000') (resources = Resources(cpu = 0.01, ram = 16*MB, disk = 16*MB)))]
`;

export async function actions({ cluster, browser, test, shot, errors }) {
  const key = `devcluster/${role}/devel/acts`;
  const jobPage = `${cluster.url}/scheduler/${role}/devel/acts`;
  const { known, page } = await cluster.openAsAlice(browser, errors);
  const dialog = page.getByRole("dialog");
  const active = async () => (await cluster.get(`/v1/tasks?role=${role}&environment=devel&name=acts&active=true`)).tasks;
  const status = async (id) => (await cluster.get(`/v1/updates/${role}/devel/acts/${id}`)).status;
  const press = (name) => page.getByRole("button", { name, exact: true }).first().click();
  const confirm = (name) => dialog.getByRole("button", { name, exact: true }).click();

  await test("an instance is restarted from its page, after a question that also gives the command", async () => {
    await cluster.aurora("create", key, cluster.write("acts.aurora", JOB(1)));
    await until("two running tasks", async () => (await active()).every(({ status }) => status === "RUNNING"));
    const before = (await active()).find(({ instanceId }) => instanceId === 0).taskId;
    await page.goto(`${jobPage}/0`);
    await press("Restart");
    await dialog.getByText(`aurora job restart ${key}/0`).waitFor();
    await shot("60-confirm", page);
    await confirm("Cancel");
    await dialog.waitFor({ state: "hidden" });
    if ((await active()).find(({ instanceId }) => instanceId === 0).taskId !== before) throw new Error("it was restarted without a yes");
    await press("Restart");
    await confirm("Restart");
    await until("another task", async () => (await active()).some(({ instanceId, taskId }) => instanceId === 0 && taskId !== before));
  });
  await test("a job's page links to the site's statistics of it", async () => {
    await page.goto(jobPage);
    const href = await page.getByRole("link", { name: "statistics" }).getAttribute("href");
    if (href !== `http://stats.example/jobs/${role}.devel.acts`) throw new Error(`it links to ${href}`);
  });
  await test("an update is paused, resumed and aborted from its page", async () => {
    await cluster.aurora("update", "start", key, cluster.write("acts.aurora", JOB(2)));
    const id = (await cluster.get(`/v1/updates?role=${role}&environment=devel&name=acts`)).updates[0].key.id;
    await page.goto(`${jobPage}/update/${id}`);
    for (const [button, wanted] of [["Pause", "ROLL_FORWARD_PAUSED"], ["Resume", "ROLLING_FORWARD"], ["Abort", "ABORTED"]]) {
      await press(button);
      await confirm(button);
      await until(wanted, async () => (await status(id)) === wanted);
    }
    await page.getByText("ABORTED").locator("visible=true").first().waitFor();
    if (await page.getByRole("button", { name: "Abort" }).count()) throw new Error("an update that is over can still be aborted");
  });
  await test("a job is killed from its page", async () => {
    await page.goto(jobPage);
    await press("Kill");
    await dialog.getByText("All 2 instances are ended and nothing takes their place.").waitFor();
    await confirm("Kill");
    await until("no active task", async () => !(await active()).length);
  });
  await test("a role's page shows quota and what is used of it as bars", async () => {
    await cluster.aurora("admin", "set_quota", "devcluster", role, "8", "4gb", "4gb");
    await page.goto(`${cluster.url}/scheduler/${role}`);
    await page.getByRole("meter", { name: "CPU" }).waitFor();
    await page.getByText("of 8 cores").waitFor();
    await shot("61-quota", page);
  });
  await known.close();
}
