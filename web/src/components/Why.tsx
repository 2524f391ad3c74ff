// What a task waits for, or why it ended, in the API's sentence; beside it what the process that decided the end wrote.
import { countdown } from "../format";
import { useTick } from "../live";
import type { Task } from "../types";

type Reasons = Pick<Task, "waitReason" | "startsAgainAt" | "endSentence" | "stderrUrl">;

function Countdown({ sentence, at }: { sentence: string; at: number }) {
  useTick(1000);
  return <>{countdown(sentence, at - Date.now())}</>;
}

export function Stderr({ url }: { url?: string }) {
  return url ? <> <a class="stderr" href={url} target="_self">stderr</a></> : null;
}

export function Why({ task }: { task: Reasons }) {
  if (task.waitReason && task.startsAgainAt) return <Countdown sentence={task.waitReason} at={task.startsAgainAt} />;
  const sentence = task.waitReason ?? task.endSentence;
  return sentence ? <>{sentence}<Stderr url={task.stderrUrl} /></> : null;
}
export const hasWhy = (task: Reasons) => Boolean(task.waitReason ?? task.endSentence);
