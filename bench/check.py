"""A check that all variants do the same work: the same calls with the same content, and the same rejections."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from bench.deployments import Deployment
from bench.events import Workload, forged, workload
from bench.measuring import Bench, Run

Call = tuple[str, str]

ACCEPTED = {"validator": 202, "ingestion": 200}
"""Function → the HTTP status for a new webhook."""

_TIMES = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"|(?<="expires_at": \{"N": )"[0-9]+"|(?<="Time": )[0-9.]+')
_FINGERPRINT = re.compile(r'"secret_fingerprint": \{"S": "[0-9a-f]+"\}, ')
_TIMES_IN_TEXT = re.compile(r"(?<=received_at\\\":\\\")[0-9TZ:.-]+")


class Unequal(Exception):  # noqa: N818 - a result of the check
    """A variant behaves differently from the others."""


def check(bench: Bench, deployments: Sequence[Deployment]) -> None:
    """Compare the variants of one function with the first variant.

    Each variant gets two events. A function with a webhook endpoint also gets the first event again and a forged event.

    Raises:
        Unequal: at the first difference.
    """
    function = deployments[0].function
    given = workload(function, 2)
    if function in ACCEPTED:
        given = Workload([*given.events, given.events[0], forged(given.events[1])], given.objects, given.secrets)
    expected: list[Call] | None = None
    for deployment in deployments:
        run = bench.run(deployment, given, warm_up=len(given.events) - 1)
        who = f"{deployment.variant} {function}"
        _check_answers(who, function, run.answers)
        found = effects(run)
        expected = found if expected is None else expected
        if found != expected:
            raise Unequal(f"{who} and {deployments[0].variant} make different calls:\n{_difference(expected, found)}")


def effects(run: Run) -> list[Call]:
    """Return the calls of a run with their content, without times.

    The result leaves out the read of the secret, the fingerprint of the secret, which only hookline stores, the
    idempotency utility's records, and the read that detects a known event. A second put with the same content is also
    left out, because the table rejects it.
    """
    calls: list[Call] = []
    for call in run.calls:
        operation, content = call["operation"], call["content"]
        bookkeeping = content.get("TableName") == "idempotency"
        if bookkeeping or operation in ("secretsmanager:GetSecretValue", "dynamodb:GetItem"):
            continue
        text = _FINGERPRINT.sub("", json.dumps(content, sort_keys=True))
        text = _TIMES_IN_TEXT.sub("T", _TIMES.sub('"T"', text))
        if operation != "dynamodb:PutItem" or (operation, text) not in calls:
            calls.append((operation, text))
    return calls


def _check_answers(who: str, function: str, answers: list[Any]) -> None:
    if function not in ACCEPTED:
        if any(answer != {"batchItemFailures": []} for answer in answers):
            raise Unequal(f"{who} reported failed records: {answers}")
        return
    statuses = [int(answer["statusCode"]) for answer in answers]
    new, again, with_forgery = statuses[:2], statuses[2], statuses[3]
    if new != [ACCEPTED[function]] * 2 or again not in (200, ACCEPTED[function]) or with_forgery != 401:
        raise Unequal(f"{who} has wrong statuses for two events, the first again, and a forged event: {statuses}")


def _difference(expected: list[Call], found: list[Call]) -> str:
    pairs = zip([*expected, ("nothing", "")], [*found, ("nothing", "")], strict=False)
    one, other = next(pair for pair in pairs if pair[0] != pair[1])
    return f"{one[0]} {one[1]}\n{other[0]} {other[1]}"
