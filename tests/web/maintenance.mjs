// Hosts that are drained and activated from their page.

import { role, until } from "./cluster.mjs";

const JOB = `
jobs = [Service(task = SimpleTask(name = 'kept', command = 'sleep 1000') (resources = Resources(cpu = 0.1, ram = 16*MB, disk = 16*MB)),
                cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'kept', instances = 2, tier = 'preferred',
                sla_policy = CoordinatorSlaPolicy(coordinator_url = 'http://127.0.0.1:9/drain'))]
`;

export async function maintenance({ cluster, browser, test, shot, errors }) {
  const { known, page } = await cluster.openAsAlice(browser, errors);
  const see = (text) => page.getByText(text).locator("visible=true").first().waitFor();
  const modeOf = async () => (await cluster.get("/v1/hosts")).hosts[0].mode;
  await test("draining a host says what it will do, and then what holds it up", async () => {
    await cluster.aurora("admin", "set_quota", "devcluster", role, "8", "4gb", "4gb");
    await cluster.aurora("create", `devcluster/${role}/devel/kept`, cluster.write("kept.aurora", JOB), "--wait-until", "RUNNING");
    await page.goto(`${cluster.url}/hosts`);
    await page.getByRole("button", { name: /^Drain / }).click();
    await see(/tasks? (is|are) ended and run elsewhere/);
    await see(/aurora admin sla_host_drain devcluster --hosts=.* --default_percentage=95 --default_duration=30m --force_drain_timeout=168h/);
    await shot("26-drain-dialog", page);
    await page.getByRole("button", { name: "Cancel" }).click();
    if ((await modeOf()) !== "NONE") throw new Error("a drain that was not confirmed began");
    await page.getByRole("button", { name: /^Drain / }).click();
    await page.locator("dialog").getByRole("button", { name: /^Drain / }).click();
    await until("a drain", async () => (await modeOf()) === "DRAINING");
    await see(/gave no answer: Nothing answers at/);
    await shot("27-draining", page);
  });
  await test("a host that is activated takes tasks again", async () => {
    await page.getByRole("button", { name: /^Activate / }).click();
    await see("Maintenance ends: new tasks may come here again at once.");
    await shot("28-activate-dialog", page);
    await page.locator("dialog").getByRole("button", { name: /^Activate / }).click();
    await until("no maintenance", async () => (await modeOf()) === "NONE");
    await page.getByRole("button", { name: /^Drain / }).waitFor();
    await cluster.aurora("killall", `devcluster/${role}/devel/kept`);
  });
  await known.close();
}
