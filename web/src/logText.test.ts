import { describe, expect, test } from "vitest";

import { isPlain, rowsOf, segmentsOf, shownText } from "./logText";

const parts = (text: string) => segmentsOf(text).map(({ text: part, classes, colour, background }) => [part, classes, colour, background].filter(Boolean).join("|"));

describe("colours of a line", () => {
  test("plain text is one piece", () => expect(parts("a <b> c")).toEqual(["a <b> c"]));
  test("a colour lasts until it is taken back", () => expect(parts("a\x1b[31mred\x1b[0m b")).toEqual(["a", "red|ansi-31".replace("31", "1"), " b"]));
  test("bold and a background add up, and go one by one", () =>
    expect(parts("\x1b[1;44mx\x1b[22my\x1b[49mz")).toEqual(["x|ansi-bold ansi-on-4", "y|ansi-on-4", "z"]));
  test("bright ones, the 256 and any other", () =>
    expect(parts("\x1b[92ma\x1b[38;5;196mb\x1b[38;5;3mc\x1b[48;2;1;2;300md")).toEqual(["a|ansi-10", "b|rgb(255,0,0)", "c|ansi-3", "d|ansi-3|rgb(1,2,255)"]));
  test("what is no colour commands nothing", () => {
    expect(shownText("a\x1b[2Jb\x1b]0;title\x07c\x1b[31d")).toBe("abc");
    expect(shownText("bell\x07 nul\x00 c1\x9b")).toBe("bell\u2407 nul\u2400 c1\ufffd");
    expect(parts("\x1b[38;5;url(x)mtext").join("")).not.toContain("|");
    expect(parts(`\x1b[${"1;".repeat(100)}mtext`).join("")).not.toContain("|");
  });
  test("tabs are room up to the next eighth column, a progress bar's lines are lines", () => {
    expect(shownText("a\tb\t\x1b[31mc\t")).toBe("a       b       c       ");
    expect(shownText("10 %\r20 %")).toBe("10 %\n20 %");
    expect(isPlain("a\tb")).toBe(false);
  });
});

test("rows that a text takes", () => {
  expect([rowsOf("", 10), rowsOf("x".repeat(10), 10), rowsOf("x".repeat(11), 10)]).toEqual([1, 1, 2]);
  expect(rowsOf("a\n\nb", 10)).toBe(3);
  expect(rowsOf("漢".repeat(6), 10)).toBe(2);
  expect(rowsOf("😀".repeat(5), 10)).toBe(1);
});
