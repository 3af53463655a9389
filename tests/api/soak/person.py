"""A reviewer's browser, as far as the server notices it: one connection, a cookie, pages, pictures, forms."""

from __future__ import annotations

import html
import http.client
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

_ELEMENT = re.compile(r"<(input|img|textarea|select|option|a|div|form)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, text, headers by lower-case name, milliseconds as the client saw them."""

    status: int
    text: str
    headers: Mapping[str, str]
    ms: float

    @property
    def request_id(self) -> str:
        """By which the server's log knows the request."""
        return self.headers.get("x-request-id", "")


@dataclass
class Browser:
    """One connection, kept open as browsers do.

    Parameters
    ----------
    port : int
    headers : mapping
        Sent with every request: the cookie, or a token.
    timeout_s : float
    """

    port: int
    headers: Mapping[str, str]
    timeout_s: float = 120.0
    _connection: http.client.HTTPConnection | None = field(default=None, init=False)
    _kept: set[str] = field(default_factory=set, init=False)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and read its answer.

        Raises
        ------
        OSError, http.client.HTTPException
            Nobody knows whether the server has done it.
        """
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        started = time.perf_counter()
        try:
            self._connection.request(method, path, body, {**self.headers, **(headers or {})})
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        told = {name.lower(): value for name, value in answer.getheaders()}
        is_text = told.get("content-type", "").startswith(("text/", "application/json"))
        text = content.decode("utf-8", "replace") if is_text else ""
        return Answer(answer.status, text, told, 1000 * (time.perf_counter() - started))

    def send_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form as the page's script does."""
        return self.ask(
            "POST",
            path,
            urlencode(fields).encode(),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "Origin": f"http://127.0.0.1:{self.port}",
                "Sec-Fetch-Site": "same-origin",
            },
        )

    def send_json(self, path: str, body: object, **headers: str) -> Answer:
        """Send JSON as a program does."""
        return self.ask(
            "POST", path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
        )

    def load_pictures(self, page: str) -> int:
        """Load the pictures that a page shows at first, but those that a browser keeps; return how many."""
        count = 0
        for source in shown_pictures(page):
            if source in self._kept:
                continue
            answer = self.ask("GET", source)
            count += 1
            if "max-age" in answer.headers.get("cache-control", ""):
                self._kept.add(source)
        return count

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def elements(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements of a page that a reviewer's work depends on, with their attributes."""
    for match in _ELEMENT.finditer(page):
        yield match[1], {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(match[2])}


def shown_pictures(page: str) -> list[str]:
    """Addresses of a decision page's pictures in sight: those of other candidates are loaded when chosen."""
    found, chosen, about = [], "", ""
    for name, attributes in elements(page):
        if name == "input" and attributes.get("name") == "mj" and "checked" in attributes:
            chosen = attributes["id"]
        elif name == "div" and "data-gaiji" in attributes:
            found.append(attributes["data-gaiji"])
        elif name == "div" and "data-of" in attributes:
            about = attributes["data-of"]
            if about == chosen:
                found.append(attributes["data-laid"] or attributes["data-plain"])
        elif name == "img" and (attributes.get("loading") != "lazy" or (about and about == chosen)):
            found.append(attributes["src"])
    return [each for each in dict.fromkeys(found) if each]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a decision page offers.

    Attributes
    ----------
    shape_id, version : int
    following : str
        Address of the next shape; empty at the end.
    can_decide : bool
    query : str
        The list that it is a part of.
    verdict, mj : str
        What is chosen.
    """

    shape_id: int
    version: int
    following: str
    can_decide: bool
    query: str
    verdict: str
    mj: str


def desk_of(page: str) -> Desk:
    """Read a decision page as the person before it does.

    Raises
    ------
    ValueError
        It is none.
    """
    desk: dict[str, str] = {}
    fields: dict[str, str] = {}
    for name, attributes in elements(page):
        if name == "div" and attributes.get("id") == "desk":
            desk = attributes
        elif name == "input" and (attributes.get("type") != "radio" or "checked" in attributes):
            fields.setdefault(attributes.get("name", ""), attributes.get("value", ""))
    if not desk:
        message = f"not a decision page: {page[:200]}"
        raise ValueError(message)
    return Desk(
        int(desk["data-shape"]),
        int(desk["data-version"]),
        desk["data-next"],
        "version" in fields,
        fields.get("query", ""),
        fields.get("verdict", ""),
        fields.get("mj", ""),
    )
