// A shell in the page: who and where before it opens, a terminal that works, and how it ended.

import { role, until } from "./cluster.mjs";

const JOB = `
jobs = [Service(task = SimpleTask(name = 'inside', command = 'sleep 1000') (resources = Resources(cpu = 0.01, ram = 16*MB, disk = 16*MB)),
                cluster = 'devcluster', role = '${role}', environment = 'devel', name = 'inside')]
`;

export async function shell({ cluster, browser, test, shot, errors }) {
  const { known, page } = await cluster.openAsAlice(browser, errors);
  const see = (text, on = page) => on.getByText(text).locator("visible=true").first().waitFor();
  const screen = (on = page) => on.locator(".xterm-rows").innerText();
  const open = async () => {
    await page.getByRole("button", { name: /^Open/ }).click();
    await until("a prompt", async () => /[$#] /.test(await screen()));
  };
  const type = (text) => page.keyboard.type(text);

  let task;
  await test("a shell tells who and where before it opens", async () => {
    cluster.write("inside.aurora", JOB);
    await cluster.aurora("create", `devcluster/${role}/devel/inside`, "inside.aurora");
    task = await until("a running task", async () =>
      (await cluster.get(`/v1/tasks?role=${role}&environment=devel&name=inside&status=RUNNING`)).tasks[0]);
    await page.goto(`${cluster.url}/scheduler/${role}/devel/inside/0`);
    await page.getByRole("link", { name: "shell", exact: true }).click();
    for (const text of ["as role", `${role}/devel/inside`, "on host", task.taskId, "within its limits"]) await see(text);
    await shot("40-shell-asks", page);
  });
  await test("a shell opens in the page through the scheduler, and ends with its exit code", async () => {
    await open();
    await type("echo $((20 + 3))x; id -un; stty size\n");
    await until("what was typed and said", async () => /23x[^]*\d+ \d+/.test(await screen()));
    const before = (await screen()).match(/^(\d+) (\d+)\s*$/m);
    await page.setViewportSize({ width: 800, height: 620 });
    await until("a smaller window", async () => {
      await type("stty size\n");
      const sizes = [...(await screen()).matchAll(/^(\d+) (\d+)\s*$/gm)];
      return Number(sizes.at(-1)[2]) < Number(before[2]);
    });
    await page.setViewportSize({ width: 1200, height: 820 });
    await shot("41-shell", page);
    await type("sleep 1000\n");
    await page.keyboard.press("Control+C");
    await type("exit 3\n");
    await see("The shell has ended: exit code 3.");
    await shot("42-shell-ended", page);
  });
  await test("a shell at the host shows much output to its last line", async () => {
    await page.goto(task.taskUrl);
    await page.getByRole("link", { name: "open a shell" }).click();
    await see("as user");
    await open();
    await type("seq 1 2000000; echo e''nd\n");
    await until("the last lines", async () => /2000000\s+end/.test(await screen()));
  });
  await test("a page that is left ends its shell, and the task's page tells of all", async () => {
    await page.getByRole("link", { name: task.taskId }).first().click();
    await see("Shells and commands");
    await until("no shell that runs", async () => !/ runs$/m.test(await page.locator("table[aria-label='Shells and commands']").innerText()));
    await see(/alice at 127.0.0.1, for|alice at 127.0.0.1/);
    await see(/the client has closed/);
    await shot("43-shells", page);
  });
  await test("who does not know the secret is told so", async () => {
    // A browser asks its user, which this one cannot.
    const refused = await fetch(`${cluster.url}/v1/jobs/${role}/devel/inside/0:exec`);
    if (refused.status !== 401 || !/secret/.test((await refused.json()).message)) throw new Error(`HTTP ${refused.status}`);
    if (!/^Basic /.test(refused.headers.get("www-authenticate"))) throw new Error("no browser would ask for it");
  });
  await test("a shell in a task that is over says so", async () => {
    await page.goto(`${cluster.url}/scheduler/${role}/devel/inside/0/shell`);
    await open();
    await cluster.aurora("killall", `devcluster/${role}/devel/inside`);
    await see(/The shell has ended: signal [A-Z]+, because its task has ended|No active task found/);
  });
  await known.close();
}
