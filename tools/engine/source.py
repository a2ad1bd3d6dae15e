"""Builds the engine, and the parts beside it, from the Go modules that the go.mod files here pin.

The committed go.sum must suffice: nothing here may change a module file or take another version.
"""

import json
import os
import shutil
from pathlib import Path

from tools import steps
from tools.engine.found import ENGINE_VERSION, HOST, LAUNCHER

MODULES = Path(__file__).resolve().parent
SDK = "github.com/pulumi/pulumi/sdk/v3"
# An old version, whose Go module still held the host. It does not read `virtualenv` from Pulumi.yaml: the caller
# that runs an engine with it puts the environment's bin first on PATH.
HOST_VERSION = "3.77.1"
BUILD_SECONDS = 2400.0  # ten times what two cores need
DOWNLOAD_SECONDS = 300.0
# A go.work above the checkout or a C compiler that is missing must make no difference
GO_ENVIRONMENT = {"GOWORK": "off", "CGO_ENABLED": "0"}


def build_engine(into: Path, say: steps.Say) -> None:
    """Build the command line program as `into`/pulumi; raises StepFailed if Go is missing or fails."""
    what = f"the Pulumi engine v{ENGINE_VERSION} from source, 3-5 minutes"
    _build(into, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", ENGINE_VERSION, what, say)


def build_host(into: Path, say: steps.Say) -> None:
    """Build the Python language host into the directory, with the script that it starts programs with.

    Raises:
        StepFailed: Go is missing or the build failed.
    """
    what = f"the Python language host v{HOST_VERSION} from source, about half a minute"
    _build(into, f"{SDK}/python/cmd/{HOST}", HOST_VERSION, what, say, modules=MODULES / "python_host")
    # The engine's own version of the script: it belongs to the Python SDK more than to the host
    _copy_of_sdk(f"python/cmd/{HOST}-exec", into)


def put_launcher(into: Path) -> None:
    """Copy the launcher of dynamic resources into the directory; raises StepFailed without Go or the module."""
    _copy_of_sdk(f"python/dist/{LAUNCHER}", into)


def _go() -> str:
    if go := shutil.which("go"):
        return go
    raise steps.StepFailed("no `go` on PATH")


def _build(into: Path, package: str, version: str, what: str, say: steps.Say, *, modules: Path = MODULES) -> None:
    """Build a program of the pinned modules into the directory, so that it reports the version."""
    go = _go()
    say(f"engine: building {what}, once")
    flags = f"-s -w -X {SDK}/go/common/version.Version=v{version}"
    # On the command line these win over the user's GOFLAGS
    options = ["-mod=readonly", "-buildvcs=false", "-ldflags", flags, "-o", str(into / package.rpartition("/")[2])]
    steps.run(
        [go, "build", *options, package],
        "go build failed",
        seconds=BUILD_SECONDS,
        cwd=modules,
        extra=GO_ENVIRONMENT,
        alive=lambda minutes: say(f"engine: still building, {minutes} min"),
    )


def _copy_of_sdk(name: str, into: Path) -> None:
    """Copy a program of the pinned SDK module, downloaded first if need be, in one step for other runs."""
    listed = steps.run(
        [_go(), "mod", "download", "-json", SDK],
        f"the Go module {SDK} is not available",
        seconds=DOWNLOAD_SECONDS,
        cwd=MODULES,
        extra=GO_ENVIRONMENT,
    )
    source = Path(json.loads(listed)["Dir"], name)
    into.mkdir(parents=True, exist_ok=True)
    fresh = into / f".{source.name}.{os.getpid()}"
    shutil.copyfile(source, fresh)
    fresh.chmod(0o755)  # files of the module cache are not executable
    fresh.replace(into / source.name)
