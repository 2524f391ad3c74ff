import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { subscribe } from "./events";
import type { ClusterEvent } from "./events";

class FakeSource {
  static CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 0;
  onopen?: () => void;
  onerror?: () => void;
  private readonly listeners = new Map<string, (message: { data: string }) => void>();

  constructor(readonly url: string) {
    FakeSource.all.push(this);
  }
  addEventListener(type: string, listener: (message: { data: string }) => void) {
    this.listeners.set(type, listener);
  }
  close() {
    this.readyState = 2;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  fail(isForGood: boolean) {
    this.readyState = isForGood ? 2 : 0;
    this.onerror?.();
  }
  send(type: string, token: string) {
    this.listeners.get(type)?.({ data: JSON.stringify({ token, type, to: "RUNNING", timestamp: 1 }) });
  }
}

const page = { visibilityState: "visible", listeners: new Set<() => void>() };
const show = (visibilityState: string) => {
  page.visibilityState = visibilityState;
  page.listeners.forEach((listener) => listener());
};
const last = () => FakeSource.all[FakeSource.all.length - 1];

let ends: (() => void)[] = [];
const follow = (filter: Parameters<typeof subscribe>[0] = {}) => {
  const seen: string[] = [];
  ends.push(subscribe(filter, { onEvent: (event: ClusterEvent) => seen.push(event.token), onLive: (isLive) => seen.push(isLive ? "live" : "not") }));
  return seen;
};

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.all = [];
  page.visibilityState = "visible";
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("document", {
    get visibilityState() { return page.visibilityState; },
    addEventListener: (_: string, listener: () => void) => page.listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => page.listeners.delete(listener),
  });
});
afterEach(() => {
  ends.forEach((end) => end());
  ends = [];
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("those with the same filter share a connection, and it ends with the last of them", () => {
  const first = follow({ role: "www", type: ["task", "job"] });
  const second = follow({ role: "www", type: ["task", "job"] });
  follow({ role: "ops" });
  expect(FakeSource.all.map(({ url }) => url)).toEqual(["/v1/events?follow=true&role=www&type=task%2Cjob", "/v1/events?follow=true&role=ops"]);
  FakeSource.all[0].open();
  FakeSource.all[0].send("task", "a");
  expect(first).toEqual(["live", "a"]);
  expect(second).toEqual(["live", "a"]);
  ends[0]();
  expect(FakeSource.all[0].readyState).toBe(1);
  ends[1]();
  expect(FakeSource.all[0].readyState).toBe(2);
});

test("an event that comes twice is told once", () => {
  const seen = follow();
  last().open();
  last().send("task", "a");
  last().send("task", "a");
  last().send("host", "b");
  expect(seen).toEqual(["live", "a", "b"]);
});

test("a connection that breaks comes back by itself, one that is refused is opened again after a while", () => {
  const seen = follow();
  last().open();
  last().fail(false);
  expect(FakeSource.all.length).toBe(1);
  last().open();
  last().fail(true);
  expect(seen).toEqual(["live", "not", "live", "not"]);
  vi.advanceTimersByTime(1_999);
  expect(FakeSource.all.length).toBe(1);
  vi.advanceTimersByTime(1);
  expect(FakeSource.all.length).toBe(2);
  last().fail(true);
  vi.advanceTimersByTime(3_999);
  expect(FakeSource.all.length).toBe(2);
  vi.advanceTimersByTime(1);
  expect(FakeSource.all.length).toBe(3);
});

test("a page that nobody looks at has no connection", () => {
  const seen = follow();
  last().open();
  show("hidden");
  expect(last().readyState).toBe(2);
  show("visible");
  expect(FakeSource.all.length).toBe(2);
  last().open();
  expect(seen).toEqual(["live", "not", "live"]);
});

test("a browser without event sources is never live", () => {
  vi.stubGlobal("EventSource", undefined);
  expect(follow()).toEqual([]);
});
