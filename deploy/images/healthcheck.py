"""Exit with 0 where the process of this container answers GET /healthz, for images without curl."""

import http.client
import os
import sys

_PATIENCE_SECONDS = 3


def main() -> int:
    """Return 0 for a 200, else 1."""
    port = int(os.environ["CALOTYPE_PORT"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return int(connection.getresponse().status != http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
