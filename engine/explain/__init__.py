"""Why a gaiji got its row: the rules that fired, where it differs from its candidate, why the next one lost.

The command line, the pictures (:mod:`engine.sheet.explain`) and the application all show the same sentences.
"""
