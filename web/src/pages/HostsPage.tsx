import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { Ago, LiveState, PageHead, Pager, Panel, Search, Status, Use } from "../components/Basics";
import { type Action, DrainProgress, MaintenanceDialog } from "../components/Maintenance";
import { type Column, Table } from "../components/Table";
import { bytes, cores, megabytes } from "../format";
import { useListState, useLive } from "../live";
import type { Host, HostUse } from "../types";

const PAGE_SIZE = 25;

type Row = Host & { use?: HostUse };

// What is reserved, and below it what tasks really use.
const useOf = ({ available, capacity }: Host, field: "cpus" | "ramMb" | "diskMb", words: (amount: number) => string, real?: string) => {
  const used = capacity[field] - available[field];
  return (
    <>
      <Use used={used} total={capacity[field]} text={`${words(used)} of ${words(capacity[field])}`} />
      {real && <div class="small real-use">uses {real}</div>}
    </>
  );
};

// Both are shown where there are any.
const REVOCABLE: Column<Row> = {
  title: "Revocable CPU",
  number: true,
  cell: ({ available, capacity }) => capacity.revocableCpus > 0 && `${cores(capacity.revocableCpus - available.revocableCpus)} of ${cores(capacity.revocableCpus)}`,
};
const GPUS: Column<Row> = { title: "GPU", number: true, cell: ({ available, capacity }) => capacity.gpus > 0 && `${capacity.gpus - available.gpus} of ${capacity.gpus}` };
const COLUMNS: Column<Row>[] = [
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
  { title: "CPU", number: true, cell: (host) => useOf(host, "cpus", cores, host.use && cores(host.use.cpu)) },
  REVOCABLE,
  { title: "RAM", number: true, cell: (host) => useOf(host, "ramMb", megabytes, host.use && bytes(host.use.ramBytes)) },
  { title: "Disk", number: true, cell: (host) => useOf(host, "diskMb", megabytes) },
  GPUS,
  { title: "Attributes", cell: (host) => <span class="small">{Object.entries(host.attributes).map(([name, values]) => `${name}: ${values.join(",")}`).join(" · ")}</span> },
  { title: "Last report", cell: (host) => <Ago at={host.lastSeenMs} /> },
];

function actionsOf(onAct: (action: Action) => void): Column<Row> {
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

function columnsOf(hosts: Row[], onAct: (action: Action) => void) {
  const isEmpty = (column: Column<Row>) =>
    (column === GPUS && !hosts.some((host) => host.capacity.gpus > 0)) || (column === REVOCABLE && !hosts.some((host) => host.capacity.revocableCpus > 0));
  return [...COLUMNS.filter((column) => !isEmpty(column)), actionsOf(onAct)];
}

export function HostsPage() {
  const { page, search, setPage, setSearch } = useListState();
  const [action, setAction] = useState<Action>();
  const cluster = useLive(() => scheduler.cluster(), [], 60_000);
  const live = useLive(() => scheduler.hosts({ search, offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [], 5000, [page, search]);
  const names = live.data?.hosts.map(({ host }) => host) ?? [];
  const used = useLive(async () => (names.length ? await scheduler.hostUsage(names) : { hosts: [] }), names, 20_000);
  const rows: Row[] = (live.data?.hosts ?? []).map((host) => ({ ...host, use: used.data?.hosts.find((use) => use.host === host.host) }));
  return (
    <>
      <PageHead title="Hosts" crumbs={[{ text: "Home", href: "/scheduler" }, { text: "Hosts" }]} />
      <Panel title="Hosts" aside={<Search label="Search hosts by name or attribute" value={search} onChange={setSearch} />}>
        <LiveState live={live} what="Error fetching hosts" />
        {live.data?.refused.map((host) => <div class="error" role="alert" key={host.host}>{host.why}</div>)}
        {live.data?.hosts.some((host) => host.unknownTaskCount > 0) && (
          <p class="muted">Tasks that this scheduler does not know are left running: <code>aurora admin unknown_tasks</code> lists, kills or adopts them.</p>
        )}
        {live.data && (live.data.total ? <Table columns={columnsOf(rows, setAction)} rows={rows} keyOf={(host) => host.host} label="Hosts" /> : search ? (
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
