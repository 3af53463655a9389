"""The house rules: the README tells the truth, the lock is complete, the wheel holds what it needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from engine.errors import READ_CODES
from engine.result import COLUMNS, Subclass, Verdict

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

# Put together here, so that this file does not contain them.
FORBIDDEN = [
    ".".join(parts).encode()
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("deb", "debian", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
    )
] + [
    "/".join(["", *parts, ""]).encode()
    for parts in (("root",), ("work", "main"), ("work", "shared"), ("tmp", "w"), ("opt", "pypi"))
]


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("an unpacked archive, not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = [name for name in listed.stdout.decode("utf-8").split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def section(heading: str) -> str:
    """Return the README's text from a heading to the next one of the same or a higher level."""
    level = heading.index(" ")
    start = README.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{level}}} ", README[start:], re.MULTILINE)
    return README[start : start + end.start()] if end else README[start:]


def first_cells(table: str) -> list[str]:
    """Code spans in the first cell of each row."""
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


# --- The README ---


def commands() -> dict[str, set[str]]:
    """Every command of the CLI, by its path (``gaiji reference build``), with the names of its options."""
    from typer.main import get_command

    from engine.cli.main import app, plug_in

    if not any(command.name == "serve" for command in app.registered_commands):
        plug_in(app)
    found: dict[str, set[str]] = {}

    def walk(command, path: str) -> None:
        found[path] = {
            name
            for parameter in command.params
            for name in (*parameter.opts, *parameter.secondary_opts)
            if name[:1] == "-"
        }
        found[path] -= {"-h", "--help"}
        for name, child in getattr(command, "commands", {}).items():
            if not child.hidden:
                walk(child, f"{path} {name}")

    walk(get_command(app), "gaiji")
    return found


def leaves() -> dict[str, set[str]]:
    """Those commands that do something: not the groups."""
    every = commands()
    return {path: names for path, names in every.items() if not any(p.startswith(f"{path} ") for p in every)}


def usage(path: str) -> str:
    """Return the README's section on a command; a group has one for all of its commands."""
    words = path.split()
    if len(words) == 1:
        return section("## 使い方")
    heading = re.search(rf"^### `gaiji {words[1]}` .*$", README, re.MULTILINE)
    assert heading, f"no section on gaiji {words[1]}"
    return section(heading[0])


def test_the_contracts_commands_are_there():
    names = {
        "identify",
        "candidates",
        "show",
        "evaluate",
        "reference build",
        "reference info",
        "reference import",
    }
    assert {f"gaiji {name}" for name in names} <= set(commands())


def test_every_command_has_an_example():
    assert [path for path in leaves() if not re.search(rf"^{path}\b", usage(path), re.MULTILINE)] == []


def test_every_option_is_told_in_the_section_on_its_command():
    told = {path: set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usage(path))) for path in commands()}
    missing = {f"{path} {option}" for path, options in commands().items() for option in options - told[path]}
    assert missing == set()


def test_no_section_tells_an_option_that_does_not_exist():
    known: dict[str, set[str]] = {}
    for path, options in commands().items():
        known.setdefault(" ".join(path.split()[:2]), set()).update(options)
    for path, options in known.items():
        if path == "gaiji":
            continue
        cells = re.findall(r"^\| (`-.*?) \|", usage(path), re.MULTILINE)
        told = {name for cell in cells for name in re.findall(r"`(--?[a-z-]+)", cell)}
        assert told <= options, path


def test_every_example_uses_options_of_its_command():
    for path, options in leaves().items():
        for line in re.findall(rf"^{path} .*$", README, re.MULTILINE):
            used = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", line.split("#")[0]))
            assert used <= options, line


def test_every_column_is_in_the_readme_in_order():
    assert first_cells(section("## 出力の列"))[: len(COLUMNS)] == list(COLUMNS)


def test_every_status_is_in_the_readme():
    assert set(first_cells(section("### `status` の値"))) == {"ok", *READ_CODES}


@pytest.mark.parametrize("value", [*Verdict, *Subclass])
def test_every_class_is_in_the_readme(value):
    assert f"`{value}`" in section("## 出力の列")


def test_every_environment_variable_is_in_the_readme():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "engine").rglob("*.py")]
    used = {name for text in sources for name in re.findall(r"""["'](GAIJI_[A-Z_]+)["']""", text)}
    assert used, "no setting found: has the way of reading settings changed?"
    assert used == set(first_cells(section("## 参照セット")))


def test_the_map_shows_every_room():
    shown = set(re.findall(r"^engine/(\w+)", section("## コードの地図"), re.MULTILINE))
    rooms = {path.parent.name for path in (ROOT / "engine").glob("*/__init__.py")}
    assert rooms <= shown
    assert all(
        (ROOT / "engine" / name).is_dir() or (ROOT / "engine" / f"{name}.py").is_file() for name in shown
    )


def test_links_inside_the_repository_lead_somewhere():
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target in anchors if target.startswith("#") else (ROOT / target).exists(), target


def test_every_make_target_that_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_every_make_target_says_what_it_does():
    targets = re.findall(r"^[a-z]+:(?!=).*$", MAKEFILE, re.MULTILINE)
    assert [line for line in targets if " ## " not in line] == []


def test_ci_runs_the_readmes_test_command():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test </dev/null"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_changelog_has_entries():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## 未公開\n+(?:### .+\n+)?[*-] \S", text, re.MULTILINE)


# --- What is committed ---


def test_no_registry_host_and_no_path_of_a_machine():
    found = {
        f"{path.relative_to(ROOT)}: {word.decode()}"
        for path in tracked_files()
        for word in FORBIDDEN
        if word in path.read_bytes()
    }
    assert found == set()


def test_the_lock_is_complete_and_hashed():
    locked = re.findall(r"^([a-z0-9.-]+)==\S+", LOCK, re.MULTILINE)
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    names = {re.match(r"[A-Za-z0-9.-]+", requirement).group().lower() for requirement in wanted}
    assert names <= set(locked)
    entries = re.split(r"\n(?=[a-z])", LOCK.split("\n", 2)[2])
    assert len(entries) == len(locked)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_place():
    assert re.search(r"://|--index|--find-links|^-e|^/", LOCK, re.MULTILINE) is None


# --- The wheel ---


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_code_table_and_learned_artefacts(unpacked):
    expected = set()
    for path in tracked_files():
        name = path.relative_to(ROOT)
        if name.parts[0] in ("engine", "api"):
            expected.add(name.as_posix())
        elif name.parts[:2] == ("data", "mojikiban") and name.suffix != ".py":
            expected.add((Path("engine/_data") / name.relative_to("data")).as_posix())
    held = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert expected <= held
    assert any(name.endswith(".parquet") for name in expected)
    assert "engine/py.typed" in held


def test_the_wheel_holds_nothing_else(unpacked):
    held = [path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()]
    packages = ("engine", "api")
    assert [
        name for name in held if name.parts[0] not in packages and ".dist-info" not in name.parts[0]
    ] == []
    assert [
        name
        for name in held
        if "__pycache__" in name.parts or name.suffix in {".pyc", ".part", ".tgz", ".db"}
    ] == []


def test_the_wheel_carries_the_licences(unpacked):
    names = {path.name for path in unpacked.glob("*.dist-info/licenses/**/*") if path.is_file()}
    assert {Path(name).name for name in PYPROJECT["project"]["license-files"]} <= names


def test_the_wheel_works_outside_the_repository(unpacked, tmp_path):
    code = "import engine; print(engine.__file__); from engine.cli.main import run; run()"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GAIJI_", "PYTHON"))
    }
    environment |= {
        "PYTHONPATH": str(unpacked),
        "PYTHONUTF8": "1",
        "GAIJI_CACHE_DIR": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code, "show", "MJ026190"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, rest = done.stdout.split("\n", 1)
    assert Path(first) == unpacked / "engine" / "__init__.py"
    assert "MJ026190" in rest
