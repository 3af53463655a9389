"""What people do with their hands: log in, drop files, press keys; and what they then wait for."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page, expect

CLASS_KEYS = {
    "字形一致": "s", "デザイン差": "d", "類似": "r", "不明文字": "x", "変体仮名": "h", "記号等": "k",
}  # fmt: skip

_DROP = """
([target, files]) => {
  const carried = new DataTransfer();
  for (const [name, text] of files)
    carried.items.add(new File([Uint8Array.from(atob(text), (each) => each.charCodeAt(0))], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector(target).dispatchEvent(
      new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
}
"""


def log_in(page: Page, login: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("ログイン名").fill(login)
    page.get_by_label("パスワード").fill(password)
    page.get_by_role("button", name="ログイン").click()


def drop(page: Page, target: str, *files: Path) -> None:
    """Let files fall on a place of the page."""
    texts = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in files]
    page.evaluate(_DROP, [target, texts])


def mark(page: Page) -> None:
    """Write on the page what a load of a whole page would wipe off."""
    page.evaluate("document.documentElement.dataset.mark = 'here'")


def is_marked(page: Page) -> bool:
    return page.evaluate("document.documentElement.dataset.mark === 'here'")


def shape_id(page: Page) -> int:
    return int(page.locator("#desk").get_attribute("data-shape"))


def chosen(page: Page) -> tuple[str, str]:
    """Class and MJ name that the decision page has chosen."""
    return page.evaluate(
        """() => [document.querySelector("[name=verdict]:checked")?.value ?? "",
                  document.querySelector(".pick:checked")?.value ?? ""]"""
    )


def ready(page: Page) -> None:
    """Wait until the decision page listens to keys."""
    expect(page.locator("#show-keys")).to_be_visible()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def confirm(page: Page) -> None:
    """Press Enter, and wait until another shape (or another page) is there."""
    before = shape_id(page)
    page.keyboard.press("Enter")
    expect(page.locator(f"#desk[data-shape='{before}']")).to_have_count(0)
