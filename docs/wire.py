"""The Protobuf code of the events, as protoc writes it."""

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from grpc_tools import protoc

FOLDER = "libs/core/src/calotype_core/wire"
SOURCE = "calotype/events/v1/events.proto"


def code(proto: Path) -> Mapping[str, str]:
    """Return the files made from the schema in that folder, by name; raises OSError."""
    with TemporaryDirectory() as folder, as_file(files("grpc_tools") / "_proto") as well_known:
        # The path below proto/ is the schema's name for ever; where its code lies is our affair.
        answer = protoc.main(
            [
                "protoc",
                f"--proto_path={proto}",
                f"--proto_path={well_known}",
                f"--python_out={folder}",
                f"--pyi_out={folder}",
                SOURCE,
            ]
        )
        if answer:
            raise OSError(f"protoc could not compile {SOURCE}: it answered {answer}")
        made = sorted((Path(folder) / SOURCE).parent.iterdir())
        return {path.name: path.read_text() for path in made}
