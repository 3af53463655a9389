"""The decision page: a gaiji, its candidates, why the machine said what it said, and a person's decision."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages.decide import replay, show, verdict

router = APIRouter(include_in_schema=False)
for _module in (show, verdict, replay):
    router.include_router(_module.router)
