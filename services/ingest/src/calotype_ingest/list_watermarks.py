"""The watermarks that a list of URLs names, each entry for itself."""

import asyncio
from dataclasses import dataclass, field, replace

from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.manifest import Entry
from calotype_core.domain.problems import Problem, ProblemsError
from calotype_core.ports.object_store import ObjectStore
from calotype_core.watermarks import WatermarkResolver
from calotype_ingest.errors import InvalidUrlListError
from calotype_ingest.url_list import MOST_PROBLEMS, UrlList

_MENTION = '"watermark":'


async def list_with_watermarks(listed: UrlList, objects: ObjectStore) -> UrlList:
    """Return the list with the very bytes of each watermark named; raises InvalidUrlListError."""
    reader = _Reader(WatermarkResolver(objects))
    common = listed.instructions
    told = replace(
        listed,
        instructions=await reader.resolve(common, "instructions") if common else None,
        entries=[
            await reader.entry(one, "" if listed.single else f"{listed.at}[{at}].")
            for at, one in enumerate(listed.entries)
        ],
    )
    if reader.problems:
        raise InvalidUrlListError(
            f"The list of URLs names watermarks that are not stored; the first:"
            f" {reader.problems[0]}.",
            problems=reader.problems,
        )
    return told


@dataclass(slots=True)
class _Reader:
    resolver: WatermarkResolver
    problems: list[Problem] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)  # what was told, and as it is resolved

    async def entry(self, entry: Entry, path: str) -> Entry:
        told = entry.instructions
        if told is None or _MENTION not in told or len(self.problems) >= MOST_PROBLEMS:
            return entry
        if told not in self.known:
            await asyncio.sleep(0)  # a list may be long, and others wait
            read = parse_instructions(told, presets={})
            resolved = await self.resolve(read, f"{path}instructions")
            self.known[told] = resolved.canonical()
        return replace(entry, instructions=self.known[told])

    async def resolve(self, instructions: Instructions, path: str) -> Instructions:
        try:
            return await self.resolver.resolve(instructions)
        except ProblemsError as error:
            self.problems += [
                replace(one, path=f"{path}.{one.path}".rstrip(".")) for one in error.problems
            ]
            return instructions
