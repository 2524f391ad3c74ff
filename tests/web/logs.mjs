// The logs of all instances of a job on its page: by time, chosen, searched, followed, downloaded, and a million lines of them.

import fs from "node:fs";

import { role, until } from "./cluster.mjs";

const MUCH = 900_000;
const WALL = 60;
const JOBS = `
R = Resources(cpu = 0.01, ram = 32*MB, disk = 64*MB)
main = Process(name = 'main', cmdline = '''
printf '\\\\033[1;32mgreen\\\\033[0m <img src=x onerror="window.broken=1"> \\\\033[2J\\\\033]0;title\\\\007end\\\\n'
echo 'went wrong' >&2
i=0
while :; do echo "tick $i of {{mesos.instance}}"; i=$((i+1)); sleep 0.5; done''')
side = Process(name = 'side', cmdline = 'echo from the side; sleep 1000')
jobs = [
  Service(task = Task(name = 'talk', processes = [main, side], resources = R), cluster = 'devcluster', role = '${role}', environment = 'test', name = 'talk', instances = 3),
  Service(task = SimpleTask(name = 'much', command = 'seq 1 ${MUCH}; sleep 1000') (resources = R), cluster = 'devcluster', role = '${role}', environment = 'test', name = 'much'),
  Service(task = SimpleTask(name = 'walls', command = '''head -c 300000 /dev/zero | tr '\\\\0' a; echo '!'; for i in $(seq 50); do printf %0${WALL}d! 0 | tr 0 a; echo; done; tr -dc ab < /dev/urandom | head -c 300000; echo; sleep 1000''') (resources = R),
          cluster = 'devcluster', role = '${role}', environment = 'test', name = 'walls'),
]
`;

export async function logs({ cluster, page, test, see, open, shot }) {
  const job = (name) => `devcluster/${role}/test/${name}`;
  const address = (name, query = "") => `/scheduler/${role}/test/${name}?taskView=logs${query}`;
  const box = page.getByRole("log");
  const lines = () => box.locator(".line").evaluateAll((all) => all.map((line) => ({
    mark: line.querySelector(".from").textContent, text: line.querySelector(".text").textContent, isError: line.classList.contains("stderr"),
  })));
  const shows = (what, isRight) => until(what, async () => {
    const shown = await lines();
    return shown.length > 0 && isRight(shown);
  });
  const every = (isRight) => (shown) => shown.every(isRight);
  const number = (text) => Number(/^tick (\d+)/.exec(text)?.[1] ?? NaN);
  const isAtEnd = () => box.evaluate((element) => element.scrollTop + element.clientHeight >= element.scrollHeight - 5);

  await test("a job's page loads its logs only when somebody looks at them", async () => {
    cluster.write("logs.aurora", JOBS);
    await cluster.aurora("create", job("talk"), "logs.aurora");
    await until("three running instances", async () =>
      (await cluster.get(`/v1/tasks?role=${role}&environment=test&name=talk&status=RUNNING`)).tasks.length === 3);
    const asked = [];
    const note = (request) => asked.push(request.url());
    page.on("request", note);
    await open(`/scheduler/${role}/test/talk`);
    await see("All 3 tasks are");
    if (asked.some((url) => /logs:read|JobLogs/.test(url))) throw new Error("logs were loaded unasked");
    await page.getByRole("tab", { name: "Logs" }).click();
    await shows("lines of all three", (shown) => new Set(shown.map(({ mark }) => mark.split(" ")[0])).size === 3);
    page.off("request", note);
    if (!asked.some((url) => url.endsWith("/logs:read"))) throw new Error("nobody asked a host");
  });
  await test("they are by time, each line with its instance and process, colours are colours and the rest is text", async () => {
    await shows("both processes", (shown) => shown.some(({ mark }) => / side$/.test(mark)) && shown.some(({ mark }) => / main$/.test(mark)));
    await shows("ticks in order", (shown) => {
      const ticks = shown.map(({ text }) => number(text)).filter((tick) => !Number.isNaN(tick));
      return ticks.length > 6 && ticks.every((tick, i) => i === 0 || tick >= ticks[i - 1] - 3);
    });
    await box.locator(".ansi-bold.ansi-2", { hasText: "green" }).first().waitFor();
    await see(' <img src=x onerror="window.broken=1"> end');
    if (await page.evaluate(() => window.broken)) throw new Error("a line of a log ran as a script");
    await box.locator(".line.stderr", { hasText: "went wrong" }).first().waitFor();
    await shot("70-job-logs");
  });
  await test("instances, process and stream are chosen, and stay chosen in the address", async () => {
    await page.getByRole("searchbox", { name: "Instances" }).fill("0, 2");
    await page.keyboard.press("Enter");
    await shows("two instances", every(({ mark }) => /^[02]/.test(mark)));
    await page.getByRole("combobox", { name: "Process" }).selectOption("main");
    await shows("one process", every(({ text }) => !text.includes("from the side")));
    await page.getByRole("button", { name: "stderr" }).click();
    await shows("stderr alone", every(({ text, isError }) => isError && text === "went wrong"));
    await page.reload();
    await shows("the same after a reload", every(({ isError, mark }) => isError && /^[02]/.test(mark)));
    await page.getByRole("searchbox", { name: "Instances" }).fill("2-1");
    await page.keyboard.press("Enter");
    await see("names no instances");
  });
  await test("a regular expression leaves the lines in which it is, and marks it", async () => {
    await open(address("talk"));
    await shows("lines", () => true);
    await page.getByRole("searchbox", { name: "Search" }).fill("^TICK [[:digit:]]*5 ");
    await page.keyboard.press("Enter");
    await shows("what matches", every(({ text }) => number(text) % 10 === 5));
    await box.locator("mark", { hasText: /tick \d*5/ }).first().waitFor();
    await shot("71-job-logs-search");
    await page.getByRole("searchbox", { name: "Search" }).fill("(");
    await page.keyboard.press("Enter");
    await see("is no regular expression");
    await open(address("talk", "&logSince=nonsense"));
    await see("'nonsense'");
  });
  await test("no pattern stops the page, however it goes back and forth in a line", async () => {
    await cluster.aurora("create", "--wait-until=RUNNING", job("walls"), "logs.aurora");
    await open(address("walls"));
    await see("52 lines, 1 task");
    const search = async (pattern) => {
      await page.getByRole("searchbox", { name: "Search" }).fill(pattern);
      await page.keyboard.press("Enter");
    };
    for (const pattern of ["(a+)+$", "^(a|aa)+$", "(.*)*x"]) {
      await search(pattern);
      await see("No line matches.");
      await see("0 lines of 52");
    }
    await search("^(a+)+!$");
    await see("50 lines of 52");
    await box.locator("mark", { hasText: /^a{60}!$/ }).first().waitFor();
    await search("(a|b)*a(a|b){400}c");
    await see("“(a|b)*a(a|b){400}c” is no regular expression: it repeats so much that the search would take too long");
    await shot("71b-job-logs-too-costly");
    await page.setViewportSize({ width: 400, height: 800 });
    await shot("71c-job-logs-too-costly-narrow");
    await page.setViewportSize({ width: 1200, height: 820 });
    await search("^[ab]*b");
    await see("1 line of 52");
    await cluster.aurora("killall", job("walls"));
  });
  await test("they follow at their end, stay where they are further up, and follow again", async () => {
    await open(address("talk"));
    await page.setViewportSize({ width: 1200, height: 600 });
    await until("more than fits", async () => box.evaluate((element) => element.scrollHeight > element.clientHeight + 100));
    const last = async () => number((await lines()).filter(({ text }) => text.startsWith("tick")).at(-1).text);
    const before = await last();
    await until("new lines", async () => (await last()) > before && isAtEnd());
    await box.focus();
    await page.keyboard.press("Home");
    await see("Paused here");
    const top = () => box.locator(".line").first().innerText();
    const first = await top();
    const height = () => box.evaluate((element) => element.scrollHeight);
    const high = await height();
    await until("more below", async () => (await height()) > high);
    if (await top() !== first || await isAtEnd()) throw new Error("the view moved");
    await page.getByRole("button", { name: "To the end" }).click();
    await see("· Following");
    await until("the end", isAtEnd);
    await page.setViewportSize({ width: 1200, height: 820 });
  });
  await test("what is shown is downloaded, with times and instances", async () => {
    await open(address("talk", "&logSearch=went"));
    await shows("what matches", (shown) => shown.length === 3);
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    const download = await coming;
    const text = fs.readFileSync(await download.path(), "utf8");
    if (download.suggestedFilename() !== `${role}-test-talk.log`) throw new Error(download.suggestedFilename());
    if (!/^(\d{4}-\d\d-\d\dT[\d:.]+Z \[[012] main\] went wrong\n){3}$/.test(text)) throw new Error(text);
  });
  await test("a host that does not answer is told, and its lines come when it does", async () => {
    await page.route("**/logs:read", (route) => route.fulfill({ status: 503, contentType: "application/json", body: '{"code":"UNAVAILABLE","message":"http://h:1 is away"}' }));
    await open(address("talk"));
    await see(/^Host .* does not answer, so logs of 3 tasks are missing: http:\/\/h:1 is away$/);
    await shot("72-job-logs-no-host");
    await page.unroute("**/logs:read");
    await shows("lines", () => true);
    await page.getByText("does not answer").waitFor({ state: "detached" });
  });
  await test("they fit a telephone's screen", async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await open(address("talk"));
    await shows("lines", () => true);
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (excess > 0) throw new Error(`${excess} px too wide`);
    await shot("73-job-logs-narrow");
    await page.setViewportSize({ width: 1200, height: 820 });
  });
  await test("they go on when an instance does, and end when the tasks end", async () => {
    await open(address("talk", "&logInstances=1"));
    await shows("lines", () => true);
    await cluster.aurora("restart", "--shards=1", "--watch-secs=1", job("talk"));
    await see(/goes on as task .*; before: /);
    await shows("lines of the next task", (shown) => shown.at(-1).text.startsWith("tick"));
    await cluster.aurora("killall", job("talk"));
    await see("All tasks have ended");
    let asked = 0;
    const count = (request) => (asked += request.url().endsWith("/logs:read") ? 1 : 0);
    page.on("request", count);
    await page.waitForTimeout(3000);
    page.off("request", count);
    if (asked) throw new Error("hosts are still asked");
  });
  await test("a million lines scroll: those that can be seen are in the page, and no others", async () => {
    await cluster.aurora("create", job("much"), "logs.aurora");
    await until("a running task", async () => (await cluster.get(`/v1/tasks?role=${role}&environment=test&name=much&status=RUNNING`)).tasks.length === 1);
    await open(address("much", "&logTail=all"));
    await see(`${MUCH.toLocaleString("en-US")} lines, 1 task on 1 host`);
    await shows("the last line", (shown) => shown.at(-1).text === String(MUCH));
    const inPage = await box.locator(".line").count();
    if (inPage > 200) throw new Error(`${inPage} lines are in the page`);
    await shot("74-job-logs-much");
    await box.focus();
    await page.keyboard.press("Home");
    await shows("the first line", (shown) => shown[0].text === "1");
    await box.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
    await shows("the middle", (shown) => Math.abs(Number(shown[0].text) - MUCH / 2) < 100);
    await page.getByRole("searchbox", { name: "Search" }).fill("77777$");
    await page.keyboard.press("Enter");
    await see(`9 lines of ${MUCH.toLocaleString("en-US")}`);
    await cluster.aurora("killall", job("much"));
  });
}
