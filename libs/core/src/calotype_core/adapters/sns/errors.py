"""What SNS and the way to it answer, told as our own errors.

NotTakenError
├── SnsUnreachableError       no answer came
├── SnsThrottledError         too much at once
├── SnsFailedError            5xx: an error of its own
└── SnsRefusedError           it may not be published, or not so
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from calotype_core.adapters.sns.settings import SnsSettings
from calotype_core.ports.channel import Answer, NotTakenError, excerpt

_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "Throttled", "ThrottledException", "KMSThrottling"}
    | {"KMSThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
)
_NO_RIGHT = (
    "the key or role that AWS's tools find here (AWS_ACCESS_KEY_ID, AWS_PROFILE, the pod's or the"
    " machine's role) needs to be valid, and allowed sns:Publish on this topic"
)
_NO_TOPIC = "there is no such topic: look at CALOTYPE_SNS_TOPIC_ARN and CALOTYPE_SNS_REGION"
_NO_KEY = "whoever publishes needs kms:GenerateDataKey and kms:Decrypt on the topic's KMS key"
_CAUSES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("AccessDenied", "AccessDeniedException", "AuthorizationError", "ExpiredToken"),
            *("ExpiredTokenException", "IncompleteSignature", "InvalidClientTokenId"),
            *("InvalidSecurity", "MissingAuthenticationToken", "SignatureDoesNotMatch"),
            "UnrecognizedClientException",
        ),
        _NO_RIGHT,
    ),
    **dict.fromkeys(("NotFound", "NotFoundException", "ResourceNotFoundException"), _NO_TOPIC),
    **dict.fromkeys(
        (
            *(
                "KMSAccessDenied",
                "KMSDisabled",
                "KMSInvalidState",
                "KMSNotFound",
                "KMSOptInRequired",
            ),
        ),
        _NO_KEY,
    ),
    "RequestExpired": "its clock and ours differ too much: set ours by a time server",
}


class SnsUnreachableError(NotTakenError):
    """SNS cannot be reached, or keeps silent."""

    code = "sns_unreachable"


class SnsThrottledError(NotTakenError):
    """SNS was sent more than it takes at once."""

    code = "sns_throttled"


class SnsFailedError(NotTakenError):
    """SNS answered with an error of its own."""

    code = "sns_failed"


class SnsRefusedError(NotTakenError):
    """SNS does not let us publish: the key, its rights, or the topic are not as they should be."""

    code = "sns_refused"


@contextmanager
def sns_errors(settings: SnsSettings, topic: str) -> Iterator[None]:
    """Tell the errors of the library and of the way to SNS as the port has them."""
    where = settings.sns_endpoint_url or f"SNS in {settings.region}"
    try:
        yield
    except ClientError as error:
        # Not chained: what AWS says of a signature may quote the request's headers, a token's too.
        raise _told(where, topic, error) from None
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise SnsRefusedError(
            f"Nothing can be published to {topic}: no credentials were found"
            f" ({type(error).__name__}); {_NO_RIGHT}."
        ) from None
    except (NoConnectionError, HTTPClientError, TimeoutError) as error:
        raise SnsUnreachableError(
            f"{where} did not answer within {settings.sns_timeout_seconds:g} s"
            f" ({type(error).__name__}): see that it can be reached from here, and look at"
            " CALOTYPE_SNS_REGION and CALOTYPE_SNS_ENDPOINT_URL.",
            silent=True,
        ) from error
    except BotoCoreError as error:
        raise SnsRefusedError(
            f"Nothing can be published to {topic} ({type(error).__name__}): look at"
            " CALOTYPE_SNS_TOPIC_ARN, CALOTYPE_SNS_REGION and AWS's own settings (AWS_…)."
        ) from error


def _told(where: str, topic: str, error: ClientError) -> NotTakenError:
    code = str(error.response.get("Error", {}).get("Code", "no code"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
        message = f"{where} was sent too much at once ({code}): it is tried again later."
        return SnsThrottledError(message, answer=Answer(status=status, text=code))
    if status is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"{where} answered {status} ({code}): it is tried again later."
        return SnsFailedError(message, answer=Answer(status=status, text=code))
    cause = _CAUSES.get(code) or _CAUSES.get(code.removesuffix("Exception"))
    said = code if cause else excerpt(f"{code}: {error.response['Error'].get('Message', '')}")
    return SnsRefusedError(
        f"{where} does not take a message for {topic} ({said})" + (f": {cause}." if cause else "."),
        answer=Answer(status=status, text=said),
    )
