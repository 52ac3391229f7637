"""The OpenAPI document, as a client generator reads it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

Json = dict[str, Any]

JOB_FILES = ("input", "input.csv", "input.json", "output.csv", "failed.csv")
# Every route of the API but WS /ws, which OpenAPI has no words for.
ROUTES = {
    ("post", "/upload"),
    ("get", "/status/{}"),
    ("get", "/images"),
    ("get", "/images/{}"),
    ("get", "/images/uploads/{}"),
    ("get", "/image/{}"),
    ("head", "/image/{}"),
    ("get", "/image/{}/{}"),
    ("head", "/image/{}/{}"),
    ("post", "/uploads"),
    ("post", "/process"),
    ("post", "/jobs/{}/retry"),
    ("post", "/jobs/{}/cancel"),
    ("delete", "/jobs/{}"),
    ("get", "/jobs"),
    ("get", "/jobs/{}"),
    ("get", "/jobs/{}/items"),
    ("get", "/jobs/{}/events"),
    *((method, f"/jobs/{{}}/{file}") for method in ("get", "head") for file in JOB_FILES),
    ("get", "/webhooks"),
    ("post", "/webhooks"),
    ("get", "/webhooks/{}"),
    ("patch", "/webhooks/{}"),
    ("delete", "/webhooks/{}"),
    ("post", "/webhooks/{}/rotate"),
    ("post", "/webhooks/{}/test"),
    ("post", "/webhooks/{}/replay"),
    ("get", "/watermarks"),
    ("get", "/watermarks/{}"),
    ("put", "/watermarks/{}"),
    ("delete", "/watermarks/{}"),
    ("get", "/deliveries"),
    ("get", "/deliveries/{}"),
    ("post", "/deliveries/{}/replay"),
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
}


@pytest.fixture
def document(client: httpx.Client) -> Json:
    return client.get("/schema/openapi.json").json()  # type: ignore[no-any-return]  # JSON


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_every_route_is_in_it(document: Json) -> None:
    """What can be asked can be read about."""
    told = {(method, re.sub(r"{\w+}", "{}", path)) for method, path, _ in operations(document)}
    assert document["openapi"].startswith("3.1")
    assert told == ROUTES
    assert "/ws" in document["info"]["description"]


def test_every_operation_is_described(document: Json) -> None:
    """Each has a name of its own, words, parameters for its path, answers, and how it refuses."""
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), (method, path)
        assert {"200", "201", "202", "204"} & operation["responses"].keys(), (method, path)
        assert [*operation["responses"]["default"]["content"]] == ["application/problem+json"]
        for response in operation["responses"].values():
            assert response["description"], (method, path)


def test_every_reference_leads_somewhere(document: Json) -> None:
    """What is referred to is there, and nothing is there for nobody."""
    referred = set(references(document))
    assert {
        f"#/components/schemas/{name}" for name in document["components"]["schemas"]
    } == referred


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for one in part.values():
            yield from references(one)
    elif isinstance(part, list):
        for one in part:
            yield from references(one)


def test_an_upload_can_be_written_from_it(document: Json) -> None:
    """The body, its fields and the headers of an upload are all told."""
    upload = document["paths"]["/upload"]["post"]
    content = upload["requestBody"]["content"]
    fields = content["multipart/form-data"]["schema"]["properties"]
    assert set(fields) == {"file", "instructions", "callbackUrl", "focalPoint"}
    assert "image/*" in content
    headers = {one["name"] for one in upload["parameters"] if one["in"] == "header"}
    assert headers == {"Prefer", "Idempotency-Key"}


def test_answers_are_what_is_told(client: httpx.Client, document: Json) -> None:
    """The members of a real problem are those of the document, in type and in name."""
    problem = document["components"]["schemas"]["Problem"]
    told = client.get("/images", params={"limit": "x"}).json()
    assert set(problem["required"]) <= set(told) <= set(problem["properties"])
    [error] = told["errors"]
    assert set(error) == set(problem["properties"]["errors"]["items"]["properties"])
