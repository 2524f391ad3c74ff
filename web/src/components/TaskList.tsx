import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { runningTime } from "../format";
import { type ListState, useLive, useTick } from "../live";
import type { JobKey, Task, TaskRow } from "../types";
import { Ago, Copyable, LiveState, Status } from "./Basics";
import { type Column, Table } from "./Table";
import { Timeline } from "./Timeline";
import { hasWhy, Why } from "./Why";

const jobUrl = ({ role, environment, name }: JobKey) => `/scheduler/${role}/${environment}/${name}`;
export const instanceUrl = (task: Pick<Task, "instanceId"> & { task: { job: JobKey } }) => `${jobUrl(task.task.job)}/${task.instanceId}`;
export const taskUrl = (task: Task) => `${jobUrl(task.task.job)}/task/${task.taskId}`;

export function timelineOf(task: Task) {
  const last = task.taskEvents.length - 1;
  return task.taskEvents.map((event, i) => ({
    at: event.timestamp,
    state: event.status,
    tone: event.tone ?? (i === last ? task.statusTone : "neutral"),
    message: i === last && task.statusReason ? task.statusReason : event.message,
    why: i === last && hasWhy(task) ? <Why task={task} /> : undefined,
  }));
}

export function HostLink({ task }: { task: Pick<Task, "host" | "taskUrl"> }) {
  if (!task.host) return null;
  return task.taskUrl ? <a href={task.taskUrl} target="_self">{task.host}</a> : <b>{task.host}</b>;
}

function Running({ row: { runningFrom, runningUntil } }: { row: TaskRow }) {
  useTick(5000);
  return runningFrom === undefined ? null : <>{runningTime(Math.max(0, (runningUntil ?? Date.now()) - runningFrom))}</>;
}

// Asked for when somebody opens a row.
function Events({ job, row }: { job: JobKey; row: TaskRow }) {
  const live = useLive(() => scheduler.task(row.taskId), row.taskId, 3000, 0, job);
  return (
    <>
      <p class="muted">Task ID <Copyable text={row.taskId} /> <a href={`${jobUrl(job)}/task/${row.taskId}`}>details</a></p>
      <LiveState live={live} what="Error fetching events" />
      {live.data && <Timeline events={timelineOf(live.data)} />}
    </>
  );
}

export function TaskList({ job, tasks, list, label }: { job: JobKey; tasks: TaskRow[]; list?: ListState; label: string }) {
  const [open, setOpen] = useState<Record<string, boolean>>({});
  const columns: Column<TaskRow>[] = [
    { title: "Instance", sort: "instance", cell: (task) => <a class="instance" href={`${jobUrl(job)}/${task.instanceId}`}>{task.instanceId}</a> },
    {
      title: "Status", sort: "newest", role: "wide",
      cell: (task) => (
        <>
          <button class="expand" aria-expanded={!!open[task.taskId]} aria-label={`events of instance ${task.instanceId}`}
            onClick={() => setOpen({ ...open, [task.taskId]: !open[task.taskId] })}>{open[task.taskId] ? "▾" : "▸"}</button>
          <span class="muted">{task.isActive ? "since " : ""}<Ago at={task.taskEvents.at(-1)?.timestamp} /> - </span>
          <Status tone={task.statusTone}>{task.status}</Status>
          {hasWhy(task) ? <span class="reason">: <Why task={task} /></span> : (
            task.statusReason && <span class="reason">: {task.statusReason}</span>
          )}
        </>
      ),
    },
    { title: "Running duration", cell: (task) => <Running row={task} /> },
    { title: "Host", cell: (task) => <HostLink task={task} /> },
  ];
  const details = (task: TaskRow) => open[task.taskId] && <Events job={job} row={task} />;
  return <Table columns={columns} rows={tasks} keyOf={(task) => task.taskId} list={list} details={details} label={label} />;
}
