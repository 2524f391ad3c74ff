import { scheduler } from "../api";
import { cpuText, type Crumb, LiveState, PageHead, Pager, Panel, ramText, Search, UseBar } from "../components/Basics";
import { CronJobs } from "../components/CronPanel";
import { type Column, Table } from "../components/Table";
import { useListState, useLive } from "../live";
import type { JobSummary, ResourceTotals } from "../types";

const PAGE_SIZE = 25;

const CONSUMPTION_ROWS: [string, string][] = [
  ["Quota", "quota"],
  ["Quota Used", "prodShared"],
  ["Production Dedicated", "prodDedicated"],
  ["Non-Production", "nonProdShared"],
  ["Non-Production Dedicated", "nonProdDedicated"],
];

type Consumer = { label: string } & ResourceTotals;

const CONSUMPTION: Column<Consumer>[] = [
  { title: "Kind", role: "main", cell: ({ label }) => label },
  { title: "cpus", number: true, cell: ({ cpus }) => cpuText(cpus) },
  { title: "ram", number: true, cell: ({ ramMb }) => ramText(ramMb) },
  { title: "disk", number: true, cell: ({ diskMb }) => ramText(diskMb) },
];

// What production tasks on shared hosts use of what they may.
function QuotaBars({ role, quota, used }: { role: string; quota: ResourceTotals; used: ResourceTotals }) {
  const bar = (label: string, field: "cpus" | "ramMb" | "diskMb", words: (amount: number) => string) => (
    <UseBar label={label} used={used[field]} total={quota[field]} text={`${words(used[field])} of ${words(quota[field])}`} />
  );
  const hasQuota = quota.cpus + quota.ramMb + quota.diskMb > 0;
  if (!hasQuota)
    return <p class="muted">No quota: tiers without production need none. To give some: <code>aurora admin set_quota CLUSTER {role} CPU RAM DISK</code></p>;
  return (
    <div class="use-bars" aria-label="Quota in use">
      {bar("CPU", "cpus", cpuText)}
      {bar("RAM", "ramMb", ramText)}
      {bar("Disk", "diskMb", ramText)}
    </div>
  );
}

function Consumption({ role }: { role: string }) {
  const live = useLive(() => scheduler.role(role), [role], 10_000);
  const rows = CONSUMPTION_ROWS.flatMap(([label, key]) => {
    const totals = live.data?.resources[key];
    return totals && totals.cpus + totals.ramMb + totals.diskMb > 0 ? [{ label, ...totals }] : [];
  });
  return (
    <Panel title="Resources">
      <LiveState live={live} what="Error fetching resource consumption" />
      {live.data && <QuotaBars role={role} quota={live.data.resources.quota!} used={live.data.resources.prodShared!} />}
      {live.data && (rows.length ? <Table columns={CONSUMPTION} rows={rows} keyOf={(row) => row.label} label="Resources" /> : <p class="muted">Nothing in use.</p>)}
    </Panel>
  );
}

const jobUrl = ({ key: { role, environment, name } }: JobSummary) => `/scheduler/${role}/${environment}/${name}`;

function count(title: string, field: keyof JobSummary["stats"], tone: string, view = ""): Column<JobSummary> {
  return {
    title: `${title} Tasks`, number: true, sort: title.toLowerCase(),
    cell: (job) => <a class={job.stats[field] ? `tone-${tone}` : "muted"} href={jobUrl(job) + view}>{job.stats[field]}</a>,
  };
}

const COLUMNS: Column<JobSummary>[] = [
  { title: "Job Type", cell: (job) => <span class="kind">{job.jobType}</span> },
  { title: "Environment", cell: ({ key: { role, environment } }) => <a href={`/scheduler/${role}/${environment}`}>{environment}</a> },
  {
    title: "Job", role: "main", sort: "name",
    cell: (job) => (
      <>
        <a href={jobUrl(job)}>{job.key.name}</a>
        {job.isUnstable && <span class="badge" title="Its recent attempts failed">Unstable</span>}
        {job.updateKey && <a class="badge busy" href={`${jobUrl(job)}/update/${job.updateKey.id}`}>Updating</a>}
      </>
    ),
  },
  { title: "Production", cell: (job) => job.production && "yes" },
  count("Pending", "pendingTaskCount", "attention"),
  count("Active", "activeTaskCount", "ok"),
  count("Finished", "finishedTaskCount", "neutral", "?jobView=history"),
  count("Failed", "failedTaskCount", "failed", "?jobView=history"),
];

export function RolePage({ role, environment }: { role: string; environment?: string }) {
  const list = useListState("name");
  const { page, search, sort, reverse } = list;
  const live = useLive(
    () => scheduler.jobs({ role, environment, search, sort, reverse, offset: page * PAGE_SIZE, limit: PAGE_SIZE }),
    [role, environment], 5000, [page, search, sort, reverse],
  );
  const crumbs: Crumb[] = [{ text: "Home", href: "/scheduler" }, { text: `Role: ${role}`, href: `/scheduler/${role}` }];
  if (environment) crumbs.push({ text: `Environment: ${environment}` });
  const columns = environment ? COLUMNS.filter(({ title }) => title !== "Environment") : COLUMNS;
  return (
    <>
      <PageHead title={`Jobs for role ${role}`} tab={environment ? `${role}/${environment}` : role} crumbs={crumbs} sub={environment && `Environment: ${environment}`} />
      <Consumption role={role} />
      <CronJobs role={role} environment={environment} />
      <Panel title="Jobs" aside={<Search label="Search jobs by name, environment, type or tier" value={search} onChange={list.setSearch} />}>
        <LiveState live={live} what="Error fetching job summaries" />
        {live.data && (live.data.total ? (
          <Table columns={columns} rows={live.data.jobs} keyOf={({ key }) => `${key.environment}/${key.name}`} list={list} label="Jobs" />
        ) : search ? <p class="muted">No job matches “{search}”.</p> : (
          <p class="muted">
            No jobs here. <a href={environment ? `/scheduler/${role}` : "/scheduler"}>{environment ? `All jobs of ${role}` : "All roles"}</a>, or create one
            with: <code>aurora create CLUSTER/{role}/{environment ?? "ENV"}/NAME FILE</code>
          </p>
        ))}
        {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={list.setPage} />}
      </Panel>
    </>
  );
}
