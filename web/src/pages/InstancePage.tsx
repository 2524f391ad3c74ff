import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { Copyable, Facts, LiveState, PageHead, Pager, Panel } from "../components/Basics";
import { configText } from "../components/Config";
import { ExplanationText } from "../components/Explanation";
import { InstanceActions } from "../components/JobActions";
import { HostLink, instanceUrl, TaskList, taskUrl, timelineOf } from "../components/TaskList";
import { Timeline } from "../components/Timeline";
import { useListState, useLive } from "../live";
import type { JobKey, Task } from "../types";
import { jobCrumbs } from "./JobPage";

const PAGE_SIZE = 25;

function Neighbours({ task }: { task: Task }) {
  const live = useLive(() => scheduler.hostTasks(task.host), task.host, 30_000);
  const others = live.data?.tasks.filter((other) => other.taskId !== task.taskId) ?? [];
  if (!live.data || !others.length) return null;
  const hidden = live.data.total - live.data.tasks.length;
  return (
    <details open={others.length <= 10}>
      <summary>Host neighbors ({live.data.total - 1})</summary>
      <ul class="plain">
        {others.map((other) => (
          <li key={other.taskId}><a href={instanceUrl(other)}>{instanceUrl(other).replace("/scheduler/", "")}</a></li>
        ))}
        {hidden > 0 && <li class="muted">and {hidden} more</li>}
      </ul>
    </details>
  );
}

function TaskExplanation({ taskId }: { taskId: string }) {
  const live = useLive(() => scheduler.explainTask(taskId), taskId, 3000);
  return <ExplanationText live={live} />;
}

// Asked for only while somebody looks at it.
function TaskWhy({ taskId }: { taskId: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>Why</summary>
      {isOpen && <TaskExplanation taskId={taskId} />}
    </details>
  );
}

function TaskDetails({ task }: { task: Task }) {
  return (
    <>
      <Facts
        rows={[
          ["Task ID", <Copyable text={task.taskId} />],
          ["Host", task.host && <><HostLink task={task} />{task.taskUrl && <> · <a href={task.taskUrl.replace("/task/", "/browse/")} target="_self">view sandbox</a></>}{task.isActive && <> · <a href={`${instanceUrl(task)}/shell`}>shell</a></>}</>],
          ["Ports", Object.entries(task.assignedPorts).map(([name, port]) => `${name}: ${port}`).join(", ")],
          ["Failures", task.failureCount ? String(task.failureCount) : undefined],
          ["Ancestor", task.ancestorId && <a href={taskUrl({ ...task, taskId: task.ancestorId })}><code>{task.ancestorId}</code></a>],
        ]}
      />
      <Timeline events={timelineOf(task)} />
      <TaskWhy taskId={task.taskId} />
      <details><summary>Raw configuration</summary><pre>{configText(task.task)}</pre></details>
      {task.isActive && task.host && <Neighbours task={task} />}
    </>
  );
}

export function InstancePage({ role, environment, name, instance }: JobKey & { instance: string }) {
  const key = { role, environment, name };
  const { page, setPage } = useListState();
  const active = useLive(() => scheduler.tasks(key, { instance, active: true, limit: 1 }), [key, instance], 3000, 0, key);
  const past = useLive(
    () => scheduler.taskRows(key, { instance, active: false, order: "newest", offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [key, instance], 3000, page, key,
  );
  const task = active.data?.tasks[0];
  return (
    <>
      <PageHead title={`Instance ${instance} of ${name}`} tab={`${name}/${instance}`} crumbs={[...jobCrumbs(key), { text: instance }]} />
      <LiveState live={active} what="Error fetching tasks" />
      {active.data && (
        <Panel title="Active Task">
          {task && <InstanceActions job={key} instance={task.instanceId} />}
          {task ? <TaskDetails task={task} key={task.taskId} /> : (
            <p class="muted">
              No active task found{past.data?.total === 0 ? ", and none is remembered" : ""}. See
              the <a href={`/scheduler/${role}/${environment}/${name}`}>job</a>.
            </p>
          )}
        </Panel>
      )}
      {past.data && past.data.total > 0 && (
        <Panel title="Instance History">
          <TaskList job={key} tasks={past.data.tasks} label="Instance History" />
          <Pager page={page} size={PAGE_SIZE} total={past.data.total} onPage={setPage} />
        </Panel>
      )}
    </>
  );
}

export function TaskPage({ role, environment, name, taskId }: JobKey & { taskId: string }) {
  const live = useLive(() => scheduler.task(taskId), taskId, 3000, 0, { taskId });
  const job = `/scheduler/${role}/${environment}/${name}`;
  return (
    <>
      <PageHead title={`Task: ${taskId}`} tab={taskId} crumbs={[...jobCrumbs({ role, environment, name }), { text: taskId }]} />
      <LiveState
        live={live} what="Error fetching the task"
        next={<>Task not found, it may have been automatically pruned. See what the <a href={`${job}?jobView=history`}>job</a> remembers.</>}
      />
      {live.data && <Panel><TaskDetails task={live.data} /></Panel>}
    </>
  );
}
