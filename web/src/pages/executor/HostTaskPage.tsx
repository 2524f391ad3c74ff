import { executor } from "../../api";
import { Copyable, Facts, LiveState, Moment, PageHead, Panel, Status } from "../../components/Basics";
import { type Column, Table } from "../../components/Table";
import { UsageCharts } from "../../components/UsageCharts";
import { useLive } from "../../live";
import type { Exec, HostTask, HostTaskDetails, ProcessRun } from "../../types";
import { HealthPanel } from "./HealthPanel";
import { portUrl } from "./HostPage";
import { ProcessTree } from "./ProcessTree";

const MB = 1048576;

export const logUrl = (id: string, { name, run }: { name: string; run: number }, stream: string) => `/logs/${id}/${encodeURIComponent(name)}/${run}/${stream}`;

// The columns that the task's page and the process's page share.
export const RUN_COLUMNS: Column<ProcessRun>[] = [
  { title: "run", number: true, cell: (process) => process.run },
  { title: "status", cell: (process) => <Status tone={process.tone}>{process.state}</Status> },
  { title: "return code", number: true, cell: (process) => process.returnCode || "" },
  { title: "started", cell: (process) => <Moment at={process.startMs} /> },
  { title: "finished", cell: (process) => <Moment at={process.stopMs} /> },
];
export const logColumns = (id: string): Column<ProcessRun>[] => ["stdout", "stderr"].map((stream) => (
  { title: stream, cell: (process: ProcessRun) => <a href={logUrl(id, process, stream)}>{stream}</a> }
));

const processColumns = (id: string): Column<ProcessRun>[] => [
  { title: "name", role: "main", cell: ({ name }) => <a href={`/process/${id}/${encodeURIComponent(name)}`}>{name}</a> },
  ...RUN_COLUMNS,
  { title: "cpu", number: true, cell: ({ cpu }) => cpu?.toFixed(3) },
  { title: "ram", number: true, cell: ({ ramBytes }) => ramBytes && `${(ramBytes / MB).toFixed(0)}MB` },
  ...logColumns(id),
];

const GROUPS = (
  <tr class="groups"><th colSpan={4} scope="colgroup">process</th><th colSpan={2} scope="colgroup">time</th><th colSpan={2} scope="colgroup">used</th>
    <th colSpan={2} scope="colgroup">logs</th></tr>
);

const STATES: Column<HostTaskDetails["statuses"][number]>[] = [
  { title: "task status", cell: ({ state }) => state },
  { title: "time", cell: ({ timestampMs }) => <Moment at={timestampMs} /> },
];
const USED: Column<HostTask>[] = [
  { title: "cpu", cell: ({ cpu }) => cpu.toFixed(3) },
  { title: "ram", cell: ({ ramBytes }) => `${(ramBytes / MB).toFixed(1)}MB` },
  { title: "disk", cell: ({ diskBytes }) => `${(diskBytes / MB / 1024).toFixed(1)}GB` },
];

const howItEnded = ({ exitCode, signal, reason, isRunning, endedAtMs }: Exec) =>
  isRunning ? "runs" : endedAtMs === undefined ? "ended with its executor" : `${signal ? `signal ${signal}` : `exit code ${exitCode}`}${reason && `, because ${reason}`}`;
const EXECS: Column<Exec>[] = [
  { title: "command", role: "main", cell: ({ command }) => <code>{command.join(" ") || "a shell"}</code> },
  { title: "who", cell: ({ who }) => who },
  { title: "began", cell: ({ beganAtMs }) => <Moment at={beganAtMs} /> },
  { title: "ended", cell: ({ endedAtMs }) => <Moment at={endedAtMs} /> },
  { title: "how", cell: howItEnded },
];

// What people ran in the sandbox, the latest first.
function Execs({ id }: { id: string }) {
  const execs = useLive(() => executor.execs(id), id, 5000).data?.execs ?? [];
  if (!execs.length) return null;
  return <Panel title="Shells and commands"><Table columns={EXECS} rows={[...execs].reverse()} keyOf={(exec) => exec.id} label="Shells and commands" /></Panel>;
}

export const noSuchTask = <>What an ended task left is swept away after a while. See the <a href="/">tasks of this host</a>.</>;

function EndOf({ task }: { task: HostTask }) {
  const { process, run = 0 } = task.endReason ?? {};
  return <>{task.endSentence}{process && <> <a href={logUrl(task.taskId, { name: process, run }, "stderr")}>stderr</a></>}</>;
}

export function HostTaskPage({ id }: { id: string }) {
  const live = useLive(() => executor.task(id), id, 2000);
  const host = useLive(executor.host, [], 60_000).data;
  const usage = useLive(() => executor.usage(id), id, 10_000).data;
  const task = live.data;
  const job = task && `${task.role}/${task.environment}/${task.name}`;
  return (
    <>
      <PageHead title={`task ${id}`} tab={task ? `task ${task.name}/${task.instance}` : "task"} crumbs={[{ text: "Host", href: "/" }, { text: id }]} />
      <LiveState live={live} what="Task" next={noSuchTask} />
      {task && (
        <>
          <div class="columns">
            <Panel title="Task">
              <Facts
                rows={[
                  ["status", <><Status tone={task.tone}>{task.state}</Status> <span class="reason">{task.message}</span></>],
                  ["why it ended", task.endSentence && <EndOf task={task} />],
                  ["user", task.user],
                  ["task id", <Copyable text={id} />],
                  ["job", host?.schedulerUrl ? <a href={`${host.schedulerUrl}/scheduler/${job}`} target="_self">{job}</a> : job],
                  ["ports", Object.entries(task.ports).map(([name, port]) => <div key={name}>{name}: <a href={portUrl(port)} target="_self">{port}</a></div>)],
                  ["GPUs", task.gpus?.map((gpu) => <div key={gpu}>{gpu}</div>)],
                  ["chroot", task.collectedMs ? <>deleted <Moment at={task.collectedMs} /></> : <a href={`/browse/${id}`}>browse</a>],
                  ["shell", task.isActive && <a href={`/shell/${id}`}>open a shell</a>],
                  ["hostname", <a href="/">{task.hostname}</a>],
                  ["launch time", <Moment at={task.launchTimestampMs} />],
                ]}
              />
              <details><summary>task config</summary><pre>{JSON.stringify(task.task, null, 4)}</pre></details>
            </Panel>
            <div>
              <Panel title="States"><Table columns={STATES} rows={task.statuses} keyOf={(entry) => entry.state + entry.timestampMs} label="States" /></Panel>
              <Panel title="Resources used"><Table columns={USED} rows={[task]} keyOf={() => 0} label="Resources used" /></Panel>
            </div>
          </div>
          <HealthPanel id={id} />
          {!task.collectedMs && <Panel title="Used in the last hour"><UsageCharts points={usage?.task} hasDisk /></Panel>}
          <Panel title="Processes" aside={task.processes.length > 0 && <a href={`/lines/${id}`}>all logs by time</a>}>
            {task.processes.length ? (
              <Table columns={processColumns(id)} rows={task.processes} keyOf={({ name }) => name} groups={GROUPS} label="Processes" />
            ) : <p class="muted">{task.collectedMs ? "What its processes did was deleted with its sandbox." : "No process has started."}</p>}
          </Panel>
          <ProcessTree id={id} />
          <Execs id={id} />
        </>
      )}
    </>
  );
}
