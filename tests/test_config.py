"""Settings come from flags, variables, a file and defaults; each knows its source, and errors come all at once."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cityfibre.settings import SupplierSettings
from simulator.config import PATHS, Config, ConfigError, Row, flag_name, load, rows, variable_name


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "cfg.yaml"


def _problems(
    flags: dict[str, object] | None = None, environ: dict[str, str] | None = None, file: Path | None = None
) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(flags or {}, environ or {}, file)
    lines = str(caught.value).splitlines()
    assert lines == list(caught.value.problems)
    return [line.replace(str(file), "cfg.yaml") for line in lines]


def test_everything_has_a_default() -> None:
    """Nothing need be set; what is unset says so."""
    loaded = load({}, {"HOME": "/root", "CITYFIBRE": "x"})
    assert loaded.config == Config()
    assert set(loaded.sources.values()) == {"default"}


def test_the_defaults_are_these() -> None:
    """Those of the process; the switches' own are held to docs/conformance.md."""
    names, values, _ = zip(*rows(load({}, {})), strict=True)
    assert " ".join(names[:5]) == "host port control_port control_host control_token"
    assert values[:5] == ("127.0.0.1", 41223, 41224, "127.0.0.1", None)
    assert " ".join(names[5:10]) == "notify clock rate start seed"
    assert values[5:10] == (None, "realtime", 1.0, None, 1)
    assert " ".join(names[10:15]) == "environments inventory_file scenarios ready_file log_format"
    assert values[10:15] == (["cfsit", "cfstaging", "prod"], None, None, None, "text")
    assert " ".join(names[15:21]) == "tls certs tls_certificate tls_key tls_trust tls_crl"
    assert values[15:21] == ("off", "certs/local", None, None, None, None)
    assert " ".join(names[21:26]) == "notify_trust notify_certificate notify_key trusted_proxies envelope"
    assert values[21:26] == (None, None, None, [], "mirror")


def test_a_flag_is_heard_before_a_variable_and_a_variable_before_the_file(file: Path) -> None:
    """Each setting by itself, within groups too."""
    file.write_text("port: 1\nrate: 2\nseed: 3\ndiary:\n  capacity: 5\n  hold: PT1H\n  window: 6\n")
    environ = {"CITYFIBRE_SIM_RATE": "20", "CITYFIBRE_SIM_SEED": "30", "CITYFIBRE_SIM_DIARY__HOLD": "PT2H"}
    loaded = load({"seed": 300, "diary.window": "60", "port": None, "environments": ()}, environ, file)
    given = [row for row in rows(loaded) if row.source != "default"]
    assert given == [
        Row("port", 1, f"file {file}:1:1"),
        Row("rate", 20.0, "variable CITYFIBRE_SIM_RATE"),
        Row("seed", 300, "flag --seed"),
        Row("diary.capacity", 5, f"file {file}:5:3"),
        Row("diary.hold", "PT2H", "variable CITYFIBRE_SIM_DIARY__HOLD"),
        Row("diary.window", 60, "flag --diary-window"),
    ]


def test_nested_flags_weigh_as_dotted_ones(file: Path) -> None:
    """Python callers write groups as dictionaries."""
    file.write_text("diary: {capacity: 5}")
    loaded = load({"diary": {"capacity": 7}}, {}, file)
    assert (loaded.config.diary.capacity, loaded.sources["diary.capacity"]) == (7, "flag --diary-capacity")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - read, not bound
        ("port", "0", 0),
        ("notify", "https://[::1]/", "https://[::1]/"),
        ("clock", "frozen", "frozen"),
        ("rate", "1000000", 1_000_000.0),
        ("start", "2026-03-02T09:30:00+02:00", datetime(2026, 3, 2, 7, 30, tzinfo=UTC)),
        ("start", "2026-03-02T09:30:00", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("start", "2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("seed", "9223372036854775807", 2**63 - 1),
        ("environments", "cfsit, job-4711", ("cfsit", "job-4711")),
        ("environments", "a" * 63, ("a" * 63,)),
        ("inventory_file", "/etc/inventory.yaml", Path("/etc/inventory.yaml")),
        ("ready_file", "ready", Path("ready")),
        ("scenarios", "scenarios", Path("scenarios")),
        ("amend_cancels", "no", False),
        ("appointment_broken_xml", "500", 500),
        ("reference_format", "TIC-{:06d}", "TIC-{:06d}"),
        ("diary.hold", "PT3H", timedelta(hours=3)),
        ("default_life.close_after", "P3D", timedelta(days=3)),
    ],
)
def test_text_is_converted_wherever_it_comes_from(name: str, text: str, value: object, tmp_path: Path) -> None:
    """A flag, a variable and the file give the same."""
    path = tuple(name.split("."))
    file = tmp_path / "cfg.yaml"
    file.write_text(f"{': {'.join(path)}: {text!r}{'}' * (len(path) - 1)}")
    found = []
    for loaded in (load({name: text}, {}), load({}, {variable_name(path): text}), load({}, {}, file)):
        got: object = loaded.config
        for part in path:
            got = getattr(got, part)
        found.append(got)
    from_file = tmp_path / text if name in {"ready_file", "scenarios"} else value
    assert found == [value, value, from_file]


def test_the_file_may_hold_lists_and_paths_relative_to_it(file: Path) -> None:
    """Only flags and variables need commas; a file and what it names are moved together."""
    file.write_text("environments: [cfsit, job.1]\ninventory_file: lists/small.yaml")
    config = load({}, {}, file).config
    assert (config.environments, config.inventory_file) == (("cfsit", "job.1"), file.parent / "lists/small.yaml")


def test_the_file_may_be_named_by_a_variable(file: Path, tmp_path: Path) -> None:
    """The flag is heard first here too."""
    file.write_text("port: 1")
    other = tmp_path / "other.yaml"
    other.write_text("port: 2")
    environ = {"CITYFIBRE_SIM_CONFIG": str(other)}
    assert (load({}, environ).config.port, load({}, environ, file).config.port) == (2, 1)


def test_an_empty_variable_is_not_set(file: Path) -> None:
    """Compose files hand on what their host lacks as nothing."""
    file.write_text("port: 1")
    loaded = load({}, {"CITYFIBRE_SIM_PORT": "", "CITYFIBRE_SIM_CONFIG": ""}, file)
    assert (loaded.config.port, loaded.sources["port"]) == (1, f"file {file}:1:1")


def test_an_empty_group_in_the_file_is_not_set(file: Path) -> None:
    """Its members may all be commented out."""
    file.write_text("diary:\n  # capacity: 3\n")
    assert load({}, {}, file).config == Config()


def test_the_supplier_gets_its_switches_and_nothing_else() -> None:
    """It has no business with ports and paths."""
    switches = load({"envelope": "soap", "diary.capacity": 2, "port": 5}, {}).config.supplier()
    assert switches == SupplierSettings.model_validate({"envelope": "soap", "diary": {"capacity": 2}})
    assert type(switches) is SupplierSettings


# What is refused


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("host", "", "host: String should have at least 1 character, found ''"),
        ("port", "65536", "port: expected at most 65535, found '65536'"),
        ("port", "-1", "port: expected at least 0, found '-1'"),
        ("port", "http", "port: expected a whole number, found 'http'"),
        ("control_port", "41223", "control_port: 41223 is the supplier's port already; the control API needs its own"),
        ("notify", "localhost:9000", "notify: expected an http or https URL with a host, such as https://localhost:90"),
        ("notify", "ftp://host/", "notify: expected an http or https URL with a host, such as https://localhost:9000/"),
        ("notify", "http:///path", "notify: expected an http or https URL with a host, such as https://localhost:9000"),
        ("notify", "http://h:99999/", "notify: expected an http or https URL with a host, such as https://localhost:9"),
        ("notify", "http://h/a b", "notify: expected an http or https URL with a host, such as https://localhost:9000"),
        ("notify", "http://169.254.1.1/", "notify: the endpoint's address is link-local, and nothing is sent to "),
        ("notify", "http://[ff02::1]/", "notify: the endpoint's address is a multicast one, and nothing is sent to "),
        ("notify", "http://240.0.0.1/", "notify: the endpoint's address is a reserved one, and nothing is sent to "),
        ("notify", "http://me:secret@h/", "notify: a URL with a user or a password is not taken: it would be shown"),
        ("clock", "fast", "clock: expected realtime, frozen or auto, found 'fast'"),
        ("rate", "0", "rate: should be greater than 0, found '0'"),
        ("rate", "1000001", "rate: expected at most 1000000.0, found '1000001'"),
        ("rate", "nan", "rate: should be a finite number, found 'nan'"),
        ("start", "soon", "start: expected an ISO 8601 date and time such as 2026-03-02T09:00:00Z, from 1970 to 2100"),
        ("start", "1767600000", "start: expected an ISO 8601 date and time such as 2026-03-02T09:00:00Z, from 1970"),
        ("start", "0001-01-01T00:00:00+14:00", "start: expected an ISO 8601 date and time such as 2026-03-02T09:00"),
        ("start", "9999-12-31T23:59:59-14:00", "start: expected an ISO 8601 date and time such as 2026-03-02T09:00"),
        ("seed", "-1", "seed: expected at least 0, found '-1'"),
        ("seed", "9223372036854775808", "seed: expected at most 9223372036854775807, found '9223372036854775808'"),
        ("environments", "a,b,a", "environments: expected one environment or more, each named once, found a, b, a"),
        (
            "environments",
            "a,-b",
            "environments: expected up to 63 letters, digits, dots, dashes and underscores, found",
        ),
        (
            "environments",
            "a" * 64,
            "environments: expected up to 63 letters, digits, dots, dashes and underscores, fou",
        ),
        ("envelope", "soup", "envelope: expected mirror, soap, bare or sampled, found 'soup'"),
        ("appointment_broken_xml", "200", "appointment_broken_xml: expected 400 or 500, found '200'"),
        ("diary.capacity", "1001", "diary.capacity: expected at most 1000, found '1001'"),
        ("diary.hold", "12:30", "diary.hold: expected an ISO 8601 duration such as PT30M, PT48H or P3D"),
        ("reference_format", "\0{}", "reference_format: expected a text with one counter in it"),
        ("reference_format", " {}", "reference_format: expected a text with one counter in it"),
        ("reference_format", "~{}", "reference_format: expected a text with one counter in it"),
        ("reference_format", "CS{:999999999d}", "reference_format: expected a text with one counter in it"),
        ("reference_format", "CS", "reference_format: expected a text with one counter in it, such as CS{:07d}"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(name: str, text: str, message: str) -> None:
    """In one line that leads with the flag."""
    expected = f"flag {flag_name(tuple(name.split('.')))}: {message}"
    assert [expected] == [problem[: len(expected)] for problem in _problems({name: text})]


def test_no_password_is_repeated() -> None:
    """Logs of CI jobs are read by many."""
    assert "secret" not in "".join(_problems({"notify": "http://me:secret@h:x/"}))


def test_a_wrong_default_beside_a_given_value_is_told() -> None:
    """Whoever takes the control API's port for the supplier's must move the former."""
    assert _problems({"port": 41224}) == [
        "default: control_port: 41224 is the supplier's port already; the control API needs its own"
    ]
    assert load({"port": 0, "control_port": 0}, {}).config.port == 0  # two free ones


def test_an_unknown_variable_is_refused_with_the_nearest_one() -> None:
    """A misspelt setting that is silently passed over costs an afternoon."""
    assert _problems(environ={"CITYFIBRE_SIM_PROT": "1", "CITYFIBRE_SIM_DIARY__CAPASITY": "2"}) == [
        "variable CITYFIBRE_SIM_PROT: there is no such setting — did you mean `CITYFIBRE_SIM_PORT`?",
        "variable CITYFIBRE_SIM_DIARY__CAPASITY: unknown setting `diary.capasity` — did you mean `capacity`?",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("CITYFIBRE_SIM_port", "there is no such setting — did you mean `CITYFIBRE_SIM_PORT`?"),
        ("CITYFIBRE_SIM_PORT__X", "there is no such setting — did you mean `CITYFIBRE_SIM_PORT`?"),
        ("CITYFIBRE_SIM_CONFG", "there is no such setting — did you mean `CITYFIBRE_SIM_CONFIG`?"),
        ("CITYFIBRE_SIM_DIARY", "diary is a group of settings, and takes no value itself"),
    ],
)
def test_a_variable_is_written_as_documented(name: str, message: str) -> None:
    """In capitals, down to a single setting."""
    assert _problems(environ={name: "1"}) == [f"variable {name}: {message}"]


def test_an_unknown_setting_in_the_file_is_refused_with_the_nearest_one(file: Path) -> None:
    """At its line and column."""
    file.write_text("prot: 1\ndiary:\n  capasity: 2\n")
    assert _problems(file=file) == [
        "cfg.yaml:3:3: unknown setting `diary.capasity` — did you mean `capacity`?",
        "cfg.yaml:1:1: unknown setting `prot` — did you mean `port`?",
    ]


def test_an_unknown_flag_is_refused_with_the_nearest_one() -> None:
    """Callers from Python have no command line to check their spelling."""
    assert _problems({"prot": 1}) == ["flag --prot: unknown setting `prot` — did you mean `port`?"]


def test_the_problems_of_all_sources_come_at_once(file: Path) -> None:
    """Each line names its source."""
    file.write_text("rate: fast\n")
    assert _problems({"clock": "slow"}, {"CITYFIBRE_SIM_SEED": "x", "CITYFIBRE_SIM_SED": "1"}, file) == [
        "variable CITYFIBRE_SIM_SED: there is no such setting — did you mean `CITYFIBRE_SIM_SEED`?",
        "flag --clock: clock: expected realtime, frozen or auto, found 'slow'",
        "cfg.yaml:1:1: rate: expected a number, found 'fast'",
        "variable CITYFIBRE_SIM_SEED: seed: expected a whole number, found 'x'",
    ]


def test_a_file_that_is_no_yaml_hides_no_other_problem(file: Path) -> None:
    """What can be checked without it is checked."""
    file.write_text("port: 1\nport: 2\n")
    assert _problems({"seed": "x"}, file=file) == [
        "cfg.yaml:2:1: `port` stands here again, after line 1",
        "flag --seed: seed: expected a whole number, found 'x'",
    ]


def test_a_file_of_anything_but_settings_is_refused(file: Path) -> None:
    """A list, say."""
    file.write_text("- port\n")
    assert _problems(file=file) == ["cfg.yaml:1:1: expected settings with their values, such as `port: 41223`"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Without a traceback."""
    assert _problems(file=tmp_path / "none.yaml") == ["cfg.yaml: cannot be read: No such file or directory"]
    assert _problems(file=tmp_path) == ["cfg.yaml: cannot be read: Is a directory"]


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    """No more than the limit is taken from it."""
    assert _problems(file=Path("/dev/zero")) == ["cfg.yaml:1:1: longer than 1048576 bytes"]


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text(max_size=5))


@given(
    flags=st.dictionaries(
        st.sampled_from([".".join(path) for path in PATHS]) | st.text(max_size=9), _VALUES, max_size=4
    ),
    environ=st.dictionaries(
        st.sampled_from([variable_name(path) for path in PATHS])
        | st.text("PORTDIARY_", max_size=12).map("CITYFIBRE_SIM_".__add__),
        st.text(max_size=20),
        max_size=4,
    ),
)
def test_nothing_else_ever_escapes(flags: dict[str, object], environ: dict[str, str]) -> None:
    """Whatever is given, it is taken or refused with a reason for each problem."""
    problems: tuple[str, ...] = ("taken",)
    try:
        load(flags, environ)
    except ConfigError as error:
        problems = error.problems
    assert all(problems)


# What it costs


@pytest.mark.parametrize(("variable", "loaded"), [("HOME", "False"), ("CITYFIBRE_SIM_PORT", "True")])
def test_pydantic_settings_is_loaded_only_for_who_sets_a_variable(variable: str, loaded: str) -> None:
    """It takes 25 ms; faker, which the inventory needs only to make one up, takes 60."""
    program = (
        "import sys; from simulator.config import load; load({}, {sys.argv[1]: '7'});"
        "print('pydantic_settings' in sys.modules, 'faker' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, variable], capture_output=True, text=True, check=True)
    assert f"{loaded} False\n" == done.stdout


def test_a_token_is_never_shown() -> None:
    """Neither with the settings, nor in the complaint about it."""
    shown = [row for row in rows(load({"control_token": "hush-hush"}, {})) if row.name == "control_token"]
    assert [row.value for row in shown] == ["**********"]
    with pytest.raises(ConfigError) as caught:
        load({"control_token": "hush hush hush"}, {})
    assert caught.value.problems == (
        "flag --control-token: control_token: expected at least 8 letters, digits and signs of ASCII, without a space",
    )


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "simulator", "127.0.0.1.example.org"])
def test_a_control_api_beyond_this_machine_needs_a_token(host: str) -> None:
    """Whoever reaches it may do anything."""
    with pytest.raises(ConfigError, match="set one, for the control API is to be reached from beyond this machine"):
        load({"control_host": host}, {})
    assert load({"control_host": host, "control_token": "hush-hush"}, {}).config.control_host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "sim.localhost"])
def test_on_this_machine_it_needs_none(host: str) -> None:
    """These names can stand for nothing else."""
    assert load({"control_host": host}, {}).config.control_token is None
