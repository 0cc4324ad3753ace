"""The wheel: built, installed by itself and run from another folder, as a user has it who never saw the checkout."""

import json
import os
import runpy
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest

from simulator import resources

CHECKOUT = Path(__file__).resolve().parent.parent
TRIES, PAUSE_SECONDS = 300, 0.1  # how long a started simulator is waited for

# What the checkout has, and under which name the wheel carries it.
CARRIED = {"simulator": "simulator", "schemas": "simulator/_data/schemas", "scenarios": "simulator/_data/scenarios"}

SECRET = {".crl", ".key", ".p12", ".pem"}

# Nothing of how the tests themselves were started may reach what they start.
FOREIGN = ("PYTHON", "VIRTUAL_ENV", "CITYFIBRE_SIM_")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def run(*command: str | Path, folder: Path) -> str:
    """What the command prints; where it fails, what it printed is part of the test's report."""
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def carried_files(wheel: Path) -> set[str]:
    """The files of the package in a wheel; its metadata is left out."""
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def get(url: str) -> tuple[int, bytes]:
    """Status and body, asked for directly: never through a proxy that the machine may have."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=10)
    try:
        connection.request("GET", address.path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with the locked hatchling."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, folder=CHECKOUT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin/ of a new virtual environment that has the wheel, and the locked dependencies lent by ours.

    They are lent by a line naming our site-packages. That a line there names the checkout in turn (ours is an editable
    install) does not count: such files are read in an environment's own folder only.
    """
    environment = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", environment, folder=environment)
    own_packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))
    (own_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = environment / "bin" / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", wheel)
    run(sys.executable, "-m", "pip", "--python", python, *install, folder=environment)
    return environment / "bin"


@pytest.fixture
def served(programs: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The addresses of a simulator that serves from the wheel until the test ends: ``supplier`` and ``control``."""
    ready, log = tmp_path / "ready.json", tmp_path / "log.txt"
    command = (programs / "cityfibre-simulator", "serve", "--port", "0", "--control-port", "0", "--ready-file", ready)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT)
    try:
        for _ in range(TRIES):
            if ready.exists():
                break
            try:
                process.wait(PAUSE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"serve ended with {process.returncode}:\n{log.read_text(encoding='utf-8')}")
        else:
            pytest.fail(f"serve was not ready in time:\n{log.read_text(encoding='utf-8')}")
        yield json.loads(ready.read_text(encoding="utf-8"))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def test_the_wheel_carries_the_package_its_schemas_and_its_scenarios(wheel: Path) -> None:
    """Every file that the three folders have is in the wheel, and nothing else is."""
    expected = {
        f"{inside}/{path.relative_to(CHECKOUT / folder).as_posix()}"
        for folder, inside in CARRIED.items()
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert expected == carried_files(wheel)
    assert {
        "simulator/py.typed",
        "simulator/cityfibre/inventory.yaml",
        "simulator/server/pages/templates/environment.html",
        "simulator/server/pages/static/live.js",
        "simulator/_data/schemas/faultReport.xsd",
        "simulator/_data/schemas/notification.xsd",
        "simulator/_data/schemas/appointments.xsd",
        "simulator/_data/scenarios/README.md",
    } <= expected


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Who builds from the source distribution gets the files that who builds from the checkout gets."""
    python = sys.executable
    run(python, "-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path, folder=CHECKOUT)
    source = next(tmp_path.glob("*.tar.gz"))
    alone = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    run(python, "-m", "pip", "wheel", *alone, "--wheel-dir", tmp_path, source, folder=tmp_path)

    assert carried_files(wheel) == carried_files(next(tmp_path.glob("*.whl")))


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_no_package_carries_a_certificate_or_a_key(target: str, tmp_path: Path) -> None:
    """Wherever in the checkout somebody has made them."""
    checkout, built = tmp_path / "checkout", tmp_path / "built"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        checkout.mkdir(exist_ok=True)
        (checkout / name).write_bytes((CHECKOUT / name).read_bytes())
    for path in ("simulator/__init__.py", "schemas/a.xsd", "scenarios/a.yaml", "certs/README.md"):
        (checkout / path).parent.mkdir()
        (checkout / path).write_text('__version__ = "0.1.0"\n', "utf-8")
    python = sys.executable
    run(python, "-m", "simulator", "certs", "init", "--dir", checkout / "certs" / "local", folder=CHECKOUT)
    run(python, "-m", "simulator", "certs", "init", "--dir", checkout / "simulator" / "mine", folder=CHECKOUT)
    run(python, "-m", "hatchling", "build", "--target", target, "--directory", built, folder=checkout)

    package = next(built.iterdir())
    if target == "wheel":
        names = carried_files(package)
    else:
        with tarfile.open(package) as archive:
            names = set(archive.getnames())
    assert any(name.endswith("simulator/__init__.py") for name in names)
    assert [name for name in names if "/local" in name or Path(name).suffix in SECRET] == []


def test_the_installed_package_finds_what_it_carries(programs: Path, tmp_path: Path) -> None:
    """Far from any checkout, the schemas and the scenarios are those inside the installed package."""
    script = """if True:
        import json
        from pathlib import Path
        import simulator
        from simulator import resources
        schemas = resources.schemas()
        print(json.dumps({
            "package": str(Path(simulator.__file__).parent),
            "schemas": str(schemas),
            "scenarios": str(resources.scenarios()),
            "names": sorted(path.name for path in schemas.glob("*.xsd")),
        }))
    """

    found = json.loads(run(programs / "python", "-c", script, folder=tmp_path))

    package = Path(found["package"])
    assert package.is_relative_to(programs.parent)
    assert {
        "package": str(package),
        "schemas": str(package / "_data" / "schemas"),
        "scenarios": str(package / "_data" / "scenarios"),
        "names": sorted(path.name for path in (CHECKOUT / "schemas").glob("*.xsd")),
    } == found


def test_a_checkout_uses_its_own_folders() -> None:
    """In a checkout nothing is copied: an edited schema is the one in use."""
    assert CHECKOUT / "schemas" == resources.schemas()
    assert CHECKOUT / "scenarios" == resources.scenarios()


def test_an_incomplete_installation_says_so(tmp_path: Path) -> None:
    """A package without its data names what is missing; a folder of somebody else's beside it is not taken for ours."""
    package, foreign = tmp_path / "simulator", tmp_path / "schemas"
    package.mkdir()
    foreign.mkdir()
    copy = package / "resources.py"
    copy.write_bytes(Path(resources.__file__).read_bytes())
    incomplete = runpy.run_path(str(copy))

    with pytest.raises(RuntimeError, match="The simulator's schemas are missing"):
        incomplete["schemas"]()


def test_the_installed_command_tells_its_version(programs: Path, tmp_path: Path) -> None:
    """`--version` says the version that the package was built with."""
    assert "0.1.0" in run(programs / "cityfibre-simulator", "--version", folder=tmp_path)


def test_the_installed_command_serves(served: dict[str, str]) -> None:
    """Started from the wheel, it answers on both sides: its schema to the buyer, its health to whoever steers."""
    status, schema = get(f"{served['supplier']}/cfsit/api2/faultReport.txt")
    alive, _ = get(f"{served['control']}/health/live")

    assert (200, 200) == (status, alive)
    assert (CHECKOUT / "schemas" / "faultReport.xsd").read_bytes() == schema


def test_the_installed_command_shows_its_pages(served: dict[str, str]) -> None:
    """Templates and style sheet come with it."""
    for path, part in (
        ("/environments/cfsit", b"<h1>cfsit</h1>"),
        ("/static/page.css", b":root"),
        ("/control/docs", b"explain"),
    ):
        status, body = get(f"{served['control']}{path}")
        assert (path, status, part in body) == (path, 200, True)


def test_the_installed_command_runs_the_library_that_it_carries(programs: Path, tmp_path: Path) -> None:
    """Far from any checkout, and named by no path."""
    told = run(programs / "cityfibre-simulator", "run", "--tag", "smoke", folder=tmp_path).splitlines()

    assert len(told) > 3
    assert [line for line in told[:-1] if not line.startswith("passed  ")] == []
