// The logs of a job's instances as one: asks the scheduler which tasks there are, and the hosts of these, through it, what
// they have written since (src/api/host_logs_routes.cpp). Each host is asked by itself, so one that is slow or away holds up
// no other; what nobody looks at is not asked for. Follows instances from host to host until all have ended.

import { ApiError } from "./api";
import { KeptLine, LogBuffer, type Origin } from "./logBuffer";
import type { LogAnswer, LogPiece, LogState } from "./logFrames";

export const INSTANCES_MAX = 200; // at once
const TASKS_AT_ONCE = 256; // the executor's bound of one question
const HOSTS_AT_ONCE = 4; // a browser has six connections to a server, and others need some
const BYTES_AT_ONCE = 2 << 20; // of one answer
const BYTES_PER_TASK_MAX = 1 << 18;
const BYTES_PER_TASK_MIN = 1 << 14;
const IDLE_MS_MIN = 1_000; // between two questions to a host that has nothing new
const IDLE_MS_MAX = 3_000;
const IDLE_MS_PER_HOST = 50; // more with many hosts
const TOLD_AFTER = 2; // failures in a row: a connection may break
const RETRY_MS_MAX = 15_000;
const LOOK_MS = 15_000; // for tasks that have come, while no event tells of them
const LOOK_SOON_MS = 500;
const SHOW_MS = 200; // what comes at once is shown at once

export interface LoggedTask {
  taskId: string;
  instanceId: number;
  status: string;
  isActive: boolean;
  host?: string;
  taskUrl?: string;
  endSentence?: string;
}
export interface LogWish {
  instances?: ReadonlySet<number>; // none: all
  process: string; // empty: all
  stream: string; // stdout, stderr or both
  since: string;
  tail?: number; // lines of each task to begin with, if it was there then; none: all
}
export interface LogQuestion {
  tasks: { taskId: string; cursor?: string; seen?: number }[];
  processes: string[];
  stream: string;
  since?: string;
  tail?: number;
  follow: boolean;
  bytesPerTask: number;
}
export interface LogSources {
  listTasks: (instances?: ReadonlySet<number>) => Promise<LoggedTask[]>; // the newest first
  readHost: (host: string, question: LogQuestion, isFirst: boolean) => Promise<LogAnswer>;
}

export interface LogStatus {
  tasks: number;
  hosts: number;
  waiting: number; // instances that wait for a host
  processes: string[];
  isLoaded: boolean; // all that there was has been asked for once
  isOver: boolean; // all tasks have ended, and nothing more comes
  isHeld: boolean; // nothing more is read, for nobody looks at the end and there is no room
  trouble: string[]; // hosts that do not answer, and what was refused
  error?: string; // nothing can be read
}

interface TaskState {
  id: string;
  instance: number;
  cursor?: string;
  seen?: number;
  hasMore: boolean;
  isLater: boolean; // it came while others were read: from its first line
  isOver: boolean; // all was read, or nothing can be
  isEnded: boolean; // says the scheduler
  at: number; // of its last line
}
interface HostState {
  name: string;
  tasks: TaskState[]; // who was answered comes last
  failures: number;
  trouble: string;
  isAsked: boolean;
  pauseMs: number;
  nextAt: number;
}

const isReadable = (task: LoggedTask) => !!task.host && !!task.taskUrl && task.status !== "ASSIGNED"; // its host may not know it yet
const wants = (task: TaskState) => !task.isOver;
const isUnread = (task: TaskState) => task.cursor === undefined;
const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;

export class JobLogReader {
  private readonly hosts = new Map<string, HostState>();
  private readonly tasks = new Map<string, TaskState>();
  private readonly followed = new Map<number, string>(); // the newest task of each instance that is read
  private readonly processes = new Set<string>();
  private readonly refused: string[] = [];
  private hasSeveralProcesses = false;
  private hasActive = true;
  private waiting = 0;
  private isListed = false;
  private isListing = false;
  private isSchedulerSilent = false;
  private hasAnswered = false; // a host: the browser need ask nobody for the secret any more
  private nextLook = 0;
  private error?: string;
  private isStopped = false;
  private timer?: ReturnType<typeof setTimeout>;
  private showing?: ReturnType<typeof setTimeout>;

  // `isFollowing`: somebody looks at the end, so the oldest may go. `show` is told when something has changed.
  constructor(
    private readonly sources: LogSources, private readonly wish: LogWish, private readonly buffer: LogBuffer,
    private readonly isFollowing: () => boolean, private readonly show: (status: LogStatus) => void,
    private readonly now: () => number = Date.now,
  ) {}

  start(): void {
    void this.step();
  }
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.showing);
  }
  // Something has happened to a task.
  lookSoon(): void {
    this.nextLook = Math.min(this.nextLook, this.now() + LOOK_SOON_MS);
    this.schedule(LOOK_SOON_MS);
  }
  // Somebody looks at the end again, or at the page.
  goOn(): void {
    this.schedule(0);
  }

  get status(): LogStatus {
    const all = [...this.tasks.values()];
    return {
      tasks: all.length, hosts: this.hosts.size, waiting: this.waiting, processes: [...this.processes].sort(),
      isLoaded: this.isListed && all.every((task) => task.cursor !== undefined || task.isOver || !!this.hostOf(task)?.trouble),
      isOver: this.isListed && !this.hasActive && all.every((task) => task.isOver),
      isHeld: this.isHeld, error: this.error,
      trouble: [
        ...(this.isSchedulerSilent ? ["The scheduler does not say which tasks there are now"] : []),
        ...[...this.hosts.values()].filter(({ trouble }) => trouble).map(({ trouble }) => trouble), ...this.refused,
      ],
    };
  }

  private get isHeld(): boolean {
    return this.buffer.isFull && !this.isFollowing();
  }
  private hostOf(task: TaskState): HostState | undefined {
    for (const host of this.hosts.values()) if (host.tasks.includes(task)) return host;
    return undefined;
  }

  private schedule(ms: number): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.step(), ms);
  }
  private tell(): void {
    if (this.showing || this.isStopped) return;
    this.showing = setTimeout(() => {
      this.showing = undefined;
      if (this.isFollowing()) this.buffer.trim();
      this.show(this.status);
    }, SHOW_MS);
  }

  // Begins what is due, and comes again when something will be.
  private async step(): Promise<void> {
    if (this.isStopped || this.error) return;
    if (typeof document !== "undefined" && document.visibilityState === "hidden") return;
    if (this.now() >= this.nextLook && !this.isListing) await this.look();
    if (this.isStopped || this.error || this.status.isOver) return this.tell();
    if (this.isHeld) return this.schedule(this.nextLook - this.now());
    this.askHosts();
    const due = [...this.hosts.values()].filter((host) => !host.isAsked && host.tasks.some(wants));
    const next = Math.min(this.nextLook, ...due.map(({ nextAt }) => nextAt));
    this.schedule(Math.max(50, next - this.now()));
  }

  private askHosts(): void {
    const isAlone = !this.hasAnswered;
    const waiting = [...this.hosts.values()].filter((host) => !host.isAsked && host.nextAt <= this.now() && host.tasks.some(wants));
    waiting.sort((a, b) => a.nextAt - b.nextAt);
    let asked = [...this.hosts.values()].filter(({ isAsked }) => isAsked).length;
    for (const host of waiting) {
      if (asked >= (isAlone ? 1 : HOSTS_AT_ONCE)) return;
      asked += 1;
      void this.ask(host);
    }
  }

  private async ask(host: HostState): Promise<void> {
    host.isAsked = true;
    const wanted = host.tasks.filter(wants);
    const readsAll = wanted.find(isUnread)?.isLater ?? false; // one question has one tail
    const tasks = wanted.filter((task) => !isUnread(task) || task.isLater === readsAll).slice(0, TASKS_AT_ONCE);
    const { process, stream, since, tail } = this.wish;
    const question: LogQuestion = {
      tasks: tasks.map(({ id, cursor, seen }) => ({ taskId: id, cursor, seen })), processes: process ? [process] : [], stream,
      ...(since && { since }), ...(tail !== undefined && !readsAll && { tail }), follow: true,
      bytesPerTask: Math.max(BYTES_PER_TASK_MIN, Math.min(BYTES_PER_TASK_MAX, Math.floor(BYTES_AT_ONCE / tasks.length))),
    };
    try {
      const answer = await this.sources.readHost(host.name, question, !this.hasAnswered);
      if (this.isStopped) return;
      this.hasAnswered = true;
      this.take(host, answer);
    } catch (error) {
      if (this.isStopped) return;
      this.fail(host, error instanceof ApiError ? error : new ApiError(502, String(error instanceof Error ? error.message : error)));
    } finally {
      host.isAsked = false;
    }
    this.tell();
    this.schedule(0);
  }

  private take(host: HostState, { pieces, states }: LogAnswer): void {
    host.failures = 0;
    host.trouble = "";
    if (states.some(({ processes }) => (processes ?? 0) > 1)) this.hasSeveralProcesses = true; // before their lines are marked
    this.buffer.add(pieces.flatMap((piece) => this.linesOf(host, piece)));
    for (const state of states) this.takeState(host, state);
    const hasMore = host.tasks.some((task) => !task.isOver && task.hasMore);
    const longest = Math.max(IDLE_MS_MAX, this.hosts.size * IDLE_MS_PER_HOST);
    const shortest = Math.max(IDLE_MS_MIN, this.hosts.size * IDLE_MS_PER_HOST);
    host.pauseMs = hasMore ? 0 : pieces.length ? shortest : Math.min(longest, Math.max(shortest, host.pauseMs * 1.3));
    host.nextAt = this.now() + host.pauseMs;
  }

  private takeState(host: HostState, state: LogState): void {
    const task = this.tasks.get(state.taskId);
    if (!task || task.isOver) return;
    host.tasks = [...host.tasks.filter((other) => other !== task), task];
    if (state.error) {
      this.refused.push(`Instance ${task.instance}: ${state.error.message}`);
      task.isOver = true;
      return;
    }
    task.cursor = state.cursor;
    task.seen = state.seen;
    task.hasMore = !!state.hasMore;
    if (!state.hasEnded || state.hasMore) return;
    task.isOver = true;
    this.lookSoon();
  }

  private linesOf(host: HostState, piece: LogPiece): KeptLine[] {
    const task = this.tasks.get(piece.taskId);
    if (!task) return [];
    this.processes.add(piece.process);
    task.at = Math.max(task.at, piece.timeMs ?? 0);
    const from: Origin = {
      colour: task.instance, isError: piece.stream === "stderr",
      mark: this.hasSeveralProcesses || this.processes.size > 1 ? `${task.instance} ${piece.process}` : String(task.instance),
      title: `instance ${task.instance}, process ${piece.process}, ${piece.stream}, on ${host.name}: task ${task.id}`,
    };
    const lines = piece.lines.map((text) => new KeptLine(task.at, piece.timeMs, text, from));
    if (piece.hasLost) lines.unshift(this.note(task.at, task.instance, "lines are missing here: the log was rotated away before it was read"));
    return lines;
  }
  private note(at: number, instance: number, text: string): KeptLine {
    return new KeptLine(at, undefined, text, { mark: String(instance), colour: instance, isNote: true });
  }

  private fail(host: HostState, error: ApiError): void {
    const tasks = count(host.tasks.filter(wants).length, "task");
    const TOO_MANY = 429;
    if (error.status === TOO_MANY) {
      host.nextAt = this.now() + IDLE_MS_MIN + IDLE_MS_MIN * Math.random();
      return;
    }
    if (error.status === 400 || error.status === 401) {
      this.error = error.message;
      return;
    }
    if (error.status >= 400 && error.status < 500) {
      this.refused.push(`Host ${host.name} does not show logs of ${tasks}: ${error.message}`);
      for (const task of host.tasks) task.isOver = true;
      return;
    }
    host.failures += 1;
    host.nextAt = this.now() + Math.min(RETRY_MS_MAX, 1_000 * 2 ** (host.failures - 1));
    if (error.status === 0 || host.failures < TOLD_AFTER) return; // 0: the page says already that nothing answers
    host.trouble = `Host ${host.name} does not answer, so logs of ${tasks} are missing: ${error.message}`;
    for (const task of host.tasks) task.isOver ||= task.isEnded;
  }

  private async look(): Promise<void> {
    this.isListing = true;
    this.nextLook = this.now() + LOOK_MS;
    try {
      const tasks = await this.sources.listTasks(this.wish.instances);
      if (this.isStopped) return;
      this.isSchedulerSilent = false;
      this.takeTasks(tasks);
      this.isListed = true;
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) this.error = error.message;
      this.isSchedulerSilent = this.isListed;
      this.nextLook = this.now() + 2_000;
    } finally {
      this.isListing = false;
    }
    this.tell();
  }

  private takeTasks(all: LoggedTask[]): void {
    const byInstance = new Map<number, LoggedTask[]>();
    for (const task of all) {
      if (this.wish.instances && !this.wish.instances.has(task.instanceId)) continue;
      const own = byInstance.get(task.instanceId);
      if (own) own.push(task);
      else if (byInstance.size < INSTANCES_MAX) byInstance.set(task.instanceId, [task]);
    }
    this.hasActive = false;
    this.waiting = 0;
    for (const [instance, tasks] of byInstance) {
      this.hasActive ||= tasks[0].isActive;
      if (tasks[0].isActive && !isReadable(tasks[0])) this.waiting += 1;
      for (const task of tasks) {
        const known = this.tasks.get(task.taskId);
        if (!known || task.isActive) continue;
        known.isEnded = true;
        if (this.hostOf(known)?.trouble) known.isOver = true;
      }
      this.takeInstance(instance, tasks);
    }
  }

  // The newest with something to read, and all that are newer than the one that is read.
  private takeInstance(instance: number, tasks: LoggedTask[]): void {
    const last = this.followed.get(instance);
    const before = last === undefined ? -1 : tasks.findIndex(({ taskId }) => taskId === last);
    const readable = (before >= 0 ? tasks.slice(0, before) : tasks).filter(isReadable);
    if (last === undefined) {
      if (readable[0]) this.follow(readable[0]);
      return;
    }
    for (const task of readable.reverse()) {
      if (this.tasks.has(task.taskId)) continue;
      const ended = tasks.find(({ taskId }) => taskId === this.followed.get(instance));
      const why = ended && !ended.isActive ? `; before: ${ended.endSentence || ended.status}` : "";
      const old = this.tasks.get(this.followed.get(instance)!);
      this.buffer.add([this.note(old?.at ?? 0, instance, `goes on as task ${task.taskId} on ${task.host}${why}`)]);
      this.follow(task);
    }
  }

  private follow(task: LoggedTask): void {
    const state: TaskState = { id: task.taskId, instance: task.instanceId, hasMore: true, isLater: this.isListed, isOver: false, isEnded: !task.isActive, at: 0 };
    this.tasks.set(task.taskId, state);
    this.followed.set(task.instanceId, task.taskId);
    const name = task.host!;
    const host = this.hosts.get(name) ?? { name, tasks: [], failures: 0, trouble: "", isAsked: false, pauseMs: 0, nextAt: 0 };
    host.tasks.push(state);
    if (!host.failures) host.nextAt = 0;
    this.hosts.set(name, host);
  }
}

// "0-3, 7": which instances. Throws an Error that says what is wrong.
export function parseInstances(text: string): Set<number> {
  const instances = new Set<number>();
  for (const part of text.split(",").map((piece) => piece.trim()).filter(Boolean)) {
    const match = /^(\d{1,7})(?:\s*-\s*(\d{1,7}))?$/.exec(part);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!match || last < first) throw new Error(`“${part.slice(0, 40)}” names no instances; write numbers and ranges, as in 0-3, 7`);
    if (instances.size + last - first + 1 > INSTANCES_MAX) throw new Error(`Logs of at most ${INSTANCES_MAX} instances are read at once`);
    for (let i = first; i <= last; i += 1) instances.add(i);
  }
  return instances;
}
