"""gaiji backup and gaiji restore, as they are typed."""

from __future__ import annotations

import pytest

from api.store.database import Database
from api.work.storage import stored_path
from engine.cli.main import main
from tests.api.ops.content import Content


@pytest.fixture
def run(services, tmp_path, monkeypatch, capsys):
    """Run a command on the installation of the tests (or another); exit code, data, messages."""

    def typed(*arguments, where=None) -> tuple[int, str, str]:
        url = services.settings.database_url if where is None else ""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GAIJI_SERVER_DATA_DIR", str(where or services.settings.data_dir))
        monkeypatch.setenv("GAIJI_SERVER_DATABASE_URL", url)
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return typed


@pytest.fixture
def content(services, people, material) -> Content:
    content = Content(services, people, material)
    content.fill()
    return content


def test_there_and_back(run, services, content, tmp_path):
    code, out, err = run("backup")
    path = services.settings.backups_dir / out.strip().rsplit("/", 1)[-1]
    assert code == 0 and path.is_file()
    assert "判定 6 件" in err and "登録されたファイル 4 個" in err and "確かめました" in err
    code, out, err = run("restore", path, "--check", where=tmp_path / "nowhere")
    assert (code, out) == (0, "") and "このバックアップは使えます" in err
    assert not (tmp_path / "nowhere").exists()
    code, out, err = run("restore", path, where=tmp_path / "there")
    assert (code, out) == (0, "") and "復元しました" in err
    database = Database(f"sqlite:///{tmp_path / 'there' / 'gaiji.db'}")
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM decision").scalar() == 6
    database.close()
    code, _, err = run("restore", path, where=tmp_path / "there")
    assert code == 1 and "もうデータがあります" in err
    code, _, err = run("restore", path, "--force", "-q", where=tmp_path / "there")
    assert (code, err) == (0, "") and list((tmp_path / "there").glob("gaiji.db.*.old"))


def test_a_damaged_upload_is_told_and_the_backup_is_made(run, services, content, tmp_path):
    digest = sorted(content.files)[0]
    stored_path(services.settings.uploads_dir, digest).unlink()
    code, out, err = run("backup", "-o", tmp_path / "b.zip", "--no-verify")
    assert code == 1 and (tmp_path / "b.zip").is_file() and out.strip() == str(tmp_path / "b.zip")
    assert "1 個が、なくなっているか壊れています" in err


def test_without_uploads_is_said(run, content, tmp_path):
    code, _, err = run("backup", "-o", "b.zip", "--without-uploads", "--no-verify")
    assert code == 0 and "登録されたファイルは入れていません" in err
    _, _, err = run("restore", "b.zip", where=tmp_path / "there")
    assert "このバックアップに入っていません" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("backup", "-o", "b.zip", "--keep", "3"), 2, "--keep を使うときは"),
        (("backup", "-o", "no-such-folder"), 2, "フォルダーはありません"),
        (("backup", "--keep", "0"), 2, ""),
        (("restore", "nothing.zip"), 1, "ファイルがありません"),
        (("restore",), 2, ""),
    ],
)
def test_wrong_use_is_told(run, arguments, code, words):
    found, out, err = run(*arguments)
    assert found == code and out == "" and words in err and "Traceback" not in err


def test_where_there_is_no_database_none_is_made(run, tmp_path):
    code, _, err = run("backup", "-o", tmp_path / "b.zip", where=tmp_path / "empty")
    assert code == 1 and "データベースがありません" in err
    assert not (tmp_path / "empty" / "gaiji.db").exists() and not (tmp_path / "b.zip").exists()
