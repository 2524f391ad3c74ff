// What an executor answers to a question about the logs of many tasks: a row of frames, each a JSON object on a line and, if it
// says `bytes`, so many bytes of text behind it (src/api/many_logs_route.cpp). Pure.

export interface LogPiece {
  taskId: string;
  process: string;
  stream: "stdout" | "stderr";
  timeMs?: number;
  hasLost?: boolean; // lines before it were rotated away before they were read
  lines: string[];
}
export interface LogState {
  taskId: string;
  cursor?: string;
  seen?: number;
  processes?: number;
  hasMore?: boolean;
  hasEnded?: boolean;
  error?: { code: string; message: string }; // instead of all this
}
export interface LogAnswer {
  pieces: LogPiece[]; // by time within a task
  states: LogState[];
}

const FEED = 10;

// Throws if it is cut off, or none.
export function parseLogAnswer(bytes: Uint8Array): LogAnswer {
  const answer: LogAnswer = { pieces: [], states: [] };
  const decoder = new TextDecoder();
  let isWhole = false;
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(FEED, at);
    if (end < 0) throw new Error("it is cut off");
    const head = JSON.parse(decoder.decode(bytes.subarray(at, end))) as LogState & { nowMs?: number; bytes?: number } & LogPiece;
    at = end + 1;
    if (head.nowMs !== undefined) {
      isWhole = true;
    } else if (head.bytes !== undefined) {
      if (at + head.bytes > bytes.length) throw new Error("it is cut off");
      const text = decoder.decode(bytes.subarray(at, at + head.bytes));
      at += head.bytes;
      const { taskId, process, stream, timeMs, hasLost } = head;
      answer.pieces.push({ taskId, process, stream, timeMs, hasLost, lines: text.replace(/\n$/, "").split("\n") });
    } else {
      answer.states.push(head);
    }
  }
  if (!isWhole) throw new Error("it is cut off");
  return answer;
}
