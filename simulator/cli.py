"""The command line: ``cityfibre-simulator``. A wrong flag, file or port is one clear line and exit code 2."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator import __version__
from simulator.certs_cli import certs
from simulator.command_line import CONFIG_HELP, give_up, inventory_in_force, load, say

if TYPE_CHECKING:
    from simulator.config import Loaded
    from simulator.scenario.loader import Source


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cityfibre-simulator", message="%(prog)s %(version)s")
def main() -> None:
    """A stand-in for CityFibre's ticketing service, on a simulated clock."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 gets a ? and no traceback


main.add_command(certs)


class _SettingsCommand(click.Command):
    """A command that takes every setting as a flag, made from the one typed model; ``--config`` names the file."""

    left_out: frozenset[str] = frozenset()

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*self._settings(), *super().get_params(ctx)]

    @cache  # noqa: B019 - a command lives as long as the process
    def _settings(self) -> list[click.Parameter]:
        from simulator.config import PATHS, flag_name, wanted  # noqa: PLC0415 - each command imports what it needs

        options: list[click.Parameter] = [
            click.Option(["--config", "file"], metavar="FILE", type=click.Path(path_type=Path), help=CONFIG_HELP)
        ]
        for path in PATHS:
            if path[0] not in self.left_out:
                metavar, description = wanted(path)
                options.append(click.Option([flag_name(path), "__".join(path)], metavar=metavar, help=description))
        return options


@main.command(cls=_SettingsCommand)
def serve(**flags: Any) -> None:  # noqa: ANN401 - click hands over what the options are
    """Serve until Ctrl+C: buyers on one port, the control API on another."""
    from simulator.config import ConfigError  # noqa: PLC0415 - each command imports what it needs
    from simulator.serving import serve_forever  # noqa: PLC0415 - the same

    loaded = load(flags)
    known, scripts = inventory_in_force(loaded), _scripts(loaded)
    try:
        serve_forever(loaded.config, known, scripts, say)
    except (OSError, ConfigError) as error:
        give_up(str(error))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=9000, show_default=True, help="0 takes a free one.")
@click.option("--forward-to", metavar="URL", default="", help="Hand all on to this endpoint, and its answers back.")
@click.option(
    "--fail", "how", metavar="HOW", default="", help="A status, refuse, reset, silent, empty, broken or close."
)
@click.option("--first", type=click.IntRange(0), metavar="N", help="Only the first N attempts of each message fail.")
@click.option(
    "--probability", type=click.FloatRange(0, 1), metavar="P", help="Each attempt fails with this probability."
)
@click.option("--seed", type=int, default=1, show_default=True, help="What is drawn for it depends on this.")
@click.option("--only", multiple=True, metavar="NAME", help="Only notifications of this status fail, or of several.")
@click.option("--retry-after", type=int, metavar="SECONDS", help="The header of a failing status.")
@click.option("--raw", is_flag=True, help="Print the XML too.")
@click.option("--certs", metavar="DIR", type=click.Path(path_type=Path), help="Speak TLS, by a set of `certs init`.")
@click.option("--demand", is_flag=True, help="With --certs: take only senders with a certificate of its authority.")
@click.option("--ready-file", metavar="FILE", type=click.Path(path_type=Path), help="Written once it listens.")
def listen(**flags: Any) -> None:  # noqa: ANN401 - as serve
    """Be a buyer's endpoint until Ctrl+C: print notifications, acknowledge them, or fail as told."""
    from simulator.listening.command import Asked, failing, listen_forever  # noqa: PLC0415 - each imports what it needs

    try:
        asked = Asked(**{name: flags.pop(name) for name in Asked.__dataclass_fields__})
        to_fail = failing(**flags)
    except ValueError as error:
        give_up(str(error))
    try:
        listen_forever(asked, to_fail, say)
    except OSError as error:
        give_up(str(error))


@main.command()
@click.option("--fast", is_flag=True, help="Without the pauses that let you read along.")
def demo(*, fast: bool) -> None:
    """Show a total loss of service from the first query to closure."""
    import asyncio  # noqa: PLC0415 - each command imports what it needs

    from simulator.demo import EXPECTED, Demonstration  # noqa: PLC0415

    pause = 0.8 if sys.stdout.isatty() and not fast else 0.0
    if not asyncio.run(Demonstration(say, pause).run()):
        click.echo(f"the buyer was not told {', '.join(EXPECTED)} in this order", err=True)
        sys.exit(1)


@main.group()
def config() -> None:
    """Look at the settings."""


@config.command("show", cls=_SettingsCommand)
def config_show(**flags: Any) -> None:  # noqa: ANN401 - as serve
    """Print every setting in force, and where it came from."""
    from simulator.config import rows  # noqa: PLC0415 - each command imports what it needs

    for name, value, source in rows(load(flags)):
        shown = value if isinstance(value, str) else json.dumps(value)
        click.echo(f"{name:<26} {shown:<34} {source}")


class _RunCommand(_SettingsCommand):
    """A command that takes the settings that matter to a run: a scenario has its own clock, in its own environment."""

    left_out = frozenset(
        {"clock", "rate", "control_host", "control_token", "environments", "ready_file", "log_format", "scenarios"}
    )

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = [one for one in super().get_params(ctx) if one not in self._settings()]
        return [*own[:-1], *self._settings(), own[-1]]  # the last is --help


@main.command(cls=_RunCommand)
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path))
@click.option("--buyer", type=click.Choice(["self", "real"]), help="Who plays the buyer; --notify implies real.")
@click.option("--trigger", metavar="URL|COMMAND", default="", help="Makes a real buyer raise the fault of each run.")
@click.option("--environment", metavar="NAME", default="", help="For a buyer with a fixed URL.  [cfsit]")
@click.option(
    "--within-real",
    type=click.FloatRange(0.01, 3600),
    metavar="SECONDS",
    help="Wait so long for a real buyer where a step does not say.  [30]",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only scenarios with this tag, or one of several.")
@click.option("--case", default="", metavar="ROW", help="Only this case of each scenario.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Runs at once, with a trigger.  [1]")
@click.option("--fail-fast", is_flag=True, help="Begin no more runs once one has failed.")
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path), help="Write the verdicts as JUnit XML.")
@click.option("--transcripts", metavar="DIR", type=click.Path(path_type=Path), help="Write what happened in each run.")
@click.option("--github", is_flag=True, help="Annotate failures, as a GitHub workflow wants it.")
def run(**flags: Any) -> None:  # noqa: ANN401 - as serve
    """Run scenarios to a verdict, each in an environment of its own: those of PATHs, or the library.

    Ends with 0 when all passed, 1 when one failed, 2 on bad usage or a bad file, 3 when the buyer can't be reached,
    130 when it was interrupted.
    """
    from simulator.running.command import Asked, command  # noqa: PLC0415 - each command imports what it needs

    flags["paths"] = flags["paths"] or (_library(),)
    names = Asked.__dataclass_fields__
    asked = Asked(**{name: flags.pop(name) for name in names if name in flags}, given=_given())
    loaded = load(flags)
    sys.exit(command(asked, loaded, inventory_in_force(loaded), say, give_up))


@main.command("lint", cls=_RunCommand)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
def lint_scenarios(paths: tuple[Path, ...], **flags: Any) -> None:  # noqa: ANN401 - as serve
    """Say what is odd about scenarios: steps that can't happen, words that nothing uses.

    Ends with 0 when nothing is, 1 when something is, 2 when a file can't be used at all.
    """
    from simulator.running.linting import findings  # noqa: PLC0415 - each command imports what it needs
    from simulator.runtime.scenario_files import ScenariosError  # noqa: PLC0415
    from simulator.scenario.loader import ScenarioError  # noqa: PLC0415

    loaded = load(flags)
    try:
        found = list(findings(paths, loaded, inventory_in_force(loaded)))
    except (ScenariosError, ScenarioError) as error:
        give_up(str(error))
    for line in found:
        click.echo(line)
    sys.exit(1 if found else 0)


@main.command("scenarios")
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path))
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only those with this tag, or one of several.")
def list_scenarios(paths: tuple[Path, ...], tags: tuple[str, ...]) -> None:
    """List scenarios with their descriptions: those of the library, or of PATHs."""
    from simulator.runtime.scenario_files import ScenariosError, read_all  # noqa: PLC0415 - each imports what it needs

    try:
        sources = read_all(paths or [_library()])
    except ScenariosError as error:
        give_up(str(error))
    for source in sources:
        scenario = source.scenario
        if not tags or set(tags) & set(scenario.tags):
            cases = f"  ({len(source.scripts)} cases)" if scenario.cases else ""
            click.secho(f"{scenario.name}{cases}", bold=True)
            click.echo(f"    {scenario.description}")
            click.secho(
                f"    {source.document.name}  {' '.join('#' + tag for tag in scenario.tags)}".rstrip(), dim=True
            )


@main.command("inventory")
@click.option("--config", "file", metavar="FILE", type=click.Path(path_type=Path), help=CONFIG_HELP)
@click.option("--inventory-file", metavar="FILE", help="The inventory to read, check and print.")
@click.option("--generate", type=click.IntRange(1, 2_000), metavar="SERVICES", help="Make up one of that size.")
@click.option("--seed", type=int, default=1, show_default=True, help="What made-up names are drawn from.")
def show_inventory(file: Path | None, inventory_file: str | None, generate: int | None, seed: int) -> None:
    """Print the buyers, addresses, products and services in force, as YAML to start one's own from."""
    from simulator.cityfibre import inventory  # noqa: PLC0415 - each command imports what it needs

    if generate:
        known = inventory.generate(buyers=3, services=generate, seed=seed)
    else:
        known = inventory_in_force(load({"file": file, "inventory_file": inventory_file}))
    click.echo(inventory.to_yaml(known), nl=False)


def _library() -> Path:
    """The folder of the shipped scenarios, as short as it can be said from here."""
    from simulator import resources  # noqa: PLC0415 - each command imports what it needs

    folder = resources.scenarios()
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _scripts(loaded: Loaded) -> tuple[Source, ...] | None:
    """The scenarios that the settings name; ``None`` where they name none."""
    if loaded.config.scenarios is None:
        return None
    from simulator.runtime.scenario_files import ScenariosError, read_all  # noqa: PLC0415 - each imports what it needs

    try:
        return tuple(read_all([loaded.config.scenarios]))
    except ScenariosError as error:
        give_up(str(error))


def _given() -> dict[str, str]:
    """The flags of this command that were given, as they are written, with their values."""
    context = click.get_current_context()
    written = {one.name: one.opts[0] for one in context.command.get_params(context) if isinstance(one, click.Option)}
    source = click.core.ParameterSource.COMMANDLINE
    return {
        written[name]: str(value)
        for name, value in context.params.items()
        if name in written
        and context.get_parameter_source(name) is source
        and isinstance(value, str | int | float | Path)
    }
