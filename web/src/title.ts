// The browser tab's title: the page, then where: "Job: web · [cluster] Aurora".

let page = "";
let place = "Aurora";

const show = () => {
  document.title = page ? `${page} · ${place}` : place;
};

export function setPageTitle(text: string): void {
  page = text;
  show();
}

export function setPlace(text: string): void {
  place = text;
  show();
}
