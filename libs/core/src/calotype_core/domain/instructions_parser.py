"""Instructions from JSON: every problem is reported with its path, none of them by crashing."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from calotype_core.domain.instructions import MAIN, Instructions, Recipe, camel
from calotype_core.domain.operations import OPERATIONS, Operation, Output, expectation_of
from calotype_core.domain.problems import Problem, ProblemsError, quote, shorten

MAX_RENDITIONS = 20
MAX_STEPS = 32
MAX_PROBLEMS = 100  # nobody mends more at a time
MAX_TEXT_BYTES = 64 * 1024
_NAMED_PRESETS = 50  # in one problem
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_OUTPUT = {camel(one.name): one for one in fields(Output)}

Presets = Mapping[str, Recipe]


def parse_instructions(text: str, presets: Presets) -> Instructions:
    """Return the instructions that the JSON text asks for; raises ProblemsError."""
    if len(text.encode(errors="surrogatepass")) > MAX_TEXT_BYTES:
        raise ProblemsError(
            [Problem(path="", expected=f"at most {MAX_TEXT_BYTES} bytes", got=f"{len(text)}")]
        )
    parser = _Parser(presets)
    instructions = parser.instructions(_loaded(text))
    if parser.problems:
        raise ProblemsError(parser.problems)
    if len(instructions.canonical()) > MAX_TEXT_BYTES:
        raise ProblemsError(
            [Problem(path="", expected=f"at most {MAX_TEXT_BYTES} bytes spelled out", got="more")]
        )
    return instructions


def parse_presets(text: str) -> Presets:
    """Return the presets in a JSON object of name -> recipe; raises ProblemsError."""
    parser = _Parser({})
    presets = parser.named(_loaded(text), "")
    if parser.problems:
        raise ProblemsError(parser.problems)
    return presets


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProblemsError(
            [Problem(path="", expected="JSON", got=f"{quote(text)} ({error})")]
        ) from None


@dataclass
class _Parser:
    presets: Presets
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, expected: str, got: object) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(path=path, expected=expected, got=quote(got)))

    def instructions(self, document: object) -> Instructions:
        if isinstance(document, dict) and "renditions" in document:
            self.unknown(document, ["renditions"], "")
            return Instructions(renditions=self.renditions(document["renditions"]))
        return Instructions(renditions={MAIN: self.recipe(document, "")})

    def renditions(self, given: object) -> dict[str, Recipe]:
        if not isinstance(given, (dict, list)) or not 1 <= len(given) <= MAX_RENDITIONS:
            self.wrong("renditions", f"1 to {MAX_RENDITIONS} named renditions", given)
            return {}
        if isinstance(given, dict):
            return self.named(given, "renditions")
        named: dict[str, Recipe] = {}
        for index, one in enumerate(given):
            self.listed(one, f"renditions[{index}]", named)
        return named

    def named(self, given: object, path: str) -> dict[str, Recipe]:
        if not isinstance(given, dict):
            self.wrong(path, "an object of name and instructions", given)
            return {}
        return {
            self.name(name, _join(path, name)): self.recipe(one, _join(path, name))
            for name, one in given.items()
        }

    def listed(self, one: object, path: str, named: dict[str, Recipe]) -> None:
        if not isinstance(one, dict) or "name" not in one:
            self.wrong(path, 'an object with a "name"', one)
            return
        name = self.name(one["name"], f"{path}.name")
        if name in named:
            self.wrong(f"{path}.name", "a name of its own", name)
        named[name] = self.recipe({key: one[key] for key in one if key != "name"}, path)

    def name(self, given: object, path: str) -> str:
        if isinstance(given, str) and _NAME.fullmatch(given):
            return given
        self.wrong(path, "a name of 1 to 64 of a-z, 0-9, dot, hyphen and underscore", given)
        return str(given)

    def recipe(self, given: object, path: str) -> Recipe:
        if isinstance(given, str):
            return self.preset(given, path)
        if isinstance(given, list):
            return self.ordered(given, path, Recipe())
        if isinstance(given, dict):
            return self.unordered(given, path)
        self.wrong(path, "an object of operations, a list of steps or a preset's name", given)
        return Recipe()

    def preset(self, given: object, path: str) -> Recipe:
        if isinstance(given, str) and given in self.presets:
            return self.presets[given]
        names = sorted(self.presets)
        more = ["…"] if len(names) > _NAMED_PRESETS else []
        known = ", ".join(names[:_NAMED_PRESETS] + more) or "none is defined"
        self.wrong(path, f"the name of a preset ({known})", given)
        return Recipe()

    def unordered(self, given: dict[str, Any], path: str) -> Recipe:
        base = (
            self.preset(given["preset"], _join(path, "preset")) if "preset" in given else Recipe()
        )
        self.unknown(given, ["preset", "steps", *OPERATIONS, *_OUTPUT], path)
        recipe = base
        for name in (one for one in OPERATIONS if one in given):
            recipe = self.step(name, given[name], path, recipe)
        if "steps" in given:
            recipe = self.ordered(given["steps"], _join(path, "steps"), recipe)
        if len(recipe.steps) > MAX_STEPS:
            # The canonical form is one list: what is taken here must be taken there again.
            self.wrong(path, f"at most {MAX_STEPS} steps, a preset's included", len(recipe.steps))
        return self.output(given, path, recipe)

    def ordered(self, given: object, path: str, recipe: Recipe) -> Recipe:
        if not isinstance(given, list) or len(given) > MAX_STEPS:
            self.wrong(path, f"a list of at most {MAX_STEPS} steps", given)
            return recipe
        for index, step in enumerate(given):
            here = f"{path}[{index}]"
            if not isinstance(step, dict) or len(step) != 1:
                self.wrong(here, 'an object with one operation, such as {"rotate": 90}', step)
                continue
            self.unknown(step, [*OPERATIONS, *_OUTPUT], here)
            recipe = self.output(step, here, recipe)
            [(name, asked)] = step.items()
            if name in OPERATIONS:
                recipe = self.step(name, asked, here, recipe)
        return recipe

    def step(self, name: str, given: object, path: str, recipe: Recipe) -> Recipe:
        operation = self.operation(name, given, _join(path, name))
        if operation.neutral():
            return recipe
        return replace(recipe, steps=(*recipe.steps, operation))

    def operation(self, name: str, given: object, path: str) -> Operation:
        kind = OPERATIONS[name]
        if kind.shorthand and not isinstance(given, dict):
            given = {kind.shorthand: given}
        if not isinstance(given, dict):
            self.wrong(path, "an object", given)
            return kind()
        declared = {camel(one.name): one for one in fields(kind)}  # type: ignore[arg-type]  # every operation is a dataclass
        self.unknown(given, declared, path)
        before = len(self.problems)
        values = self.values(given, declared, path)
        operation = kind(**values)
        if before == len(self.problems) and (missing := operation.missing()):
            self.wrong(path, missing, given)
        return operation

    def output(self, given: dict[str, Any], path: str, recipe: Recipe) -> Recipe:
        values = self.values({key: given[key] for key in given if key in _OUTPUT}, _OUTPUT, path)
        return replace(recipe, output=replace(recipe.output, **values)) if values else recipe

    def values(
        self, given: dict[str, Any], declared: Mapping[str, Any], path: str
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key in (one for one in given if one in declared):
            expectation = expectation_of(declared[key].metadata)
            if expectation.accepts(given[key]):
                values[declared[key].name] = expectation.reads(given[key])
            else:
                self.wrong(_join(path, key), expectation.words, given[key])
        return values

    def unknown(self, given: Mapping[str, Any], known: Iterable[str], path: str) -> None:
        names = list(known)
        for key in given:
            if key in names:
                continue
            close = difflib.get_close_matches(key, names, 1)
            hint = f"{close[0]!r}?" if close else "one of " + ", ".join(names)
            self.wrong(_join(path, key), hint, key)


def _join(path: str, key: str) -> str:
    # Short: a path is said once a problem, and a hostile name would be said as often.
    return f"{path}.{shorten(key)}" if path else shorten(key)
