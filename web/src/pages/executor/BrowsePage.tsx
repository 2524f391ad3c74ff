import { encodePath, executor } from "../../api";
import { LiveState, Moment, PageHead, Panel } from "../../components/Basics";
import { type Column, Table } from "../../components/Table";
import { useLive } from "../../live";
import type { FileEntry } from "../../types";
import { noSuchTask } from "./HostTaskPage";

const columns = (id: string, folder: string): Column<FileEntry>[] => {
  const pathOf = ({ name }: FileEntry) => encodePath(folder ? `${folder}/${name}` : name);
  return [
    { title: "mode", cell: ({ mode }) => <code>{mode}</code> },
    { title: "owner", cell: ({ owner }) => owner },
    { title: "size", number: true, cell: ({ isDirectory, size }) => !isDirectory && size },
    { title: "changed", cell: ({ modifiedMs }) => <Moment at={modifiedMs} /> },
    {
      title: "name", role: "main",
      cell: (entry) => <a href={`/${entry.isDirectory ? "browse" : "file"}/${id}/${pathOf(entry)}`}>{entry.name}{entry.isDirectory ? "/" : ""}</a>,
    },
    { title: "download", cell: (entry) => !entry.isDirectory && <a href={`/download/${id}/${pathOf(entry)}`} aria-label={`download ${entry.name}`}>dl</a> },
  ];
};

export const sandboxCrumbs = (id: string, parts: string[]) => [
  { text: "Host", href: "/" }, { text: id, href: `/task/${id}` }, { text: "sandbox", href: `/browse/${id}` },
  ...parts.map((text, i) => ({ text, href: `/browse/${id}/${encodePath(parts.slice(0, i + 1).join("/"))}` })),
];

export function BrowsePage({ id, file: path = "" }: { id: string; file?: string }) {
  const live = useLive(() => executor.files(id, path), [id, path], 5000);
  const parts = path.split("/").filter(Boolean);
  const entries = live.data?.entries;
  return (
    <>
      <PageHead title={path || "sandbox"} crumbs={sandboxCrumbs(id, parts)} />
      <LiveState live={live} what="Sandbox" next={noSuchTask} />
      {live.data && (
        <Panel>
          {parts.length > 0 && <a href={`/browse/${id}/${encodePath(parts.slice(0, -1).join("/"))}`}>.. (up)</a>}
          {!entries && <p class="muted">This is a file: <a href={`/file/${id}/${encodePath(path)}`}>show it</a>.</p>}
          {entries && entries.length > 0 && <Table columns={columns(id, path)} rows={entries} keyOf={(entry) => entry.name} label="Files" />}
          {entries?.length === 0 && <p class="muted">Empty.</p>}
        </Panel>
      )}
    </>
  );
}
