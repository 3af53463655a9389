// The decision page. Everything here is an addition: the page works without it.

import { Clock } from "./clock.js";
import { go, prefetch, send } from "./flow.js";
import { keys, listen } from "./keys.js";
import { Overlay } from "./overlay.js";

const clock = new Clock();
let overlay = null;
let sending = false;

const one = (selector) => document.querySelector(selector);

function start() {
  const desk = one("#desk");
  if (!desk) return;
  overlay?.stop();
  overlay = new Overlay(desk);
  clock.restart();
  sending = false;
  const button = one("#show-keys");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  }
  const off = one("#keys-on");
  off.checked = !keys.off;
  off.addEventListener("change", () => {
    keys.off = !off.checked;
  });
  off.closest("label").hidden = false;
  chosen();
  prefetch(desk.dataset.next);
}

// Shows what belongs to the chosen candidate, and draws its overlay.
function chosen() {
  const pick = one(".pick:checked");
  for (const each of document.querySelectorAll(".about.chosen")) each.classList.remove("chosen");
  const about = pick && one(`.about[data-of="${pick.id}"]`);
  about?.classList.add("chosen");
  pick?.closest(".tile").scrollIntoView({ block: "nearest", inline: "nearest" });
  overlay?.show(about);
  if (pick && one("#verdict")) one("#verdict").elements.looked_up.disabled = !("found" in pick.dataset);
}

function pick(selector) {
  const radio = one(selector);
  if (!radio || radio.disabled) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

function follow(selector) {
  const link = one(selector);
  if (link) go(link.href);
}

function showKeys() {
  one("#keys").showModal();
}

function focus(selector) {
  const field = one(selector);
  field?.focus();
  field?.select?.();
}

async function decide(form) {
  if (sending || !form.reportValidity()) return;
  sending = true;
  const seconds = form.elements.seconds;
  seconds.disabled = false;
  seconds.value = clock.seconds;
  let next;
  try {
    next = await send(form);
  } catch {
    form.submit(); // no connection, or no login any more: the browser says so itself
    return;
  }
  if (!next) {
    if (one(".said")?.dataset.field === "reason") focus("#reason");
    return;
  }
  if (next.shape === null) {
    location.assign(next.next);
    return;
  }
  if (await go(next.next, { version: next.version })) tell(`決めました。次は ${one("#desk h1").textContent}です。`);
}

function tell(text) {
  const live = one("#live");
  if (live) live.textContent = text;
}

function actions() {
  const found = {
    Enter: () => one("#verdict")?.requestSubmit(),
    b: () => overlay?.set("blink"),
    o: () => overlay?.set("colours"),
    "[": () => overlay?.fade(-10),
    "]": () => overlay?.fade(10),
    a: () => one("#align").click(),
    u: () => focus("#reason"),
    "/": () => focus("#q"),
    n: () => follow("#next"),
    p: () => follow("#previous"),
    j: () => follow("#skip"),
    "?": showKeys,
  };
  for (const radio of document.querySelectorAll("input[type=radio][data-key]"))
    found[radio.dataset.key] = () => pick(`input[data-key="${radio.dataset.key}"]`);
  return found;
}

function typing(event) {
  if (event.key === "Escape") {
    event.target.blur();
    event.preventDefault();
  } else if (event.key === "Enter" && event.ctrlKey && event.target.id === "reason") {
    event.preventDefault();
    one("#verdict").requestSubmit();
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".pick")) chosen();
});
document.addEventListener("submit", (event) => {
  if (event.target.id === "verdict") {
    event.preventDefault();
    decide(event.target);
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#next, #previous, #skip");
  if (link && !event.ctrlKey && !event.shiftKey && !event.metaKey && event.button === 0) {
    event.preventDefault();
    go(link.href);
  }
});
// What was looked up: the first of it is shown, and the arrow keys go through it.
document.addEventListener("htmx:afterSettle", (event) => {
  const first = one("#found .pick");
  if (event.target.id !== "found" && !event.target.querySelector?.("#found")) return;
  const form = one("#verdict");
  if (form) form.elements.looked_up.value = one("#found").dataset.text;
  if (!first) return;
  first.checked = true;
  first.focus();
  chosen();
});
document.addEventListener("desk:shown", () => {
  window.htmx?.process(one("main"));
  start();
});
addEventListener("popstate", () => {
  if (one("#desk")) go(location.href, { push: false });
});

listen(actions, typing);
start();
