// Shapes of the JSON API (/v1/openapi.json). Times are milliseconds since the epoch.

export interface JobKey {
  role: string;
  environment: string;
  name: string;
}

// What a colour means; the API decides which status has which tone.
export type Tone = "ok" | "attention" | "failed" | "progress" | "neutral";

export interface Resources {
  cpus: number;
  ramMb: number;
  diskMb: number;
  gpus: number;
  ports: string[];
}

export interface ResourceTotals {
  cpus: number;
  ramMb: number;
  diskMb: number;
  gpus: number;
  ports: number;
  revocableCpus: number;
}

export interface Constraint {
  name: string;
  constraint: { value?: { negated: boolean; values: string[] }; limit?: { limit: number } };
}

export interface TaskConfig {
  job: JobKey;
  owner: { user: string };
  isService: boolean;
  priority: number;
  maxTaskFailures: number;
  production: boolean;
  tier: string;
  resources: Resources;
  constraints: Constraint[];
  taskLinks: Record<string, string>;
  contactEmail?: string;
  executorConfig?: { name: string; data: string };
  metadata: { key: string; value: string }[];
  partitionPolicy?: { reschedule: boolean; delaySecs: number };
  slaPolicy?: Record<string, Record<string, number | string>>;
  container: Record<string, unknown>;
}

export interface TaskEvent {
  timestamp: number;
  status: string;
  message?: string;
  scheduler?: string;
  tone?: Tone;
}

export interface Task {
  taskId: string;
  instanceId: number;
  configHash: string;
  task: TaskConfig;
  status: string;
  host: string;
  assignedPorts: Record<string, number>;
  failureCount: number;
  ancestorId?: string;
  taskEvents: TaskEvent[];
  statusReason?: string; // in the original's words
  waitReason?: string; // what it waits for, in one sentence
  startsAgainAt?: number; // of a throttled one
  endSentence?: string; // why it ended, in one sentence
  stderrUrl?: string; // of the process that decided its end
  statusTone: Tone;
  isActive: boolean;
  taskUrl?: string;
  runningFrom?: number; // when it was RUNNING first
  runningUntil?: number; // what followed
}

// What a row of a list shows.
export type TaskRow = Pick<Task,
  "taskId" | "instanceId" | "status" | "statusTone" | "isActive" | "host" | "taskUrl" | "runningFrom" | "runningUntil" | "statusReason" | "waitReason" | "startsAgainAt" | "endSentence" | "stderrUrl"
> & { taskEvents: { timestamp: number }[] };

export interface HostNeighbours {
  tasks: { taskId: string; instanceId: number; task: { job: JobKey } }[];
  total: number;
}

export interface TaskRows extends Omit<TaskPage, "tasks" | "configs"> {
  tasks: TaskRow[];
}

export interface TaskPage {
  tasks: Task[];
  configs?: Record<string, TaskConfig>; // of the tasks, by configHash
  total: number;
  nextOffset?: number; // where the next page begins, if there is more
  statuses?: { status: string; tone: Tone; count: number }[]; // of all tasks that the list is about
}

export interface RoleSummary {
  role: string;
  jobCount: number;
  cronJobCount: number;
}

export interface JobSummary {
  key: JobKey;
  jobType: string;
  production: boolean;
  tier: string;
  priority: number;
  instanceCount: number;
  stats: {
    pendingTaskCount: number;
    activeTaskCount: number;
    finishedTaskCount: number;
    failedTaskCount: number;
  };
  isUnstable: boolean;
  updateKey?: UpdateKey;
  contactEmail?: string;
  cronSchedule?: string;
  nextCronRunMs?: number;
}

export interface CronRun {
  dueMs: number;
  startedAtMs: number;
  outcome: string;
  tone: Tone;
  user: string; // empty: the clock
  message: string;
}

export interface CronJob {
  key: JobKey;
  schedule: string;
  canonicalSchedule: string;
  collisionPolicy: string;
  timeZone: string;
  instanceCount: number;
  activeTaskCount: number;
  nextRunsMs: number[];
  waitsSinceMs?: number;
  lastRun?: CronRun;
  user: string;
  scheduledAtMs: number;
  problem: string; // why it does not run; empty: nothing is wrong
}

export interface CronJobDetails extends CronJob {
  runs: CronRun[]; // the latest first
  taskConfig: TaskConfig; // of the next run
}

export interface InstanceRange {
  first: number;
  last: number;
}

export interface ConfigGroup {
  config: TaskConfig;
  instances: InstanceRange[];
}

export interface JobSla {
  jobUptimes: { percent: number; secs: number }[];
  platformUptimePercent: number;
  windowSecs: number;
}

export interface Job extends JobSummary {
  configGroups: ConfigGroup[];
}

export interface UpdateKey {
  job: JobKey;
  id: string;
}

export interface UpdateSummary {
  key: UpdateKey;
  user: string;
  status: string;
  isActive: boolean;
  tone: Tone;
  createdTimestampMs: number;
  lastModifiedTimestampMs: number;
  metadata: { key: string; value: string }[];
  instancesTotal: number;
  instancesUpdated: number;
}

export interface UpdateEvent {
  status: string;
  timestampMs: number;
  user?: string;
  message?: string;
  tone?: Tone;
}

export interface InstanceUpdateEvent {
  instanceId: number;
  timestampMs: number;
  action: string;
  message?: string;
  tone?: Tone;
}

export interface Explanation {
  subject: string;
  now: string;
  waits: { kind: string; text: string; untilMs?: number }[];
  story: { atMs: number; text: string; taskId: string }[]; // oldest first
  leftOut: number; // older ones
}

export interface InstanceHistory {
  instanceId: number;
  events: InstanceUpdateEvent[]; // oldest first, never empty
  stderrUrl?: string; // of the run that failed it
}

export interface UpdateDetails extends UpdateSummary {
  instructions: {
    initialState: { task: TaskConfig; instances: InstanceRange[] }[];
    desiredState?: { task: TaskConfig; instances: InstanceRange[] };
    settings: {
      maxPerInstanceFailures: number;
      maxFailedInstances: number;
      minWaitInInstanceRunningMs: number;
      rollbackOnFailure: boolean;
      slaAware: boolean;
      blockIfNoPulsesAfterMs: number;
      updateOnlyTheseInstances: InstanceRange[];
      updateStrategy?: {
        queueStrategy?: { groupSize: number };
        batchStrategy?: { groupSize: number; autopauseAfterBatch: boolean };
        varBatchStrategy?: { groupSizes: number[]; autopauseAfterBatch: boolean };
      };
    };
  };
  updateEvents: UpdateEvent[];
  instances: { instanceId: number; state: string; tone: Tone }[];
}

export interface Host {
  host: string;
  agentId: string;
  executorUrl: string;
  attributes: Record<string, string[]>;
  mode: string;
  capacity: ResourceTotals;
  available: ResourceTotals;
  taskCount: number;
  unknownTaskCount: number;
  isConnected: boolean;
  lastSeenMs: number;
}

// What is left of a host in maintenance, and what holds it up.
export interface HostMaintenance {
  host: string;
  mode: string;
  drain?: { timeoutSecs: number; created: number; user: string };
  forcedAtMs?: number;
  taskCount: number;
  unknownTaskCount: number;
  tasks: { taskId: string; instance: string; status: string; isLeaving: boolean; why: string; againAtMs?: number }[];
}
export interface HostModes {
  statuses: { host: string; mode: string }[];
  unknown: string[];
}

export interface RefusedHost {
  host: string;
  why: string;
  lastSeenMs: number;
}

// --- the executor's own pages

// What a task or process used; CPU since the point before, disk of tasks only.
export interface UsagePoint {
  atMs: number;
  cpu: number;
  ramBytes: number;
  diskBytes: number;
  threads: number;
}
export interface CheckResult {
  timestampMs: number;
  durationMs: number;
  outcome: "PASSED" | "FAILED" | "FORGIVEN" | "SNOOZED";
  reason?: string;
}
export interface TaskHealth {
  isChecked: boolean;
  check?: "http" | "shell";
  port?: number;
  endpoint?: string;
  command?: string;
  initialIntervalMs?: number;
  intervalMs?: number;
  timeoutMs?: number;
  maxConsecutiveFailures?: number;
  state?: "STARTING" | "HEALTHY" | "UNHEALTHY";
  isOver?: boolean;
  consecutiveFailures?: number;
  consecutiveSuccesses?: number;
  results: CheckResult[];
}
export interface LogLine {
  process: string;
  run: number;
  stream: "stdout" | "stderr";
  timeMs?: number;
  text: string;
  cutBytes?: number;
  hasBegunBefore?: boolean;
  isUnfinished?: boolean;
  isMatch?: boolean;
  beginsGroup?: boolean;
}
export interface LogLines {
  lines: LogLine[];
  cursor: string;
  hasMore: boolean;
}
export interface LiveProcess {
  pid: number;
  parent: number;
  depth: number;
  process?: string;
  command: string;
  state: string;
  startMs: number;
  cpuSecs: number;
  ramBytes: number;
  threads: number;
}
export interface TaskUsage {
  task: UsagePoint[];
  processes: Record<string, UsagePoint[]>;
}

// At the end of a step of 20 s; what its instances use is not known of all.
export interface JobUsagePoint {
  atMs: number;
  up: number;
  leastUp: number; // at any moment of the step
  restarts: number;
  cpu?: number;
  ramBytes?: number;
}
export interface HostUsagePoint {
  atMs: number;
  cpu: number;
  ramBytes: number;
  reservedCpu: number;
  reservedRamMb: number;
}
export interface HostUse {
  host: string;
  tasks: number;
  cpu: number;
  ramBytes: number;
  atMs: number;
}

export interface ExecutorHost {
  host: string;
  agentId: string;
  version: string;
  runsTasksAs: string;
  schedulerUrl: string;
  schedulerTrouble: string;
  resources: { name: string; unit: string; detected?: number; reserved: number; offered: number; detail: string }[];
  isolation: { name: string; inForce: boolean; detail: string }[];
}

export interface HostTask {
  taskId: string;
  role: string;
  environment: string;
  name: string;
  instance: number;
  user: string;
  state: string;
  isActive: boolean;
  tone: Tone;
  launchTimestampMs: number;
  cpu: number;
  ramBytes: number;
  diskBytes: number;
  collectedMs?: number; // since then sandbox and logs are gone
  ports: Record<string, number>;
  gpus?: string[]; // device files that are its own
  message: string;
  endSentence?: string;
  endReason?: { process?: string; run?: number };
}

export interface ProcessRun {
  name: string;
  run: number;
  runs: number;
  state: string;
  tone: Tone;
  startMs?: number;
  stopMs?: number;
  returnCode?: number;
  detail?: string; // why it could not be started
  cpu?: number;
  ramBytes?: number;
  userSecs?: number;
  systemSecs?: number;
  threads?: number;
  cmdline: string;
}

export interface HostTaskDetails extends HostTask {
  hostname: string;
  sandbox: string;
  statuses: { state: string; timestampMs: number }[];
  processes: ProcessRun[];
  task: unknown;
}

// A command that somebody ran in the sandbox; none: a shell.
export interface Exec {
  id: string;
  who: string;
  command: string[];
  hasTerminal: boolean;
  beganAtMs: number;
  endedAtMs?: number;
  exitCode?: number;
  signal?: string;
  reason: string;
  isRunning: boolean;
}

export interface FileEntry {
  name: string;
  encodedName: string; // its bytes, as they go into an address: a name may be no text
  isDirectory: boolean;
  size: number;
  mode: string;
  owner: string;
  modifiedMs: number;
}

export interface Chunk {
  data: string;
  offset: number;
  length: number;
  size: number;
  fileId: string; // another one when the file was replaced
}

export interface Listing {
  path: string;
  entries?: FileEntry[];
  total: number;
  isWhole: boolean;
}

// Tasks of one configuration that wait for a host.
export interface PendingGroup {
  job: JobKey;
  tasks: number;
  instances: InstanceRange[];
  since: number;
  tier: string;
  priority: number;
  resources: { cpus: number; ramMb: number; diskMb: number; gpus: number; ports: string[] };
  pendingReason?: { sentence: string };
}

// Worst first.
export type Trouble = "FAILED" | "FLAPPING" | "UNSTABLE" | "WAITING";
export interface TroubledJob {
  key: JobKey;
  trouble: Trouble;
  taskCount: number;
  activeTaskCount: number;
  production: boolean;
  sinceMs?: number;
  reason: string;
}
export interface RoleUse {
  role: string;
  use: ResourceTotals;
  share: number;
}
export interface Overview {
  tasks: Record<string, number>;
  troubledJobCounts: Record<Trouble, number>;
  troubledJobs: TroubledJob[];
  activeUpdateCount: number;
  hostCount: number;
  connectedHostCount: number;
  missingHosts: { host: string; sinceMs?: number }[];
  drainingHostCount: number;
  drainingHosts: string[];
  capacity: ResourceTotals;
  available: ResourceTotals;
  roles: RoleUse[];
}
export interface Found {
  roles: string[];
  jobs: JobKey[];
  hosts: string[];
  updates: { job: JobKey; id: string }[];
  taskId?: string;
  taskInstance?: string;
}
