// A terminal in the page and a shell behind a WebSocket (src/api/exec_protocol.h): every message begins with the number
// of its stream. Loaded only when somebody opens a shell.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const CONTROL = 3;
// What has arrived and is not shown yet: above the first the host is asked to wait, below the second to go on.
const UNSHOWN_MAX = 1 << 20;
const UNSHOWN_AGAIN = 1 << 18;
const MESSAGE_MAX = 32 << 10;

function messageOf(stream: number, bytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + bytes.length);
  message[0] = stream;
  message.set(bytes, 1);
  return message;
}

// "exit code 0", "signal KILL, because its task has ended"
export function describeEnd(text: string): string {
  const { exit, reason } = JSON.parse(text) as { exit: { code?: number; signal?: string }; reason?: string };
  return (exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`) + (reason ? `, because ${reason}` : "");
}

export interface Shell {
  size: { rows: number; columns: number };
  connect: (socket: WebSocket) => void;
  close: () => void;
}

// `onEnd` is told once how it ended: by itself, or why the connection did.
export function showShell(element: HTMLElement, onEnd: (how: string) => void): Shell {
  const terminal = new Terminal({ cursorBlink: true, fontSize: 13, scrollback: 5000 });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  fit.fit();
  terminal.focus();
  const refit = new ResizeObserver(() => fit.fit());
  refit.observe(element);
  let socket: WebSocket | undefined;
  let how = "";

  const connect = (opened: WebSocket) => {
    socket = opened;
    socket.binaryType = "arraybuffer";
    const send = (stream: number, bytes: Uint8Array) => socket?.readyState === WebSocket.OPEN && socket.send(messageOf(stream, bytes));
    const control = (what: unknown) => send(CONTROL, new TextEncoder().encode(JSON.stringify(what)));
    const type = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; at += MESSAGE_MAX) send(STDIN, bytes.subarray(at, at + MESSAGE_MAX));
    };
    terminal.onData((text) => type(new TextEncoder().encode(text)));
    terminal.onBinary((text) => type(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    terminal.onResize(({ rows, cols }) => control({ resize: { rows, columns: cols } }));
    let unshown = 0;
    let isPaused = false;
    const show = (bytes: Uint8Array) => {
      unshown += bytes.length;
      terminal.write(bytes, () => {
        unshown -= bytes.length;
        if (isPaused && unshown < UNSHOWN_AGAIN) control({ pause: (isPaused = false) });
      });
      if (!isPaused && unshown > UNSHOWN_MAX) control({ pause: (isPaused = true) });
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const stream = new Uint8Array(data, 0, 1)[0];
      const bytes = new Uint8Array(data, 1);
      if (stream === STDOUT || stream === STDERR) show(bytes);
      if (stream === CONTROL) how = describeEnd(new TextDecoder().decode(bytes));
    };
    socket.onclose = ({ code, reason }) => {
      terminal.options.disableStdin = true;
      terminal.options.cursorBlink = false;
      onEnd(how || reason || (code === 1006 ? "the connection was lost" : `the connection was closed (${code})`));
    };
  };

  const close = () => {
    refit.disconnect();
    if (socket) socket.onclose = null;
    socket?.close();
    terminal.dispose();
  };
  return { size: { rows: terminal.rows, columns: terminal.cols }, connect, close };
}
