// The only file with URLs and fetch. Paths are the API's; a failed call throws ApiError with the API's own message.

import type {
  Chunk, ExecutorHost, Host, HostTask, HostTaskDetails, Job, JobKey, JobSummary, Listing, ProcessRun, ResourceTotals,
  Task, UpdateDetails, UpdateSummary,
} from "./types";

export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

type Query = Record<string, string | number | boolean | undefined | string[]>;

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

async function get<T>(path: string, query: Query = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path + queryString(query), { headers: { Accept: "application/json" } });
  } catch {
    throw new ApiError(0, "No answer from the server; trying again.");
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  let message = `${response.status} ${response.statusText}`;
  try {
    message = (JSON.parse(text) as { message: string }).message;
  } catch {
    // Not one of our errors: the status line says what there is to say.
  }
  throw new ApiError(response.status, message);
}

const e = encodeURIComponent;
const jobPath = (key: JobKey) => `${e(key.role)}/${e(key.environment)}/${e(key.name)}`;

export const scheduler = {
  cluster: () => get<{ clusterName: string; version: string }>("/v1/cluster"),
  roles: (search: string, offset: number, limit: number) =>
    get<{ roles: { role: string; jobCount: number; cronJobCount: number }[]; total: number }>("/v1/roles", {
      search, offset, limit,
    }),
  role: (role: string) => get<{ role: string; resources: Record<string, ResourceTotals> }>(`/v1/roles/${e(role)}`),
  jobs: (role: string, environment: string | undefined, search: string, sort: string, offset: number, limit: number) =>
    get<{ jobs: JobSummary[]; total: number }>("/v1/jobs", { role, environment, search, sort, offset, limit }),
  job: (key: JobKey) => get<Job>(`/v1/jobs/${jobPath(key)}`),
  tasks: (key: JobKey, query: Query) => get<{ tasks: Task[]; total: number }>("/v1/tasks", { ...key, ...query }),
  task: (id: string) => get<Task>(`/v1/tasks/${e(id)}`),
  hostTasks: (host: string) =>
    get<{ tasks: Task[]; total: number }>("/v1/tasks", { host, status: "RUNNING", limit: 50 }),
  updates: (query: Query) => get<{ updates: UpdateSummary[]; total: number }>("/v1/updates", query),
  update: (key: JobKey, id: string) => get<UpdateDetails>(`/v1/updates/${jobPath(key)}/${e(id)}`),
  hosts: (offset: number, limit: number) => get<{ hosts: Host[]; total: number }>("/v1/hosts", { offset, limit }),
};

const taskPath = (id: string) => `/v1/tasks/${e(id)}`;

export const executor = {
  host: () => get<ExecutorHost>("/v1/host"),
  tasks: (state: "active" | "finished", offset: number, limit: number) =>
    get<{ tasks: HostTask[]; total: number }>("/v1/tasks", { state, offset, limit }),
  task: (id: string) => get<HostTaskDetails>(taskPath(id)),
  process: (id: string, process: string) =>
    get<{ name: string; cmdline: string; runs: ProcessRun[] }>(`${taskPath(id)}/processes/${e(process)}`),
  log: (id: string, process: string, run: number, stream: string) => (offset: number, length: number) =>
    get<Chunk>(`${taskPath(id)}/processes/${e(process)}/runs/${run}/${stream}`, { offset, length }),
  files: (id: string, path: string) => get<Listing>(`${taskPath(id)}/files/${encodePath(path)}`),
  file: (id: string, path: string) => (offset: number, length: number) =>
    get<Chunk>(`${taskPath(id)}/files/${encodePath(path)}`, { offset, length }),
  downloadUrl: (id: string, path: string) => `/download/${e(id)}/${encodePath(path)}`,
};

export const encodePath = (path: string) => path.split("/").map(e).join("/");
