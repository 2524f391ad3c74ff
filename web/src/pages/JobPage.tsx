import { useContext } from "preact/hooks";

import { scheduler } from "../api";
import { Ago, LiveState, PageHead, Pager, Panel, Search, Site, Status, Tabs } from "../components/Basics";
import { ConfigComparison, ConfigTable } from "../components/Config";
import { CronConfiguration, CronPanel, NextRun } from "../components/CronPanel";
import { ExplanationText } from "../components/Explanation";
import { later } from "../components/Later";
import { JobActions } from "../components/JobActions";
import { TaskList } from "../components/TaskList";
import { progressText, UpdateTable, updateUrl } from "../components/UpdateRow";
import { UptimePanel } from "../components/UptimePanel";
import { instanceRanges } from "../format";
import { useListState, useLive, useQuery } from "../live";
import type { ConfigGroup, Job, JobKey, TaskRows, UpdateSummary } from "../types";

const PAGE_SIZE = 25;
const TABS_OF_TASKS = ["config", "logs", "usage", "why"]; // as taskView in the address

const JobLogs = later(async () => (await import("../components/JobLogs")).JobLogs);
const JobUsage = later(async () => (await import("../components/JobUsage")).JobUsage);

export const jobCrumbs = ({ role, environment, name }: JobKey) => [
  { text: "Home", href: "/scheduler" },
  { text: `Role: ${role}`, href: `/scheduler/${role}` },
  { text: `Environment: ${environment}`, href: `/scheduler/${role}/${environment}` },
  { text: `Job: ${name}`, href: `/scheduler/${role}/${environment}/${name}` },
];

export const NoSuchJob = ({ job: { role, environment } }: { job: JobKey }) => (
  <>
    It was never created, or its last tasks have been pruned. See the jobs
    of <a href={`/scheduler/${role}/${environment}`}>{role}/{environment}</a> or of <a href={`/scheduler/${role}`}>{role}</a>.
  </>
);

function UpdateBanner({ update }: { update?: UpdateSummary }) {
  if (!update) return null;
  return (
    <a class={`banner tone-${update.tone}`} href={updateUrl(update)}>
      <b>Update: {update.status}</b>
      <span>started by {update.user} <Ago at={update.createdTimestampMs} /></span>
      <span class="right">{progressText(update)}</span>
      <progress value={update.instancesUpdated} max={update.instancesTotal} aria-label="instances updated" />
    </a>
  );
}

interface StatusFilter {
  page: TaskRows;
  status: string;
  onChange: (status: string) => void;
}

// "All 5 tasks are RUNNING", or one button per status that there is.
function Statuses({ page: { statuses = [] }, status, onChange }: StatusFilter) {
  if (statuses.length === 1 && !status) {
    const [{ status: only, tone, count }] = statuses;
    return <span>{count === 1 ? "One task is" : `All ${count} tasks are`} <Status tone={tone}>{only}</Status></span>;
  }
  return (
    <span class="filter" role="group" aria-label="Filter by status">
      <button aria-pressed={!status} onClick={() => onChange("")}>all</button>
      {statuses.map((entry) => (
        <button key={entry.status} aria-pressed={status === entry.status} onClick={() => onChange(entry.status)}>
          <span class={`dot tone-${entry.tone}`} /> {entry.status} {entry.count}
        </button>
      ))}
    </span>
  );
}

// What is said instead of an empty list.
function NoTasks({ active, job }: { active: boolean; job: Job }) {
  if (!active) return <p class="muted">No completed tasks.</p>;
  if (!job.nextCronRunMs) return <p class="muted">No active tasks.</p>;
  return <p class="muted">Cron job, next run will be at <NextRun at={job.nextCronRunMs} zone="UTC" /></p>;
}

function Tasks({ details, active }: { details: Job; active: boolean }) {
  const job = details.key;
  const firstOrder = active ? "instance" : "newest";
  const list = useListState(firstOrder, active ? "" : "past");
  const [query, change] = useQuery();
  const names = active ? { status: "status", page: "page" } : { status: "pastStatus", page: "pastPage" };
  const status = query[names.status] ?? "";
  const { page, search, sort, reverse } = list;
  const live = useLive(
    () => scheduler.taskRows(job, { active, status, search, order: sort, reverse, counts: true, offset: page * PAGE_SIZE, limit: PAGE_SIZE }),
    [job, active], 2000, [page, search, sort, reverse, status], job,
  );
  if (!live.data) return <LiveState live={live} what="Error fetching tasks" />;
  const all = (live.data.statuses ?? []).reduce((sum, entry) => sum + entry.count, 0);
  if (!all) return <NoTasks active={active} job={details} />;
  return (
    <>
      <div class="controls">
        <Statuses page={live.data} status={status} onChange={(next) => change({ [names.status]: next, [names.page]: "" })} />
        {(all > PAGE_SIZE || search) && <Search label="Search tasks by instance-id, host or current status" value={search} onChange={list.setSearch} />}
      </div>
      <LiveState live={live} what="Error fetching tasks" />
      {live.data.total ? <TaskList job={job} tasks={live.data.tasks} list={list} label={active ? "Active tasks" : "Completed tasks"} /> : <p class="muted">No task matches.</p>}
      <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={list.setPage} />
    </>
  );
}

function JobExplanation({ job }: { job: JobKey }) {
  const live = useLive(() => scheduler.explainJob(job), job, 3000);
  return <ExplanationText live={live} />;
}

const sizeOf = ({ instances }: ConfigGroup) => instances.reduce((sum, { first, last }) => sum + last - first + 1, 0);

// How the instances share themselves out among the configurations.
const Shares = ({ groups }: { groups: ConfigGroup[] }) => (
  <div class="shares">
    {groups.map((group, i) => <span key={i} style={{ flexGrow: sizeOf(group) }} title={`${sizeOf(group)} instances`}>{instanceRanges(group.instances)}</span>)}
  </div>
);

function Configurations({ groups }: { groups: ConfigGroup[] }) {
  if (!groups.length) return <p class="muted">No active configuration: no task of this job is active.</p>;
  return (
    <>
      {groups.length > 1 && <Shares groups={groups} />}
      {groups.map((group) => <ConfigTable key={group.instances[0]?.first} group={group} />)}
      {groups.length > 1 && <ConfigComparison groups={groups} />}
    </>
  );
}

export function JobPage({ role, environment, name }: JobKey) {
  const key = { role, environment, name };
  const { statsUrlPrefix } = useContext(Site);
  const [query, change] = useQuery();
  const job = useLive(() => scheduler.job(key), key, 3000, 0, key);
  const updates = useLive(() => scheduler.updates({ ...key, limit: 10 }), key, 2000, 0, key);
  const stats = job.data?.stats;
  const active = stats ? stats.pendingTaskCount + stats.activeTaskCount : 0;
  const completed = stats ? stats.finishedTaskCount + stats.failedTaskCount : 0;
  const past = updates.data?.updates.filter((update) => !update.isActive) ?? [];
  const isCron = job.data?.jobType === "cron";
  const view = query.jobView === "history" ? "history" : TABS_OF_TASKS.includes(query.taskView) ? query.taskView : "status";
  const tabs: [string, string][] = [
    ["status", `Active Tasks (${active})`], ["history", `Completed Tasks (${completed})`], ["config", `Configuration (${isCron ? 1 : job.data?.configGroups.length ?? 0})`],
    ["logs", "Logs"], ["usage", "Usage"], ["why", "Why"],
  ];
  const show = (id: string) => change({ jobView: id === "history" ? id : "", taskView: TABS_OF_TASKS.includes(id) ? id : "" });
  return (
    <>
      <PageHead
        title={<>Job: {name} {job.data?.isUnstable && <span class="badge" title="Its recent attempts failed">Unstable</span>}</>}
        tab={name} crumbs={jobCrumbs(key)}
        sub={
          <>
            Role: {role} - Environment: {environment}{job.data && <> - {job.data.jobType}, tier {job.data.tier}</>}
            {statsUrlPrefix && <> - <a href={`${statsUrlPrefix}${role}.${environment}.${name}`}>statistics</a></>}
          </>
        }
      />
      <LiveState live={job} what="Error fetching the job" next={<NoSuchJob job={key} />} />
      <UpdateBanner update={updates.data?.updates.find((update) => update.isActive)} />
      {isCron && <CronPanel job={key} />}
      {job.data && (
        <Panel>
          <JobActions job={key} groups={job.data.configGroups} />
          <Tabs tabs={tabs} current={view} onChange={show} />
          <div role="tabpanel" aria-label={tabs.find(([id]) => id === view)?.[1]}>
            {view === "config" && (isCron ? <CronConfiguration job={key} /> : <Configurations groups={job.data.configGroups} />)}
            {view === "logs" && <JobLogs job={key} groups={job.data.configGroups} />}
            {view === "usage" && <JobUsage job={key} updates={updates.data?.updates ?? []} />}
            {view === "why" && <JobExplanation job={key} />}
            {view === "status" && <Tasks details={job.data} active key="active" />}
            {view === "status" && completed > 0 && <h3>Completed Tasks</h3>}
            {(view === "history" || (view === "status" && completed > 0)) && <Tasks details={job.data} active={false} key="past" />}
          </div>
        </Panel>
      )}
      {job.data?.jobType === "service" && active > 0 && <UptimePanel job={key} />}
      {past.length > 0 && <Panel title="Update History"><UpdateTable updates={past} withJob={false} label="Update History" /></Panel>}
    </>
  );
}
