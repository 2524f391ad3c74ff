// A cron job on its page: what it follows, when it runs next, what came of its last runs, and a run now.

import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { relativeTime, utcTime, zoneTime } from "../format";
import { useLive, useTick } from "../live";
import type { CronJob, CronJobDetails, CronRun, JobKey } from "../types";
import { Ago, Facts, LiveState, Moment, Panel, Status } from "./Basics";
import { ConfigTable } from "./Config";
import { Confirm } from "./Confirm";
import { type Column, Table } from "./Table";

const keyText = ({ role, environment, name }: JobKey) => `${role}/${environment}/${name}`;
const tasks = (count: number) => (count === 1 ? "one task" : `${count} tasks`);

// "03/14 02:30 Europe/Berlin (in 3 hours)", in UTC on hover.
export function NextRun({ at, zone }: { at?: number; zone: string }) {
  useTick(5000);
  if (!at) return <span class="muted">none</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={utcTime(at)}>
      {zoneTime(at, zone)} ({relativeTime(at, Date.now())})
    </time>
  );
}

export const LastRun = ({ run }: { run?: CronRun }) =>
  run ? <><Status tone={run.tone}>{run.outcome}</Status> <Ago at={run.dueMs} /></> : <span class="muted">never</span>;

function consequence(job: CronJob): string {
  const begins = `${tasks(job.instanceCount)} of ${keyText(job.key)} will be made`;
  if (job.waitsSinceMs) return "A run waits for the tasks before it to end; another one will not begin.";
  if (!job.activeTaskCount) return `${begins[0].toUpperCase()}${begins.slice(1)} now. The schedule stays as it is.`;
  return job.collisionPolicy === "KILL_EXISTING"
    ? `The job's active tasks (${job.activeTaskCount}) will be killed first; once they have ended, ${begins}. The schedule stays as it is.`
    : `Nothing will happen as long as tasks of the job are active (${job.activeTaskCount}): its collision policy is ${job.collisionPolicy}.`;
}

function StartNow({ job }: { job: CronJob }) {
  const cluster = useLive(scheduler.cluster, [], 60_000).data;
  const [isAsking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState("");
  const act = async () => setOutcome((await scheduler.startCronJob(job.key)).message);
  return (
    <span class="action">
      {outcome && <span class="muted" role="status">{outcome}</span>}
      <button onClick={() => { setOutcome(""); setAsking(true); }}>Start now</button>
      {isAsking && (
        <Confirm
          title={`Start a run of ${keyText(job.key)} now`} go="Start now" act={act} onClose={() => setAsking(false)}
          command={`aurora cron start ${cluster?.clusterName ?? "CLUSTER"}/${keyText(job.key)}`}
        >
          <p>{consequence(job)}</p>
        </Confirm>
      )}
    </span>
  );
}

const RUNS: Column<CronRun>[] = [
  { title: "Due", role: "main", cell: ({ dueMs }) => <Moment at={dueMs} /> },
  { title: "Outcome", cell: ({ tone, outcome }) => <Status tone={tone}>{outcome}</Status> },
  { title: "Asked by", cell: ({ user }) => user || "schedule" },
  { title: "Message", role: "wide", cell: ({ message }) => message },
];

function Details({ job }: { job: CronJobDetails }) {
  const isOther = job.canonicalSchedule && job.canonicalSchedule !== job.schedule;
  const [first, ...rest] = job.nextRunsMs;
  return (
    <>
      {job.problem && <div class="error" role="alert">This job does not run: {job.problem}</div>}
      <Facts
        rows={[
          ["Cron Schedule", <code>{job.schedule}</code>],
          ["That is", isOther && <code>{job.canonicalSchedule}</code>],
          ["Time Zone", job.timeZone],
          ["Collision Policy", job.collisionPolicy],
          ["# Instances", job.instanceCount],
          ["Next Cron Run", !job.problem && <NextRun at={first} zone={job.timeZone} />],
          ["Then", rest.length > 0 && rest.map((at) => <div key={at}><NextRun at={at} zone={job.timeZone} /></div>)],
          ["Waits", job.waitsSinceMs && <>for the tasks before it to end, since <Ago at={job.waitsSinceMs} /></>],
          ["Scheduled by", <>{job.user} <Ago at={job.scheduledAtMs} /></>],
        ]}
      />
      <h3>Last Runs</h3>
      {job.runs.length
        ? <Table columns={RUNS} rows={job.runs} keyOf={({ dueMs, outcome, startedAtMs }) => `${dueMs} ${outcome} ${startedAtMs}`} label="Last Runs" />
        : <p class="muted">It has not run yet.</p>}
    </>
  );
}

export function CronPanel({ job: key }: { job: JobKey }) {
  const live = useLive(() => scheduler.cronJob(key), key, 2000);
  return (
    <Panel title="Cron Job Configuration" aside={live.data && <StartNow job={live.data} />}>
      <LiveState live={live} what="Error fetching cron job summary" />
      {live.data && <Details job={live.data} />}
    </Panel>
  );
}

// What its next run will be made of.
export function CronConfiguration({ job: key }: { job: JobKey }) {
  const live = useLive(() => scheduler.cronJob(key), key, 10_000);
  if (!live.data) return <LiveState live={live} what="Error fetching cron job summary" />;
  return <ConfigTable group={{ config: live.data.taskConfig, instances: [{ first: 0, last: live.data.instanceCount - 1 }] }} />;
}

const jobUrl = ({ role, environment, name }: JobKey) => `/scheduler/${role}/${environment}/${name}`;

const JOBS: Column<CronJob>[] = [
  { title: "Cron Job", role: "main", cell: ({ key }) => <a href={jobUrl(key)}>{key.environment}/{key.name}</a> },
  { title: "Schedule", cell: ({ schedule }) => <code>{schedule}</code> },
  {
    title: "Next Run",
    cell: ({ nextRunsMs, timeZone, problem }) => (problem ? <span class="tone-failed" title={problem}>does not run</span> : <NextRun at={nextRunsMs[0]} zone={timeZone} />),
  },
  { title: "Last Run", cell: ({ lastRun }) => <LastRun run={lastRun} /> },
];

const LISTED = 100;

// Nothing when the role has none.
export function CronJobs({ role, environment }: { role: string; environment?: string }) {
  const live = useLive(() => scheduler.cronJobs({ role, limit: LISTED }), [role], 5000);
  const jobs = live.data?.cronJobs.filter(({ key }) => !environment || key.environment === environment) ?? [];
  if (!jobs.length) return null;
  const left = live.data!.total - LISTED;
  return (
    <Panel title="Cron Jobs">
      <Table columns={JOBS} rows={jobs} keyOf={({ key }) => keyText(key)} label="Cron Jobs" />
      {left > 0 && <p class="muted">The first {LISTED} of the role. All of them are among the jobs below; search for “cron”.</p>}
    </Panel>
  );
}
