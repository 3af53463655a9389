"""Confidences compared as they are known: the last digit depends on which glyphs are identified together."""

from __future__ import annotations


class Close(float):
    """A confidence, equal to others up to the rounding of single precision in products of another size."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(float(self) - float(other)) < 2e-4

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # equal ones need not have equal digits
