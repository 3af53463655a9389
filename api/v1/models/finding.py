"""What a shape is, as a person or the machine says."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from api.domain.standing import Finding
from api.v1.schema import Request, Schema, Text
from engine.result import Subclass, Verdict

_CLASS = "四つの区分のどれか"
_SUBCLASS = "「同定不可能」の内訳。ほかの区分では null"
_MJ = "MJ文字図形名。なければ空文字列"


class FindingBody(Schema):
    """A class with what belongs to it."""

    verdict: Verdict = Field(alias="class", description=_CLASS)
    subclass: Subclass | None = Field(default=None, description=_SUBCLASS, examples=[None])
    mj: str = Field(default="", description=_MJ, examples=["MJ008095"])

    @classmethod
    def of(cls, finding: Finding | None) -> Self | None:
        """Say a finding; None of none."""
        if finding is None:
            return None
        return cls.model_validate(finding)


class FindingRequest(Request):
    """The part of a request that says what a shape is."""

    verdict: Verdict = Field(alias="class", description=_CLASS)
    subclass: Subclass | None = Field(default=None, description=_SUBCLASS, examples=[None])
    mj: Text = Field(default="", max_length=12, description=_MJ, examples=["MJ008095"])

    @property
    def finding(self) -> Finding:
        """What it says."""
        return Finding(self.verdict, self.subclass, self.mj.strip())
