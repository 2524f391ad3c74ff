import { useState } from "preact/hooks";

import { runningTime } from "../format";
import type { ListState } from "../live";
import type { Task } from "../types";
import { Ago, Copyable, Status } from "./Basics";
import { type Column, Table } from "./Table";
import { Timeline } from "./Timeline";
import { hasWhy, Why } from "./Why";

const jobUrl = ({ role, environment, name }: Task["task"]["job"]) => `/scheduler/${role}/${environment}/${name}`;
export const instanceUrl = (task: Task) => `${jobUrl(task.task.job)}/${task.instanceId}`;
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

export function HostLink({ task }: { task: Task }) {
  if (!task.host) return null;
  return task.taskUrl ? <a href={task.taskUrl} target="_self">{task.host}</a> : <b>{task.host}</b>;
}

export function TaskList({ tasks, list, label }: { tasks: Task[]; list?: ListState; label: string }) {
  const [open, setOpen] = useState<Record<string, boolean>>({});
  const columns: Column<Task>[] = [
    { title: "Instance", sort: "instance", cell: (task) => <a class="instance" href={instanceUrl(task)}>{task.instanceId}</a> },
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
    { title: "Running duration", cell: (task) => task.durationMs > 0 && runningTime(task.durationMs) },
    { title: "Host", cell: (task) => <HostLink task={task} /> },
  ];
  const details = (task: Task) => open[task.taskId] && (
    <>
      <p class="muted">Task ID <Copyable text={task.taskId} /> <a href={taskUrl(task)}>details</a></p>
      <Timeline events={timelineOf(task)} />
    </>
  );
  return <Table columns={columns} rows={tasks} keyOf={(task) => task.taskId} list={list} details={details} label={label} />;
}
