"""What can be wrong with a webhook, or with what is asked of it and of deliveries."""

from calotype_core.errors import NotFoundError, Rejected


class InvalidWebhookError(Rejected):
    """The webhook has problems; each says where, what was expected and what came."""

    code = "invalid_webhook"


class InvalidReplayError(Rejected):
    """It was not said, or not in a way that can be read, since when deliveries are sent again."""

    code = "invalid_replay"


class TooManyWebhooksError(Rejected):
    """There are as many webhooks as there may be: delete one, or have the limit raised."""

    code = "too_many_webhooks"


class UnknownWebhookError(NotFoundError):
    """No webhook has this id."""

    code = "unknown_webhook"


class UnknownDeliveryError(NotFoundError):
    """No delivery has this id; those that are old are forgotten."""

    code = "unknown_delivery"


class WebhookPausedError(Rejected):
    """The webhook is paused, so that nothing is sent to it; switch it on first."""

    code = "webhook_paused"
    status = 409


class WebhookOffError(Rejected):
    """The webhook is off, so that nothing but a test is sent to it; switch it on first."""

    code = "webhook_off"
    status = 409
