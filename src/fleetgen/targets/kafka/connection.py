"""A connection to Kafka: librdkafka's settings of a profile, what its brokers say, and its errors as ours."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from fleetgen.errors import FleetgenError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from confluent_kafka import KafkaError

PATIENCE: Final = 12.0
"""Seconds that brokers have to answer."""
_OPTIONS: Final = "kafka.options."
_AROUND: Final = re.compile(r"^\S+/(bootstrap|\d+): | \(after \d+ms in state [^)]*\)$|^Local: ")
_RIGHTS: Final = ("AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED")
_UNREACHED: Final = "look at kafka.bootstrap and kafka.options in the profile, and whether the brokers are up"
_LOGIN: Final = "look at user, password and options of kafka in the profile (doc/targets/kafka.md: how it logs in)"
_RIGHT: Final = "the user lacks a right: doc/targets/kafka.md lists those that are needed"
_REFUSED: Final = "nothing after this was done; mend what it names and run it again"
# What waiting does not cure. A name that is not known may be one in a moment, but nobody types two names.
_HOPELESS: Final = ("_AUTHENTICATION", "_SSL", "_RESOLVE", "SASL_AUTHENTICATION_FAILED")


class KafkaFailure(FleetgenError):
    """What Kafka, or the way to it, did not do. `name` is librdkafka's ("INVALID_CONFIG", "_TRANSPORT"), `said` what
    the broker said.
    """

    def __init__(self, message: str, name: str = "", said: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.said = said

    @property
    def lacks_right(self) -> bool:
        return self.name.endswith(_RIGHTS)


def settings(values: Mapping[str, str]) -> dict[str, Any]:
    """What librdkafka is given: a user means PLAIN over TLS, as Confluent Cloud has it; the profile's options win."""
    found: dict[str, Any] = {"bootstrap.servers": values["kafka.bootstrap"], "client.id": "fleetgen"}
    if "kafka.user" in values:
        found |= {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": values["kafka.user"]}
        found["sasl.password"] = values.get("kafka.password", "")
    found |= {key.removeprefix(_OPTIONS): values[key] for key in values if key.startswith(_OPTIONS)}
    if "sasl.mechanisms" in found:  # librdkafka's older name for the same, by which a profile may call it
        found.pop("sasl.mechanism", None)
    return found


class Connection:
    """The brokers of a profile. `heard` is what went wrong on the way to them, newest last."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.settings = settings(values)
        self.heard: deque[KafkaError] = deque(maxlen=50)
        self.library: Any = library()
        self._admin: Any = None

    @property
    def admin(self) -> Any:
        """confluent_kafka's admin client, made at first use.

        Raises KafkaFailure for options that librdkafka does not take, and if no broker answers in time.
        """
        if self._admin is None:
            admin_client = _imported("confluent_kafka.admin").AdminClient
            made = self._made(lambda: admin_client({**self._common(), "socket.timeout.ms": 10_000}))
            self._reach(made)
            self._admin = made
        return self._admin

    def module(self, name: str) -> Any:
        return _imported(name)

    def producer(self, more: Mapping[str, Any]) -> Any:
        return self._made(lambda: self.library.Producer({**self._common(), **more}))

    def consumer(self, more: Mapping[str, Any]) -> Any:
        """For partitions that are assigned: nothing is committed, and no group is joined."""
        plain = {"group.id": "fleetgen", "enable.auto.commit": False, "enable.partition.eof": True}
        return self._made(lambda: self.library.Consumer({**self._common(), **plain, **more}))

    def result(self, future: Future[Any], what: str) -> Any:
        """What was asked for. Raises KafkaFailure that begins with `what`."""
        with self.told(what):
            return future.result(timeout=PATIENCE + 5)

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        try:
            yield
        except self.library.KafkaException as error:
            raise self.failure(what, error.args[0]) from None
        except TimeoutError:
            raise self.unanswered(what) from None

    def failure(self, what: str, error: KafkaError) -> KafkaFailure:
        """One line, and how to go on; where brokers were lost, why."""
        name = str(error.name())
        if name.startswith("_") and self.heard:
            return self._unreached(self.heard[-1])
        if name.startswith("_"):
            return KafkaFailure(f"FG720 error: Kafka: {what}: {_plain(error)}\n  help: {_UNREACHED}", name)
        found = KafkaFailure(f"FG721 error: Kafka: {what}: {_plain(error)}", name, _plain(error))
        found.args = (f"{found}\n  help: {_RIGHT if found.lacks_right else _REFUSED}",)
        return found

    def unanswered(self, what: str) -> KafkaFailure:
        """What is known of nothing: the library tells it by a number or by silence."""
        return KafkaFailure(f"FG720 error: Kafka: {what}: no answer in time\n  help: {_UNREACHED}", "_TIMED_OUT")

    def _reach(self, admin: Any) -> None:
        """Ask until somebody answers, or nobody will."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                admin.list_topics(timeout=1.5)
                return
            except self.library.KafkaException as error:
                last = error.args[0]
            admin.poll(0)
            hopeless = [each for each in self.heard if each.name() in _HOPELESS]
            if hopeless or time.monotonic() > end:
                raise self._unreached((hopeless or list(self.heard) or [last])[-1])

    def _unreached(self, error: KafkaError) -> KafkaFailure:
        known = [each for each in self.heard if each.name() != "_ALL_BROKERS_DOWN"]
        error = known[-1] if error.name() == "_ALL_BROKERS_DOWN" and known else error
        said = "no answer" if error.name() in ("_ALL_BROKERS_DOWN", "_TIMED_OUT") else _plain(error)
        where = self.settings["bootstrap.servers"]
        help = _LOGIN if error.name() in ("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED") else _UNREACHED
        message = f"FG720 error: Kafka at {where} cannot be reached: {said}\n  help: {help}"
        return KafkaFailure(message, str(error.name()))

    def _common(self) -> dict[str, Any]:
        return {**self.settings, "error_cb": self.heard.append, "logger": _silent()}

    def _made(self, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except self.library.KafkaException as error:
            raise KafkaFailure(
                f"FG720 error: Kafka: {_plain(error.args[0])}\n"
                "  help: look at kafka.options in the profile: they are librdkafka's, by its names"
            ) from None


def library() -> Any:
    return _imported("confluent_kafka")


def _imported(name: str) -> Any:
    """Raises FleetgenError naming the extra that brings the module."""
    try:
        return import_module(name)
    except ImportError as error:
        raise FleetgenError(
            "FG805 error: Kafka is reached through confluent_kafka, which is not installed\n"
            "  help: pip install 'fleetgen[live]'"
        ) from error


def _silent() -> logging.Logger:
    """librdkafka writes to stderr what it also reports."""
    logger = logging.getLogger("fleetgen.librdkafka")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger


def _plain(error: KafkaError) -> str:
    """Without the name of the connection and the time that it took."""
    text = _AROUND.sub("", " ".join(str(error.str()).split()))
    return text or str(error.name())
