"""Traces: one id from the request through every event to the webhook, exported where asked.

The tracer is always there, so that ids travel in the events' headers and stand in the logs. Where
no exporter is configured its spans record nothing: about 30 microseconds each, against the tens of
milliseconds of an image.
"""

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from functools import lru_cache
from importlib.metadata import entry_points

from opentelemetry import trace
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from calotype_core.settings import SettingsError

EXPORTER = "OTEL_TRACES_EXPORTER"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

Attribute = str | int | float | bool | None


def configure(service: str, environ: Mapping[str, str]) -> Callable[[], None]:
    """Install the process's tracer; return what flushes and stops it.

    environ says whether and whither spans go (OTEL_TRACES_EXPORTER: otlp, console or none;
    OTEL_EXPORTER_OTLP_ENDPOINT alone means otlp; OTEL_SDK_DISABLED=true: no tracer at all). The
    rest of OTEL_* (name, resource, sampler, batches) the SDK reads from the process itself.
    Raises SettingsError.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return _nothing
    provider = provider_of(service, [_exporter(name, environ) for name in _wanted(environ)])
    trace.set_tracer_provider(provider)
    return provider.shutdown


def provider_of(service: str, exporters: list[SpanExporter]) -> TracerProvider:
    """Return a service's tracer provider; without exporters its spans have ids and no content."""
    ours = Resource({"service.name": f"calotype-{service}", "service.namespace": "calotype"})
    provider = TracerProvider(
        resource=Resource.create().merge(ours).merge(OTELResourceDetector().detect()),
        sampler=None if exporters else ALWAYS_OFF,
    )
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def inject(headers: MutableMapping[str, str]) -> None:
    """Write the current trace, if there is one, into the headers: traceparent and tracestate.

    Never baggage: what strangers put into it does not belong in the log.
    """
    TraceContextTextMapPropagator().inject(headers)


def span_of(
    headers: Mapping[str, str], name: str, **attributes: Attribute
) -> AbstractContextManager[Span]:
    """Work on a record under a span whose parent is the trace in the record's headers."""
    return _span(name, SpanKind.CONSUMER, headers, attributes)


def span(
    name: str, headers: Mapping[str, str] | None = None, **attributes: Attribute
) -> AbstractContextManager[Span]:
    """Work under a span: a request's, whose headers (names in lower case) are given, or a part."""
    kind = SpanKind.INTERNAL if headers is None else SpanKind.SERVER
    return _span(name, kind, headers, attributes)


def _span(
    name: str,
    kind: SpanKind,
    headers: Mapping[str, str] | None,
    attributes: Mapping[str, Attribute],
) -> AbstractContextManager[Span]:
    parent = None if headers is None else TraceContextTextMapPropagator().extract(headers)
    given = {key: value for key, value in attributes.items() if value is not None}
    # Asked for at every call: a main installs the provider after this module was imported.
    tracer = _tracer(trace.get_tracer_provider())
    return tracer.start_as_current_span(name, parent, kind, given)


@lru_cache(maxsize=1)
def _tracer(provider: trace.TracerProvider) -> trace.Tracer:
    return provider.get_tracer("calotype")


def _wanted(environ: Mapping[str, str]) -> list[str]:
    default = "otlp" if any(environ.get(name) for name in ENDPOINTS) else "none"
    words = (environ.get(EXPORTER) or default).split(",")
    return [word.strip() for word in words if word.strip() != "none"]


def _exporter(name: str, environ: Mapping[str, str]) -> SpanExporter:
    entry = name
    if name == "otlp":
        protocol = next((environ[one] for one in PROTOCOLS if environ.get(one)), "http/protobuf")
        entry = "otlp_proto_" + protocol.removesuffix("/protobuf")
    found = tuple(entry_points(group="opentelemetry_traces_exporter", name=entry))
    if not found:
        raise SettingsError(f"{EXPORTER}: expected otlp, console or none, got {name!r} ({entry})")
    exporter: SpanExporter = found[0].load()()
    return exporter


def _nothing() -> None:
    """Stop what was never started."""
