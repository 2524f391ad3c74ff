import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { Ago, LiveState, PageHead, Pager, Panel, Search, Status, Use } from "../components/Basics";
import { type Action, DrainProgress, MaintenanceDialog } from "../components/Maintenance";
import { type Column, Table } from "../components/Table";
import { cores, megabytes } from "../format";
import { useListState, useLive } from "../live";
import type { Host } from "../types";

const PAGE_SIZE = 25;

const useOf = ({ available, capacity }: Host, field: "cpus" | "ramMb" | "diskMb", words: (amount: number) => string) => {
  const used = capacity[field] - available[field];
  return <Use used={used} total={capacity[field]} text={`${words(used)} of ${words(capacity[field])}`} />;
};

// Both are shown where there are any.
const REVOCABLE: Column<Host> = {
  title: "Revocable CPU",
  number: true,
  cell: ({ available, capacity }) => capacity.revocableCpus > 0 && `${cores(capacity.revocableCpus - available.revocableCpus)} of ${cores(capacity.revocableCpus)}`,
};
const GPUS: Column<Host> = { title: "GPU", number: true, cell: ({ available, capacity }) => capacity.gpus > 0 && `${capacity.gpus - available.gpus} of ${capacity.gpus}` };
const COLUMNS: Column<Host>[] = [
  { title: "Host", role: "main", cell: (host) => <a href={host.executorUrl} target="_self">{host.host}</a> },
  {
    title: "State",
    cell: (host) => (
      <>
        {host.isConnected ? <Status tone="ok">connected</Status> : <Status tone="failed">not reporting</Status>}{" "}
        {host.mode !== "NONE" && <Status tone="attention">{host.mode}</Status>}{" "}
        {host.unknownTaskCount > 0 && <Status tone="attention">runs {host.unknownTaskCount} unknown</Status>}
      </>
    ),
  },
  { title: "Tasks", number: true, cell: (host) => host.taskCount },
  { title: "CPU", number: true, cell: (host) => useOf(host, "cpus", cores) },
  REVOCABLE,
  { title: "RAM", number: true, cell: (host) => useOf(host, "ramMb", megabytes) },
  { title: "Disk", number: true, cell: (host) => useOf(host, "diskMb", megabytes) },
  GPUS,
  { title: "Attributes", cell: (host) => <span class="small">{Object.entries(host.attributes).map(([name, values]) => `${name}: ${values.join(",")}`).join(" · ")}</span> },
  { title: "Last report", cell: (host) => <Ago at={host.lastSeenMs} /> },
];

function actionsOf(onAct: (action: Action) => void): Column<Host> {
  return {
    title: "Maintenance",
    cell: (host) => (
      <span class="actions">
        {host.mode !== "DRAINING" && host.mode !== "DRAINED" && <button aria-label={`Drain ${host.host}`} onClick={() => onAct({ kind: "drain", host })}>Drain…</button>}{" "}
        {host.mode !== "NONE" && <button aria-label={`Activate ${host.host}`} onClick={() => onAct({ kind: "activate", host })}>Activate…</button>}
      </span>
    ),
  };
}

function columnsOf(hosts: Host[], onAct: (action: Action) => void) {
  const isEmpty = (column: Column<Host>) =>
    (column === GPUS && !hosts.some((host) => host.capacity.gpus > 0)) || (column === REVOCABLE && !hosts.some((host) => host.capacity.revocableCpus > 0));
  return [...COLUMNS.filter((column) => !isEmpty(column)), actionsOf(onAct)];
}

export function HostsPage() {
  const { page, search, setPage, setSearch } = useListState();
  const [action, setAction] = useState<Action>();
  const cluster = useLive(() => scheduler.cluster(), [], 60_000);
  const live = useLive(() => scheduler.hosts({ search, offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [], 5000, [page, search]);
  return (
    <>
      <PageHead title="Hosts" crumbs={[{ text: "Home", href: "/scheduler" }, { text: "Hosts" }]} />
      <Panel title="Hosts" aside={<Search label="Search hosts by name or attribute" value={search} onChange={setSearch} />}>
        <LiveState live={live} what="Error fetching hosts" />
        {live.data?.refused.map((host) => <div class="error" role="alert" key={host.host}>{host.why}</div>)}
        {live.data?.hosts.some((host) => host.unknownTaskCount > 0) && (
          <p class="muted">Tasks that this scheduler does not know are left running: <code>aurora admin unknown_tasks</code> lists, kills or adopts them.</p>
        )}
        {live.data && (live.data.total ? <Table columns={columnsOf(live.data.hosts, setAction)} rows={live.data.hosts} keyOf={(host) => host.host} label="Hosts" /> : search ? (
          <p class="muted">No host matches “{search}”.</p>
        ) : (
          <p class="muted">No host has registered. Start one with: <code>aurora executor --scheduler_url {location.origin}</code></p>
        ))}
        {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
      </Panel>
      <DrainProgress />
      {action && <MaintenanceDialog action={action} cluster={cluster.data?.clusterName ?? "CLUSTER"} onClose={() => setAction(undefined)} />}
    </>
  );
}
