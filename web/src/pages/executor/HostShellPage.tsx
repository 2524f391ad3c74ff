import { executor } from "../../api";
import { Copyable, LiveState, PageHead } from "../../components/Basics";
import { ShellPanel } from "../../components/ShellPanel";
import { useLive } from "../../live";
import { noSuchTask } from "./HostTaskPage";

export function HostShellPage({ id }: { id: string }) {
  const live = useLive(() => executor.task(id), id, 10_000);
  const task = live.data;
  return (
    <>
      <PageHead title="Shell" tab={task ? `shell ${task.name}/${task.instance}` : "shell"}
        crumbs={[{ text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: "shell" }]} />
      <LiveState live={live} what="Task" next={noSuchTask} />
      {task && (
        <ShellPanel
          path={executor.shellPath(id)}
          where={[
            ["as user", <b>{task.user}</b>],
            ["job", `${task.role}/${task.environment}/${task.name}`],
            ["instance", String(task.instance)],
            ["on host", <b>{task.hostname}</b>],
            ["task id", <Copyable text={id} />],
          ]}
        />
      )}
    </>
  );
}
