import { useState } from "preact/hooks";

import { executor } from "../../api";
import { Facts, LiveState, Moment, PageHead, Pager, Panel, sizeText, Status } from "../../components/Basics";
import { useLive } from "../../live";
import type { HostTask } from "../../types";

const PAGE_SIZE = 20;

function Row({ task }: { task: HostTask }) {
  return (
    <tr>
      <td>{task.name}</td>
      <td>{task.role}</td>
      <td><Moment at={task.launchTimestampMs} /></td>
      <td><Status tone={task.tone}>{task.state}</Status></td>
      <td class="number">{task.cpu ? task.cpu.toFixed(3) : ""}</td>
      <td class="number">{task.ramBytes ? sizeText(task.ramBytes) : ""}</td>
      <td class="number">{task.diskBytes ? sizeText(task.diskBytes) : ""}</td>
      <td><a href={`/task/${task.taskId}`}>info</a></td>
      <td><a href={`/browse/${task.taskId}`}>browse</a></td>
    </tr>
  );
}

function Tasks({ state }: { state: "active" | "finished" }) {
  const [page, setPage] = useState(0);
  const live = useLive(() => executor.tasks(state, page * PAGE_SIZE, PAGE_SIZE), [state, page]);
  return (
    <Panel title={`${state} tasks`}>
      <LiveState live={live} what="Error fetching tasks" />
      {live.data && (live.data.total ? (
        <table class="list">
          <thead>
            <tr><th>Name</th><th>Role</th><th>Launched</th><th>Status</th><th class="number">cpu</th><th class="number">ram</th>
              <th class="number">disk</th><th>Task</th><th>Sandbox</th></tr>
          </thead>
          <tbody>{live.data.tasks.map((task) => <Row key={task.taskId} task={task} />)}</tbody>
        </table>
      ) : <p class="muted">None.</p>)}
      {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
    </Panel>
  );
}

export function HostPage() {
  const host = useLive(executor.host, [], 30_000);
  return (
    <>
      <PageHead title={host.data ? `Tasks on ${host.data.host}` : "Tasks"} crumbs={[{ text: "Host" }]} />
      <Tasks state="active" />
      <Tasks state="finished" />
      {host.data && (
        <Panel title="Host">
          <Facts rows={[["agent", host.data.agentId], ["runs tasks as", host.data.runsTasksAs], ["isolation", host.data.isolation],
            ["version", host.data.version]]} />
        </Panel>
      )}
    </>
  );
}
