import { scheduler } from "../api";
import { Ago, cpuText, LiveState, PageHead, Pager, Panel, ramText } from "../components/Basics";
import { type Column, Table } from "../components/Table";
import { instanceRanges } from "../format";
import { useListState, useLive } from "../live";
import type { PendingGroup } from "../types";

const PAGE_SIZE = 25;

const COLUMNS: Column<PendingGroup>[] = [
  {
    title: "Job", role: "main",
    cell: ({ job: { role, environment, name } }) => <a href={`/scheduler/${role}/${environment}/${name}`}>{role}/{environment}/{name}</a>,
  },
  { title: "Tasks", number: true, cell: ({ tasks, instances }) => <span title={`instances ${instanceRanges(instances)}`}>{tasks}</span> },
  { title: "Waiting", cell: ({ since }) => <Ago at={since} /> },
  { title: "Tier", cell: ({ tier, priority }) => priority ? `${tier}, priority ${priority}` : tier },
  {
    title: "Each asks for",
    cell: ({ resources: { cpus, ramMb, diskMb, gpus, ports } }) =>
      [cpuText(cpus), `${ramText(ramMb)} RAM`, `${ramText(diskMb)} disk`, gpus > 0 && `${gpus} GPU`, ports.length > 0 && `${ports.length} ports`].filter(Boolean).join(", "),
  },
  { title: "Why", role: "wide", cell: ({ pendingReason }) => pendingReason ? pendingReason.sentence : <span class="muted">it is about to be placed</span> },
];

export function PendingPage() {
  const { page, setPage } = useListState();
  const live = useLive(() => scheduler.pending({ offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [], 3000, page);
  return (
    <>
      <PageHead title="Waiting for a host" tab="Pending" crumbs={[{ text: "Home", href: "/scheduler" }, { text: "Pending" }]} />
      <Panel title="Pending tasks" aside="those who wait longest first">
        <LiveState live={live} what="Error fetching pending tasks" />
        {live.data && (live.data.total
          ? <Table columns={COLUMNS} rows={live.data.pending} keyOf={({ job, since, instances }) => `${job.role}/${job.environment}/${job.name}/${since}/${instances[0]?.first}`} label="Pending tasks" />
          : <p class="muted">Every task has a host. See <a href="/hosts">what they have left</a>.</p>)}
        {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
      </Panel>
    </>
  );
}
