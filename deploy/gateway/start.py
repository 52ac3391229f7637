"""Fill in nginx.conf.template from the environment, and become nginx."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import NoReturn

_TEMPLATE = Path(__file__).with_name("nginx.conf.template")
_PREFIX = "GATEWAY_"
_ASKED_WRONGLY = 2


def main() -> NoReturn:
    """Replace this process by nginx; exit where a variable is missing."""
    given = {
        "GATEWAY_LISTEN": f"{os.environ['CALOTYPE_HOST']}:{os.environ['CALOTYPE_PORT']}",
        **{name: text for name, text in os.environ.items() if name.startswith(_PREFIX) and text},
    }
    try:
        text = filled(_TEMPLATE.read_text(), given)
    except KeyError as error:
        print(f"calotype gateway: {error.args[0]} is not set", file=sys.stderr)
        sys.exit(_ASKED_WRONGLY)
    state = Path(given["GATEWAY_STATE"])
    state.mkdir(parents=True, exist_ok=True)
    config = state / "nginx.conf"
    config.write_text(text)
    os.execvp("nginx", ["nginx", "-e", "stderr", "-c", str(config), "-g", "daemon off;"])  # noqa: S606, S607 - its one program


def filled(template: str, given: Mapping[str, str]) -> str:
    """Return the template with its GATEWAY_… in place; raises KeyError with one that is missing.

    Other names after a dollar are nginx's own.
    """
    for name in Template(template).get_identifiers():
        if name.startswith(_PREFIX) and name not in given:
            raise KeyError(name)
    return Template(template).safe_substitute(given)


if __name__ == "__main__":
    main()
