"""Every number that Calotype tells of itself: name, unit and meaning, in one place.

docs/metrics.md is generated from here, and dashboards and alerts name nothing else.
"""

from dataclasses import dataclass
from typing import Literal

# seconds: from a header look-up to the longest attempt that is allowed
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Metric:
    """A number's definition; its labels have few values, never an id."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()


# images: one more each time an image, or a request for more of one, reaches that state
IMAGES_TOTAL = Metric(
    "calotype_images_total",
    "counter",
    "Images, and requests for more of one, by the state they reached.",
    ("state",),
)
# bytes: of originals that were promised
UPLOAD_BYTES_TOTAL = Metric(
    "calotype_upload_bytes_total", "counter", "Bytes of originals accepted."
)
# seconds: from ImageAccepted or RenditionRequested to ImageProcessed or ImageFailed
IMAGE_LATENCY_SECONDS = Metric(
    "calotype_image_latency_seconds",
    "histogram",
    "From the acceptance of an image, or of a request for more of one, to the outcome.",
    ("state",),
)
# seconds: from the wish for a URL's file to the file, or to its failure
FETCH_SECONDS = Metric(
    "calotype_fetch_seconds",
    "histogram",
    "Getting a URL's file, the wait for its host and further tries included.",
    ("outcome",),
)
# seconds: one attempt in the decoding child
RENDER_SECONDS = Metric(
    "calotype_render_seconds", "histogram", "One attempt at an image's pixels.", ("outcome",)
)
# seconds: from an image's preview to its labels, or to the failure of whoever was asked
LABEL_SECONDS = Metric(
    "calotype_label_seconds", "histogram", "Finding one image's labels.", ("outcome",)
)
# images: that were to have labels and have none, since nobody could tell
IMAGES_UNLABELLED_TOTAL = Metric(
    "calotype_images_unlabelled_total",
    "counter",
    "Images without labels because whoever finds them failed.",
    ("cause",),
)
# children: deaths of decoding children, by cause
ENGINE_DEATHS_TOTAL = Metric(
    "calotype_engine_deaths_total", "counter", "Decoding children that died.", ("cause",)
)
# seconds: one event through a service's handler
HANDLER_SECONDS = Metric(
    "calotype_handler_seconds",
    "histogram",
    "One event through a service's handler.",
    ("service", "event", "outcome"),
)
# events: handled and not yet committed
EVENTS_IN_FLIGHT = Metric(
    "calotype_events_in_flight", "gauge", "Events that a group's member is working on.", ("group",)
)
# events: appended and not yet committed by the group
CONSUMER_LAG = Metric(
    "calotype_consumer_lag",
    "gauge",
    "Events that a service has not finished.",
    ("service", "topic"),
)
# events: given up and put on the dead-letter topic
DEAD_LETTERS_TOTAL = Metric(
    "calotype_dead_letters_total",
    "counter",
    "Events that were given up.",
    ("service", "cause"),
)
# sockets: WebSocket clients connected now
SOCKETS_OPEN = Metric("calotype_sockets_open", "gauge", "WebSocket clients connected.")
# notifications: those that reached an end, taken or given up
NOTIFICATIONS_TOTAL = Metric(
    "calotype_notifications_total",
    "counter",
    "Notifications by how they ended.",
    ("channel", "state"),
)
# seconds: one try at handing a notification over
NOTIFICATION_SECONDS = Metric(
    "calotype_notification_seconds",
    "histogram",
    "One try at handing a notification over.",
    ("channel", "outcome"),
)
# seconds: from the moment at which it is owed to the try that was taken
NOTIFICATION_DELAY_SECONDS = Metric(
    "calotype_notification_delay_seconds",
    "histogram",
    "From a notification's being owed to the try at which it was taken.",
    ("channel",),
)
# lines: endpoints that are being sent something now
LINES_SERVED = Metric(
    "calotype_lines_served", "gauge", "Endpoints that this process is sending something to."
)
# webhooks: switched off by us
WEBHOOKS_OFF_TOTAL = Metric(
    "calotype_webhooks_off_total", "counter", "Webhooks that were switched off for failing."
)
# seconds: how late the event loop's own alarm clock rang
LOOP_LAG_SECONDS = Metric(
    "calotype_loop_lag_seconds",
    "gauge",
    "How late the event loop is; anything over 0.1 means that something blocks it.",
)
# seconds: one HTTP request, headers to last byte
HTTP_REQUEST_SECONDS = Metric(
    "calotype_http_request_seconds",
    "histogram",
    "One HTTP request.",
    ("method", "route", "status"),
)

METRICS = tuple(one for one in tuple(globals().values()) if isinstance(one, Metric))
