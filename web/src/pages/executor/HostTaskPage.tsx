import { executor } from "../../api";
import { Facts, LiveState, Moment, PageHead, Panel, Status } from "../../components/Basics";
import { useLive } from "../../live";
import type { HostTaskDetails, ProcessRun } from "../../types";

function ProcessRow({ id, process }: { id: string; process: ProcessRun }) {
  const log = (stream: string) => `/logs/${id}/${encodeURIComponent(process.name)}/${process.run}/${stream}`;
  return (
    <tr>
      <td><a href={`/process/${id}/${encodeURIComponent(process.name)}`}>{process.name}</a></td>
      <td class="number">{process.run}</td>
      <td><Status tone={process.tone}>{process.state}</Status></td>
      <td class="number">{process.returnCode || ""}</td>
      <td><Moment at={process.startMs} /></td>
      <td><Moment at={process.stopMs} /></td>
      <td class="number">{process.cpu !== undefined ? process.cpu.toFixed(3) : ""}</td>
      <td class="number">{process.ramBytes ? `${(process.ramBytes / 1048576).toFixed(0)}MB` : ""}</td>
      <td><a href={log("stdout")}>stdout</a></td>
      <td><a href={log("stderr")}>stderr</a></td>
    </tr>
  );
}

function Processes({ task }: { task: HostTaskDetails }) {
  return (
    <Panel title="Processes">
      <table class="list">
        <thead>
          <tr class="groups"><th colSpan={4}>process</th><th colSpan={2}>time</th><th colSpan={2}>used</th><th colSpan={2}>logs</th></tr>
          <tr><th>name</th><th class="number">run</th><th>status</th><th class="number">return code</th><th>started</th><th>finished</th>
            <th class="number">cpu</th><th class="number">ram</th><th>stdout</th><th>stderr</th></tr>
        </thead>
        <tbody>{task.processes.map((process) => <ProcessRow key={process.name} id={task.taskId} process={process} />)}</tbody>
      </table>
    </Panel>
  );
}

export function HostTaskPage({ id }: { id: string }) {
  const live = useLive(() => executor.task(id), [id], 2000);
  const task = live.data;
  return (
    <>
      <PageHead title={`task ${id}`} crumbs={[{ text: "Host", href: "/" }, { text: id }]} />
      <LiveState live={live} what="Task" />
      {task && (
        <>
          <div class="columns">
            <Panel title="Task">
              <Facts
                rows={[
                  ["status", <Status tone={task.tone}>{task.state}</Status>],
                  ["user", task.user],
                  ["ports", Object.entries(task.ports).map(([name, port]) => (
                    <div>{name}: <a href={`http://${location.hostname}:${port}`} target="_self">{port}</a></div>
                  ))],
                  ["chroot", <a href={`/browse/${id}`}>browse</a>],
                  ["hostname", <a href="/">{task.hostname}</a>],
                  ["launch time", <Moment at={task.launchTimestampMs} />],
                ]}
              />
              <details><summary>task config</summary><pre>{JSON.stringify(task.task, null, 4)}</pre></details>
            </Panel>
            <div>
              <Panel title="States">
                <table class="list">
                  <thead><tr><th>task status</th><th>time</th></tr></thead>
                  <tbody>{task.statuses.map((entry) => <tr><td>{entry.state}</td><td><Moment at={entry.timestampMs} /></td></tr>)}</tbody>
                </table>
              </Panel>
              <Panel title="Resources used">
                <table class="list">
                  <thead><tr><th>cpu</th><th>ram</th><th>disk</th></tr></thead>
                  <tbody>
                    <tr>
                      <td>{task.cpu.toFixed(3)}</td>
                      <td>{(task.ramBytes / 1048576).toFixed(1)}MB</td>
                      <td>{(task.diskBytes / 1073741824).toFixed(1)}GB</td>
                    </tr>
                  </tbody>
                </table>
              </Panel>
            </div>
          </div>
          <Processes task={task} />
        </>
      )}
    </>
  );
}
