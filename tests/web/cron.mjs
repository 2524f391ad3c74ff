// A cron job's page: what it follows, when it runs next, what came of its runs; and a run now, after a question.

import { role, until } from "./cluster.mjs";

const JOB = `
jobs = [Job(task = SimpleTask(name = 'report', command = 'sleep 1000') (resources = Resources(cpu = 0.01, ram = 16*MB, disk = 16*MB)),
            cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'report',
            cron_schedule = '*/30 2 * * MON-FRI; 0 12 * * SUN', cron_time_zone = 'Europe/Berlin')]
`;

export async function cron({ cluster, browser, test, shot, errors }) {
  const { known, page } = await cluster.openAsAlice(browser, errors);
  const see = (text) => page.getByText(text).locator("visible=true").first().waitFor();
  const key = `devcluster/${role}/devel/report`;
  const route = `/scheduler/${role}/devel/report`;
  const running = () => cluster.get(`/v1/tasks?role=${role}&environment=devel&name=report&status=RUNNING`).then(({ tasks }) => tasks[0]);

  await test("a role's page lists its cron jobs with their next run", async () => {
    cluster.write("report.aurora", JOB);
    await cluster.aurora("cron", "schedule", key, "report.aurora");
    await page.goto(`${cluster.url}/scheduler/${role}`);
    await page.getByRole("link", { name: "devel/report" }).waitFor();
    await see(/Europe\/Berlin \(in /);
    await see("never");
    await shot("50-cron-jobs", page);
  });
  await test("a cron job's page has its schedule, zone and next runs", async () => {
    await page.goto(cluster.url + route);
    for (const text of ["Cron Job Configuration", "*/30 2 * * MON-FRI; 0 12 * * SUN", "0,30 2 * * 1-5;0 12 * * 0", "KILL_EXISTING", "It has not run yet.", /Cron job, next run will be at/]) await see(text);
    await shot("51-cron-job", page);
  });
  await test("a run now says what will happen, how to do it by hand, and what came of it", async () => {
    await page.getByRole("button", { name: "Start now" }).click();
    await see("One task of " + `${role}/devel/report will be made now. The schedule stays as it is.`);
    await see(`aurora cron start ${key}`);
    await shot("52-cron-asks", page);
    await page.getByRole("button", { name: "Cancel" }).click();
    if (await running()) throw new Error("a run began without a yes");
    await page.getByRole("button", { name: "Start now" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start now" }).click();
    await see(`1 new tasks pending for job ${role}/devel/report`);
    await see("STARTED");
    await until("a running task", running);
  });
  await test("a second run tells that it ends the first", async () => {
    await until("the page knows that a task is active", async () => {
      await page.getByRole("button", { name: "Start now" }).click();
      const text = await page.getByRole("dialog").innerText();
      if (text.includes("will be killed first")) return true;
      await page.getByRole("button", { name: "Cancel" }).click();
      return false;
    });
    await page.getByRole("dialog").getByRole("button", { name: "Start now" }).click();
    await see(/1 task of the run before must end first/);
    await see(/WAITING|STARTED/);
    await shot("53-cron-history", page);
    await cluster.aurora("cron", "deschedule", key);
    await cluster.aurora("killall", key);
  });
  await known.close();
}
