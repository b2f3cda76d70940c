"""What is written to the log, and what never is."""

import errno
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from peken import logs

NIK = "3578010101900001"
NIP = "198001012005011001"
TOKEN = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Gives the process its log back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def written(stream: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return line


def test_a_line_is_json_with_the_context_of_its_request() -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)

    with structlog.contextvars.bound_contextvars(request_id="1234567890123456" * 2):
        structlog.get_logger("peken.http").info("request", status=200, ms=1.5)

    line = written(stream)
    assert (line["event"], line["status"], line["ms"]) == ("request", 200, 1.5)
    assert (line["logger"], line["level"]) == ("peken.http", "info")
    assert line["request_id"] == "1234567890123456" * 2


@pytest.mark.parametrize("path", ["/graphql", f"/{NIK}", f"/{'x' * 300}/{NIP}"])
def test_the_line_of_a_request_is_what_the_chain_would_write(path: str) -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)
    token = logs.request_id.set("1234567890123456" * 2)

    logs.request("POST", path, None, 1.5)
    structlog.get_logger("peken.http").info("request", method="POST", path=path, status=None, ms=1.5)
    logs.request_id.reset(token)

    short, long = (json.loads(line) for line in stream.getvalue().splitlines())
    assert short.pop("timestamp")[-1] == long.pop("timestamp")[-1] == "Z"
    assert short == long
    assert short["request_id"] == "1234567890123456" * 2
    assert NIK not in stream.getvalue()
    assert NIP not in stream.getvalue()


def test_no_line_of_a_request_is_written_where_only_warnings_are() -> None:
    stream = io.StringIO()
    logs.configure(json=True, level="WARNING", stream=stream)

    logs.request("POST", "/graphql", 200, 1.5)

    assert stream.getvalue() == ""


def test_lines_of_libraries_tell_the_request_too() -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)
    token = logs.request_id.set("1234567890123456" * 2)

    logging.getLogger("a.library").warning("slow")
    logs.request_id.reset(token)

    assert written(stream)["request_id"] == "1234567890123456" * 2


@pytest.mark.parametrize("name", ["nik", "NIP", "token", "Authorization", "recipient_address", "buyer_phone", "cookie"])
def test_what_belongs_to_a_person_or_opens_a_door_is_dropped_however_deep_it_lies(name: str) -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)

    structlog.get_logger().info("hello", **{name: "private"}, inner={"list": [{name: "private", "kept": 1}]})

    assert "private" not in stream.getvalue()
    assert written(stream)["inner"] == {"list": [{"kept": 1}]}


@pytest.mark.parametrize("private", [NIK, NIP, "19800101 200501 1 001", TOKEN, f"Bearer {TOKEN}", f"x{NIK}y"])
def test_numbers_and_tokens_are_masked_in_sentences_values_and_failures(private: str) -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)

    structlog.get_logger().error(f"of {private}.", value=private, exc_info=ValueError(f"bad {private}"))
    logging.getLogger("a.library").warning("said %s", private)

    assert private not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_a_number_of_a_persons_length_is_masked_also_as_a_number_and_others_are_kept() -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)

    structlog.get_logger().info("sum", person=int(NIK), amount=4_800_000_000, well=True, none=None)

    line = written(stream)
    assert (line["person"], line["amount"], line["well"], line["none"]) == ("[number]", 4_800_000_000, True, None)


def test_uvicorns_lines_take_the_same_way_and_its_access_lines_none() -> None:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)

    logging.getLogger("uvicorn.access").info("GET /graphql?query=secret")
    logging.getLogger("uvicorn.error").info("Started %s", "server")

    assert written(stream)["event"] == "Started server"
    assert "secret" not in stream.getvalue()


def test_a_terminal_gets_lines_to_read_without_local_variables() -> None:
    stream = io.StringIO()
    logs.configure(json=False, stream=stream)
    try:
        hidden = NIK
        raise ValueError(len(hidden))
    except ValueError:
        structlog.get_logger().exception("failed")

    assert "failed" in stream.getvalue()
    assert "ValueError: 16" in stream.getvalue()
    assert NIK not in stream.getvalue()


class _Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("gone", [True, False], ids=["closed", "full"])
def test_a_log_that_cannot_be_written_stops_nobody(gone: bool) -> None:
    stream = _Full()
    if gone:
        stream.close()
    logs.configure(stream=stream)

    structlog.get_logger("peken.http").info("request")

    assert gone or stream.getvalue() == ""
