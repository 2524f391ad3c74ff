// How the cluster is: what is wrong first, then what goes on, how full it is and by whom.

import { scheduler } from "../api";
import { Ago, cpuText, LiveState, PageHead, Panel, ramText, Status, UseBar } from "../components/Basics";
import { type Column, Table } from "../components/Table";
import { UpdateTable } from "../components/UpdateRow";
import type { ClusterEvent } from "../events";
import { useLive } from "../live";
import type { JobKey, Overview, RoleUse, Tone, Trouble, TroubledJob } from "../types";

const UPDATES_SHOWN = 5;
const EVENTS_SHOWN = 15;

const jobText = ({ role, environment, name }: JobKey) => `${role}/${environment}/${name}`;
const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

const TROUBLES: Record<Trouble, { tone: Tone; what: (job: TroubledJob) => string; of: (jobs: number) => string }> = {
  FAILED: { tone: "failed", what: () => "has failed, nothing runs", of: (n) => `${count(n, "job")} failed` },
  FLAPPING: { tone: "failed", what: ({ taskCount, activeTaskCount }) => `${taskCount} of ${activeTaskCount} end again and again`, of: (n) => `${n} flapping` },
  UNSTABLE: { tone: "attention", what: ({ activeTaskCount }) => `one of ${activeTaskCount} failed a short time ago`, of: (n) => `${n} unstable` },
  WAITING: { tone: "attention", what: ({ taskCount, activeTaskCount }) => `${taskCount} of ${activeTaskCount} wait for a host`, of: (n) => `${n} waiting` },
};

const TROUBLED: Column<TroubledJob>[] = [
  { title: "", cell: ({ trouble }) => <Status tone={TROUBLES[trouble].tone}>{trouble}</Status> },
  { title: "Job", role: "main", cell: ({ key, production }) => <><a href={`/scheduler/${jobText(key)}`}>{jobText(key)}</a>{production && <span class="muted"> production</span>}</> },
  { title: "What", cell: (job) => TROUBLES[job.trouble].what(job) },
  { title: "Since", cell: ({ sinceMs }) => <Ago at={sinceMs} /> },
  { title: "Why", role: "wide", cell: ({ reason }) => reason },
];

function Troubles({ overview }: { overview: Overview }) {
  const { troubledJobs, troubledJobCounts } = overview;
  const kinds = (Object.keys(TROUBLES) as Trouble[]).filter((kind) => troubledJobCounts[kind]);
  const total = kinds.reduce((sum, kind) => sum + troubledJobCounts[kind], 0);
  return (
    <Panel title="Jobs in trouble" aside={kinds.map((kind) => TROUBLES[kind].of(troubledJobCounts[kind])).join(", ")}>
      {total === 0
        ? <p class="muted">No job fails, flaps or waits.</p>
        : <Table columns={TROUBLED} rows={troubledJobs} keyOf={({ key }) => jobText(key)} label="Jobs in trouble" />}
      {total > troubledJobs.length && <p class="muted">The worst {troubledJobs.length} of {total}. All that wait: <a href="/pending">pending</a>.</p>}
    </Panel>
  );
}

// Most first; what ended is not what people look for here.
const ENDED = ["FINISHED", "KILLED", "FAILED", "LOST"];

function Tasks({ tasks }: { tasks: Record<string, number> }) {
  const states = Object.entries(tasks).sort(([a, n], [b, m]) => Number(ENDED.includes(a)) - Number(ENDED.includes(b)) || m - n);
  if (!states.length) return <p class="muted">No tasks yet. Create a job with: <code>aurora create CLUSTER/ROLE/ENV/NAME FILE</code></p>;
  return (
    <ul class="figures" aria-label="Tasks by state">
      {states.map(([state, n]) => <li key={state} class={ENDED.includes(state) ? "muted" : ""}><b>{n.toLocaleString()}</b> <Status>{state}</Status></li>)}
    </ul>
  );
}

function Hosts({ overview }: { overview: Overview }) {
  const { hostCount, connectedHostCount, missingHosts, drainingHosts, drainingHostCount } = overview;
  const missing = hostCount - connectedHostCount;
  return (
    <Panel title="Hosts" aside={<a href="/hosts">{count(hostCount, "host")}</a>}>
      {hostCount === 0 && <p class="muted">No host has reported yet. On each: <code>aurora executor --scheduler_url {location.origin}</code></p>}
      {hostCount > 0 && missing === 0 && <p>All {hostCount} are here.</p>}
      {missing > 0 && (
        <>
          <p><Status tone="failed">{missing} missing</Status></p>
          <ul>
            {missingHosts.map(({ host, sinceMs }) => <li key={host}>{host} <span class="muted">{sinceMs ? <Ago at={sinceMs} /> : "not heard since the scheduler started"}</span></li>)}
            {missing > missingHosts.length && <li class="muted">and {missing - missingHosts.length} more</li>}
          </ul>
        </>
      )}
      {drainingHostCount > 0 && (
        <p>
          <Status tone="progress">{drainingHostCount} draining</Status> {drainingHosts.join(", ")}
          {drainingHostCount > drainingHosts.length && " and others"}: <a href="/hosts">progress</a>
        </p>
      )}
    </Panel>
  );
}

function Capacity({ overview }: { overview: Overview }) {
  const { capacity, available } = overview;
  const bar = (label: string, field: "cpus" | "ramMb" | "diskMb" | "gpus", words: (amount: number) => string) => {
    const used = capacity[field] - available[field];
    return capacity[field] > 0 && <UseBar label={label} used={used} total={capacity[field]} text={`${words(used)} of ${words(capacity[field])}`} />;
  };
  return <>{bar("CPU", "cpus", cpuText)}{bar("RAM", "ramMb", ramText)}{bar("Disk", "diskMb", ramText)}{bar("GPUs", "gpus", String)}</>;
}

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const ROLES: Column<RoleUse>[] = [
  { title: "Role", role: "main", cell: ({ role }) => <a href={`/scheduler/${role}`}>{role}</a> },
  { title: "CPU", number: true, cell: ({ use }) => cpuText(use.cpus) },
  { title: "RAM", number: true, cell: ({ use }) => ramText(use.ramMb) },
  { title: "Of the cluster", number: true, cell: ({ share }) => <span title="of the resource of which it wants most">{percent(share)}</span> },
];

function Updates({ total }: { total: number }) {
  const live = useLive(() => scheduler.updates({ active: true, limit: UPDATES_SHOWN }), total, 5000);
  if (!live.data?.total) return null;
  return (
    <Panel title="Updates in progress" aside={live.data.total > UPDATES_SHOWN && <a href="/updates">all {live.data.total}</a>}>
      <UpdateTable updates={live.data.updates} withJob label="Updates in progress" />
    </Panel>
  );
}

// What it is about, and where its page is.
function subjectOf({ type, role, environment, name, instanceId, taskId, updateId, host }: ClusterEvent) {
  const job = `${role}/${environment}/${name}`;
  if (type === "host") return <a href={`/hosts?search=${encodeURIComponent(host ?? "")}`}>{host}</a>;
  if (type === "quota") return <a href={`/scheduler/${role}`}>{role}</a>;
  if (taskId) return <><a href={`/scheduler/${job}/task/${taskId}`}>{job}/{instanceId}</a>{host && <span class="muted"> on {host}</span>}</>;
  if (updateId) return <a href={`/scheduler/${job}/update/${updateId}`}>{job}</a>;
  return <a href={`/scheduler/${job}`}>{job}</a>;
}

const EVENTS: Column<ClusterEvent>[] = [
  { title: "When", cell: ({ timestamp }) => <Ago at={timestamp} /> },
  { title: "", cell: ({ type }) => <span class="kind">{type}</span> },
  { title: "What", role: "main", cell: subjectOf },
  { title: "Became", cell: ({ to }) => <Status>{to}</Status> },
  { title: "Why", role: "wide", cell: ({ reason, message, user }) => <>{reason || message}{user && <span class="muted"> by {user}</span>}</> },
];

function Events() {
  const live = useLive(() => scheduler.lastEvents(EVENTS_SHOWN), [], 3000, 0, {});
  if (!live.data?.events.length) return null;
  return (
    <Panel title="Last events" aside={<code>aurora events -f</code>}>
      <Table columns={EVENTS} rows={[...live.data.events].reverse()} keyOf={({ token }) => token} label="Last events" />
    </Panel>
  );
}

export function HomePage() {
  const live = useLive(scheduler.overview, [], 5000, 0, {});
  const overview = live.data;
  return (
    <>
      <PageHead title="Cluster" crumbs={[{ text: "Cluster" }]} />
      {!overview && <Panel title="How it is"><LiveState live={live} what="Error fetching the overview" /></Panel>}
      {overview && (
        <>
          <Panel title="Tasks"><Tasks tasks={overview.tasks} /></Panel>
          <Troubles overview={overview} />
          {overview.activeUpdateCount > 0 && <Updates total={overview.activeUpdateCount} />}
          <div class="columns">
            <Panel title="How full it is" aside="reserved by tasks on hosts"><Capacity overview={overview} />{!overview.connectedHostCount && <p class="muted">No host is connected.</p>}</Panel>
            <Hosts overview={overview} />
          </div>
          {overview.roles.length > 0 && (
            <Panel title="Who asks for how much" aside={<>tasks that wait count, too; <a href="/scheduler">all roles</a></>}>
              <Table columns={ROLES} rows={overview.roles} keyOf={({ role }) => role} label="Asked for by role" />
            </Panel>
          )}
          <Events />
        </>
      )}
    </>
  );
}
