// A shell in a sandbox: first who and where, then the terminal, then how it ended.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { openShell } from "../api";
import type { Shell } from "../terminal";
import { Facts, Panel } from "./Basics";

type Stage = { name: "asking" } | { name: "open" } | { name: "over"; how: string } | { name: "refused"; why: string };

// `path`: what a shell is opened at. `where`: what a person should know before.
export function ShellPanel({ path, where }: { path: string; where: [string, ComponentChildren][] }) {
  const [stage, setStage] = useState<Stage>({ name: "asking" });
  const screen = useRef<HTMLDivElement>(null);
  const shell = useRef<Shell>();
  useEffect(() => () => shell.current?.close(), []);

  const open = async () => {
    shell.current?.close();
    setStage({ name: "open" });
    try {
      const { showShell } = await import("../terminal");
      shell.current = showShell(screen.current!, (how) => setStage({ name: "over", how }));
      shell.current.connect(await openShell(path, shell.current.size));
    } catch (error) {
      shell.current?.close();
      shell.current = undefined;
      setStage({ name: "refused", why: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <>
      <Panel title="Shell">
        <Facts rows={where} />
        {stage.name === "asking" && (
          <p>
            What you type runs beside what this task serves, with its rights and within its limits. Name, address and times are
            written down. All that you start ends when you leave this page, and with the task.
          </p>
        )}
        {stage.name === "refused" && <div class="error" role="alert">No shell was opened: {stage.why}</div>}
        {stage.name === "over" && <div class="note" role="status">The shell has ended: {stage.how}.</div>}
        {stage.name !== "open" && <p><button class="go" onClick={open}>{stage.name === "asking" ? "Open a shell" : "Open another"}</button></p>}
      </Panel>
      {(stage.name === "open" || stage.name === "over") && <div class="terminal" ref={screen} aria-label="Terminal" />}
    </>
  );
}
