// From one shape to the next without loading a whole page: the next one is fetched while this one is looked at.

import { picture } from "./overlay.js";

let ahead = null;

// Fetches a page and the pictures of its gaiji and chosen candidate.
export function prefetch(url) {
  if (!url || ahead?.url === url) return;
  const fetched = load(url);
  ahead = { url, fetched };
  fetched.then((found) => found && warm(found), () => {
    if (ahead?.fetched === fetched) ahead = null;
  });
}

// Shows another shape. Answers whether it could; else the browser goes there by itself.
export async function go(url, { push = true, version = null } = {}) {
  let found = null;
  try {
    if (ahead?.url === url) found = await ahead.fetched;
    if (found && version !== null && found.querySelector("#desk").dataset.version !== String(version)) found = null;
    found ??= await load(url);
  } catch {
    found = null;
  }
  ahead = null;
  if (!found) {
    location.assign(url);
    return false;
  }
  swap(found);
  if (push) history.pushState({ desk: true }, "", url);
  document.dispatchEvent(new CustomEvent("desk:shown"));
  return true;
}

// Sends a decision. Answers what comes next; null where the server has something to say about it, which is
// then shown with what was entered.
export async function send(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  if (answer.ok && answer.headers.get("content-type")?.startsWith("application/json")) return answer.json();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("#desk")) throw new Error(`answer ${answer.status}`);
  swap(page);
  document.dispatchEvent(new CustomEvent("desk:shown"));
  return null;
}

async function load(url) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("#desk") ? page : null;
}

function warm(page) {
  const desk = page.querySelector("#desk");
  const urls = [desk.dataset.gaiji];
  for (const image of desk.querySelectorAll("figure.gaiji img, .tile img")) urls.push(image.getAttribute("src"));
  const chosen = desk.querySelector(".pick[checked]");
  const about = chosen && desk.querySelector(`.about[data-of="${chosen.id}"]`);
  if (about) {
    urls.push(about.dataset.laid || about.dataset.plain);
    for (const image of about.querySelectorAll("img.glyph")) urls.push(image.getAttribute("src"));
  }
  for (const url of urls) if (url) picture(url).catch(() => {});
}

function swap(page) {
  for (const selector of ["main", ".crumbs"]) {
    const old = document.querySelector(selector);
    const fresh = page.querySelector(selector);
    if (old && fresh) old.replaceChildren(...fresh.childNodes);
  }
  document.title = page.title;
  document.querySelector("main").focus({ preventScroll: true }); // reading aloud goes on from here
  scrollTo(0, 0);
}
