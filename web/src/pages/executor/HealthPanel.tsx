import { executor } from "../../api";
import { Facts, Moment, Panel, Status } from "../../components/Basics";
import { type Column, Table } from "../../components/Table";
import { useLive } from "../../live";
import type { CheckResult, TaskHealth, Tone } from "../../types";

const OUTCOMES: Record<CheckResult["outcome"], Tone> = { PASSED: "ok", FAILED: "failed", FORGIVEN: "attention", SNOOZED: "neutral" };
const STATES: Record<NonNullable<TaskHealth["state"]>, Tone> = { STARTING: "progress", HEALTHY: "ok", UNHEALTHY: "failed" };

const COLUMNS: Column<CheckResult>[] = [
  { title: "time", cell: ({ timestampMs }) => <Moment at={timestampMs} /> },
  { title: "took", number: true, cell: ({ durationMs }) => `${durationMs} ms` },
  { title: "outcome", cell: ({ outcome }) => <Status tone={OUTCOMES[outcome]}>{outcome}</Status> },
  { title: "why", role: "main", cell: ({ reason }) => <span class="reason">{reason}</span> },
];

const secs = (ms = 0) => `${ms / 1000} s`;

// The check of a task and what it has said lately; nothing for a task without one.
export function HealthPanel({ id }: { id: string }) {
  const health = useLive(() => executor.health(id), id, 5000).data;
  if (!health?.isChecked || !health.state) return null;
  return (
    <Panel title="Health">
      <Facts
        rows={[
          ["state", <><Status tone={STATES[health.state]}>{health.state}</Status> {health.isOver && <span class="muted">no more checks follow</span>}</>],
          ["check", health.check === "http" ? <>GET <code>localhost:{health.port}{health.endpoint}</code></> : <code>{health.command}</code>],
          ["each", <>{secs(health.intervalMs)} <span class="muted">with {secs(health.timeoutMs)} to answer; failures of the first {secs(health.initialIntervalMs)} are forgiven, then {health.maxConsecutiveFailures} in a row</span></>],
          ["in a row", `${health.consecutiveSuccesses} passed, ${health.consecutiveFailures} failed`],
        ]}
      />
      <details><summary>{health.results.length} latest checks</summary><Table columns={COLUMNS} rows={health.results} keyOf={({ timestampMs }) => timestampMs} label="Checks" /></details>
    </Panel>
  );
}
