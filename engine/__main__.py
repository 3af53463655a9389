"""``python -m engine``: the same as the command ``gaiji``."""

from engine.cli.main import run

if __name__ == "__main__":  # worker processes import this module again
    run()
