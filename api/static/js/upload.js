// Files are sent one by one, each with its own progress; what is being identified is shown as it goes on. A
// server that has had enough for now is waited for: a hundred pictures at once are more than it takes a minute.
// Without this module the form sends all files at once, and the page is loaded again by hand.

const PATIENCE = 10; // times that a file is sent again, where the server says when
const WATCHED = 3; // open event streams; a browser has six connections to a server, and pages need some

const form = document.getElementById("upload");
const watching = new Map();

function refresh() {
  return window.htmx.ajax("GET", location.pathname, { target: "#live", select: "#live", swap: "outerHTML" });
}

function part(row, name) {
  return row.querySelector(`[data-part="${name}"]`);
}

function show(row, now) {
  const number = new Intl.NumberFormat("ja-JP");
  const total = now.total === null ? "" : ` / ${number.format(now.total)}`;
  let text = `${number.format(now.done)}${total} 字`;
  if (now.seconds_left) {
    const minutes = Math.ceil(now.seconds_left / 60);
    text += now.seconds_left < 60 ? "（あと 1 分以内）" : `（あと約 ${number.format(minutes)} 分）`;
  }
  part(row, "count").textContent = text;
  part(row, "state").textContent = now.state === "queued" ? "順番待ち" : "同定中";
  const bar = part(row, "bar");
  if (bar && now.total) {
    bar.max = now.total;
    bar.value = now.done;
  }
}

function watch() {
  const rows = [...document.querySelectorAll("#files [data-events]")];
  for (const row of rows) {
    const url = row.dataset.events;
    if (watching.size >= WATCHED || watching.has(url)) continue;
    const stream = new EventSource(url);
    watching.set(url, stream);
    stream.onmessage = (event) => {
      // The row may have been replaced since: look it up by the address of its stream.
      const present = document.querySelector(`#files [data-events="${CSS.escape(url)}"]`);
      if (present) show(present, JSON.parse(event.data));
    };
    stream.addEventListener("end", () => {
      stream.close();
      watching.delete(url);
      refresh().then(watch);
    });
  }
}

function message(request) {
  // What went wrong comes as a page for people; its first paragraph says it.
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const said = request.status >= 400 && page.querySelector("main p");
  if (said) return said.textContent;
  return request.status ? `受け取れませんでした（${request.status}）。` : "つながりませんでした。もう一度お試しください。";
}

function sleep(seconds) {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

async function send(file, options) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const bar = document.createElement("progress");
  const state = document.createElement("span");
  name.className = "name";
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${file.name}を送っています`);
  state.textContent = "送っています";
  item.append(name, bar, state);
  document.getElementById("sending").append(item);
  const data = new FormData();
  for (const [key, value] of options) data.append(key, value);
  data.append("file", file, file.name);
  let request = await post(data, bar);
  for (let again = 0; request.status === 429 && again < PATIENCE; again += 1) {
    const seconds = Number(request.getResponseHeader("Retry-After")) || 1;
    state.textContent = `混み合っているため、${seconds} 秒待っています`;
    await sleep(seconds);
    state.textContent = "送っています";
    request = await post(data, bar);
  }
  // A login that has ended leads to the login page, which is an answer too.
  const received = request.status >= 200 && request.status < 300 && request.responseURL.includes("done=");
  bar.remove();
  state.textContent = received ? "受け取りました" : message(request);
  state.className = received ? "" : "error";
  return received;
}

function post(data, bar) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    };
    request.onloadend = () => resolve(request);
    request.open("POST", form.action);
    request.send(data);
  });
}

async function sendAll(files) {
  const button = form.querySelector("button");
  const options = [...new FormData(form)].filter(
    ([key, value]) => key !== "file" && !(value instanceof File && value.size === 0),
  );
  document.getElementById("sending").replaceChildren();
  button.disabled = true;
  let received = 0;
  for (const file of files) {
    if (await send(file, options)) received += 1;
  }
  button.disabled = false;
  if (received === files.length) form.elements.file.value = "";
  if (received) refresh().then(watch);
}

if (form) {
  const drop = document.getElementById("drop");
  drop.querySelector(".drop-hint").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll([...form.elements.file.files]);
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.remove("over");
    });
  }
  drop.addEventListener("drop", (event) => {
    const files = [...event.dataTransfer.files];
    if (files.length) sendAll(files);
  });
}

watch();
