"""The review application: people confirm what the engine suggests, two by two.

A request walks one way: ``security`` (headers, origin, limits) → a route (``pages`` for people, ``v1`` for
programs) → a use case (``work``, ``review``, ``access``, …) → ``store``. Rules without a database are in
``domain``. Describing, comparing and judging glyphs is the engine's alone.
"""
