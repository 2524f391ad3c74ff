// A button that changes something: what will happen is said and asked first, what came of it afterwards.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { useLive } from "../live";
import { Confirm } from "./Confirm";

interface Props {
  label: string;
  what: ComponentChildren; // will happen
  command: (cluster: string) => string; // does the same
  act: () => Promise<string>; // gives what the API says of it
}

export function Action({ label, what, command, act }: Props) {
  const cluster = useLive(scheduler.cluster, [], 60_000).data;
  const [isAsking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState("");
  const ask = () => {
    setOutcome("");
    setAsking(true);
  };
  return (
    <span class="action">
      <button onClick={ask}>{label}</button>
      {outcome && <span role="status" class="muted">{outcome}</span>}
      {isAsking && (
        <Confirm title={`${label}?`} go={label} command={command(cluster?.clusterName ?? "CLUSTER")} act={async () => setOutcome(await act())} onClose={() => setAsking(false)}>
          <p>{what}</p>
        </Confirm>
      )}
    </span>
  );
}
