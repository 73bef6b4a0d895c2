"""The ``switchboard`` command."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from adapters.settings import Settings
from cli.preparation import Preparation
from cli.servers.errors import CannotStart

app = typer.Typer(
    name="switchboard",
    help="A contact center engine on Temporal. Settings are SWITCHBOARD_* variables; docs/settings.md lists them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="With demo customers and a chat page that needs no login.")] = True,
) -> None:
    """Start everything on this machine: Temporal, PostgreSQL, Redis, worker, API. Runs until Ctrl-C."""
    from cli.up import up as run_everything

    run_everything(_settings(), demo=demo)


@app.command()
def stop(seconds: Annotated[float, typer.Option(help="How long to wait for it.")] = 60.0) -> None:
    """Stop the `switchboard up` that runs in this folder."""
    from cli.stop import stop as stop_running

    stop_running(_settings(), seconds)


@app.command()
def worker(
    *,
    prepare: Annotated[bool, typer.Option("--prepare", help="First do what `switchboard migrate` does.")] = False,
    create: Annotated[bool, typer.Option("--create", help="With --prepare: create the database as well.")] = False,
    demo: Annotated[bool, typer.Option(help="With --prepare: put the demo customers into it.")] = False,
    wait: Annotated[float, typer.Option(help="With --prepare: seconds to wait for the servers.")] = 10.0,
) -> None:
    """Run a worker alone, against any Temporal (Temporal Cloud too), PostgreSQL and Redis."""
    from adapters.telemetry import configure_logging
    from cli.work import prepare_and_work

    settings = _settings()
    configure_logging(settings.log_level, settings.log_format, process="worker")
    wanted = Preparation(wait_seconds=wait, create=create, demo=demo) if prepare else None
    prepare_and_work(settings, wanted)


@app.command()
def api() -> None:
    """Run the API alone, against any Temporal, PostgreSQL and Redis."""
    from adapters.telemetry import configure_logging
    from cli.serve import serve

    settings = _settings()
    configure_logging(settings.log_level, settings.log_format, process="api")
    serve(settings)


@app.command()
def migrate(
    *,
    create: Annotated[bool, typer.Option("--create", help="Create the database first if it is not there.")] = False,
    demo: Annotated[bool, typer.Option(help="Put the demo customers and their accounts into it.")] = False,
    temporal: Annotated[bool, typer.Option(help="Prepare the Temporal namespace as well.")] = True,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the servers.")] = 10.0,
) -> None:
    """Bring the database's schema and the Temporal namespace up to date; safe to repeat."""
    from cli.prepare import prepare

    wanted = Preparation(wait_seconds=wait, create=create, demo=demo, temporal=temporal)
    for line in asyncio.run(prepare(_settings(), wanted)):
        typer.echo(line)


@app.command()
def settings(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the table of docs/settings.md.")] = False,
) -> None:
    """List all settings, their values here and what they mean."""
    from cli.settings_table import current_values, markdown_table

    typer.echo(markdown_table() if markdown else current_values(_settings()), nl=False)


@app.command()
def simulate(
    where: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="A script, or a folder of them.")],
    *,
    url: Annotated[str, typer.Option(help="The API's address. Default: the product that runs in this folder.")] = "",
    token: Annotated[
        str, typer.Option(help="A service's bearer token for it.", envvar="SWITCHBOARD_SIMULATE_TOKEN")
    ] = "",
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many conversations at once.")] = 4,
    as_data: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Run conversations from scripts against a running product; docs/simulate.md says how to write them.

    Exits with 0 if all went as expected, with 1 if not, with 2 if a script is wrong or there is no product.
    """
    from cli.simulate import Target
    from cli.simulate import simulate as run_scripts

    dev_file = _settings().state_dir / "dev.json"
    target = Target(dev_file, url=url, token=token)
    raise typer.Exit(run_scripts(where, target, concurrency=concurrency, as_data=as_data))


def main() -> None:
    """Run the command and leave.

    A process that used the Temporal client can crash while the interpreter shuts down, so we flush and leave at once.
    """
    code = _exit_code(lambda: app(standalone_mode=True))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _exit_code(run: Callable[[], None]) -> int:
    """``EX_CONFIG`` says that trying again cannot help."""
    from domain.errors import SwitchboardError

    try:
        run()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except (CannotStart, SwitchboardError) as error:
        typer.echo(f"switchboard: {error}", err=True)
        return 1 if isinstance(error, SwitchboardError) and error.retryable else os.EX_CONFIG
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - the last frame: whatever it is, show it and leave
        import traceback

        traceback.print_exc()
        return 1
    return 0


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "SWITCHBOARD_" + "_".join(map(str, first["loc"])).upper()
        raise CannotStart(f"{name} is wrong: {first['msg']} (see docs/settings.md).") from None


if __name__ == "__main__":
    main()
