"""A renewed certificate of PayPal that does not verify a delivery, and the kept one that does."""

import pytest
from support.fakes.errors import aws_error
from support.fakes.table import FakeTable
from support.providers.certificates import WEBHOOK_NAME, issue, webhook_certificate
from support.providers.deliveries import NOW, is_genuine, judge, settings, signed
from support.records import changed

from hookline.core.signatures.refusal import Refusal
from hookline.functions.providers.certificates import FRESH_SECONDS, Certificates
from hookline.functions.providers.kept_certificates import KeptTable

BROKEN = [issue(WEBHOOK_NAME, None).pem, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]


class PayPal:
    """PayPal's server, a clock, and the certificates of one execution environment after the first delivery.

    Attributes:
        pem: the certificate that PayPal's server returns.
        seconds: the clock.
        table: the table with kept certificates.
        certificates: the object under test.
    """

    def __init__(self) -> None:
        self.pem = webhook_certificate().pem
        self.seconds = float(NOW)
        self.table = FakeTable("key", fails=aws_error)
        self.restart()
        assert self.verdict() == "genuine"
        self.seconds += FRESH_SECONDS

    def restart(self) -> None:
        """Start a new execution environment."""
        table = KeptTable(self.table, "webhooks")  # type: ignore[arg-type]
        self.certificates = Certificates(table, lambda _url: self.pem, lambda: self.seconds)

    def verdict(self, *, forged: bool = False) -> str:
        """Return `genuine`, or the reason why a delivery is refused."""
        delivery = signed("paypal")
        sent = changed(delivery, body=delivery.body + b" " * forged)
        found = judge("paypal", sent, given=settings(certificates=lambda: self.certificates))
        return "genuine" if is_genuine(found) else str(found)


@pytest.fixture
def paypal() -> PayPal:
    """Return PayPal an hour after the first delivery."""
    return PayPal()


@pytest.mark.parametrize("broken", BROKEN)
def test_a_renewed_certificate_that_does_not_verify_hides_no_kept_one(paypal: PayPal, broken: bytes) -> None:
    """The kept one stays in use in this environment and in new ones. It is not written again."""
    paypal.pem = broken
    assert [paypal.verdict(), paypal.verdict()] == ["genuine"] * 2
    paypal.restart()
    assert paypal.verdict() == "genuine"
    assert paypal.table.puts == 1
    assert paypal.verdict(forged=True) == Refusal.MISMATCH


def test_after_a_delivery_with_the_renewed_certificate_the_old_one_counts_no_more(paypal: PayPal) -> None:
    """A forged delivery that comes first changes nothing."""
    old = paypal.pem
    paypal.pem = old + b"\n"
    assert paypal.verdict(forged=True) == Refusal.MISMATCH
    url = signed("paypal").headers["paypal-cert-url"]
    assert paypal.certificates.kept(url) == old
    assert paypal.verdict() == "genuine"
    assert paypal.certificates.kept(url) is None
    assert paypal.certificates.find(url) == paypal.pem


def test_the_same_certificate_again_is_not_tried_twice(paypal: PayPal) -> None:
    """An unchanged certificate that was fetched again is the kept one."""
    url = signed("paypal").headers["paypal-cert-url"]
    assert paypal.certificates.find(url) == paypal.pem
    assert paypal.certificates.kept(url) is None
