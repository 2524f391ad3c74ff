import { scheduler } from "../api";
import { Ago, Copyable, Facts, LiveState, Moment, PageHead, Pager, Panel, Status } from "../components/Basics";
import { ConfigDiff, configText, instancesText } from "../components/Config";
import { UpdateActions } from "../components/JobActions";
import { Timeline } from "../components/Timeline";
import { Stderr } from "../components/Why";
import { progressText } from "../components/UpdateRow";
import { humanDuration, instanceRanges, runningTime } from "../format";
import { useListState, useLive } from "../live";
import type { JobKey, UpdateDetails } from "../types";
import { jobCrumbs } from "./JobPage";

const EVENTS_PER_PAGE = 10;

function strategyRows({ updateStrategy: strategy }: UpdateDetails["instructions"]["settings"]): [string, string][] {
  if (strategy?.queueStrategy) return [["Strategy", "Queue"], ["Max Parallel Updates", String(strategy.queueStrategy.groupSize)]];
  if (strategy?.batchStrategy) {
    return [["Strategy", "Batch"], ["Batch Size", String(strategy.batchStrategy.groupSize)],
      ["Auto Pause after Batch", strategy.batchStrategy.autopauseAfterBatch ? "yes" : "no"]];
  }
  if (strategy?.varBatchStrategy) {
    return [["Strategy", "Variable Batch"], ["Batch Sizes", strategy.varBatchStrategy.groupSizes.join(", ")],
      ["Auto Pause after Batch", strategy.varBatchStrategy.autopauseAfterBatch ? "yes" : "no"]];
  }
  return [];
}

function Settings({ update }: { update: UpdateDetails }) {
  const { settings } = update.instructions;
  return (
    <Panel title="Update Settings">
      <Facts
        rows={[
          ...strategyRows(settings),
          ["Max Failures Per Instance", String(settings.maxPerInstanceFailures)],
          ["Max Failed Instances", String(settings.maxFailedInstances)],
          ["Minimum Waiting Time in Running", runningTime(settings.minWaitInInstanceRunningMs)],
          ["Rollback On Failure?", settings.rollbackOnFailure ? "yes" : "no"],
          ["SLA-Aware?", settings.slaAware ? "yes" : "no"],
          ["Pulse timeout", settings.blockIfNoPulsesAfterMs ? runningTime(settings.blockIfNoPulsesAfterMs) : undefined],
          ["Only instances", instanceRanges(settings.updateOnlyTheseInstances)],
          ["Metadata", update.metadata.map((m) => <div key={m.key}>{m.key}: {m.value}</div>)],
        ]}
      />
    </Panel>
  );
}

function When({ update }: { update: UpdateDetails }) {
  const { createdTimestampMs: created, lastModifiedTimestampMs: modified } = update;
  return (
    <Facts
      rows={[
        ["Update ID", <Copyable text={update.key.id} />],
        ["Started", <><Moment at={created} /> <span class="muted">(<Ago at={created} />) by {update.user}</span></>],
        ["Last change", <><Moment at={modified} /> <span class="muted">(<Ago at={modified} />)</span></>],
        ["Duration", !update.isActive && <span title={runningTime(modified - created)}>{humanDuration(modified - created)}</span>],
      ]}
    />
  );
}

// One rectangle per instance, by id.
function Grid({ update }: { update: UpdateDetails }) {
  const { role, environment, name } = update.key.job;
  const size = update.instances.length <= 100 ? "large" : update.instances.length <= 1000 ? "medium" : "small";
  return (
    <div class={`grid ${size}`}>
      {update.instances.map(({ instanceId, state, tone }) => (
        <a key={instanceId} class={`cell tone-${tone} is-${state}`} title={`${instanceId}: ${state}`} aria-label={`instance ${instanceId}: ${state}`}
          href={`/scheduler/${role}/${environment}/${name}/${instanceId}`} />
      ))}
    </div>
  );
}

function InstanceEvents({ job, id }: { job: JobKey; id: string }) {
  const { page, setPage } = useListState();
  const live = useLive(
    () => scheduler.updatedInstances(job, id, { offset: page * EVENTS_PER_PAGE, limit: EVENTS_PER_PAGE }), [job, id], 2000, page, job,
  );
  return (
    <Panel title="Instance Events">
      <LiveState live={live} what="Error fetching instance events" />
      {live.data?.instances.map(({ instanceId, events, stderrUrl }) => {
        const last = events[events.length - 1];
        const why = [...events].reverse().find((event) => event.message)?.message;
        return (
          <details key={instanceId}>
            <summary>
              <a href={`/scheduler/${job.role}/${job.environment}/${job.name}/${instanceId}`}>#{instanceId}</a>{" "}
              <Status tone={last.tone}>{last.action}</Status> <span class="muted"><Ago at={last.timestampMs} /></span>
              {why && <span class="reason"> {why}<Stderr url={stderrUrl} /></span>}
            </summary>
            <Timeline events={events.map((e) => ({ at: e.timestampMs, state: e.action, tone: e.tone, message: e.message }))} />
          </details>
        );
      })}
      {live.data?.total === 0 && <p class="muted">None yet.</p>}
      {live.data && <Pager page={page} size={EVENTS_PER_PAGE} total={live.data.total} onPage={setPage} />}
    </Panel>
  );
}

function Diff({ update }: { update: UpdateDetails }) {
  const { initialState, desiredState } = update.instructions;
  if (!desiredState) return null;
  const config = <pre>{configText(desiredState.task)}</pre>;
  if (!initialState.length) return <Panel title="Update Config">{config}</Panel>;
  return (
    <>
      {initialState.map((group) => (
        <ConfigDiff key={group.instances[0]?.first} before={group.task} after={desiredState.task} title={`Update Diff for ${instancesText(group.instances)}`} />
      ))}
      <Panel><details><summary>New configuration</summary>{config}</details></Panel>
    </>
  );
}

export function UpdatePage({ role, environment, name, id }: JobKey & { id: string }) {
  const key = { role, environment, name };
  const live = useLive(() => scheduler.update(key, id), [key, id], 2000, 0, key);
  const job = `/scheduler/${role}/${environment}/${name}`;
  const update = live.data;
  return (
    <>
      <PageHead
        title={<>Update {update && <Status tone={update.tone}>{update.status}</Status>}</>}
        tab={`Update of ${name}`} crumbs={[...jobCrumbs(key), { text: `Update: ${id}` }]}
        sub={update && <>Update started by {update.user} <Ago at={update.createdTimestampMs} /></>}
      />
      <LiveState live={live} what="Error fetching the update"
        next={<>It may have been pruned. See the <a href={job}>job</a> or <a href="/updates">all updates</a>.</>} />
      {update && (
        <>
          <div class="columns">
            <div>
              <Panel title="Update History">
                <UpdateActions update={update} />
                <When update={update} />
                <Timeline events={update.updateEvents.map((e) => ({ at: e.timestampMs, state: e.status, tone: e.tone, message: e.message, user: e.user }))} />
              </Panel>
              <Settings update={update} />
            </div>
            <div>
              <Panel title="Instance Overview" aside={progressText(update)}>
                <progress value={update.instancesUpdated} max={update.instancesTotal} aria-label="instances updated" /><Grid update={update} />
              </Panel>
              <InstanceEvents job={key} id={id} />
            </div>
          </div>
          <Diff update={update} />
        </>
      )}
    </>
  );
}
