"""A scripted officer, who uses the same pages and forms as a person would: sign in, inbox, task, decide."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from types import TracebackType
from typing import Final, Self

import aiohttp

_TASK: Final = re.compile(r'href="(/petugas/tugas/[^"]+)"')


class Forms(HTMLParser):
    """The forms of a page: each its action and its fields (a list of choices keeps the names only)."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and their fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = True
            self.forms.append((given.get("action", ""), {}))
        elif self._open and tag in {"input", "select", "textarea"} and given.get("name"):
            fields = self.forms[-1][1]
            hidden = given.get("type") in {"hidden", "text", None} and tag == "input"
            fields.setdefault(given["name"], given.get("value", "") if hidden else "")

    def handle_endtag(self, tag: str) -> None:
        """Note where a form ends."""
        if tag == "form":
            self._open = False

    def with_field(self, name: str, value: str | None = None) -> tuple[str, dict[str, str]]:
        """Give the form that has a field (of this value).

        Raises:
            LookupError: no form has it.

        """
        for action, fields in self.forms:
            if name in fields and value in {None, fields[name]}:
                return action, fields
        message = f"the page has no form with {name} {value or ''}"
        raise LookupError(message)


class Officer:
    """One officer in one browser."""

    def __init__(self, url: str, token: str) -> None:
        """Take the gateway's address and the officer's token."""
        self._url, self._token = url, token
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(cookie_jar=jar, headers={"Accept": "text/html", "Origin": url})

    async def __aenter__(self) -> Self:
        """Sign in."""
        _, fields = Forms(await self._get("/masuk")).with_field("token")
        await self._post("/masuk", {**fields, "token": self._token})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the browser."""
        await self._session.close()

    async def tasks(self) -> list[str]:
        """Give the addresses of the tasks in the inbox."""
        return list(dict.fromkeys(_TASK.findall(await self._get("/petugas"))))

    async def wait_for_task(self, case: str, *, within_s: float = 30) -> str:
        """Give the address of a case's task once it is in the inbox."""
        async with asyncio.timeout(within_s):
            while True:
                for task in await self.tasks():
                    if case in task:
                        return task
                await asyncio.sleep(0.1)

    async def decide(self, task: str, decision: str, answers: Mapping[str, str]) -> None:
        """Fill the form of a decision and send it; answers by the last part of a field's name.

        Raises:
            ValueError: the page came back with mistakes.

        """
        action, fields = Forms(await self._get(task)).with_field("decision", decision)
        filled = {
            name: next((value for key, value in answers.items() if name.endswith(key)), kept)
            for name, kept in fields.items()
        }
        page = await self._post(action, {name: value for name, value in filled.items() if value})
        if f'name="decision" value="{decision}"' in page:
            message = f"the decision was not taken: {re.sub(r'<[^>]+>', ' ', page)[:500]}"
            raise ValueError(message)

    async def _get(self, path: str) -> str:
        async with self._session.get(self._url + path) as response:
            response.raise_for_status()
            return await response.text()

    async def _post(self, path: str, fields: Mapping[str, str]) -> str:
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with self._session.post(self._url + path, data=dict(fields), headers=headers) as response:
            text = await response.text()
            if response.status >= 400:  # noqa: PLR2004 - HTTP's errors begin here
                message = f"{path} answered {response.status}: {re.sub(r'<[^>]+>', ' ', text)[:800]}"
                raise ValueError(message)
            return text
