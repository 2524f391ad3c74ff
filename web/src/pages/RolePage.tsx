import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { cpuText, type Crumb, LiveState, PageHead, Pager, Panel, ramText, Search } from "../components/Basics";
import { useLive } from "../live";
import type { JobSummary, ResourceTotals } from "../types";

const PAGE_SIZE = 25;

const CONSUMPTION_ROWS: [string, string][] = [
  ["Quota", "quota"],
  ["Quota Used", "prodShared"],
  ["Production Dedicated", "prodDedicated"],
  ["Non-Production", "nonProdShared"],
  ["Non-Production Dedicated", "nonProdDedicated"],
];

function Consumption({ role }: { role: string }) {
  const live = useLive(() => scheduler.role(role), [role], 10_000);
  const row = ([label, key]: [string, string]) => {
    const totals: ResourceTotals | undefined = live.data?.resources[key];
    if (!totals || !(totals.cpus + totals.ramMb + totals.diskMb)) return null;
    return (
      <tr>
        <th scope="row">{label}</th>
        <td class="number">{cpuText(totals.cpus)}</td>
        <td class="number">{ramText(totals.ramMb)}</td>
        <td class="number">{ramText(totals.diskMb)}</td>
      </tr>
    );
  };
  const rows = CONSUMPTION_ROWS.map(row).filter(Boolean);
  return (
    <Panel title="Resources">
      <LiveState live={live} what="Error fetching resource consumption" />
      {live.data && (rows.length ? (
        <table class="list">
          <thead><tr><th /><th class="number">cpus</th><th class="number">ram</th><th class="number">disk</th></tr></thead>
          <tbody>{rows}</tbody>
        </table>
      ) : <p class="muted">Nothing in use.</p>)}
    </Panel>
  );
}

function JobRow({ job, withEnvironment }: { job: JobSummary; withEnvironment: boolean }) {
  const { role, environment, name } = job.key;
  const url = `/scheduler/${role}/${environment}/${name}`;
  const { pendingTaskCount, activeTaskCount, finishedTaskCount, failedTaskCount } = job.stats;
  const count = (n: number, tone: string, view: string) => (
    <td class="number"><a class={n ? `tone-${tone}` : "muted"} href={`${url}${view}`}>{n}</a></td>
  );
  return (
    <tr>
      <td class="kind">{job.jobType}</td>
      {withEnvironment && <td><a href={`/scheduler/${role}/${environment}`}>{environment}</a></td>}
      <td>
        <a href={url}>{name}</a>
        {job.isUnstable && <span class="badge" title="Its recent attempts failed">Unstable</span>}
      </td>
      <td>{job.production ? "yes" : ""}</td>
      {count(pendingTaskCount, "attention", "")}
      {count(activeTaskCount, "ok", "")}
      {count(finishedTaskCount, "neutral", "?jobView=history")}
      {count(failedTaskCount, "failed", "?jobView=history")}
    </tr>
  );
}

const SORTS = ["name", "pending", "active", "finished", "failed"];

export function RolePage({ role, environment }: { role: string; environment?: string }) {
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState("name");
  const [page, setPage] = useState(0);
  const live = useLive(
    () => scheduler.jobs(role, environment, search, sort, page * PAGE_SIZE, PAGE_SIZE), [role, environment, search, sort, page],
  );
  const crumbs: Crumb[] = [{ text: "Home", href: "/scheduler" }, { text: `Role: ${role}`, href: environment && `/scheduler/${role}` }];
  if (environment) crumbs.push({ text: `Environment: ${environment}` });
  return (
    <>
      <PageHead title={`Jobs for role ${role}`} crumbs={crumbs} sub={environment && `Environment: ${environment}`} />
      <Consumption role={role} />
      <Panel
        title="Jobs"
        aside={
          <>
            <label class="muted">sort by{" "}
              <select value={sort} onChange={(event) => { setSort(event.currentTarget.value); setPage(0); }}>
                {SORTS.map((name) => <option>{name}</option>)}
              </select>
            </label>
            <Search label="Search jobs by name, environment, type or tier" value={search} onChange={(text) => { setSearch(text); setPage(0); }} />
          </>
        }
      >
        <LiveState live={live} what="Error fetching job summaries" />
        {live.data && (
          <>
            <table class="list">
              <thead>
                <tr>
                  <th>Job Type</th>{!environment && <th>Environment</th>}<th>Job</th><th>Production</th>
                  <th class="number">Pending Tasks</th><th class="number">Active Tasks</th>
                  <th class="number">Finished Tasks</th><th class="number">Failed Tasks</th>
                </tr>
              </thead>
              <tbody>
                {live.data.jobs.map((job) => (
                  <JobRow key={`${job.key.environment}/${job.key.name}`} job={job} withEnvironment={!environment} />
                ))}
              </tbody>
            </table>
            {live.data.total === 0 && <p class="muted">No jobs here.</p>}
            <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />
          </>
        )}
      </Panel>
    </>
  );
}
