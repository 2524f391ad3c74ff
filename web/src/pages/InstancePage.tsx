import { scheduler } from "../api";
import { Facts, LiveState, PageHead, Panel } from "../components/Basics";
import { configText } from "../components/Config";
import { HostLink, instanceUrl, TaskList, timelineOf } from "../components/TaskList";
import { Timeline } from "../components/Timeline";
import { useLive } from "../live";
import type { JobKey, Task } from "../types";
import { jobCrumbs } from "./JobPage";

function Neighbours({ task }: { task: Task }) {
  const live = useLive(() => scheduler.hostTasks(task.host), [task.host], 30_000);
  const others = live.data?.tasks.filter((other) => other.taskId !== task.taskId) ?? [];
  if (!others.length) return null;
  return (
    <>
      <h3>Host neighbors</h3>
      <ul class="plain">
        {others.map((other) => (
          <li><a href={instanceUrl(other)}>{instanceUrl(other).replace("/scheduler/", "")}</a></li>
        ))}
      </ul>
    </>
  );
}

function TaskDetails({ task }: { task: Task }) {
  return (
    <>
      <Facts
        rows={[
          ["Task ID", <code>{task.taskId}</code>],
          ["Host", task.host && <HostLink task={task} />],
          ["Ports", Object.entries(task.assignedPorts).map(([name, port]) => `${name}: ${port}`).join(", ")],
          ["Failures", task.failureCount ? String(task.failureCount) : undefined],
          ["Ancestor", task.ancestorId && <code>{task.ancestorId}</code>],
        ]}
      />
      <Timeline events={timelineOf(task)} />
      <details><summary>Raw configuration</summary><pre>{configText(task.task)}</pre></details>
      {task.isActive && task.host && <Neighbours task={task} />}
    </>
  );
}

export function InstancePage({ role, environment, name, instance }: JobKey & { instance: string }) {
  const key = { role, environment, name };
  const live = useLive(() => scheduler.tasks(key, { instance, order: "newest", limit: 100 }), [key, instance], 3000);
  const active = live.data?.tasks.find((task) => task.isActive);
  const past = live.data?.tasks.filter((task) => !task.isActive) ?? [];
  return (
    <>
      <PageHead title={`Instance ${instance} of ${name}`} crumbs={[...jobCrumbs(key), { text: instance }]} />
      <LiveState live={live} what="Error fetching tasks" />
      {live.data && (
        <Panel title="Active Task">{active ? <TaskDetails task={active} /> : <p class="muted">No active task found.</p>}</Panel>
      )}
      {past.length > 0 && <Panel title="Instance History"><TaskList tasks={past} /></Panel>}
    </>
  );
}

export function TaskPage({ role, environment, name, taskId }: JobKey & { taskId: string }) {
  const live = useLive(() => scheduler.task(taskId), [taskId], 3000);
  return (
    <>
      <PageHead title={`Task: ${taskId}`} crumbs={[...jobCrumbs({ role, environment, name }), { text: taskId }]} />
      {live.error ? <p class="error">Task not found, it may have been automatically pruned. ({live.error})</p> : <LiveState live={live} what="Task" />}
      {live.data && <Panel><TaskDetails task={live.data} /></Panel>}
    </>
  );
}
