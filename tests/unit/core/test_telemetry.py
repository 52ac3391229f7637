"""Traces follow the events, leave only where somebody asked for them, and cost nothing to have."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.util._once import Once

from calotype_core import codec, telemetry
from calotype_core.domain.events import JobFinished
from calotype_core.settings import SettingsError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = JobFinished(job_id="job-1", completed=1, failed=0, finished_at=NOW)
REMOTE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def _no_tracer(monkeypatch: pytest.MonkeyPatch) -> None:
    # OpenTelemetry lets a process choose once; each test is a process of its own in this respect.
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", None)
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER_SET_ONCE", Once())


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield exporter
    provider.shutdown()


def test_one_trace_from_the_request_to_the_consumer(spans: InMemorySpanExporter) -> None:
    """The consumer's span is a child of the span in which the event was encoded."""
    with telemetry.span("POST /upload", {"traceparent": REMOTE}):
        message = codec.encode(EVENT, now=NOW)
    with telemetry.span_of(message.headers, "deliver", event="JobFinished", job_id=None):
        codec.encode(codec.decode(message), now=NOW)
    request, consumer = spans.get_finished_spans()
    assert consumer.parent
    assert consumer.parent.span_id == request.context.span_id
    assert {f"{one.context.trace_id:032x}" for one in (request, consumer)} == {REMOTE[3:35]}
    assert (request.kind, consumer.kind) == (SpanKind.SERVER, SpanKind.CONSUMER)
    assert consumer.attributes == {"event": "JobFinished"}


def test_a_record_without_a_trace_begins_one(spans: InMemorySpanExporter) -> None:
    """What carries no trace, or nonsense for one, is not hung under the current span."""
    with telemetry.span("poll"):
        for headers in ({}, {"traceparent": "nonsense"}):
            with telemetry.span_of(headers, "handle"):
                pass
    assert [one.parent for one in spans.get_finished_spans()] == [None] * 3


def test_a_part_belongs_to_the_current_span(spans: InMemorySpanExporter) -> None:
    """A span that is given no headers is a child of the one around it."""
    with telemetry.span("whole"), telemetry.span("part"):
        pass
    part, whole = spans.get_finished_spans()
    assert part.parent
    assert part.parent.span_id == whole.context.span_id
    assert part.kind is SpanKind.INTERNAL


def test_ids_travel_without_an_exporter() -> None:
    """With nothing configured a trace has ids, keeps the caller's, and records nothing."""
    stop = telemetry.configure("ingest", {})
    with telemetry.span("request", {"traceparent": REMOTE}) as current:
        headers: dict[str, str] = {}
        telemetry.inject(headers)
        assert not current.is_recording()
    stop()
    assert headers["traceparent"].startswith(REMOTE[:36])
    assert headers["traceparent"] != REMOTE


def test_strangers_baggage_stays_outside() -> None:
    """Only traceparent and tracestate go into a record, whatever else the request carried."""
    telemetry.configure("ingest", {})()
    incoming = {"traceparent": REMOTE, "tracestate": "vendor=1", "baggage": "user=1"}
    headers: dict[str, str] = {}
    with telemetry.span("request", incoming):
        telemetry.inject(headers)
    assert set(headers) == {"traceparent", "tracestate"}


def test_nothing_is_written_where_there_is_no_trace() -> None:
    """Outside of any span the headers stay as they were."""
    headers: dict[str, str] = {}
    telemetry.inject(headers)
    assert headers == {}


@pytest.mark.parametrize(
    ("environ", "exporter"),
    [
        ({"OTEL_TRACES_EXPORTER": "console"}, "ConsoleSpanExporter"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "OTLPSpanExporter"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, "OTLPSpanExporter"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/x"}, "OTLPSpanExporter"),
    ],
)
def test_the_usual_variables_choose_the_exporter(
    environ: dict[str, str], exporter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTEL_TRACES_EXPORTER, or an endpoint alone, says whither spans go."""
    chosen: list[str] = []

    def remember(_service: str, exporters: list[object]) -> TracerProvider:
        chosen.extend(type(one).__name__ for one in exporters)
        return TracerProvider()

    monkeypatch.setattr(telemetry, "provider_of", remember)
    telemetry.configure("ingest", environ)()
    assert chosen == [exporter]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
    ],
)
def test_no_spans_leave_unasked(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing configured, none, and an empty endpoint all mean: export nothing."""
    exporters: list[object] = ["unset"]

    def remember(_service: str, given: list[object]) -> TracerProvider:
        exporters[:] = given
        return TracerProvider()

    monkeypatch.setattr(telemetry, "provider_of", remember)
    telemetry.configure("ingest", environ)()
    assert exporters == []


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_TRACES_EXPORTER": "zipkin"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
)
def test_an_unknown_exporter_is_named(environ: dict[str, str]) -> None:
    """What is not installed is a settings error that names the variable, not a silent nothing."""
    with pytest.raises(SettingsError, match=r"OTEL_TRACES_EXPORTER: expected otlp"):
        telemetry.configure("ingest", environ)


def test_disabled_means_no_tracer() -> None:
    """OTEL_SDK_DISABLED=true installs nothing; a caller's trace still passes through unchanged."""
    stop = telemetry.configure("ingest", {"OTEL_SDK_DISABLED": "true"})
    headers: dict[str, str] = {}
    with telemetry.span("request", {"traceparent": REMOTE}):
        telemetry.inject(headers)
    stop()
    assert headers == {"traceparent": REMOTE}


def test_the_service_names_itself_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resource says which service it is; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win."""
    ours = telemetry.provider_of("ingest", []).resource.attributes
    assert (ours["service.name"], ours["service.namespace"]) == ("calotype-ingest", "calotype")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
    told = telemetry.provider_of("ingest", []).resource.attributes
    assert (told["service.name"], told["deployment.environment"]) == ("mine", "test")


def test_stopping_flushes() -> None:
    """Spans that were ended before shutdown are exported by it."""
    exporter = InMemorySpanExporter()
    provider = telemetry.provider_of("ingest", [exporter])
    trace.set_tracer_provider(provider)
    with telemetry.span("last"):
        pass
    provider.shutdown()
    assert [one.name for one in exporter.get_finished_spans()] == ["last"]
