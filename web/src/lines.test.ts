import { expect, test } from "vitest";

import { joined } from "./lines";
import type { LogLine } from "./types";

const line = (text: string, isUnfinished = false): LogLine => ({ process: "web", run: 0, stream: "stdout", text, isUnfinished });

test("an unfinished line is replaced by itself, whole", () => {
  expect(joined([line("a"), line("hal", true)], [line("half"), line("b", true)]).map(({ text }) => text)).toEqual(["a", "half", "b"]);
});

test("nothing new is the same", () => {
  const lines = [line("a")];
  expect(joined(lines, [])).toBe(lines);
});

test("only so many lines are kept", () => {
  const many = Array.from({ length: 3000 }, (_, i) => line(String(i)));
  const kept = joined([], many);
  expect(kept.length).toBe(2000);
  expect(kept[1999].text).toBe("2999");
});
