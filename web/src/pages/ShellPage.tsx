import { scheduler } from "../api";
import { Copyable, LiveState, PageHead } from "../components/Basics";
import { ShellPanel } from "../components/ShellPanel";
import { HostLink } from "../components/TaskList";
import { useLive } from "../live";
import type { JobKey } from "../types";
import { jobCrumbs } from "./JobPage";

export function ShellPage({ role, environment, name, instance }: JobKey & { instance: string }) {
  const key = { role, environment, name };
  const live = useLive(() => scheduler.tasks(key, { instance, active: true, limit: 1 }), [key, instance], 10_000);
  const task = live.data?.tasks[0];
  const instanceUrl = `/scheduler/${role}/${environment}/${name}/${instance}`;
  return (
    <>
      <PageHead title={`Shell in instance ${instance} of ${name}`} tab={`shell ${name}/${instance}`}
        crumbs={[...jobCrumbs(key), { text: instance, href: instanceUrl }, { text: "shell" }]} />
      <LiveState live={live} what="Error fetching tasks" />
      {live.data && !task?.host && <p class="muted">No active task found. See the <a href={instanceUrl}>instance</a>.</p>}
      {task?.host && (
        <ShellPanel
          key={task.taskId} path={scheduler.shellPath(key, instance)}
          where={[
            ["as role", <b>{role}</b>],
            ["job", `${role}/${environment}/${name}`],
            ["instance", instance],
            ["on host", <HostLink task={task} />],
            ["task id", <Copyable text={task.taskId} />],
          ]}
        />
      )}
    </>
  );
}
