// Numbers, times and sizes as text (Aurora 0.22, spec/web-ui.md §2.2). Pure: `now` is an argument.

import type { Constraint, InstanceRange } from "./types";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// "17 minutes", "a day": the wording people know from the original's pages.
export function humanDuration(ms: number): string {
  const span = Math.abs(ms);
  const steps: [number, () => string][] = [
    [45 * SECOND, () => (span < 10 * SECOND ? "a few seconds" : `${Math.round(span / SECOND)} seconds`)],
    [90 * SECOND, () => "a minute"],
    [45 * MINUTE, () => `${Math.round(span / MINUTE)} minutes`],
    [90 * MINUTE, () => "an hour"],
    [22 * HOUR, () => `${Math.round(span / HOUR)} hours`],
    [36 * HOUR, () => "a day"],
    [26 * DAY, () => `${Math.round(span / DAY)} days`],
    [45 * DAY, () => "a month"],
    [320 * DAY, () => `${Math.round(span / (30.4 * DAY))} months`],
    [548 * DAY, () => "a year"],
  ];
  const step = steps.find(([limit]) => span < limit);
  return step ? step[1]() : `${Math.round(span / (365 * DAY))} years`;
}

export function relativeTime(at: number, now: number): string {
  return at > now + SECOND ? `in ${humanDuration(at - now)}` : `${humanDuration(now - at)} ago`;
}

// How long something ran, to the second: "2 secs", "1 min 4 secs", "3 h 5 min".
export function runningTime(ms: number): string {
  const total = Math.round(ms / SECOND);
  if (total < 60) return total === 1 ? "1 sec" : `${total} secs`;
  const [minutes, secs] = [Math.floor(total / 60), total % 60];
  if (minutes < 60) return secs ? `${minutes} min ${secs} secs` : `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 48) return rest ? `${hours} h ${rest} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// "0:41", "1:02:03": what is left of a wait; never below zero.
export function clockTime(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / SECOND));
  const [hours, minutes, secs] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  return hours ? `${hours}:${two(minutes)}:${two(secs)}` : `${minutes}:${two(secs)}`;
}

// The sentence with what is left by now in place of what was left when it was said.
export const countdown = (sentence: string, leftMs: number) => sentence.replace(/\d+(:\d{2}){1,2}/, clockTime(leftMs));

const two = (n: number) => String(n).padStart(2, "0");

export function localTime(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getMonth() + 1)}/${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export function utcTime(ms: number): string {
  const d = new Date(ms);
  return (
    `${two(d.getUTCMonth() + 1)}/${two(d.getUTCDate())} ` +
    `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} UTC`
  );
}

// "03/29 02:30 Europe/Berlin": as the clocks there show it; UTC for a zone that the browser does not know.
export function zoneTime(ms: number, zone: string): string {
  try {
    const parts = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).formatToParts(ms);
    const part = (type: string) => parts.find((each) => each.type === type)?.value;
    return `${part("month")}/${part("day")} ${part("hour")}:${part("minute")} ${zone}`;
  } catch {
    return utcTime(ms);
  }
}

export function megabytes(mb: number): string {
  const units = ["MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  while (mb >= 1024 && unit < units.length - 1) {
    mb /= 1024;
    unit += 1;
  }
  return `${mb.toFixed(2)} ${units[unit]}`;
}

export function bytes(count: number): string {
  return count < 1024 ? `${count} B` : count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KiB` : megabytes(count / 1048576);
}

export const cores = (cpus: number) => (Number.isInteger(cpus) ? String(cpus) : String(+cpus.toFixed(3)));

export function instanceRanges(ranges: InstanceRange[]): string {
  return ranges.map((r) => (r.first === r.last ? `${r.first}` : `${r.first} - ${r.last}`)).join(", ");
}

export function constraintText({ name, constraint }: Constraint): string {
  if (constraint.limit) return `${name}: limit=${constraint.limit.limit}`;
  const value = constraint.value;
  return value ? `${name}: ${value.negated ? "!" : "="}${value.values.join(",")}` : name;
}
