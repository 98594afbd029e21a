"""Policies in a form that the emulator supports."""

import json

from hookline.local.provision.policies import for_emulator

TLS = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
NEW_KEY = {"Effect": "Deny", "Condition": {"Null": {"s3:if-none-match": "true"}}}
ALLOW = {"Effect": "Allow", "Condition": {"ArnEquals": {"aws:SourceArn": "arn"}}}


def test_only_what_the_emulator_cannot_evaluate_is_left_out() -> None:
    """All other statements of the policy stay."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [TLS, NEW_KEY, ALLOW]})
    assert for_emulator(policy) == {"Version": "2012-10-17", "Statement": [ALLOW]}
