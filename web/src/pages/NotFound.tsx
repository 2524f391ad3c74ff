import { PageHead } from "../components/Basics";

export function NotFound() {
  return <PageHead title="No such page" crumbs={[{ text: "Home", href: "/" }]} sub={`There is nothing at ${location.pathname}.`} />;
}
