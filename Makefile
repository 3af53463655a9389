# `make help` lists the targets. Everything is installed into .venv, in the versions of requirements.lock.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

# A town hall's proxy often has its own certificate authority: trust what the system trusts.
export UV_SYSTEM_CERTS ?= true
# uv and the project live in one environment; nothing of the caller's may leak in.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX

.DEFAULT_GOAL := help
.PHONY: help install lint format test test-postgresql fuzz browser fonts index demo serve evaluate bench soak soak-api roundtrip train calibrate lock wheel clean

help:  ## この一覧を表示する
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamps make a second run instant: uv only when its script changes, the packages only when the lock does.
$(VENV)/.uv: .ci/venv.sh
	.ci/venv.sh $(PYTHON) $(VENV) requirements.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.uv requirements.lock pyproject.toml
	$(PY) -m uv pip sync --python $(PY) --require-hashes requirements.lock
	$(PY) -m uv pip install --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/.installed  ## .venv を作り、固定した版の部品を入れる

lint: install  ## 書き方・型・層の検査 (ruff, mypy, import-linter)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install  ## 書式をそろえる (ruff)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

fonts: install  ## 基準フォントと評価用フォントを取り寄せる
	$(PY) -m engine.reference.fetch --role reference
	$(PY) -m engine.reference.fetch --role evaluation

index: install  ## 基準文字セットの索引を作る
	$(PY) -m engine.reference.fetch --role reference
	$(BIN)/gaiji reference build

browser: $(VENV)/.installed  ## ページのテストに使うブラウザー（Chromium）と日本語の字を用意する
	.ci/packages.sh $(VENV)/browser chromium chromium fonts-noto-cjk

test: lint fonts index browser  ## 検査とテストをすべて行う
	$(PY) -m pytest --numprocesses auto --dist loadfile

fuzz: install  ## 確認アプリの API に、でたらめな要求をたくさん送る
	GAIJI_FUZZ_EXAMPLES=100 $(PY) -m pytest tests/api/v1/test_fuzz.py

test-postgresql: install fonts browser  ## 確認アプリのテストを、SQLite の代わりに PostgreSQL で行う
	.ci/postgresql.sh $(PY) -m pytest tests/api

demo: index  ## 外字フォントを作って同定してみる (結果は out/demo)
	$(PY) -m engine.demo
	$(PY) -m api.demo

serve: install  ## make demo で用意した確認アプリを動かす (終わるときは Ctrl-C)
	GAIJI_SERVER_DATA_DIR=out/demo/server $(BIN)/gaiji serve

evaluate: index fonts  ## 精度を測る (結果は out/evaluation.json)
	mkdir -p out
	$(BIN)/gaiji evaluate -o out/evaluation.json --sheet out/evaluation-errors.png \
		--reliability out/evaluation-reliability.png --force

bench: index fonts  ## 速さとメモリを測る (同定・変換・ポリシーの試算・大量の同定)
	$(PY) -m engine.evaluation.bench
	$(PY) -m engine.evaluation.bench_convert
	$(PY) -m engine.evaluation.bench_policy
	$(PY) -m engine.evaluation.bench_batch --glyphs 10000 --work out/bench -o out/bench-batch.json

soak: index fonts  ## 大量の同定を何度も強制終了し、続けても同じ結果になるかを確かめる
	$(PY) -m engine.evaluation.national_survey --glyphs 20000 -o out/survey --force
	$(PY) -m engine.evaluation.soak_batch out/survey/images.parquet --kills 20

soak-api: install index fonts  ## 確認アプリを本物のサーバーで試す (20 人の同時判定・50 回の強制終了・画面の時間)
	mkdir -p out
	$(PY) -m tests.api.soak.reviewers --prepared out/soak.db -o out/soak-reviewers.json
	$(PY) -m tests.api.soak.kills -o out/soak-kills.json
	$(PY) -m tests.api.soak.pages --prepared out/soak.db -o out/soak-pages.json

roundtrip: index fonts  ## 同じ外字をいろいろな形で渡し、書き出して、同じ MJ になるかを測る
	$(PY) -m engine.evaluation.round_trip

train: install  ## 特徴の行列と対の模型を学習し直す (torch と学習用フォントを取り寄せる)
	$(PY) -m uv pip install --python $(PY) --group train
	$(PY) -m engine.reference.fetch --role training
	$(PY) -m engine.training.train

calibrate: index fonts  ## 判定基準の確信度の表と、自動の境目を測る (学習用フォントを使う)
	$(PY) -m engine.reference.fetch --role training
	$(PY) -m engine.training.calibrate

lock: install  ## requirements.lock を作り直す
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev \
		--generate-hashes --upgrade --no-annotate --custom-compile-command "make lock" \
		--output-file requirements.lock pyproject.toml

wheel: install  ## 配布用の wheel を dist に作る
	$(PY) -m build --no-isolation --wheel

clean:  ## .venv と作った物を消す (取り寄せたフォントと索引は残す)
	rm -rf $(VENV) dist build out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
