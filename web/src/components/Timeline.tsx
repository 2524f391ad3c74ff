import type { ComponentChildren } from "preact";

import type { Tone } from "../types";
import { Ago, Moment, Status } from "./Basics";

export interface TimelineEvent {
  at: number;
  state: string;
  tone?: Tone;
  message?: string;
  why?: ComponentChildren; // more than the message says
  user?: string;
}

// What happened, oldest first; the last state is the one that counts.
export function Timeline({ events }: { events: TimelineEvent[] }) {
  return (
    <ol class="timeline">
      {events.map((event, i) => (
        <li key={i} class={`tone-${event.tone ?? "neutral"}${i === events.length - 1 ? " last" : ""}`}>
          <span class="when"><Moment at={event.at} /> <span class="muted">(<Ago at={event.at} />)</span></span>{" "}
          <Status tone={event.tone}>{event.state}</Status>
          {event.user && <span class="muted"> by {event.user}</span>}
          {event.message && <div class="message">{event.message}</div>}
          {event.why && <div class="message">{event.why}</div>}
        </li>
      ))}
    </ol>
  );
}
