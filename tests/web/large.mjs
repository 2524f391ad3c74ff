// The pages of a job of 10,000 instances: what they cost, and that the last instance is as near as the first.

import { role, until } from "./cluster.mjs";
import { Wire } from "./wire.mjs";

const COUNT = 10_000;
const JOBS = `
jobs = [Service(task = SimpleTask(name = 'large', command = 'sleep 1000') (resources = Resources(cpu = 100, ram = 4*MB, disk = 4*MB)),
                cluster = 'devcluster', role = '${role}', environment = 'test', name = 'large', instances = ${COUNT}),
        Service(task = SimpleTask(name = 'runs', command = 'sleep 1000') (resources = Resources(cpu = 0.01, ram = 4*MB, disk = 4*MB)),
                cluster = 'devcluster', role = '${role}', environment = 'test', name = 'runs', instances = 2)]
`;

export async function large({ cluster, browser, test, shot }) {
  const key = `devcluster/${role}/test/large`;
  const route = `/scheduler/${role}/test/large`;
  const total = `All ${COUNT} tasks are`;
  cluster.write("large.aurora", JOBS);
  await cluster.aurora("create", key, "large.aurora");

  const pages = [
    ["the first page", "/", "How full it is"], ["the role's page", `/scheduler/${role}`, "Jobs for role"], ["the job's page", route, total],
    ["the last page of its tasks", `${route}?page=${COUNT / 25}`, String(COUNT - 1)], ["its configuration", `${route}?taskView=config`, `0 - ${COUNT - 1}`],
    ["its logs", `${route}?taskView=logs`, "No task has begun yet."], ["why it waits", `${route}?taskView=why`, "Insufficient: CPU"],
    ["its last instance", `${route}/${COUNT - 1}`, "Active Task"], ["what waits", "/pending", "large"],
  ];
  const check = async ([, address, text]) => {
    const wire = await Wire.open(browser);
    try {
      await wire.checkFirst(cluster.url + address, (page) => page.getByText(text).locator("visible=true").first().waitFor());
      await wire.checkQuiet();
      const elements = await wire.page.evaluate(() => document.querySelectorAll("*").length);
      if (elements > 1000) throw new Error(`${elements} elements are in the page`);
    } finally {
      await wire.close();
    }
  };
  const checks = await Promise.allSettled(pages.map(check)); // side by side: each of them waits
  for (const [i, [name]] of pages.entries()) {
    await test(`little comes for a page beside a job of 10,000 instances, at first and while nothing happens: ${name}`, async () => {
      if (checks[i].reason) throw checks[i].reason;
    });
  }

  const wire = await Wire.open(browser);
  const { page } = wire;
  const rows = page.locator("table[aria-label='Active tasks'] tbody td:first-child");
  const shows = (what, isRight) => until(what, async () => isRight(await rows.allInnerTexts()));
  await test("of 10,000 instances the last is one click away, and found by its number", async () => {
    await page.goto(cluster.url + route);
    await shows("the first instances", (shown) => shown[0] === "0" && shown.length === 25);
    await page.getByRole("button", { name: `Page ${COUNT / 25}`, exact: true }).click();
    await shows("the last instances", (shown) => shown.at(-1) === String(COUNT - 1) && shown.length === 25);
    await shot("90-large-last", page);
    await page.getByRole("button", { name: "Page 1", exact: true }).click();
    await page.getByRole("button", { name: "Instance", exact: true }).click();
    await shows("the last instance first", (shown) => shown[0] === String(COUNT - 1));
    await page.getByRole("searchbox", { name: "Search tasks" }).fill("9999");
    await shows("one instance", (shown) => shown.length === 1 && shown[0] === "9999");
    await page.getByRole("searchbox", { name: "Search tasks" }).fill("777");
    await shows("those that begin so", (shown) => shown.length === 11 && shown.every((instance) => instance.startsWith("777")));
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(cluster.url + `${route}?page=200`);
    await shows("the middle", (shown) => shown[0] === "4975");
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (excess > 0) throw new Error(`${excess} px too wide`);
    await shot("91-large-narrow", page);
  });
  await test("a row's events are asked for when it is opened", async () => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.getByRole("button", { name: "events of instance 4975" }).click();
    await page.getByText("Task ID").waitFor();
    await page.locator("tr.details").getByText("PENDING").waitFor();
    if (!asked.some((url) => /\/v1\/tasks\/[^?]+-4975-/.test(url))) throw new Error(asked.join("\n"));
  });
  await wire.close();
  await cluster.aurora("killall", key);
  await test("a list of running tasks is not sent again while nothing happens to them", async () => {
    await cluster.aurora("create", "--wait-until=RUNNING", `devcluster/${role}/test/runs`, "large.aurora");
    const quiet = await Wire.open(browser);
    try {
      await quiet.checkFirst(`${cluster.url}/scheduler/${role}/test/runs`, (shown) => shown.getByText("All 2 tasks are").waitFor());
      const lists = () => quiet.answers.filter(({ url }) => url.includes("/v1/tasks?"));
      await until("three looks", () => lists().length >= 3);
      const [first, ...others] = lists();
      if (first.bytes < 500 || others.some(({ bytes }) => bytes > 300)) throw new Error(quiet.told());
    } finally {
      await quiet.close();
    }
    await cluster.aurora("killall", `devcluster/${role}/test/runs`);
  });
}
