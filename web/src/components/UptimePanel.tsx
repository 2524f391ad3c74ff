// How long the instances of a service have been up, as monitoring is told. Nothing while none of them runs.

import { scheduler } from "../api";
import { runningTime } from "../format";
import { useLive } from "../live";
import type { JobKey } from "../types";
import { Facts, LiveState, Panel } from "./Basics";

export function UptimePanel({ job }: { job: JobKey }) {
  const live = useLive(() => scheduler.jobSla(job), job, 15_000);
  if (!live.error && !live.data?.jobUptimes.some(({ secs }) => secs > 0)) return null;
  return (
    <Panel title="Uptime">
      <LiveState live={live} what="Error fetching uptimes" />
      {live.data && (
        <Facts
          rows={[
            ...live.data.jobUptimes.map(({ percent, secs }): [string, string] => [`${percent} % of running instances`, `for ${runningTime(1000 * secs)} or longer`]),
            ["Kept up by the platform", `${+live.data.platformUptimePercent.toFixed(3)} % of the last ${runningTime(1000 * live.data.windowSecs)}`],
          ]}
        />
      )}
    </Panel>
  );
}
