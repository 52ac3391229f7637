"""What Rekognition and the way to it answer, told as our own errors.

Unavailable
├── LabellerAwayError
│   ├── RekognitionUnreachableError    no answer came
│   └── RekognitionRefusedError        it may not be asked: the key, its rights, the region
├── RekognitionThrottledError          too much at once
└── RekognitionFailedError             an error of its own, or one about this image
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.errors import Unavailable
from calotype_core.ports.labeller import LabelBounds, LabellerAwayError

_THROTTLED = frozenset(
    {"LimitExceededException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
    | {"Throttling", "ThrottlingException", "TooManyRequestsException"}
)
_ABOUT_THE_IMAGE = frozenset(
    {"ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException"}
)
_NO_RIGHT = (
    "the key or role that AWS's tools find here (AWS_ACCESS_KEY_ID, AWS_PROFILE, the pod's or the"
    " machine's role) needs to be valid, and allowed rekognition:DetectLabels"
)
_NO_REGION = "set CALOTYPE_REKOGNITION_REGION to one that has Rekognition, such as eu-west-1"


class RekognitionUnreachableError(LabellerAwayError):
    """Rekognition cannot be reached, or keeps silent."""

    code = "rekognition_unreachable"


class RekognitionRefusedError(LabellerAwayError):
    """Rekognition may not be asked: the key, its rights, or the region are not right."""

    code = "rekognition_refused"


class RekognitionThrottledError(Unavailable):
    """Rekognition was asked more than it takes at once."""

    code = "rekognition_throttled"


class RekognitionFailedError(Unavailable):
    """Rekognition answered with an error of its own, or does not take this image."""

    code = "rekognition_failed"


@contextmanager
def rekognition_errors(settings: RekognitionSettings, bounds: LabelBounds) -> Iterator[None]:
    """Tell the errors of the library and of the way to Rekognition as the port has them."""
    region = settings.rekognition_region
    where = settings.rekognition_endpoint_url or f"Rekognition{region and f' in {region}'}"
    try:
        yield
    except ClientError as error:
        # Not chained: what AWS says of a signature may quote the request's headers, a token's too.
        raise _told(where, error) from None
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise RekognitionRefusedError(
            f"{where} cannot be asked: no credentials were found ({type(error).__name__});"
            f" {_NO_RIGHT}."
        ) from None
    except NoRegionError:
        raise RekognitionRefusedError(
            f"Rekognition cannot be asked, as no region is known: {_NO_REGION}."
        ) from None
    except (NoConnectionError, HTTPClientError, TimeoutError) as error:
        raise RekognitionUnreachableError(
            f"{where} did not answer within {bounds.seconds:g} s ({type(error).__name__}): see that"
            " it can be reached from here, and look at CALOTYPE_REKOGNITION_REGION,"
            " CALOTYPE_REKOGNITION_ENDPOINT_URL and CALOTYPE_LABELS_SECONDS."
        ) from error
    except BotoCoreError as error:
        raise RekognitionRefusedError(
            f"{where} cannot be asked ({type(error).__name__}): look at"
            " CALOTYPE_REKOGNITION_REGION, CALOTYPE_REKOGNITION_ENDPOINT_URL and AWS's own settings"
            " (AWS_…)."
        ) from error
    except (ResponseParserError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The library takes it that whoever answers is AWS, or says so itself.
        raise RekognitionFailedError(
            f"{where} answered what is no answer of Rekognition's ({type(error).__name__}): look at"
            " CALOTYPE_REKOGNITION_ENDPOINT_URL, and what stands before it."
        ) from error


def _told(where: str, error: ClientError) -> Unavailable:
    code = str(error.response.get("Error", {}).get("Code", "no code"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
        return RekognitionThrottledError(
            f"{where} was asked too much at once ({code}): have AWS raise the account's quota of"
            " DetectLabels, or set CALOTYPE_LABELS_BY=model."
        )
    if code in _ABOUT_THE_IMAGE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RekognitionFailedError(f"{where} could not look at an image ({status}, {code}).")
    return RekognitionRefusedError(f"{where} does not answer us ({code}): {_NO_RIGHT}.")
