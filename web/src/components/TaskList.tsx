import { useState } from "preact/hooks";

import { runningTime } from "../format";
import type { Task } from "../types";
import { Ago, Status } from "./Basics";
import { Timeline } from "./Timeline";

export const instanceUrl = (task: Task) => {
  const { role, environment, name } = task.task.job;
  return `/scheduler/${role}/${environment}/${name}/${task.instanceId}`;
};

export function timelineOf(task: Task) {
  const last = task.taskEvents.length - 1;
  return task.taskEvents.map((event, i) => ({
    at: event.timestamp,
    state: event.status,
    tone: event.tone ?? (i === last ? task.statusTone : "neutral"),
    message: i === last && task.statusReason ? task.statusReason : event.message,
  }));
}

export function HostLink({ task }: { task: Task }) {
  if (!task.host) return null;
  return task.taskUrl ? <a href={task.taskUrl} target="_self">{task.host}</a> : <b>{task.host}</b>;
}

function Row({ task }: { task: Task }) {
  const [open, setOpen] = useState(false);
  const at = task.taskEvents[task.taskEvents.length - 1]?.timestamp;
  return (
    <>
      <tr class="task">
        <td class="number"><a href={instanceUrl(task)}>{task.instanceId}</a></td>
        <td>
          <button class="expand" aria-expanded={open} aria-label="events" onClick={() => setOpen(!open)}>{open ? "▾" : "▸"}</button>
          <span class="muted">{task.isActive ? "since " : ""}<Ago at={at} /> - </span>
          <Status tone={task.statusTone}>{task.status}</Status>
          {task.statusReason && <span class="reason">: {task.statusReason}</span>}
        </td>
        <td>{runningTime(task.durationMs)}</td>
        <td><HostLink task={task} /></td>
      </tr>
      {open && (
        <tr class="details">
          <td />
          <td colSpan={3}>
            <p class="muted">Task ID <code>{task.taskId}</code></p>
            <Timeline events={timelineOf(task)} />
          </td>
        </tr>
      )}
    </>
  );
}

export function TaskList({ tasks }: { tasks: Task[] }) {
  return (
    <table class="list tasks">
      <thead>
        <tr><th>Instance</th><th>Status</th><th>Running duration</th><th>Host</th></tr>
      </thead>
      <tbody>{tasks.map((task) => <Row key={task.taskId} task={task} />)}</tbody>
    </table>
  );
}
