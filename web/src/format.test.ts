import { describe, expect, test } from "vitest";

import { diffLines, hunks, instancesText } from "./components/Config";
import { clockTime, constraintText, countdown, humanDuration, instanceRanges, megabytes, relativeTime, runningTime, zoneTime } from "./format";

test.each([
  [2_000, "a few seconds"], [30_000, "30 seconds"], [60_000, "a minute"], [17 * 60_000, "17 minutes"],
  [3_600_000, "an hour"], [5 * 3_600_000, "5 hours"], [25 * 3_600_000, "a day"], [40 * 86_400_000, "a month"],
])("%d ms reads as %s", (ms, text) => expect(humanDuration(ms)).toBe(text));

test.each([[2_000, "2 secs"], [61_000, "1 min 1 secs"], [3_900_000, "1 h 5 min"]])(
  "%d ms of running reads as %s", (ms, text) => expect(runningTime(ms)).toBe(text),
);

test("a moment is shown as clocks of its zone show it", () => {
  const spring = Date.UTC(2026, 2, 29, 1, 0);
  expect(zoneTime(spring, "Europe/Berlin")).toBe("03/29 03:00 Europe/Berlin");
  expect(zoneTime(spring - 60_000, "Europe/Berlin")).toBe("03/29 01:59 Europe/Berlin");
  expect(zoneTime(spring - 3_600_000, "GMT")).toBe("03/29 00:00 GMT");
  expect(zoneTime(spring, "Mars/Olympus")).toBe("03/29 01:00:00 UTC");
});

test("the future is told apart from the past", () => {
  expect(relativeTime(1_000_000, 1_060_000)).toBe("a minute ago");
  expect(relativeTime(1_060_000, 1_000_000)).toBe("in a minute");
});

test("sizes, ranges and constraints", () => {
  expect(megabytes(1)).toBe("1.00 MiB");
  expect(megabytes(2048)).toBe("2.00 GiB");
  expect(instanceRanges([{ first: 0, last: 3 }, { first: 7, last: 7 }])).toBe("0 - 3, 7");
  expect(instancesText([{ first: 3, last: 3 }])).toBe("instance 3");
  expect(instancesText([{ first: 0, last: 1 }])).toBe("instances 0 - 1");
  expect(constraintText({ name: "rack", constraint: { value: { negated: true, values: ["a", "b"] } } })).toBe("rack: !a,b");
  expect(constraintText({ name: "host", constraint: { limit: { limit: 1 } } })).toBe("host: limit=1");
});

describe("diffLines", () => {
  test.each([
    ["equal", ["a", "b"], ["a", "b"], " a| b"],
    ["changed", ["a", "x", "b"], ["a", "y", "b"], " a|-x|+y| b"],
    ["added at the end", ["a"], ["a", "b"], " a|+b"],
    ["removed at the start", ["a", "b"], ["b"], "-a| b"],
    ["from nothing", [], ["a"], "+a"],
  ])("%s", (_, before, after, expected) => {
    expect(diffLines(before, after).map(([kind, text]) => kind + text).join("|")).toBe(expected);
  });
});

test("only the neighbourhood of a difference is shown", () => {
  const rows = diffLines(["1", "2", "3", "4", "5"], ["1", "2", "x", "4", "5"]);
  expect(hunks(rows, 1).map((row) => (row ? row.join("") : "..."))).toEqual(["...", " 2", "-3", "+x", " 4", "..."]);
});

test("a wait counts down in the sentence that told of it", () => {
  expect(countdown("starts again in 0:41 (5th failure in a row)", 39_200)).toBe("starts again in 0:40 (5th failure in a row)");
  expect(countdown("starts again in 1:02:03", -5)).toBe("starts again in 0:00");
  expect(clockTime(3_723_000)).toBe("1:02:03");
});
