# Daihou 贷后. `make` alone prints this list.
# Works from nothing on Debian with Python 3.11; every target may be run twice, the second time is quick.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all soak check check-types check-words bench bench-house clean dev words

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# what stands in the lock files and nothing else, then the project itself from this folder, without fetching; code and rulebooks are read once here
LOCKED := $(PIP) install --require-hashes --requirement
PROJECT := $(PIP) install --no-deps --no-build-isolation --editable . && $(BIN)/python -m compileall -q src \
	&& $(BIN)/python -c 'from daihou.rulebook import read_shipped; read_shipped()'

SAMPLE_HOME := demo/home
# tests that take both databases by themselves, whichever the others are run on; every other test of the stored rooms is run on each of the two
BOTH_BY_THEMSELVES := $(addprefix --ignore tests/stored/test_,$(addsuffix .py,killed backup update workers signing_at_once))
KILLS ?= 1000
QUESTIONS ?= 5000
SAMPLE_BOOK := demo/台账.xlsx
PORT ?= 8000
VENDOR := src/daihou/screens/static/screens/vendor

help: ## 列出全部目标 list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## 样例公司：今日任务，然后开起网页（SERVE=0 到任务为止） the sample company: its day printed, then served to the browser (SERVE=0 ends before)
	@echo "== 运行演示 / running the demo: $(BIN)/daihou demo"
	@$(BIN)/daihou demo
ifneq ($(SERVE),0)
	@$(MAKE) --no-print-directory $(VENV)/.web
	@echo "== 网页 / the web"
	@$(BIN)/daihou init --home $(SAMPLE_HOME) --sample $(SAMPLE_BOOK)
	@$(BIN)/daihou serve --home $(SAMPLE_HOME) --port $(PORT)
endif

test: $(VENV)/.dev $(VENV)/.web ## 快速测试 the tests without the slow ones
	$(BIN)/python -m pytest -n 2 -m "not slow and not long" --ignore tests/mutants

# the mutants of the rulebooks and the rules of the house are asked by check, not a second time here
test-all: $(VENV)/.dev $(VENV)/.web ## 全部测试（含慢测试与 PostgreSQL） all tests, with the slow ones and PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long" --ignore tests/mutants --ignore tests/house
	$(BIN)/python tests/servers/on_postgres.py -n 2 --dist worksteal tests/stored -m "not long" $(BOTH_BY_THEMSELVES)

soak: $(VENV)/.dev $(VENV)/.web ## 长时间的随机检验：每种数据库上千次中断，上千道随机题（几小时） hours of chance: a thousand kills per database, thousands of drawn questions
	DAIHOU_KILLS=$(KILLS) DAIHOU_QUESTIONS=$(QUESTIONS) $(BIN)/python -m pytest -n 2 tests/stored/test_killed.py tests/engine/test_generated.py tests/engine/test_postgres.py tests/engine/test_reach.py tests/engine/test_forecast_drawn.py tests/rulebook/test_damaged.py -k "killed_at_any_moment or long_search or drawn_rules or not_reached or however_damaged"
	$(BIN)/python -m pytest -n 2 -m long
	$(BIN)/python tests/servers/on_postgres.py -n 2 tests/stored $(BOTH_BY_THEMSELVES)
	$(BIN)/python tests/servers/on_postgres.py -n 2 tests/browser/test_signing.py

check: $(VENV)/.dev $(VENV)/.web ## 代码与文档检查 lint, format, types, import order, house rules, rulebooks and their mutants
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-types check-words
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/house tests/mutants

check-types:
	$(BIN)/mypy

check-words:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/daihou rulebook check
	$(BIN)/daihou docs --check

bench: $(VENV)/.dev ## 大台账的速度与内存（SIZES=10k,100k,1m） speed and memory on big books; BENCH="--write" also writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/bench.py $(if $(SIZES),--sizes $(SIZES)) $(BENCH)

bench-house: $(VENV)/.dev $(VENV)/.web ## 网页和每天推演在大台账上的速度（CONTRACTS=10000） the house under load: a big book, its days, ten people (CONTRACTS=, BENCH=)
	$(BIN)/python benchmarks/house.py $(if $(CONTRACTS),--contracts $(CONTRACTS)) $(BENCH)

clean: ## 清除生成物（环境、演示、缓存） remove what these targets made
	rm -rf $(VENV) node_modules $(VENDOR) demo out build dist covers.json .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o \( -name __pycache__ -o -name '*.egg-info' \) -type d -prune -exec rm -rf {} +

dev: $(VENV)/.dev $(VENV)/.web ## 开发环境 the environment for developers

words: $(VENV)/.dev ## 页面的英文目录 bring the English catalogue of the pages up to date
	$(BIN)/python catalogue/words.py

# a stamp is written last, so an interrupted installation is done again
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本：apt install python3 python3-venv / Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) 版本过低，需要 3.11 或更新版本 / is too old, 3.11 or newer is needed" >&2; exit 1; }
	@echo "== 建立环境 $(VENV) / making the environment, with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "缺少 venv：apt install python3-venv / the venv module is missing" >&2; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt pyproject.toml
	@echo "== 安装锁定的依赖（首次约半分钟） / installing the locked dependencies (about half a minute at first)"
	@$(LOCKED) requirements/run.txt
	@$(PROJECT)
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements/dev.txt pyproject.toml
	@echo "== 安装锁定的开发依赖（首次约半分钟） / installing the locked tools (about half a minute at first)"
	@$(LOCKED) requirements/dev.txt
	@$(PROJECT)
	@touch $(VENV)/.run $@

# styles and scripts of the browser out of the package registry, and the catalogue as Django reads it
$(VENV)/.web: $(VENV)/.made Makefile package-lock.json src/daihou/web/locale/en/LC_MESSAGES/django.po
	@command -v npm >/dev/null || { echo "需要 Node 20（npm） / Node 20 with npm is needed" >&2; exit 1; }
	@test -e $(VENV)/.run || $(MAKE) --no-print-directory $(VENV)/.run
	@echo "== 安装网页的样式和脚本 / installing styles and scripts of the web pages"
	@npm ci --silent --ignore-scripts --no-audit --no-fund
	@mkdir -p $(VENDOR)
	@cp node_modules/htmx.org/dist/htmx.min.js node_modules/echarts/dist/echarts.common.min.js $(VENDOR)/
	@sed 's|/\*# sourceMappingURL=[^*]*\*/||' node_modules/@tabler/core/dist/css/tabler.min.css > $(VENDOR)/tabler.min.css
	@$(BIN)/pybabel --quiet compile --domain django --directory src/daihou/web/locale
	@touch $@
