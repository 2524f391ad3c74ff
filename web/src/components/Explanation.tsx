// Why something is as it is, in the scheduler's words: what it waits for, then what happened, the newest first.
import type { Live } from "../live";
import type { Explanation } from "../types";
import { Ago, LiveState, Moment } from "./Basics";

const kindText = (kind: string) => kind.toLowerCase().replace("_", " ");

export function ExplanationText({ live }: { live: Live<Explanation> }) {
  const told = live.data;
  if (!told) return <LiveState live={live} what="Error fetching the explanation" />;
  return (
    <div class="explanation">
      <LiveState live={live} what="Error fetching the explanation" />
      <p><b>{told.now}</b></p>
      {told.waits.length > 0 ? (
        <>
          <h3>It waits for</h3>
          <ul>
            {told.waits.map((wait, i) => (
              <li key={i}><b>{kindText(wait.kind)}</b>: {wait.text}{wait.untilMs !== undefined && <> (<Ago at={wait.untilMs} />)</>}</li>
            ))}
          </ul>
        </>
      ) : <p class="muted">It waits for nothing.</p>}
      <h3>What happened</h3>
      {told.story.length === 0 && <p class="muted">Nothing that is recorded.</p>}
      <ul class="plain">
        {[...told.story].reverse().map((fact, i) => <li key={i}><Moment at={fact.atMs} /> {fact.text}</li>)}
        {told.leftOut > 0 && <li class="muted">and {told.leftOut} older</li>}
      </ul>
    </div>
  );
}
