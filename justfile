# What people and CI run. On a fresh machine `./just RECIPE`; with just installed, `just RECIPE` is the same.

set positional-arguments

python := ".venv/bin/python"
python_f5 := ".local/f5/bin/python"

# List the recipes
default:
    @{{ quote(just_executable()) }} --justfile {{ quote(justfile()) }} --list --unsorted

# Start the broker and all nodes, and keep them running (--wait SECONDS, --warmup, --config FILE)
[no-exit-message]
run-all *args: (_setup "--broker" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak")
    @exec {{ python }} -m ishowtts_cli run-all "$@"

# Run the tests, or those named: test tests/filter -k queue
[no-exit-message]
test *args: (_setup "--broker" "test" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak" "bench")
    @exec {{ python }} -m pytest "$@"

# Format, lint, types, import rules, generated files up to date
check: (_setup "check" "test" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak" "bench")
    {{ python }} -m ruff format --check .
    {{ python }} -m ruff check .
    {{ python }} -m basedpyright --pythonpath {{ python }}
    .venv/bin/lint-imports --verbose
    {{ python }} -m ishowtts_schemas.asyncapi --check
    {{ python }} -m ishowtts_cli config check-default

# Format, and mend what the linter can mend
fmt: (_setup "check")
    {{ python }} -m ruff check --fix-only .
    {{ python }} -m ruff format .

# Write anew what is generated: AsyncAPI, topic table, golden bytes, default configuration
schemas: (_setup "test" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak")
    {{ python }} -m ishowtts_schemas.asyncapi
    {{ python }} -m tests.schemas.test_golden
    {{ python }} -m ishowtts_cli config default > config/.new.toml && mv config/.new.toml config/ishowtts.toml

# Measure latency, throughput, start-up and memory on this machine: bench --quick
[no-exit-message]
bench *args: (_setup "--broker" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak" "bench")
    @exec {{ python }} -m ishowtts_cli bench "$@"

# Kill processes of a pipeline at random and check that nothing is lost: chaos flood
[no-exit-message]
chaos *args: (_setup "--broker" "test" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak" "bench")
    @exec {{ python }} -m tests.chaos "$@"

# Install the F5 engine in an environment of its own: install-f5 [cpu|cuda|jetson [options of pip for torch]]
[no-exit-message]
install-f5 *args:
    @./just --install-f5 "$@"

# Add stock f5-tts to it, for test-f5 and bench-f5
[no-exit-message]
install-f5-stock: (_setup_f5 "f5-stock")

# Add ONNX and ONNX Runtime to it, for a vocoder in that format
[no-exit-message]
install-f5-onnx: (_setup_f5 "f5-onnx")

# Test the F5 engine against stock f5-tts, in its environment, and check its types
[no-exit-message]
test-f5 *args: (_setup "check") (_setup_f5 "f5-stock" "f5-onnx" "test" "bench")
    @{{ python }} -m basedpyright --pythonpath {{ python_f5 }} --project pyright-f5.json
    @exec {{ python_f5 }} -m pytest tests/synth/f5 tests/bench_f5 "$@"

# Measure the F5 engine beside stock f5-tts: bench-f5 [--device cuda|cpu] [--checkpoint DIR | --random] [--quick] [--gate]
[no-exit-message]
bench-f5 *args: (_setup_f5 "f5-stock" "bench")
    @exec {{ python_f5 }} -m ishowtts_cli f5 bench "$@"

# The ishowtts command: ishowtts status
[no-exit-message]
ishowtts *args: (_setup "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak")
    @exec {{ python }} -m ishowtts_cli "$@"

# Only get what is missing
setup: (_setup "--broker" "filter" "chat" "eventsub" "player" "formats" "wyoming" "espeak")

# Remove what was downloaded or generated; data/ and bench/results/ stay
clean:
    rm -rf .venv .local .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

_setup *needs:
    @./just --setup "$@"

_setup_f5 *extras:
    @./just --setup-f5 "$@"
