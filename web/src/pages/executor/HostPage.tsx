import { executor } from "../../api";
import { Facts, LiveState, Moment, PageHead, Pager, Panel, sizeText, Status } from "../../components/Basics";
import { HostUsage } from "../../components/HostUsage";
import { type Column, Table } from "../../components/Table";
import { useListState, useLive } from "../../live";
import type { ExecutorHost, HostTask } from "../../types";

const PAGE_SIZE = 20;

// Where the task itself can be reached.
export const portUrl = (port: number) => `http://${location.hostname}:${port}`;

const COLUMNS: Column<HostTask>[] = [
  { title: "Name", role: "main", cell: (task) => <a href={`/task/${task.taskId}`} title={`${task.role}/${task.environment}/${task.name}/${task.instance}`}>{task.name}</a> },
  { title: "Instance", number: true, cell: (task) => task.instance },
  { title: "Role", cell: (task) => task.role },
  { title: "Launched", cell: (task) => <Moment at={task.launchTimestampMs} /> },
  { title: "Status", cell: (task) => <Status tone={task.tone}>{task.state}</Status> },
  { title: "cpu", number: true, cell: (task) => task.cpu > 0 && task.cpu.toFixed(3) },
  { title: "ram", number: true, cell: (task) => task.ramBytes > 0 && sizeText(task.ramBytes) },
  { title: "disk", number: true, cell: (task) => task.diskBytes > 0 && sizeText(task.diskBytes) },
  { title: "Task", cell: (task) => <a href={`/task/${task.taskId}`}>info</a> },
  { title: "Sandbox", cell: (task) => <a href={`/browse/${task.taskId}`}>browse</a> },
  {
    title: "Ports",
    cell: ({ ports }) => Object.entries(ports).map(([name, port]) => <a key={name} class="port" href={portUrl(port)} title={String(port)} target="_self">{name}</a>),
  },
];

const NONE = { active: "No task is running on this host.", finished: "No task has ended on this host, or what they left has been swept away." };

type State = keyof typeof NONE;

function useTasks(state: State) {
  const list = useListState("", state);
  return { state, list, live: useLive(() => executor.tasks(state, list.page * PAGE_SIZE, PAGE_SIZE), state, 5000, list.page) };
}

function Tasks({ state, list: { page, setPage }, live }: ReturnType<typeof useTasks>) {
  return (
    <Panel title={`${state} tasks`} aside={live.data && live.data.total > 0 && live.data.total}>
      <LiveState live={live} what="Error fetching tasks" />
      {live.data && (live.data.total ? <Table columns={COLUMNS} rows={live.data.tasks} keyOf={(task) => task.taskId} label={`${state} tasks`} /> : (
        <p class="muted">{NONE[state]}</p>
      ))}
      {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
    </Panel>
  );
}

function Measures({ of }: { of: ExecutorHost["isolation"] }) {
  return (
    <ul class="plain">
      {of.map((measure) => (
        <li key={measure.name}>
          <Status tone={measure.inForce ? "ok" : "neutral"}>{measure.inForce ? "on" : "off"}</Status> {measure.name}
          <span class="muted"> {measure.detail}</span>
        </li>
      ))}
    </ul>
  );
}

const LABELS: Record<string, string> = { cpus: "CPU", ramMb: "memory", diskMb: "disk", revocableCpus: "revocable CPU", gpus: "GPUs" };

function Offer({ of }: { of: ExecutorHost["resources"] }) {
  return (
    <ul class="plain">
      {of.map(({ name, unit, detected, reserved, offered, detail }) => (
        <li key={name}>
          {LABELS[name] ?? name}: {offered} {unit}
          <span class="muted"> {detected !== undefined && `of ${detected} detected, ${reserved} kept for the system; `}{detail}</span>
        </li>
      ))}
    </ul>
  );
}

export function HostPage() {
  const host = useLive(executor.host, [], 30_000);
  const active = useTasks("active");
  const finished = useTasks("finished");
  return (
    <>
      <PageHead title={host.data ? `Tasks on ${host.data.host}` : "Tasks"} tab="Tasks" crumbs={[{ text: "Host" }]} />
      {host.data?.schedulerTrouble && <div class="error" role="alert">The scheduler does not take this host's reports; its tasks go on. {host.data.schedulerTrouble}</div>}
      <Tasks {...active} />
      {active.live.data && <HostUsage />}
      {(active.live.data || active.live.error) && <Tasks {...finished} />}
      {host.data && active.live.data && finished.live.data && (
        <Panel title="Host">
          <Facts rows={[["agent", host.data.agentId], ["runs tasks as", host.data.runsTasksAs], ["offers", <Offer of={host.data.resources} />], ["holds tasks in by", <Measures of={host.data.isolation} />],
            ["version", host.data.version]]} />
        </Panel>
      )}
    </>
  );
}
