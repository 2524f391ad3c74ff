import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { LiveState, PageHead, Pager, Panel, Search } from "../components/Basics";
import { useLive } from "../live";

const PAGE_SIZE = 25;

export function RolesPage() {
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(0);
  const live = useLive(() => scheduler.roles(search, page * PAGE_SIZE, PAGE_SIZE), [search, page]);
  return (
    <>
      <PageHead title="Scheduled Jobs" crumbs={[{ text: "Home" }]} />
      <Panel
        title="Roles"
        aside={<Search label="Search for roles" value={search} onChange={(text) => { setSearch(text); setPage(0); }} />}
      >
        <LiveState live={live} what="Error requesting role summary" />
        {live.data && (
          <>
            <table class="list">
              <thead><tr><th>Role</th><th class="number">Jobs</th><th class="number">Cron Jobs</th></tr></thead>
              <tbody>
                {live.data.roles.map((row) => (
                  <tr key={row.role}>
                    <td><a href={`/scheduler/${row.role}`}>{row.role}</a></td>
                    <td class="number">{row.jobCount}</td>
                    <td class="number">{row.cronJobCount}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {live.data.total === 0 && (
              <p class="muted">{search ? `No role contains “${search}”.` : "No jobs yet. Create one with: aurora create CLUSTER/ROLE/ENV/NAME FILE"}</p>
            )}
            <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />
          </>
        )}
      </Panel>
    </>
  );
}
