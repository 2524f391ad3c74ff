// The last hour of a job: instances up, restarts, CPU and memory of all instances, and the updates meanwhile.

import { useMemo } from "preact/hooks";

import { scheduler } from "../api";
import { bytes, cores, localTime } from "../format";
import { useLive } from "../live";
import type { JobKey, JobUsagePoint, UpdateSummary } from "../types";
import { LiveState, Status } from "./Basics";
import { Charts, type Line, type Mark } from "./Charts";
import { updateUrl } from "./UpdateRow";

const whole = (count: number) => (Number.isInteger(count) ? String(count) : "");
const LINES: Line<JobUsagePoint>[] = [
  { title: "Instances up", value: ({ up }) => up, text: whole, least: 2, shape: "steps", other: { title: "the fewest at any moment", value: ({ leastUp }) => leastUp } },
  { title: "Restarts", value: ({ restarts }) => restarts, text: whole, least: 2, shape: "bars", sum: true },
  { title: "CPU", value: ({ cpu }) => cpu, text: cores, least: 0.1 },
  { title: "Memory", value: ({ ramBytes }) => ramBytes, text: bytes, least: 1 << 20 },
];

const POINTS_MIN = 30; // ten minutes

// Without the time before there was anything to tell.
function sinceBegin(points: JobUsagePoint[]): JobUsagePoint[] {
  const first = points.findIndex(({ up, leastUp, restarts, cpu }) => up || leastUp || restarts || cpu);
  return first < 0 ? points.slice(-POINTS_MIN) : points.slice(Math.max(0, Math.min(first - 1, points.length - POINTS_MIN)));
}

const markOf = (update: UpdateSummary): Mark => ({ fromMs: update.createdTimestampMs, toMs: update.isActive ? undefined : update.lastModifiedTimestampMs });

export function JobUsage({ job, updates }: { job: JobKey; updates: UpdateSummary[] }) {
  const live = useLive(() => scheduler.jobUsage(job), job, 10_000);
  const points = useMemo(() => sinceBegin(live.data?.points ?? []), [live.data]);
  const begin = points[0]?.atMs ?? 0;
  const meanwhile = updates.filter((update) => update.isActive || update.lastModifiedTimestampMs > begin);
  return (
    <>
      <LiveState live={live} what="Error fetching what the job has used" />
      {live.data && <Charts points={points} lines={LINES} marks={meanwhile.map(markOf)} />}
      {live.data && !points.some(({ cpu }) => cpu !== undefined) && <p class="muted">What instances use is said by their hosts each 20 seconds while they run, or less often where there are very many.</p>}
      {meanwhile.length > 0 && (
        <p class="small">
          Marked: {meanwhile.map((update, i) => (
            <span key={update.key.id}>{i > 0 && ", "}<a href={updateUrl(update)}>update</a> <Status tone={update.tone}>{update.status}</Status> {localTime(update.createdTimestampMs)}{!update.isActive && ` to ${localTime(update.lastModifiedTimestampMs)}`}</span>
          ))}
        </p>
      )}
    </>
  );
}
