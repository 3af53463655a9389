"""The last net: whatever nobody answered becomes an answer, without a word about the inside."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.security.answer import answer
from api.security.problem import Problem, problem_of


class Failures:
    """Answers for what the guards refuse, and for errors that no route expected.

    An unexpected error goes on upwards after its answer, so that the server logs it and a test sees it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            problem = problem_of(error)
            if not started:
                await _answer(Request(scope), problem)(scope, receive, send)
            if started or problem.code == "internal":
                raise


def _answer(request: Request, problem: Problem) -> Response:
    try:
        return answer(request, problem)
    except Exception:  # the page itself is broken: the first error is the one to report
        return PlainTextResponse(problem.message, problem.status)
