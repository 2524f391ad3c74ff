import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { ApiError } from "./api";
import { JobLogReader, type LoggedTask, type LogQuestion, type LogStatus, type LogWish, parseInstances } from "./jobLogs";
import { LogBuffer } from "./logBuffer";
import type { LogAnswer } from "./logFrames";
import { parseLogAnswer } from "./logFrames";

const WISH: LogWish = { process: "", stream: "both", since: "", tail: 100 };

const task = (instanceId: number, host: string, more: Partial<LoggedTask> = {}): LoggedTask => ({
  taskId: `t${instanceId}`, instanceId, status: "RUNNING", isActive: true, host, taskUrl: `http://${host}:1/task/t${instanceId}`, ...more,
});
const said = (taskId: string, timeMs: number, text: string, more: Partial<LogAnswer["states"][0]> = {}): LogAnswer => ({
  pieces: text ? [{ taskId, process: "web", stream: "stdout", timeMs, lines: [text] }] : [], states: [{ taskId, cursor: `c${timeMs}`, seen: timeMs, processes: 1, ...more }],
});

// A cluster that answers what a test tells it to; what is asked is kept.
class Bench {
  tasks: LoggedTask[] = [];
  answers = new Map<string, (LogAnswer | ApiError)[]>(); // by host; the last one is given again and again, without its lines
  asked: { host: string; question: LogQuestion }[] = [];
  isFollowing = true;
  status?: LogStatus;
  buffer = new LogBuffer();
  reader?: JobLogReader;
  atOnce = 0;
  mostAtOnce = 0;

  start(wish: Partial<LogWish> = {}) {
    this.reader = new JobLogReader({
      listTasks: async () => this.tasks,
      readHost: async (host, question) => {
        this.asked.push({ host, question });
        this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
        await new Promise((resolve) => setTimeout(resolve, 10));
        this.atOnce -= 1;
        const answers = this.answers.get(host) ?? [];
        const answer = answers.length > 1 ? answers.shift()! : answers[0] ?? { pieces: [], states: question.tasks.map(({ taskId }) => ({ taskId, cursor: "c", seen: 1 })) };
        if (answer instanceof ApiError) throw answer;
        if (answers[0] === answer) answers[0] = { ...answer, pieces: [] };
        return answer;
      },
    }, { ...WISH, ...wish }, this.buffer, () => this.isFollowing, (status) => (this.status = status));
    this.reader.start();
  }
  get text() {
    return this.buffer.shown.map(({ from, text }) => `[${from.mark}] ${text}`).join("\n");
  }
  questions = (host: string) => this.asked.filter((one) => one.host === host).map(({ question }) => question);
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
let bench: Bench;
beforeEach(() => {
  vi.useFakeTimers();
  bench = new Bench();
});
afterEach(() => {
  bench.reader?.stop();
  vi.useRealTimers();
});

describe("logs of a job", () => {
  test("are one text by time, each line with its instance", async () => {
    bench.tasks = [task(0, "a"), task(1, "b")];
    bench.answers.set("a", [said("t0", 10, "first"), said("t0", 30, "third")]);
    bench.answers.set("b", [said("t1", 20, "second")]);
    bench.start();
    await pass(3_000);
    expect(bench.text).toBe("[0] first\n[1] second\n[0] third");
    expect(bench.status).toMatchObject({ tasks: 2, hosts: 2, isLoaded: true, isOver: false, trouble: [] });
    expect(bench.questions("a")[0]).toMatchObject({ tasks: [{ taskId: "t0" }], tail: 100, follow: true });
    expect(bench.questions("a")[1].tasks).toEqual([{ taskId: "t0", cursor: "c10", seen: 10 }]);
  });
  test("are asked for less often while nothing is written", async () => {
    bench.tasks = [task(0, "a")];
    bench.start();
    await pass(60_000);
    expect(bench.asked.length).toBeLessThan(30);
    expect(bench.asked.length).toBeGreaterThan(15);
  });
  test("of many hosts are asked for a few at a time, and less often", async () => {
    bench.tasks = Array.from({ length: 150 }, (_, i) => task(i, `h${i}`));
    bench.start();
    await pass(10_000);
    const before = bench.asked.length;
    expect(bench.mostAtOnce).toBe(4);
    await pass(60_000);
    expect(bench.asked.length - before).toBeLessThan(60 * 22);
  });
  test("end when all tasks have ended and were read, and nobody is asked any more", async () => {
    bench.tasks = [task(0, "a")];
    bench.answers.set("a", [said("t0", 1, "hello"), said("t0", 2, "bye", { hasEnded: true, hasMore: true }), said("t0", 3, "!", { hasEnded: true })]);
    bench.start();
    await pass(4_000);
    bench.tasks = [task(0, "a", { isActive: false, status: "FINISHED" })];
    await pass(20_000);
    expect(bench.status).toMatchObject({ isOver: true });
    expect(bench.text).toBe("[0] hello\n[0] bye\n[0] !");
    const { length } = bench.asked;
    await pass(60_000);
    expect(bench.asked.length).toBe(length);
  });
  test("go on where an instance goes on, and say why", async () => {
    bench.tasks = [task(0, "a")];
    bench.answers.set("a", [said("t0", 1, "old", { hasEnded: true })]);
    bench.answers.set("b", [said("new", 5, "fresh")]);
    bench.start();
    await pass(200);
    bench.tasks = [task(0, "b", { taskId: "new", status: "ASSIGNED" }), task(0, "a", { isActive: false, endSentence: "exit 3" })];
    await pass(15_000);
    expect(bench.questions("b")).toEqual([]);
    expect(bench.status).toMatchObject({ waiting: 1 });
    bench.tasks[0] = { ...bench.tasks[0], status: "RUNNING" };
    bench.reader!.lookSoon();
    await pass(2_000);
    expect(bench.text).toBe("[0] old\n[0] goes on as task new on b; before: exit 3\n[0] fresh");
  });
  test("begin with their last lines, and those of tasks that come later with the first", async () => {
    bench.tasks = [task(0, "a")];
    bench.start();
    await pass(1_000);
    bench.tasks = [task(1, "a"), task(2, "b"), ...bench.tasks];
    bench.reader!.lookSoon();
    await pass(3_000);
    const later = bench.questions("a").filter(({ tasks }) => tasks.some(({ taskId, cursor }) => taskId === "t1" && !cursor));
    expect(later).toHaveLength(1);
    expect(later[0].tail).toBeUndefined();
    expect(later[0].tasks).toEqual([{ taskId: "t0", cursor: "c", seen: 1 }, { taskId: "t1" }]);
    expect(bench.questions("b")[0].tail).toBeUndefined();
  });
  test("of a host that is away are told as missing, hold up no others, and come when it is back", async () => {
    const away = new ApiError(503, "http://a:1 does not accept connections");
    bench.tasks = [task(0, "a"), task(1, "b")];
    bench.answers.set("a", [away, away, away, said("t0", 1, "back")]);
    bench.answers.set("b", [said("t1", 2, "there")]);
    bench.start();
    await pass(2_500);
    expect(bench.text).toBe("[1] there");
    expect(bench.status?.trouble).toEqual(["Host a does not answer, so logs of 1 task are missing: http://a:1 does not accept connections"]);
    await pass(10_000);
    expect(bench.text).toBe("[0] back\n[1] there");
    expect(bench.status?.trouble).toEqual([]);
  });
  test("that a host refuses are told and not asked for again; a secret is asked for once", async () => {
    bench.tasks = [task(0, "a"), task(1, "b"), task(2, "b", { taskId: "gone" })];
    bench.answers.set("a", [new ApiError(404, "There is no host a")]);
    bench.answers.set("b", [{ pieces: [], states: [{ taskId: "gone", error: { code: "NOT_FOUND", message: "Unknown task_id: gone" } }, { taskId: "t1", cursor: "c", seen: 1 }] }]);
    bench.start();
    await pass(30_000);
    expect(bench.status?.trouble).toEqual(["Host a does not show logs of 1 task: There is no host a", "Instance 2: Unknown task_id: gone"]);
    expect(bench.questions("a").length).toBe(1);
    expect(bench.questions("b")[1].tasks.map(({ taskId }) => taskId)).toEqual(["t1"]);
    const other = new Bench();
    other.tasks = [task(0, "a"), task(1, "b")];
    for (const host of ["a", "b"]) other.answers.set(host, [new ApiError(401, "the secret is wanted")]);
    other.start();
    await pass(5_000);
    expect(other.asked.length).toBe(1);
    expect(other.status?.error).toBe("the secret is wanted");
  });
  test("are not read on when there is no room and nobody looks at the end", async () => {
    bench.buffer = new LogBuffer(3);
    bench.isFollowing = false;
    bench.tasks = [task(0, "a")];
    bench.answers.set("a", [1, 2, 3, 4, 5].map((at) => said("t0", at, String(at), { hasMore: true })));
    bench.start();
    await pass(10_000);
    expect(bench.buffer.count).toBe(3);
    expect(bench.status).toMatchObject({ isHeld: true });
    expect(bench.asked.length).toBe(3);
    bench.isFollowing = true;
    bench.reader!.goOn();
    await pass(1_000);
    expect(bench.buffer.shown.at(-1)?.text).toBe("5");
    expect(bench.status).toMatchObject({ isHeld: false });
  });
  test("an answer that is none is as if the host were away", async () => {
    bench.tasks = [task(0, "a")];
    bench.answers.set("a", [new ApiError(502, "cut off")]);
    bench.start();
    await pass(3_000);
    expect(bench.status?.trouble.join()).toContain("does not answer");
  });
});

describe("an answer", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  test("has lines, states and an end; bytes are counted, not characters", () => {
    const text = "ü {\"nowMs\":1}\nx\n";
    const answer = parseLogAnswer(bytes(`{"taskId":"t","process":"p","run":0,"stream":"stderr","timeMs":7,"bytes":${bytes(text).length}}\n${text}{"taskId":"t","cursor":"c","hasMore":true}\n{"nowMs":9}\n`));
    expect(answer.pieces).toEqual([{ taskId: "t", process: "p", stream: "stderr", timeMs: 7, hasLost: undefined, lines: ["ü {\"nowMs\":1}", "x"] }]);
    expect(answer.states).toEqual([{ taskId: "t", cursor: "c", hasMore: true }]);
  });
  test("that is cut off is none", () => {
    for (const text of ["", "{\"nowMs\":1}", "{\"taskId\":\"t\",\"bytes\":9}\nabc\n", "<html>\n"]) expect(() => parseLogAnswer(bytes(text))).toThrow();
  });
});

describe("instances", () => {
  test("are numbers and ranges", () => expect([...parseInstances(" 3, 0-2,7 ")]).toEqual([3, 0, 1, 2, 7]));
  test("none are all", () => expect(parseInstances(" ").size).toBe(0));
  test("what names none, or too many, is said", () => {
    expect(() => parseInstances("x")).toThrow("names no instances");
    expect(() => parseInstances("3-1")).toThrow("names no instances");
    expect(() => parseInstances("0-200")).toThrow("at most 200");
    expect(() => parseInstances("0-9999999")).toThrow("at most 200");
  });
});
