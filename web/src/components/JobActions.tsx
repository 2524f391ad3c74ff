// What one may do to a job, an instance or an update, from its page.

import { scheduler } from "../api";
import type { ConfigGroup, JobKey, UpdateDetails } from "../types";
import { Action } from "./Action";

const keyText = (cluster: string, { role, environment, name }: JobKey) => `${cluster}/${role}/${environment}/${name}`;

const countOf = (groups: ConfigGroup[]) =>
  groups.reduce((sum, { instances }) => sum + instances.reduce((count, { first, last }) => count + last - first + 1, 0), 0);

function instancesOf(groups: ConfigGroup[]): number[] {
  return groups.flatMap(({ instances }) => instances.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));
}

export function JobActions({ job, groups }: { job: JobKey; groups: ConfigGroup[] }) {
  const count = countOf(groups);
  if (!count) return null;
  const all = count === 1 ? "Its one instance is" : `All ${count} instances are`;
  return (
    <div class="actions">
      <Action
        label="Restart" what={`${all} restarted at once: each is ended and runs again, on any host. The command restarts them batch by batch and watches.`}
        command={(cluster) => `aurora job restart ${keyText(cluster, job)}`} act={() => scheduler.restart(job, instancesOf(groups))}
      />
      <Action
        label="Kill" what={`${all} ended and nothing takes their place. The job is gone until somebody creates it again.`}
        command={(cluster) => `aurora job killall ${keyText(cluster, job)}`} act={() => scheduler.kill(job, [])}
      />
    </div>
  );
}

export function InstanceActions({ job, instance }: { job: JobKey; instance: number }) {
  const key = (cluster: string) => `${keyText(cluster, job)}/${instance}`;
  return (
    <div class="actions">
      <Action
        label="Restart" what={`Instance ${instance} is ended and runs again, on any host.`}
        command={(cluster) => `aurora job restart ${key(cluster)}`} act={() => scheduler.restart(job, [instance])}
      />
      <Action
        label="Kill" what={`Instance ${instance} is ended and nothing takes its place.`}
        command={(cluster) => `aurora job kill ${key(cluster)}`} act={() => scheduler.kill(job, [instance])}
      />
    </div>
  );
}

const CONTROLS = [
  { verb: "pause", label: "Pause", what: "Instances that are being changed go on; no other is begun until somebody resumes.", isFor: /^ROLL(ING|_(FORWARD|BACK)_AWAITING_PULSE)/ },
  { verb: "resume", label: "Resume", what: "It goes on where it was paused.", isFor: /_PAUSED$/ },
  { verb: "rollback", label: "Roll back", what: "What it has changed is changed back, and instances that it added are ended.", isFor: /FORWARD/ },
  { verb: "abort", label: "Abort", what: "It ends here: what it has changed stays changed, all else stays as it is.", isFor: /./ },
] as const;

export function UpdateActions({ update }: { update: UpdateDetails }) {
  if (!update.isActive) return null;
  const { job, id } = update.key;
  return (
    <div class="actions">
      {CONTROLS.filter(({ isFor }) => isFor.test(update.status)).map(({ verb, label, what }) => (
        <Action
          key={verb} label={label} what={what} command={(cluster) => `aurora update ${verb} ${keyText(cluster, job)}`}
          act={() => scheduler.controlUpdate(job, id, verb)}
        />
      ))}
    </div>
  );
}
