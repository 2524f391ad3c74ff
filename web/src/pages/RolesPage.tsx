import { scheduler } from "../api";
import { LiveState, PageHead, Pager, Panel, Search } from "../components/Basics";
import { type Column, Table } from "../components/Table";
import { useListState, useLive } from "../live";
import type { RoleSummary } from "../types";

const PAGE_SIZE = 25;

const COLUMNS: Column<RoleSummary>[] = [
  { title: "Role", sort: "role", role: "main", cell: ({ role }) => <a href={`/scheduler/${role}`}>{role}</a> },
  { title: "Jobs", sort: "jobs", number: true, cell: ({ jobCount }) => jobCount },
  { title: "Cron Jobs", sort: "crons", number: true, cell: ({ cronJobCount }) => cronJobCount },
];

export function RolesPage() {
  const list = useListState("role");
  const { page, search, sort, reverse } = list;
  const live = useLive(
    () => scheduler.roles({ search, sort, reverse, offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [], 5000, [page, search, sort, reverse],
  );
  return (
    <>
      <PageHead title="Scheduled Jobs" crumbs={[{ text: "Home" }]} />
      <Panel title="Roles" aside={<Search label="Search for roles" value={search} onChange={list.setSearch} focus />}>
        <LiveState live={live} what="Error requesting role summary" />
        {live.data && (live.data.total ? <Table columns={COLUMNS} rows={live.data.roles} keyOf={(row) => row.role} list={list} label="Roles" /> : search ? (
          <p class="muted">No role contains “{search}”.</p>
        ) : (
          <p class="muted">No jobs yet. Create one with: <code>aurora create CLUSTER/ROLE/ENV/NAME FILE</code></p>
        ))}
        {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={list.setPage} />}
      </Panel>
    </>
  );
}
