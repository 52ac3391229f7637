"""calotype process: have more made of an image that is already here, and say where it is."""

import json
from argparse import Namespace

from rich.console import Console
from rich.markup import escape

from calotype.client import RefusedError, ask, connected

_WAIT_SECONDS = 60


async def process_image(options: Namespace) -> int:
    """Print a line a rendition with its URL; return 0 where all is there, else 1."""
    console = Console()
    body = {"imageId": options.image, "instructions": _meant(options.instructions)}
    try:
        async with connected(options.url) as client:
            headers = {"Prefer": f"wait={_WAIT_SECONDS}"}
            answer = await ask(client, "POST", "/process", json=body, headers=headers)
    except RefusedError as error:
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return 1
    for one in answer.get("renditions", ()):
        console.print(f"{escape(one['name'])}  {escape(one['url'])}", soft_wrap=True)
    if answer["status"] == "completed":
        return 0
    console.print(answer["message"], soft_wrap=True)
    return 1


def _meant(text: str) -> object:
    """Return the JSON; what is none is the name of a preset."""
    try:
        return json.loads(text)
    except ValueError:
        return text
