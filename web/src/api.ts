// The only file with URLs and fetch. Paths are the API's; a failed call throws ApiError with the API's own message.

import type { ClusterEvent } from "./events";
import type { LoggedTask, LogQuestion } from "./jobLogs";
import { type LogAnswer, parseLogAnswer } from "./logFrames";
import type {
  Chunk, CronJob, CronJobDetails, Exec, Explanation, ExecutorHost, Found, Host, HostMaintenance, HostModes, HostNeighbours, HostTask, HostTaskDetails, HostUsagePoint, HostUse, InstanceHistory, Job, JobKey, JobSla, JobSummary, JobUsagePoint, Listing,
  LiveProcess, LogLines, Overview, PendingGroup, ProcessRun,
  RefusedHost,
  ResourceTotals, RoleSummary, Task, TaskHealth, TaskPage, TaskRows, TaskUsage, UpdateDetails, UpdateSummary,
} from "./types";

export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | undefined | string[]>;

function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === "") continue;
    if (Array.isArray(value)) value.forEach((item) => params.append(name, item));
    else params.append(name, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}

const ANSWER_MS_MAX = 10_000;
const TYPING_MS_MAX = 300_000; // while the browser asks a person for the secret

// Who wants to know whether the server answers: told after each call.
let listeners: ((isReached: boolean) => void)[] = [];
export function onContact(listener: (isReached: boolean) => void): () => void {
  listeners = [...listeners, listener];
  return () => (listeners = listeners.filter((other) => other !== listener));
}
const tell = (isReached: boolean) => listeners.forEach((listener) => listener(isReached));

const get = <T,>(path: string, query: Query = {}, answerMsMax = ANSWER_MS_MAX) => call<T>(path + queryString(query), {}, answerMsMax);
// Something is changed: the browser may ask a person for the secret first.
const post = <T,>(path: string, body: unknown) =>
  call<T>(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }, TYPING_MS_MAX);

async function call<T>(url: string, init: RequestInit, answerMsMax: number): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await callForBytes(url, init, answerMsMax))) as T;
}

async function callForBytes(url: string, init: RequestInit, answerMsMax: number): Promise<Uint8Array> {
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(url, {
      ...init, headers: { Accept: "application/json", ...init.headers }, signal: AbortSignal.timeout(answerMsMax),
    });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    tell(false);
    throw new ApiError(0, "No answer from the server; trying again.");
  }
  tell(true);
  if (response.ok) return bytes;
  let message = `${response.status} ${response.statusText}`;
  try {
    message = (JSON.parse(new TextDecoder().decode(bytes)) as { message: string }).message;
  } catch {
    // Not one of our errors: the status line says what there is to say.
  }
  throw new ApiError(response.status, message);
}

// Gives what the API says of what was done.
const act = async (path: string, body: unknown) => (await post<{ message?: string }>(path, body)).message ?? "Done.";

// A shell in a sandbox, opened at an address of the API. The browser asks for the secret when an ordinary request is refused,
// and sends it along with a WebSocket from then on; and such a request is told why, which a WebSocket is not.
export async function openShell(path: string, size: { rows: number; columns: number }): Promise<WebSocket> {
  const UPGRADE_REQUIRED = 426;
  try {
    await get(path, size, TYPING_MS_MAX);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== UPGRADE_REQUIRED) throw error;
  }
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${path}${queryString(size)}`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onclose = () => reject(new ApiError(0, "the connection was refused; the host may have too many shells open"));
  });
  return socket;
}

const e = encodeURIComponent;
const jobPath = (key: JobKey) => `${e(key.role)}/${e(key.environment)}/${e(key.name)}`;

// Configurations come once each, by hash; an answer has a bound of bytes, so a page of large ones takes several.
async function tasksOf(query: Query): Promise<TaskPage> {
  const limit = Number(query.limit ?? 100);
  const first = Number(query.offset ?? 0);
  const tasks: Task[] = [];
  for (;;) {
    const page = await get<TaskPage>("/v1/tasks", { ...query, configs: "byHash", offset: first + tasks.length, limit: limit - tasks.length });
    tasks.push(...page.tasks.map((task) => ({ ...task, task: page.configs?.[task.configHash] ?? task.task })));
    if (page.nextOffset === undefined || page.tasks.length === 0 || tasks.length >= limit) return { ...page, tasks };
  }
}

// Of lists of tasks: what their rows show, and no more.
const ROW_FIELDS = [
  "taskId", "instanceId", "status", "statusTone", "isActive", "host", "taskUrl", "runningFrom", "runningUntil", "statusReason", "waitReason", "startsAgainAt", "endSentence",
  "stderrUrl", "taskEvents.timestamp",
].join();

// Of some instances of a job, the newest first, and no more than so many pages of them.
async function loggedTasks(key: JobKey, instances: number[]): Promise<LoggedTask[]> {
  const PAGES_MAX = 3;
  const tasks: LoggedTask[] = [];
  for (let pages = 0, offset: number | undefined = 0; offset !== undefined && pages < PAGES_MAX; pages += 1) {
    const page: { tasks: LoggedTask[]; nextOffset?: number } = await get("/v1/tasks", {
      ...key, instance: instances.map(String), order: "newest", fields: "taskId,instanceId,status,isActive,host,taskUrl,endSentence", offset, limit: 1000,
    });
    tasks.push(...page.tasks);
    offset = page.tasks.length ? page.nextOffset : undefined;
  }
  return tasks;
}

export const scheduler = {
  cluster: () => get<{ clusterName: string; version: string; statsUrlPrefix: string; statusMeanings: Record<string, string> }>("/v1/cluster"),
  roles: (query: Query) => get<{ roles: RoleSummary[]; total: number }>("/v1/roles", query),
  role: (role: string) => get<{ role: string; resources: Record<string, ResourceTotals> }>(`/v1/roles/${e(role)}`),
  jobs: (query: Query) => get<{ jobs: JobSummary[]; total: number }>("/v1/jobs", query),
  job: (key: JobKey) => get<Job>(`/v1/jobs/${jobPath(key)}`),
  explainJob: (key: JobKey) => get<Explanation>(`/v1/jobs/${jobPath(key)}:explain`),
  explainTask: (id: string) => get<Explanation>(`/v1/tasks/${e(id)}:explain`),
  jobUsage: (key: JobKey) => get<{ points: JobUsagePoint[] }>(`/v1/jobs/${jobPath(key)}/usage`),
  hostUsage: (hosts: string[]) => get<{ hosts: HostUse[] }>("/v1/hostUsage", { host: hosts }),
  jobSla: (key: JobKey) => get<JobSla>(`/v1/jobs/${jobPath(key)}/sla`, { fields: "jobUptimes,platformUptimePercent,windowSecs" }),
  tasks: (key: JobKey, query: Query) => tasksOf({ ...key, ...query }),
  taskRows: (key: JobKey, query: Query) => get<TaskRows>("/v1/tasks", { ...key, ...query, fields: ROW_FIELDS }),
  task: (id: string) => get<Task>(`/v1/tasks/${e(id)}`),
  hostTasks: (host: string) => get<HostNeighbours>("/v1/tasks", { host, status: "RUNNING", limit: 50, fields: "taskId,instanceId,task.job" }),
  updates: (query: Query) => get<{ updates: UpdateSummary[]; total: number }>("/v1/updates", query),
  update: (key: JobKey, id: string) => get<UpdateDetails>(`/v1/updates/${jobPath(key)}/${e(id)}`, { instanceEvents: false }),
  updatedInstances: (key: JobKey, id: string, query: Query) =>
    get<{ instances: InstanceHistory[]; total: number }>(`/v1/updates/${jobPath(key)}/${e(id)}/instances`, query),
  loggedTasks,
  // `mayAsk`: the browser may ask a person for the secret, if the host wants one.
  hostLogs: async (host: string, question: LogQuestion, mayAsk: boolean): Promise<LogAnswer> =>
    parseLogAnswer(await callForBytes(`/v1/hosts/${e(host)}/logs:read`, {
      method: "POST", body: JSON.stringify(question), headers: { "Content-Type": "application/json" },
    }, mayAsk ? TYPING_MS_MAX : 2 * ANSWER_MS_MAX)),
  shellPath: (key: JobKey, instance: string) => `/v1/jobs/${jobPath(key)}/${e(instance)}:exec`,
  maintenance: (query: Query) => get<{ hosts: HostMaintenance[]; total: number }>("/v1/maintenance", query),
  drain: (host: string, policy: unknown, timeoutSecs: number) => post<HostModes>("/v1/maintenance/drain", { hosts: [host], policy, timeoutSecs }),
  activate: (host: string) => post<HostModes>("/v1/maintenance/end", { hosts: [host] }),
  cronJobs: (query: Query) => get<{ cronJobs: CronJob[]; total: number }>("/v1/cron", query),
  cronJob: (key: JobKey) => get<CronJobDetails>(`/v1/jobs/${jobPath(key)}/cron`),
  startCronJob: (key: JobKey) => post<{ message: string }>(`/v1/jobs/${jobPath(key)}/cron/start`, {}),
  pending: (query: Query) => get<{ pending: PendingGroup[]; total: number }>("/v1/pendingGroups", query),
  kill: (key: JobKey, instances: number[]) => act(`/v1/jobs/${jobPath(key)}/kill`, { instances }),
  restart: (key: JobKey, instances: number[]) => act(`/v1/jobs/${jobPath(key)}/restart`, { instances }),
  controlUpdate: (key: JobKey, id: string, verb: "pause" | "resume" | "abort" | "rollback") =>
    act(`/v1/updates/${jobPath(key)}/${e(id)}/${verb}`, {}),
  overview: () => get<Overview>("/v1/overview"),
  lastEvents: (limit: number) => get<{ events: ClusterEvent[] }>("/v1/events", { limit }),
  search: (text: string) => get<Found>("/v1/search", { text }),
  hosts: (query: Query) => get<{ hosts: Host[]; total: number; refused: RefusedHost[] }>("/v1/hosts", query),
};

const taskPath = (id: string) => `/v1/tasks/${e(id)}`;

export const executor = {
  host: () => get<ExecutorHost>("/v1/host"),
  tasks: (state: "active" | "finished", offset: number, limit: number) =>
    get<{ tasks: HostTask[]; total: number }>("/v1/tasks", { state, offset, limit }),
  task: (id: string) => get<HostTaskDetails>(taskPath(id)),
  health: (id: string) => get<TaskHealth>(`${taskPath(id)}/health`),
  lines: (id: string) => (query: Query) => get<LogLines>(`${taskPath(id)}/logs`, query),
  tree: (id: string) => get<{ processes: LiveProcess[] }>(`${taskPath(id)}/tree`),
  hostUsage: () => get<{ points: HostUsagePoint[] }>("/v1/host/usage"),
  usage: (id: string) => get<TaskUsage>(`${taskPath(id)}/usage`),
  shellPath: (id: string) => `${taskPath(id)}:exec`,
  execs: (id: string) => get<{ execs: Exec[] }>(`${taskPath(id)}/execs`),
  process: (id: string, process: string) =>
    get<{ name: string; cmdline: string; runs: ProcessRun[] }>(`${taskPath(id)}/processes/${e(process)}`),
  log: (id: string, process: string, run: string, stream: string) => (offset: number, length: number) =>
    get<Chunk>(`${taskPath(id)}/processes/${e(process)}/runs/${e(run)}/${e(stream)}`, { offset, length }),
  // Paths of files come percent-encoded: their bytes may be no text.
  files: (id: string, encoded: string, page: { offset: number; limit: number }) => get<Listing>(`${taskPath(id)}/files/${encoded}`, page),
  file: (id: string, encoded: string) => (offset: number, length: number) =>
    get<Chunk | Listing>(`${taskPath(id)}/files/${encoded}`, { offset, length }),
  downloadUrl: (id: string, encoded: string) => `/download/${e(id)}/${encoded}`,
};

export const encodePath = (path: string) => path.split("/").map(e).join("/");
