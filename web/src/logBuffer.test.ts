import { describe, expect, test } from "vitest";

import { KeptLine, LogBuffer, placeOf } from "./logBuffer";

const ORIGIN = { mark: "0", colour: 0 };
const line = (at: number, text = String(at)): KeptLine => new KeptLine(at, undefined, text, ORIGIN);
const texts = (lines: readonly KeptLine[]) => lines.map(({ text }) => text).join(" ");

describe("lines of many logs", () => {
  test("are in the order of time, whoever's come first", () => {
    const buffer = new LogBuffer();
    buffer.add([line(10), line(30)]);
    buffer.add([line(20), line(5), line(40)]);
    expect(texts(buffer.shown)).toBe("5 10 20 30 40");
  });
  test("of one moment keep the order in which they came", () => {
    const buffer = new LogBuffer();
    buffer.add([line(1, "a"), line(1, "b")]);
    buffer.add([line(1, "c"), line(0, "z")]);
    expect(texts(buffer.shown)).toBe("z a b c");
  });
  test("are shown if they match, also those that come late", () => {
    const buffer = new LogBuffer();
    buffer.add([1, 2, 3, 4, 5, 6].map((at) => line(at)));
    buffer.setFilter(({ at }) => at % 2 === 0);
    expect([texts(buffer.shown), buffer.unjudged]).toEqual(["", 6]);
    buffer.judge(1000);
    expect([texts(buffer.shown), buffer.unjudged]).toEqual(["2 4 6", 0]);
    buffer.add([line(8), line(3.5, "no"), line(0), line(7)]);
    buffer.judge(1000);
    expect(texts(buffer.shown)).toBe("0 2 4 6 8");
    buffer.setFilter();
    expect(buffer.shown.length).toBe(10);
  });
  test("are searched bit by bit, whatever comes and goes meanwhile", () => {
    const buffer = new LogBuffer(1_000);
    buffer.setFilter(({ at }) => at % 3 === 0);
    const wanted: number[] = [];
    for (let i = 0; i < 1_200; i += 30) {
      const batch = Array.from({ length: 30 }, (_, k) => i + 29 - k + (k % 7 === 0 ? -200 : 0));
      buffer.add(batch.map((at) => line(at)));
      wanted.push(...batch.filter((at) => at % 3 === 0));
      buffer.judge(0); // 50 lines
      buffer.trim();
      expect(buffer.shown.every((kept, at, all) => kept.at % 3 === 0 && (!at || kept.at >= all[at - 1].at))).toBe(true);
    }
    while (buffer.unjudged) buffer.judge(0);
    expect(texts(buffer.shown)).toBe(wanted.sort((a, b) => a - b).slice(-buffer.shown.length).join(" "));
    expect(buffer.shown.length).toBeGreaterThan(300);
  });
  test("whose search fails keep what was found before", () => {
    const buffer = new LogBuffer();
    buffer.add([1, 2, 3].map((at) => line(at)));
    buffer.setFilter(({ at }) => {
      if (at === 3) throw new Error("too costly");
      return true;
    });
    expect(() => buffer.judge(1000)).toThrow("too costly");
    expect([texts(buffer.shown), buffer.unjudged]).toEqual(["1 2", 1]);
  });
  test("are bounded: the oldest go, shown or not", () => {
    const buffer = new LogBuffer(100);
    buffer.setFilter(({ at }) => at % 2 === 0);
    buffer.add(Array.from({ length: 150 }, (_, i) => line(i)));
    buffer.judge(1000);
    expect(buffer.isFull).toBe(true);
    buffer.trim();
    expect([buffer.count, buffer.dropped, buffer.shown[0].text, buffer.shown.length]).toEqual([95, 55, "56", 47]);
    expect(buffer.isFull).toBe(false);
  });
  test("are bounded in characters, too, but for one line", () => {
    const buffer = new LogBuffer(100, 1_000);
    buffer.add([line(1, "x".repeat(900)), line(2, "y".repeat(900))]);
    buffer.trim();
    expect(texts(buffer.shown)[0]).toBe("y");
    buffer.add([line(3, "z".repeat(5_000))]);
    buffer.trim();
    expect([buffer.count, buffer.shown[0].text[0]]).toEqual([1, "z"]);
  });
});

test("the place of a line among others of its moment, or where it would be", () => {
  const lines = [line(1), line(2, "a"), line(2, "b"), line(4)];
  expect([placeOf(lines, lines[1]), placeOf(lines, lines[2]), placeOf(lines, line(3)), placeOf(lines, line(9)), placeOf([], line(1))]).toEqual([1, 2, 3, 3, 0]);
});
