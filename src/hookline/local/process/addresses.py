"""The short URL paths of the endpoints in local mode. A path stays the same from one `hookline up` to the next.

The address of an API is the common beginning of the URL paths of its endpoints. In the stack `dev`, the providers API
has the address `/dev` and endpoints such as `/dev/webhook/stripe`. The transactions API has the address
`/dev/transactions` and the endpoint `/dev/transactions/webhook`. When local mode makes an API, it writes the address
into a tag of the API.
`Addresses` reads the tags once, and again after each change of an API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from hookline.local.cloud import REGION, Credentials
from hookline.local.process.asgi import App

TAG = "hookline-local-address"
_SIGNS_ALWAYS = "hookline.functions.ingestion.handler"
_SIGNS_UNLESS_ALLOWED = "hookline.functions.validator.handler"
_ANY_SERVER = "http://127.0.0.1"


def address(stack: str, api_name: str) -> str:
    """Return the address of an API: the common beginning of the URL paths of its endpoints.

    In the stack `dev`, the providers API has `/dev`, and the transactions API has `/dev/transactions`.
    """
    name = api_name.partition("-api-")[0]
    return f"/{stack}" if name == "providers" else f"/{stack}/{name}"


@dataclass(frozen=True)
class Found:
    """The API Gateway endpoint for a short URL path of local mode.

    Attributes:
        api: the id of the REST API.
        path: the URL path under which the emulator serves the endpoint.
    """

    api: str
    path: str


class Addresses:
    """The short URL paths of the REST APIs in one emulator. This class calls the emulator inside the same process."""

    def __init__(self, emulator: App, root: Credentials) -> None:
        """Prepare the calls to the emulator, which use the root key.

        Args:
            emulator: the emulator's ASGI application, which accepts the root key without a valid signature.
            root: the emulator's root key.
        """
        self._key = root.access_key
        self._known: list[tuple[str, str, str]] | None = None
        self._changes = 0
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(emulator), base_url=_ANY_SERVER)

    def forget(self) -> None:
        """Make the next `find` read the addresses of all APIs again. Call `forget` after each change of an API."""
        self._changes += 1
        self._known = None

    async def find(self, path: str) -> Found | None:
        """Return the endpoint for a short URL path, or None if no API has a matching address."""
        known = await self._list() if self._known is None else self._known
        for own_address, api, stage in known:
            if path.startswith(f"{own_address}/"):
                return Found(api, f"/restapis/{api}/{stage}/_user_request_{path.removeprefix(own_address)}")
        return None

    async def _list(self) -> list[tuple[str, str, str]]:
        """Return address, API id and stage name of each API stage, for all APIs that have an address.

        The URL path `/dev/transactions/webhook` starts with `/dev/transactions` and with `/dev`, the address of another
        API. `find` takes the first match, so the longest address is first.
        """
        before, found = self._changes, list[tuple[str, str, str]]()
        for api in (await self._ask("apigateway", "/restapis?limit=500"))["item"]:
            if own_address := api.get("tags", {}).get(TAG):
                stages = (await self._ask("apigateway", f"/restapis/{api['id']}/stages"))["item"]
                found += [(own_address, api["id"], stage["stageName"]) for stage in stages]
        found.sort(key=lambda entry: len(entry[0]), reverse=True)
        if before == self._changes:
            self._known = found
        return found

    async def demands_signature(self, found: Found) -> bool:
        """Return True if each function behind an endpoint's API rejects events without a signature."""
        everything = f"/restapis/{found.api}/resources?embed=methods&limit=500"
        paths = (await self._ask("apigateway", everything))["item"]
        methods = [method for path in paths for method in path.get("resourceMethods", {}).values()]
        functions = {_function_of(method["methodIntegration"]["uri"]) for method in methods}
        return bool(functions) and all([await self._signs(function) for function in functions])

    async def _signs(self, function: str) -> bool:
        found = await self._ask("lambda", f"/2015-03-31/functions/{function}/configuration")
        if found["Handler"] == _SIGNS_UNLESS_ALLOWED:
            return found["Environment"]["Variables"]["ALLOW_UNSIGNED"] == "false"
        return found["Handler"] == _SIGNS_ALWAYS

    async def _ask(self, service: str, path: str) -> Any:
        scope = f"{self._key}/20260101/{REGION}/{service}/aws4_request"
        claim = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        answer = await self._client.get(path, headers={"authorization": claim})
        return answer.raise_for_status().json()


def _function_of(uri: str) -> str:
    """Return `NAME` of the URI `arn:…:path/2015-03-31/functions/arn:…:function:NAME[:ALIAS]/invocations`."""
    return uri.partition(":function:")[2].partition("/")[0].partition(":")[0]
