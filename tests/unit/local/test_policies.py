"""Policies in a form that the emulator supports."""

import json

from hookline.local.provision.policies import without_tls_demands

TLS = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
ALLOW = {"Effect": "Allow", "Condition": {"ArnEquals": {"aws:SourceArn": "arn"}}}


def test_only_the_demand_for_tls_is_left_out() -> None:
    """All other statements of the policy stay."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [TLS, ALLOW]})
    assert without_tls_demands(policy) == {"Version": "2012-10-17", "Statement": [ALLOW]}
