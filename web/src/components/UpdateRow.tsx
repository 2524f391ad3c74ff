import type { UpdateSummary } from "../types";
import { Ago, Status } from "./Basics";

export const updateUrl = ({ key: { job, id } }: UpdateSummary) =>
  `/scheduler/${job.role}/${job.environment}/${job.name}/update/${id}`;

export function progressText(update: UpdateSummary): string {
  const { instancesUpdated: n, instancesTotal: m } = update;
  return `${n} / ${m} (${m ? Math.round((100 * n) / m) : 0}%)`;
}

export function UpdateTable({ updates, withJob }: { updates: UpdateSummary[]; withJob: boolean }) {
  if (!updates.length) return <p class="muted">None.</p>;
  return (
    <table class="list">
      <thead>
        <tr><th>{withJob ? "Job" : "Update"}</th><th>Status</th><th>Instances</th><th>Started</th><th>Last change</th></tr>
      </thead>
      <tbody>
        {updates.map((update) => (
          <tr key={update.key.id}>
            <td>
              <a href={updateUrl(update)}>
                {withJob ? `${update.key.job.role}/${update.key.job.environment}/${update.key.job.name}` : update.key.id}
              </a>
            </td>
            <td><Status tone={update.tone}>{update.status}</Status></td>
            <td>{progressText(update)}</td>
            <td>by {update.user} <Ago at={update.createdTimestampMs} /></td>
            <td><Ago at={update.lastModifiedTimestampMs} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
