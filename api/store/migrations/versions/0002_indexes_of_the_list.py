"""Indexes that hold all that the list of shapes is filtered by, so that no picture is read for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REST = ("machine_subclass", "machine_mj", "final_class", "final_subclass", "final_mj", "first_user_id")
_UNREADABLE = sa.text("shape_id IS NULL")


def upgrade() -> None:
    """Widen the indexes of ``shape``; add those that find gaiji of a municipality and unreadable ones."""
    op.drop_index("ix_shape_queue", "shape")
    op.drop_index("ix_shape_confidence", "shape")
    op.create_index(
        "ix_shape_list",
        "shape",
        ["municipality_id", "id", "state", "machine_class", "review", "confidence", *_REST],
    )
    op.create_index(
        "ix_shape_confidence",
        "shape",
        ["municipality_id", "confidence", "id", "state", "machine_class", "review", *_REST],
    )
    op.create_index(
        "ix_shape_queue",
        "shape",
        ["municipality_id", "state", "machine_class", "review", "id", "confidence", *_REST],
    )
    op.drop_index("ix_project_shape_shape_id", "project_shape")
    op.create_index("ix_project_shape_held", "project_shape", ["shape_id", "project_id", "gaiji_count"])
    op.create_index("ix_gaiji_municipality_id", "gaiji", ["municipality_id"])
    op.create_index(
        "ix_gaiji_unreadable",
        "gaiji",
        ["project_id", "id"],
        sqlite_where=_UNREADABLE,
        postgresql_where=_UNREADABLE,
    )


def downgrade() -> None:
    """Go back to the indexes of the first schema."""
    op.drop_index("ix_gaiji_unreadable", "gaiji")
    op.drop_index("ix_gaiji_municipality_id", "gaiji")
    op.drop_index("ix_project_shape_held", "project_shape")
    op.create_index("ix_project_shape_shape_id", "project_shape", ["shape_id"])
    for name in ("ix_shape_list", "ix_shape_queue", "ix_shape_confidence"):
        op.drop_index(name, "shape")
    op.create_index("ix_shape_queue", "shape", ["municipality_id", "state", "machine_class", "id"])
    op.create_index("ix_shape_confidence", "shape", ["municipality_id", "confidence", "id"])
