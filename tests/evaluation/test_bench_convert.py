"""The benchmark of ``gaiji convert`` makes a file, converts it and gets it back."""

from engine.evaluation.bench_convert import measure


def test_measures_something():
    speed = measure(300)
    assert speed.rows == 300
    assert speed.replaced > 30
    assert speed.journal_mb >= 0
    assert speed.convert.peak_mb is None or speed.convert.peak_mb > 10
