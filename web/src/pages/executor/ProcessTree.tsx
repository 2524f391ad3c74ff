import { executor } from "../../api";
import { Ago, Panel, sizeText } from "../../components/Basics";
import { type Column, Table } from "../../components/Table";
import { useLive } from "../../live";
import type { LiveProcess } from "../../types";

const COLUMNS: Column<LiveProcess>[] = [
  { title: "pid", number: true, cell: ({ pid }) => pid },
  { title: "command", role: "main", cell: ({ depth, process, command }) => (
    <span style={{ paddingLeft: `${Math.min(depth, 20)}em` }}>{process && <b>{process} </b>}<code>{command.length > 160 ? `${command.slice(0, 160)}…` : command}</code></span>
  ) },
  { title: "state", cell: ({ state }) => state },
  { title: "started", cell: ({ startMs }) => <Ago at={startMs} /> },
  { title: "cpu time", number: true, cell: ({ cpuSecs }) => `${cpuSecs.toFixed(1)}s` },
  { title: "ram", number: true, cell: ({ ramBytes }) => sizeText(ramBytes) },
  { title: "threads", number: true, cell: ({ threads }) => threads },
];

// Everything that lives of a task, also what its processes started.
export function ProcessTree({ id }: { id: string }) {
  const live = useLive(() => executor.tree(id), id, 5000).data;
  if (!live?.processes.length) return null;
  return <Panel title="Process tree" aside={live.processes.length}><Table columns={COLUMNS} rows={live.processes} keyOf={({ pid }) => pid} label="Process tree" /></Panel>;
}
