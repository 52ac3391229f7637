import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Original(_message.Message):
    __slots__ = ("key", "size_bytes", "sha256")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    key: str
    size_bytes: int
    sha256: str
    def __init__(self, key: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...

class FocalPoint(_message.Message):
    __slots__ = ("x", "y")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ...) -> None: ...

class Place(_message.Message):
    __slots__ = ("latitude", "longitude", "altitude")
    LATITUDE_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_FIELD_NUMBER: _ClassVar[int]
    ALTITUDE_FIELD_NUMBER: _ClassVar[int]
    latitude: float
    longitude: float
    altitude: float
    def __init__(self, latitude: _Optional[float] = ..., longitude: _Optional[float] = ..., altitude: _Optional[float] = ...) -> None: ...

class Colour(_message.Message):
    __slots__ = ("hex", "share")
    HEX_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    hex: str
    share: float
    def __init__(self, hex: _Optional[str] = ..., share: _Optional[float] = ...) -> None: ...

class Label(_message.Message):
    __slots__ = ("name", "confidence")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    confidence: float
    def __init__(self, name: _Optional[str] = ..., confidence: _Optional[float] = ...) -> None: ...

class ImageMetadata(_message.Message):
    __slots__ = ("width", "height", "format", "size_bytes", "colour_mode", "orientation", "sha256", "pages", "has_alpha", "duration_ms", "exif", "place", "phash", "blurhash", "thumbhash", "colours", "labels")
    class ExifEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    COLOUR_MODE_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    HAS_ALPHA_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    EXIF_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    PHASH_FIELD_NUMBER: _ClassVar[int]
    BLURHASH_FIELD_NUMBER: _ClassVar[int]
    THUMBHASH_FIELD_NUMBER: _ClassVar[int]
    COLOURS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    format: str
    size_bytes: int
    colour_mode: str
    orientation: int
    sha256: str
    pages: int
    has_alpha: bool
    duration_ms: int
    exif: _containers.ScalarMap[str, str]
    place: Place
    phash: str
    blurhash: str
    thumbhash: str
    colours: _containers.RepeatedCompositeFieldContainer[Colour]
    labels: _containers.RepeatedCompositeFieldContainer[Label]
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., format: _Optional[str] = ..., size_bytes: _Optional[int] = ..., colour_mode: _Optional[str] = ..., orientation: _Optional[int] = ..., sha256: _Optional[str] = ..., pages: _Optional[int] = ..., has_alpha: _Optional[bool] = ..., duration_ms: _Optional[int] = ..., exif: _Optional[_Mapping[str, str]] = ..., place: _Optional[_Union[Place, _Mapping]] = ..., phash: _Optional[str] = ..., blurhash: _Optional[str] = ..., thumbhash: _Optional[str] = ..., colours: _Optional[_Iterable[_Union[Colour, _Mapping]]] = ..., labels: _Optional[_Iterable[_Union[Label, _Mapping]]] = ...) -> None: ...

class Rendition(_message.Message):
    __slots__ = ("name", "key", "format", "width", "height", "size_bytes", "sha256")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    name: str
    key: str
    format: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    def __init__(self, name: _Optional[str] = ..., key: _Optional[str] = ..., format: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class JobAccepted(_message.Message):
    __slots__ = ("job_id", "total", "manifest_key", "instructions", "callback_url", "accepted_at", "kind", "name")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_KEY_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    total: int
    manifest_key: str
    instructions: str
    callback_url: str
    accepted_at: _timestamp_pb2.Timestamp
    kind: str
    name: str
    def __init__(self, job_id: _Optional[str] = ..., total: _Optional[int] = ..., manifest_key: _Optional[str] = ..., instructions: _Optional[str] = ..., callback_url: _Optional[str] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class JobRetried(_message.Message):
    __slots__ = ("job_id", "generation", "total", "manifest_key", "instructions", "callback_url", "causes", "requested_at")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_KEY_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    generation: int
    total: int
    manifest_key: str
    instructions: str
    callback_url: str
    causes: _containers.RepeatedScalarFieldContainer[str]
    requested_at: _timestamp_pb2.Timestamp
    def __init__(self, job_id: _Optional[str] = ..., generation: _Optional[int] = ..., total: _Optional[int] = ..., manifest_key: _Optional[str] = ..., instructions: _Optional[str] = ..., callback_url: _Optional[str] = ..., causes: _Optional[_Iterable[str]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class JobExpanded(_message.Message):
    __slots__ = ("job_id", "generation", "expanded_at")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    EXPANDED_AT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    generation: int
    expanded_at: _timestamp_pb2.Timestamp
    def __init__(self, job_id: _Optional[str] = ..., generation: _Optional[int] = ..., expanded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class JobCancelled(_message.Message):
    __slots__ = ("job_id", "cancelled_at")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_AT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    cancelled_at: _timestamp_pb2.Timestamp
    def __init__(self, job_id: _Optional[str] = ..., cancelled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class JobDeleted(_message.Message):
    __slots__ = ("job_id", "deleted_at")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    DELETED_AT_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    deleted_at: _timestamp_pb2.Timestamp
    def __init__(self, job_id: _Optional[str] = ..., deleted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ImageAccepted(_message.Message):
    __slots__ = ("image_id", "generation", "original", "url", "filename", "instructions", "callback_url", "job_id", "position", "accepted_at", "focal_point")
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    FILENAME_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    FOCAL_POINT_FIELD_NUMBER: _ClassVar[int]
    image_id: str
    generation: int
    original: Original
    url: str
    filename: str
    instructions: str
    callback_url: str
    job_id: str
    position: int
    accepted_at: _timestamp_pb2.Timestamp
    focal_point: FocalPoint
    def __init__(self, image_id: _Optional[str] = ..., generation: _Optional[int] = ..., original: _Optional[_Union[Original, _Mapping]] = ..., url: _Optional[str] = ..., filename: _Optional[str] = ..., instructions: _Optional[str] = ..., callback_url: _Optional[str] = ..., job_id: _Optional[str] = ..., position: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., focal_point: _Optional[_Union[FocalPoint, _Mapping]] = ...) -> None: ...

class RenditionRequested(_message.Message):
    __slots__ = ("image_id", "request_id", "original", "instructions", "callback_url", "requested_at", "focal_point")
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    FOCAL_POINT_FIELD_NUMBER: _ClassVar[int]
    image_id: str
    request_id: str
    original: Original
    instructions: str
    callback_url: str
    requested_at: _timestamp_pb2.Timestamp
    focal_point: FocalPoint
    def __init__(self, image_id: _Optional[str] = ..., request_id: _Optional[str] = ..., original: _Optional[_Union[Original, _Mapping]] = ..., instructions: _Optional[str] = ..., callback_url: _Optional[str] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., focal_point: _Optional[_Union[FocalPoint, _Mapping]] = ...) -> None: ...

class ImageProcessed(_message.Message):
    __slots__ = ("image_id", "generation", "request_id", "metadata", "renditions", "attempts", "callback_url", "job_id", "position", "accepted_at", "processed_at", "original")
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RENDITIONS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    PROCESSED_AT_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    image_id: str
    generation: int
    request_id: str
    metadata: ImageMetadata
    renditions: _containers.RepeatedCompositeFieldContainer[Rendition]
    attempts: int
    callback_url: str
    job_id: str
    position: int
    accepted_at: _timestamp_pb2.Timestamp
    processed_at: _timestamp_pb2.Timestamp
    original: Original
    def __init__(self, image_id: _Optional[str] = ..., generation: _Optional[int] = ..., request_id: _Optional[str] = ..., metadata: _Optional[_Union[ImageMetadata, _Mapping]] = ..., renditions: _Optional[_Iterable[_Union[Rendition, _Mapping]]] = ..., attempts: _Optional[int] = ..., callback_url: _Optional[str] = ..., job_id: _Optional[str] = ..., position: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., processed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., original: _Optional[_Union[Original, _Mapping]] = ...) -> None: ...

class ImageFailed(_message.Message):
    __slots__ = ("image_id", "generation", "request_id", "failure", "attempts", "callback_url", "job_id", "position", "accepted_at", "failed_at", "filename", "url")
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    FILENAME_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    image_id: str
    generation: int
    request_id: str
    failure: Failure
    attempts: int
    callback_url: str
    job_id: str
    position: int
    accepted_at: _timestamp_pb2.Timestamp
    failed_at: _timestamp_pb2.Timestamp
    filename: str
    url: str
    def __init__(self, image_id: _Optional[str] = ..., generation: _Optional[int] = ..., request_id: _Optional[str] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., attempts: _Optional[int] = ..., callback_url: _Optional[str] = ..., job_id: _Optional[str] = ..., position: _Optional[int] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., filename: _Optional[str] = ..., url: _Optional[str] = ...) -> None: ...

class JobFinished(_message.Message):
    __slots__ = ("job_id", "completed", "failed", "callback_url", "finished_at", "generation")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    completed: int
    failed: int
    callback_url: str
    finished_at: _timestamp_pb2.Timestamp
    generation: int
    def __init__(self, job_id: _Optional[str] = ..., completed: _Optional[int] = ..., failed: _Optional[int] = ..., callback_url: _Optional[str] = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., generation: _Optional[int] = ...) -> None: ...

class DeadLetter(_message.Message):
    __slots__ = ("topic", "key", "headers", "value", "service", "cause", "attempts", "died_at")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    DIED_AT_FIELD_NUMBER: _ClassVar[int]
    topic: str
    key: str
    headers: _containers.ScalarMap[str, str]
    value: bytes
    service: str
    cause: Failure
    attempts: int
    died_at: _timestamp_pb2.Timestamp
    def __init__(self, topic: _Optional[str] = ..., key: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ..., value: _Optional[bytes] = ..., service: _Optional[str] = ..., cause: _Optional[_Union[Failure, _Mapping]] = ..., attempts: _Optional[int] = ..., died_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
