import { encodePath, executor } from "../../api";
import { LiveState, Moment, PageHead, Panel } from "../../components/Basics";
import { useLive } from "../../live";
import type { FileEntry } from "../../types";

function Row({ id, folder, entry }: { id: string; folder: string; entry: FileEntry }) {
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  const href = `/${entry.isDirectory ? "browse" : "file"}/${id}/${encodePath(path)}`;
  return (
    <tr>
      <td><code>{entry.mode}</code></td>
      <td>{entry.owner}</td>
      <td class="number">{entry.isDirectory ? "" : entry.size}</td>
      <td><Moment at={entry.modifiedMs} /></td>
      <td><a href={href}>{entry.name}{entry.isDirectory ? "/" : ""}</a></td>
      <td>{!entry.isDirectory && <a href={executor.downloadUrl(id, path)}>dl</a>}</td>
    </tr>
  );
}

export function BrowsePage({ id, file: path = "" }: { id: string; file?: string }) {
  const live = useLive(() => executor.files(id, path), [id, path], 5000);
  const parts = path.split("/").filter(Boolean);
  const crumbs = [
    { text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: "sandbox", href: `/browse/${id}` },
    ...parts.map((text, i) => ({ text, href: `/browse/${id}/${encodePath(parts.slice(0, i + 1).join("/"))}` })),
  ];
  return (
    <>
      <PageHead title={path || "sandbox"} crumbs={crumbs} />
      <Panel>
        <LiveState live={live} what="Sandbox" />
        {live.data?.entries && (
          <table class="list">
            <thead><tr><th>mode</th><th>owner</th><th class="number">size</th><th>changed</th><th>name</th><th /></tr></thead>
            <tbody>
              {parts.length > 0 && (
                <tr><td colSpan={4} /><td><a href={`/browse/${id}/${encodePath(parts.slice(0, -1).join("/"))}`}>..</a></td><td /></tr>
              )}
              {live.data.entries.map((entry) => <Row key={entry.name} id={id} folder={path} entry={entry} />)}
            </tbody>
          </table>
        )}
        {live.data?.entries?.length === 0 && <p class="muted">Empty.</p>}
      </Panel>
    </>
  );
}
