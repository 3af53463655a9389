// Keys of the decision page. None of them works while a person types, or while an input method composes.

const OFF = "gaiji-keys-off";

export const keys = {
  get off() {
    return localStorage.getItem(OFF) === "1";
  },
  set off(value) {
    if (value) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  },
};

// Calls an action by key: { "1": …, s: …, Enter: … }. `typing` is called for keys within fields.
export function listen(actions, typing) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (document.querySelector("dialog[open]")) return;
    if (isField(event.target)) {
      typing(event);
      return;
    }
    if (keys.off || event.ctrlKey || event.altKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions()[key];
    if (!action || (event.repeat && key !== "[" && key !== "]")) return;
    if (key === "Enter" && event.target.closest("a, button, summary")) return;
    event.preventDefault();
    action();
  });
}

function isField(target) {
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input") && !["radio", "checkbox", "button", "submit"].includes(target.type);
}
