import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { Ago, LiveState, PageHead, Pager, Panel, Tabs } from "../components/Basics";
import { ConfigDiff, ConfigTable } from "../components/Config";
import { TaskList } from "../components/TaskList";
import { progressText, UpdateTable, updateUrl } from "../components/UpdateRow";
import { instanceRanges } from "../format";
import { useLive, useQueryState } from "../live";
import type { ConfigGroup, JobKey, UpdateSummary } from "../types";

const PAGE_SIZE = 25;

export const jobCrumbs = ({ role, environment, name }: JobKey) => [
  { text: "Home", href: "/scheduler" },
  { text: `Role: ${role}`, href: `/scheduler/${role}` },
  { text: `Environment: ${environment}`, href: `/scheduler/${role}/${environment}` },
  { text: `Job: ${name}`, href: `/scheduler/${role}/${environment}/${name}` },
];

function UpdateBanner({ update }: { update?: UpdateSummary }) {
  if (!update) return null;
  return (
    <a class={`banner tone-${update.tone}`} href={updateUrl(update)}>
      <b>Update: {update.status}</b>
      <span>started by {update.user} <Ago at={update.createdTimestampMs} /></span>
      <span class="right">{progressText(update)}</span>
    </a>
  );
}

function Tasks({ job, active }: { job: JobKey; active: boolean }) {
  const [page, setPage] = useState(0);
  const order = active ? "instance" : "newest";
  const live = useLive(
    () => scheduler.tasks(job, { active, order, offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [job, active, page], 2000,
  );
  return (
    <>
      <LiveState live={live} what="Error fetching tasks" />
      {live.data && (live.data.total ? <TaskList tasks={live.data.tasks} /> : (
        <p class="muted">{active ? "No active tasks." : "No completed tasks."}</p>
      ))}
      {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
    </>
  );
}

function Configurations({ groups }: { groups: ConfigGroup[] }) {
  if (!groups.length) return <p class="muted">No active configuration.</p>;
  return (
    <>
      {groups.map((group) => <ConfigTable group={group} />)}
      {groups.length > 1 && (
        <ConfigDiff
          before={groups[0].config} after={groups[1].config}
          title={`Config Diff for Instances ${instanceRanges(groups[0].instances)} and Instances ${instanceRanges(groups[1].instances)}`}
        />
      )}
    </>
  );
}

export function JobPage({ role, environment, name }: JobKey) {
  const key = { role, environment, name };
  const [view, setView] = useQueryState("jobView", "status");
  const [sub, setSub] = useQueryState("taskView", "tasks");
  const job = useLive(() => scheduler.job(key), [key], 3000);
  const updates = useLive(() => scheduler.updates({ ...key, limit: 10 }), [key], 2000);
  const stats = job.data?.stats;
  const active = stats ? stats.pendingTaskCount + stats.activeTaskCount : 0;
  const completed = stats ? stats.finishedTaskCount + stats.failedTaskCount : 0;
  const past = updates.data?.updates.filter((update) => !update.isActive) ?? [];
  return (
    <>
      <PageHead
        title={<>Job: {name} {job.data?.isUnstable && <span class="badge">Unstable</span>}</>}
        crumbs={jobCrumbs(key)}
        sub={<>Role: {role} - Environment: {environment}{job.data && <> - {job.data.jobType}, tier {job.data.tier}</>}</>}
      />
      <LiveState live={job} what="Error fetching the job" />
      <UpdateBanner update={updates.data?.updates.find((update) => update.isActive)} />
      <Panel>
        <Tabs
          tabs={[["status", `Active Tasks (${active})`], ["history", `Completed Tasks (${completed})`],
            ["config", `Configuration (${job.data?.configGroups.length ?? 0})`]]}
          current={view === "status" && sub === "config" ? "config" : view}
          onChange={(id) => { setView(id === "history" ? "history" : "status"); setSub(id === "config" ? "config" : "tasks"); }}
        />
        {view === "history" ? <Tasks job={key} active={false} key="history" /> : sub === "config" ? (
          <Configurations groups={job.data?.configGroups ?? []} />
        ) : (
          <>
            <Tasks job={key} active key="active" />
            {completed > 0 && (
              <>
                <h3>Completed Tasks</h3>
                <Tasks job={key} active={false} key="recent" />
              </>
            )}
          </>
        )}
      </Panel>
      {past.length > 0 && <Panel title="Update History"><UpdateTable updates={past} withJob={false} /></Panel>}
    </>
  );
}
