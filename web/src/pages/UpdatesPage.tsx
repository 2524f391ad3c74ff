import { useState } from "preact/hooks";

import { scheduler } from "../api";
import { LiveState, PageHead, Pager, Panel } from "../components/Basics";
import { UpdateTable } from "../components/UpdateRow";
import { useLive } from "../live";

const PAGE_SIZE = 25;

function Updates({ title, active, everyMs }: { title: string; active: boolean; everyMs: number }) {
  const [page, setPage] = useState(0);
  const live = useLive(() => scheduler.updates({ active, offset: page * PAGE_SIZE, limit: PAGE_SIZE }), [active, page], everyMs);
  return (
    <Panel title={title}>
      <LiveState live={live} what="Error fetching updates" />
      {live.data && <UpdateTable updates={live.data.updates} withJob />}
      {live.data && <Pager page={page} size={PAGE_SIZE} total={live.data.total} onPage={setPage} />}
    </Panel>
  );
}

export function UpdatesPage() {
  return (
    <>
      <PageHead title="Updates" crumbs={[{ text: "Home", href: "/scheduler" }, { text: "Updates" }]} />
      <Updates title="Updates In Progress" active everyMs={5000} />
      <Updates title="Recently Completed Updates" active={false} everyMs={30_000} />
    </>
  );
}
