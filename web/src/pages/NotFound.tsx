import { PageHead } from "../components/Basics";

export function NotFound() {
  return (
    <PageHead title="No such page" crumbs={[{ text: "Home", href: "/" }, { text: "No such page" }]}
      sub={<>There is nothing at {location.pathname}. Start again from <a href="/">the first page</a>.</>} />
  );
}
