// Emptying hosts and giving them back: what holds a drain up, and the two actions.

import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { useLive } from "../live";
import type { Host, HostMaintenance } from "../types";
import { Ago, LiveState, Moment, Panel, Status } from "./Basics";
import { Confirm } from "./Confirm";

const HOSTS_SHOWN = 25;

export type Action = { kind: "drain" | "activate"; host: Host };

interface Policy {
  percentage: number;
  minutes: number;
  hours: number;
}

function NumberField({ before, after, value, max, onChange }: { before: string; after: string; value: number; max: number; onChange: (value: number) => void }) {
  return <label>{before} <input type="number" min={0} max={max} value={value} onInput={(event) => onChange(Number(event.currentTarget.value))} /> {after}</label>;
}

function DrainDialog({ host, cluster, onClose }: { host: Host; cluster: string; onClose: () => void }) {
  const [policy, setPolicy] = useState<Policy>({ percentage: 95, minutes: 30, hours: 168 });
  const command =
    `aurora admin sla_host_drain ${cluster} --hosts=${host.host} --default_percentage=${policy.percentage}` +
    ` --default_duration=${policy.minutes}m --force_drain_timeout=${policy.hours}h`;
  const act = () =>
    scheduler.drain(host.host, { percentageSlaPolicy: { percentage: policy.percentage, durationSecs: policy.minutes * 60 } }, policy.hours * 3600);
  return (
    <Confirm title={`Drain ${host.host}?`} go={`Drain ${host.host}`} command={command} act={act} onClose={onClose}>
      <p>
        {host.taskCount === 0 ? "It has no tasks" : `Its ${host.taskCount} ${host.taskCount === 1 ? "task is" : "tasks are"} ended and run elsewhere`}, and no new task comes here until it is activated.
        A task goes when the policy of its job allows it; production jobs without one, of 20 instances or more, keep this much:
      </p>
      <p class="fields">
        <NumberField before="at least" after="% of the instances up" value={policy.percentage} max={100} onChange={(percentage) => setPolicy({ ...policy, percentage })} />
        <NumberField before="for" after="minutes;" value={policy.minutes} max={120} onChange={(minutes) => setPolicy({ ...policy, minutes })} />
        <NumberField before="after" after="hours no policy counts." value={policy.hours} max={8760} onChange={(hours) => setPolicy({ ...policy, hours })} />
      </p>
    </Confirm>
  );
}

function ActivateDialog({ host, cluster, onClose }: { host: Host; cluster: string; onClose: () => void }) {
  return (
    <Confirm title={`Activate ${host.host}?`} go={`Activate ${host.host}`} command={`aurora admin host_activate ${cluster} --hosts=${host.host}`}
      act={() => scheduler.activate(host.host)} onClose={onClose}>
      <p>
        Maintenance ends: new tasks may come here again at once.
        {host.mode === "DRAINING" && ` Of its ${host.taskCount} tasks, those that are not being ended yet stay.`}
      </p>
    </Confirm>
  );
}

export function MaintenanceDialog({ action, cluster, onClose }: { action: Action; cluster: string; onClose: () => void }) {
  const Dialog = action.kind === "drain" ? DrainDialog : ActivateDialog;
  return <Dialog host={action.host} cluster={cluster} onClose={onClose} />;
}

function Holds({ host }: { host: HostMaintenance }) {
  return (
    <section class="holds" aria-label={`Drain of ${host.host}`}>
      <h3>
        {host.host} <Status tone="attention">{host.mode}</Status>{" "}
        <span class="muted">
          {host.taskCount} {host.taskCount === 1 ? "task" : "tasks"} left, asked for by {host.drain?.user} <Ago at={host.drain?.created} />
          {host.forcedAtMs && <>, no policy counts from <Moment at={host.forcedAtMs} /></>}
        </span>
      </h3>
      <ul>
        {host.tasks.map((task) => (
          <li key={task.taskId}>
            <a href={`/scheduler/${task.instance}`}>{task.instance}</a> {task.isLeaving ? <Status tone="progress">leaving</Status> : task.why}
          </li>
        ))}
        {host.taskCount > host.tasks.length && <li>{host.taskCount - host.tasks.length} more</li>}
        {host.unknownTaskCount > 0 && <li>{host.unknownTaskCount} that this scheduler does not know: <code>aurora admin unknown_tasks</code></li>}
      </ul>
    </section>
  );
}

// Nothing while no host is being drained.
export function DrainProgress() {
  const live = useLive(() => scheduler.maintenance({ mode: "DRAINING", limit: HOSTS_SHOWN }), [], 5000);
  if (!live.data?.total) return null;
  return (
    <Panel title={`Draining (${live.data.total})`}>
      <LiveState live={live} what="Error fetching drains" />
      {live.data.hosts.map((host) => <Holds key={host.host} host={host} />)}
      {live.data.total > live.data.hosts.length && <p class="muted">and {live.data.total - live.data.hosts.length} more hosts</p>}
    </Panel>
  );
}
