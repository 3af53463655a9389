// How long a person has looked at a shape; time during which the page was not in sight does not count.

export class Clock {
  constructor() {
    this.restart();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.pause();
      else this.since ??= performance.now();
    });
  }

  restart() {
    this.counted = 0;
    this.since = document.hidden ? null : performance.now();
  }

  pause() {
    this.counted = this.milliseconds;
    this.since = null;
  }

  get milliseconds() {
    return this.counted + (this.since === null ? 0 : performance.now() - this.since);
  }

  get seconds() {
    return (this.milliseconds / 1000).toFixed(2);
  }
}
