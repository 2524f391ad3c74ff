import type { UpdateSummary } from "../types";
import { Ago, Status } from "./Basics";
import { type Column, Table } from "./Table";

export const updateUrl = ({ key: { job, id } }: UpdateSummary) =>
  `/scheduler/${job.role}/${job.environment}/${job.name}/update/${id}`;

export function progressText(update: UpdateSummary): string {
  const { instancesUpdated: n, instancesTotal: m } = update;
  return `${n} / ${m} (${m ? Math.round((100 * n) / m) : 0}%)`;
}

const jobKey = ({ key: { job } }: UpdateSummary) => `${job.role}/${job.environment}/${job.name}`;

const COLUMNS: Column<UpdateSummary>[] = [
  { title: "Status", cell: (update) => <Status tone={update.tone}>{update.status}</Status> },
  { title: "Instances", cell: progressText },
  { title: "Started", cell: (update) => <>by {update.user} <Ago at={update.createdTimestampMs} /></> },
  { title: "Last change", cell: (update) => <Ago at={update.lastModifiedTimestampMs} /> },
];
const BY_JOB: Column<UpdateSummary> = { title: "Job", role: "main", cell: (update) => <a href={updateUrl(update)}>{jobKey(update)}</a> };
const BY_ID: Column<UpdateSummary> = { title: "Update", role: "main", cell: (update) => <a href={updateUrl(update)}>{update.key.id}</a> };

export function UpdateTable({ updates, withJob, label }: { updates: UpdateSummary[]; withJob: boolean; label: string }) {
  return <Table columns={[withJob ? BY_JOB : BY_ID, ...COLUMNS]} rows={updates} keyOf={(update) => jobKey(update) + update.key.id} label={label} />;
}
