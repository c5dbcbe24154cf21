"""A real Kafka Connect worker, from Maven coordinates, with the connectors that fleetgen's configurations name.

Those are built from services/connect-plugins; where FLEETGEN_CONNECT_PLUGINS names a folder, its plug-ins are used.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import requests

from services import kafka, maven
from services.java import Java, running
from services.ports import free_ports

WORKER: Final = (
    ("org.apache.kafka", "connect-runtime", "4.3.1"),
    ("org.apache.kafka", "connect-file", "4.3.1"),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
)
ENVIRON: Final = {"FLEETGEN_TEST_CANARY": "canary-of-the-worker"}
"""What `${env:..}` gives in the worker that tests share."""
SOURCES: Final = Path(__file__).parent / "connect-plugins"

# After a kill the worker's old membership has to expire, in 10 seconds by default.
# With service_load a worker reads META-INF/services only; a scan of the whole class path takes 20 seconds.
_PROPERTIES: Final = """bootstrap.servers={broker}
group.id={group}
listeners=http://127.0.0.1:{port}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable=false
offset.storage.topic={group}-offsets
offset.storage.replication.factor=1
offset.storage.partitions=1
offset.flush.interval.ms=1000
config.storage.topic={group}-configs
config.storage.replication.factor=1
status.storage.topic={group}-status
status.storage.replication.factor=1
status.storage.partitions=1
plugin.discovery={discovery}
plugin.path={plugins}
config.providers=env,file
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
scheduled.rebalance.max.delay.ms=0
session.timeout.ms=6000
heartbeat.interval.ms=1500
"""


def why_not() -> str | None:
    """What is missing on this machine; None if nothing is."""
    if os.environ.get("FLEETGEN_CONNECT_PLUGINS") is None and shutil.which("javac") is None:
        return "Connect's plug-ins need javac"
    return maven.why_not("Kafka Connect", plugins)


def plugins() -> Path:
    """The folder of the plug-ins, compiled at first use. Raises RuntimeError if they or the worker cannot be had."""
    library = maven.jars(WORKER)
    named = os.environ.get("FLEETGEN_CONNECT_PLUGINS")
    if named is not None:
        return Path(named).resolve()
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(SOURCES)}\0".encode() + file.read_bytes() + b"\0")
    return maven.kept(f"connect-plugins-{digest.hexdigest()[:16]}", lambda work: _compile(work, files, library))


def _compile(work: Path, files: list[Path], library: Path) -> None:
    sources = [str(file) for file in files if file.suffix == ".java"]
    command = ["javac", "--release", "17", "-nowarn", "-cp", f"{library}/*", "-d", str(work / "classes"), *sources]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"the plug-ins do not compile: {done.stderr[-2000:]}")
    (work / "kept/fleetgen").mkdir(parents=True)
    with zipfile.ZipFile(work / "kept/fleetgen/plugins.jar", "w") as jar:
        for made in sorted((work / "classes").rglob("*.class")):
            jar.write(made, made.relative_to(work / "classes"))
        for file in files:
            if file.suffix != ".java":
                jar.write(file, file.relative_to(SOURCES))


class Worker:
    """A worker whose files live in `home`: after a stop or a kill it starts on the same port.

    `broker` is an address; `environ` is what `${env:..}` gives in a connector's configuration. Workers of one `group`
    share their connectors.
    """

    def __init__(
        self,
        home: Path,
        broker: str,
        *,
        environ: Mapping[str, str] | None = None,
        group: str = "connect",
        wait: float = 90.0,
    ) -> None:
        (port,) = free_ports(1)
        home.mkdir(parents=True, exist_ok=True)
        foreign = "FLEETGEN_CONNECT_PLUGINS" in os.environ
        discovery = "hybrid_warn" if foreign else "service_load"
        properties = _PROPERTIES.format(broker=broker, port=port, group=group, discovery=discovery, plugins=plugins())
        (home / "connect.properties").write_text(properties, encoding="utf-8")
        (home / "log4j2.properties").write_text(kafka.LOGGING, encoding="utf-8")
        logging = f"-Dlog4j2.configurationFile={home}/log4j2.properties"
        memory = ["-Xmx1g"] if foreign else []
        main = ["org.apache.kafka.connect.cli.ConnectDistributed", str(home / "connect.properties")]
        command = [*memory, logging, "-cp", f"{maven.jars(WORKER)}/*", *main]
        self.url = f"http://127.0.0.1:{port}"
        self.java = Java(home, command, self._answers, wait, environ or {})

    def _answers(self) -> bool:
        """Only its health tells: before, every path is a 404, and the list is one of long ago."""
        return requests.get(f"{self.url}/health", timeout=15).status_code == 200


@contextlib.contextmanager
def worker(home: Path, broker: str, *, environ: Mapping[str, str] | None = None) -> Iterator[Worker]:
    """A worker that is up. Raises RuntimeError with its log if it is not. Its files live in `home`."""
    made = Worker(home, broker, environ=environ)
    with running(made.java):
        yield made
