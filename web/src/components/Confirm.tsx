// What an action will do, before it is done; the same as a command beside.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { ApiError } from "../api";
import { Copyable } from "./Basics";

interface Props {
  title: string;
  go: string; // what the button that does it says
  command: string;
  act: () => Promise<unknown>;
  onClose: () => void;
  children: ComponentChildren;
}

export function Confirm({ title, go, command, act, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isActing, setActing] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const perform = async () => {
    setActing(true);
    try {
      await act();
      onClose();
    } catch (problem) {
      setError(problem instanceof ApiError ? problem.message : String(problem));
      setActing(false);
    }
  };
  return (
    <dialog class="confirm" ref={dialog} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
      <p class="small">As a command: <Copyable text={command} /></p>
      {error && <div class="error" role="alert">{error}</div>}
      <p class="actions">
        <button class="go" disabled={isActing} onClick={perform}>{go}</button>{" "}
        <button onClick={onClose}>Cancel</button>
      </p>
    </dialog>
  );
}
