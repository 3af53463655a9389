// Gaiji and candidate on top of each other: in red and blue, in turn, or one fading into the other.
// Both are normalised pictures of one size, black on white.

const GAIJI_ONLY = [213, 94, 0];
const CANDIDATE_ONLY = [0, 84, 160];
const BOTH = [176, 176, 176];
const TURN_MS = 600; // slower than three flashes a second, by far

const pictures = new Map();

// Loads a picture once; prefetching a shape loads its pictures with this too.
export function picture(url) {
  if (!pictures.has(url)) {
    if (pictures.size > 200) pictures.clear();
    const image = new Image();
    image.src = url;
    pictures.set(url, image.decode().then(() => image));
    pictures.get(url).catch(() => pictures.delete(url));
  }
  return pictures.get(url);
}

export class Overlay {
  constructor(desk) {
    this.desk = desk;
    this.modes = desk.querySelector("#modes");
    this.align = desk.querySelector("#align");
    this.slide = desk.querySelector("#slide");
    this.mode = "colours";
    this.about = null;
    this.timer = 0;
    this.turn = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.modes.hidden = false;
    this.align.addEventListener("change", () => this.draw());
    this.slide.addEventListener("input", () => this.set("mix"));
    for (const button of this.modes.querySelectorAll("[data-mode]"))
      button.addEventListener("click", () => this.set(button.dataset.mode));
  }

  // Shows another candidate.
  show(about) {
    this.about?.querySelector(".layers")?.classList.remove("drawn");
    this.about?.querySelector("canvas")?.remove();
    this.about = about;
    this.draw();
  }

  // Red and blue is the picture that the server draws; the other modes are drawn here.
  set(mode) {
    if (mode === "blink" && this.mode === "blink") {
      if (!this.still.matches) return this.set("colours");
      this.turn = 1 - this.turn; // no movement by itself: each press is a turn
      return this.draw();
    }
    this.mode = mode;
    this.turn = 0;
    for (const button of this.modes.querySelectorAll("[data-mode]"))
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    return this.draw();
  }

  fade(by) {
    this.slide.value = String(Number(this.slide.value) + by);
    return this.set("mix");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
  }

  async draw() {
    this.stop();
    const layers = this.about?.querySelector(".layers");
    if (!layers) return;
    const url = (this.align.checked && this.about.dataset.laid) || this.about.dataset.plain;
    const about = this.about;
    let pair;
    try {
      pair = await Promise.all([picture(this.desk.dataset.gaiji), picture(url)]);
    } catch {
      return; // the server's own picture stays
    }
    if (about !== this.about || !layers.isConnected) return;
    const canvas = layers.querySelector("canvas") ?? layers.appendChild(document.createElement("canvas"));
    layers.insertBefore(canvas, layers.querySelector(".rings"));
    canvas.width = pair[0].naturalWidth;
    canvas.height = pair[0].naturalHeight;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `外字と${about.dataset.name}を重ねた図`);
    layers.classList.add("drawn");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (this.mode === "colours") colours(context, pair);
    else if (this.mode === "mix") mix(context, pair, Number(this.slide.value) / 100);
    else {
      mix(context, pair, this.turn);
      if (!this.still.matches)
        this.timer = setInterval(() => {
          this.turn = 1 - this.turn;
          if (canvas.isConnected) mix(context, pair, this.turn);
          else this.stop();
        }, TURN_MS);
    }
  }
}

function mix(context, [gaiji, candidate], share) {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 1;
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "multiply";
  context.globalAlpha = 1 - share;
  context.drawImage(gaiji, 0, 0, width, height);
  context.globalAlpha = share;
  context.drawImage(candidate, 0, 0, width, height);
  context.globalAlpha = 1;
}

function ink(context, image) {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 1;
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

function colours(context, [gaiji, candidate]) {
  const first = ink(context, gaiji);
  const second = ink(context, candidate);
  const painted = context.createImageData(context.canvas.width, context.canvas.height);
  for (let at = 0; at < painted.data.length; at += 4) {
    const mine = 255 - first[at];
    const theirs = 255 - second[at];
    const both = Math.min(mine, theirs);
    for (let channel = 0; channel < 3; channel += 1)
      painted.data[at + channel] =
        255 -
        (both * (255 - BOTH[channel]) +
          (mine - both) * (255 - GAIJI_ONLY[channel]) +
          (theirs - both) * (255 - CANDIDATE_ONLY[channel])) /
          255;
    painted.data[at + 3] = 255;
  }
  context.putImageData(painted, 0, 0);
}
