"""Holds all variants to the same work: the same calls with the same content, and the same refusals."""

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
"""Function → the status of a webhook that was new."""

_TIMES = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"|(?<="expires_at": \{"N": )"[0-9]+"|(?<="Time": )[0-9.]+')
_TIMES_IN_TEXT = re.compile(r"(?<=received_at\\\":\\\")[0-9TZ:.-]+")


class Unequal(Exception):  # noqa: N818 - a finding
    """A variant does not do what the others do."""


def check(bench: Bench, deployments: Sequence[Deployment]) -> None:
    """Compares the variants of one function with the first of them.

    Each gets two events; a webhook's function then gets the first again, and one with a forged body.

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
            raise Unequal(f"{who} does not do what {deployments[0].variant} does:\n{_difference(expected, found)}")


def effects(run: Run) -> list[Call]:
    """Lists what calls did or read, times left out.

    Left out too are reading the secret, the idempotency utility's records, the read by which others tell a known
    event, and a put under a key that was put before, which the table refuses.
    """
    calls: list[Call] = []
    for call in run.calls:
        operation, content = call["operation"], call["content"]
        bookkeeping = content.get("TableName") == "idempotency"
        if bookkeeping or operation in ("secretsmanager:GetSecretValue", "dynamodb:GetItem"):
            continue
        text = _TIMES_IN_TEXT.sub("T", _TIMES.sub('"T"', json.dumps(content, sort_keys=True)))
        if operation != "dynamodb:PutItem" or (operation, text) not in calls:
            calls.append((operation, text))
    return calls


def _check_answers(who: str, function: str, answers: list[Any]) -> None:
    if function not in ACCEPTED:
        if any(answer != {"batchItemFailures": []} for answer in answers):
            raise Unequal(f"{who} did not take every record: {answers}")
        return
    statuses = [int(answer["statusCode"]) for answer in answers]
    new, again, with_forgery = statuses[:2], statuses[2], statuses[3]
    if new != [ACCEPTED[function]] * 2 or again not in (200, ACCEPTED[function]) or with_forgery != 401:
        raise Unequal(f"{who} answered two events, the first again, and a forgery with {statuses}")


def _difference(expected: list[Call], found: list[Call]) -> str:
    pairs = zip([*expected, ("nothing", "")], [*found, ("nothing", "")], strict=False)
    one, other = next(pair for pair in pairs if pair[0] != pair[1])
    return f"{one[0]} {one[1]}\n{other[0]} {other[1]}"
