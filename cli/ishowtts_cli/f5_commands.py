"""`ishowtts f5`: what people type about the F5 engine; each runs in the engine's environment."""

# Typer makes an option of each parameter.
# ruff: noqa: FBT002, PLR0913, PLR0917

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from ishowtts_cli.options import Config, Debug, LogLevel, finish

f5_app = typer.Typer(
    no_args_is_help=True, help="The F5-TTS engine: bench, vocoder, a checkpoint to try it."
)


@f5_app.command("export-vocoder")
def export_vocoder(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of Vocos; else the one that [f5] uses.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path(
        "vocos.onnx"
    ),
    config: Config = None,
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Write the vocoder as ONNX, for ONNX Runtime or TensorRT."""

    def action() -> None:
        from ishowtts_cli import f5_vocoder as command

        command.export(folder, output, config)

    _finish(action, log_level, debug=debug)


@f5_app.command("random-checkpoint")
def random_checkpoint(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    size: Annotated[
        Literal["base", "tiny"],
        typer.Option(help="Of the model: v1 Base, or one that a CPU can bear."),
    ] = "tiny",
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Write random weights and a clip: all that the engine needs to run, and to speak noise."""

    def action() -> None:
        from ishowtts_cli.bench_f5.checkpoints import write_trial

        write_trial(folder, size)

    _finish(action, log_level, debug=debug)


@f5_app.command()
def bench(
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where.")] = "auto",
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Folder: model .safetensors and .yaml, vocab.txt, vocos/."),
    ] = None,
    random: Annotated[
        bool, typer.Option("--random", help="Random weights; so it is without --checkpoint.")
    ] = False,
    size: Annotated[
        Literal["auto", "base", "tiny"],
        typer.Option(
            help="Of random weights: v1 Base, or one that a CPU can bear; auto: by device."
        ),
    ] = "auto",
    precision: Annotated[
        Literal["auto", "fp32", "fp16"], typer.Option(help="Of both; auto: as stock chooses.")
    ] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="Of torch on a CPU; 0: its choice.")] = 0,
    graphs: Annotated[
        bool, typer.Option("--graphs", help="Ours with CUDA graphs, on a GPU.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer repeats, fewer loads.")] = False,
    gate: Annotated[
        bool,
        typer.Option("--gate", help="Only compare the ratio to stock with the stored one."),
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="With --gate: store the ratio that was found.")
    ] = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the JSON and the plot.")
    ] = Path("bench/results"),
    log_level: LogLevel = "error",
    debug: Debug = False,
) -> None:
    """Measure the F5 engine beside stock f5-tts, in turns, in one process, on the same weights."""
    if random and checkpoint is not None:
        raise typer.BadParameter("goes not with --checkpoint", param_hint="--random")

    def action() -> int:
        # torch's profiler tells of its own start; it reads this when it is loaded.
        os.environ.setdefault("KINETO_LOG_LEVEL", "9")
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the engine, and both sides alike
        from ishowtts_cli.bench_f5 import command

        wish = command.Wish(device, checkpoint, size, precision, threads, graphs, quick)
        return command.gate(wish, store=store) if gate else command.bench(wish, output)

    _finish(action, log_level, debug=debug)


def _finish(action: Callable[[], int | None], log_level: str, *, debug: bool) -> None:
    def there() -> int | None:
        from ishowtts_cli.environments import enter

        enter("f5", sys.argv[1:])
        return action()

    finish(there, log_level, debug=debug)
