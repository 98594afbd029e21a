"""A running stack, in local mode or on AWS, with its outputs and boto3 clients."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from operator import itemgetter
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ProfileNotFound

from hookline.core import QUEUES
from hookline.core.senders import senders_of
from hookline.errors import UserError
from hookline.local.cloud import REGION, is_missing
from hookline.local.development_certificate import DevelopmentCertificate
from hookline.local.project import Project
from hookline.local.stack import outputs

_AWS_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
)


LOCAL = "http://127.0.0.1:"
"""Start of the URLs in local mode. AWS has only https URLs."""


@dataclass(frozen=True)
class Target:
    """A running stack in local mode or on AWS, with boto3 clients for its resources.

    Attributes:
        outputs: the stack's outputs.
        client: function that returns the boto3 client of a service, such as `sqs`. It caches the clients, and several
            threads may call it.
        certificate: the certificate that signs PayPal samples in local mode; None on AWS.
    """

    outputs: Mapping[str, Any]
    client: Callable[[str], Any]
    certificate: DevelopmentCertificate | None = None

    @property
    def on_this_machine(self) -> bool:
        """True if the AWS calls go to this machine: to local mode, or to another emulator."""
        endpoint: str = self.client("sqs").meta.endpoint_url
        return _on_this_machine(endpoint)

    @property
    def accepts_unsigned(self) -> bool:
        """True if the transactions endpoint accepts requests without a signature."""
        allowed = self.outputs["allow_unsigned"]
        return allowed is True or (allowed == "local" and self.webhook_url.startswith(LOCAL))

    @property
    def has_transactions(self) -> bool:
        """True if the transactions system is part of the stack."""
        return "webhook_url" in self.outputs

    @property
    def has_providers(self) -> bool:
        """True if the providers system is part of the stack."""
        return "api_endpoint" in self.outputs

    @property
    def forwards(self) -> bool:
        """True if the stack forwards the providers' transactions to the transactions system."""
        return "forward_failures_queue_url" in self.outputs

    @property
    def webhook_url(self) -> str:
        """URL of the transactions endpoint, to which your own services send events."""
        return self.outputs["webhook_url"]

    @property
    def queue_urls(self) -> dict[str, str]:
        """Transaction type → URL of the queue for transactions of this type."""
        return {kind: self.outputs[f"{queue}_queue_url"] for kind, queue in QUEUES.items()}

    @property
    def dead_letter_urls(self) -> dict[str, str]:
        """Transaction type → URL of the dead-letter queue for transactions of this type."""
        return {kind: self.outputs[f"{queue}_dlq_url"] for kind, queue in QUEUES.items()}

    def signing_secrets(self) -> list[str]:
        """Return the live Standard Webhooks secrets of the transactions endpoint; empty if the stack has none yet.

        The secrets of the sender without a name come first.

        Raises:
            botocore.exceptions.ClientError: if Secrets Manager rejects the call.
        """
        return list(self.secrets("signing_secret_arn").get("transactions", {}))

    @property
    def sender(self) -> str:
        """Name of the sender with the first of `signing_secrets`. The ids of its transactions begin with this name.

        The name is empty if the sender has no name, or if the transactions endpoint accepts unsigned requests.

        Raises:
            botocore.exceptions.ClientError: if Secrets Manager rejects the call.
        """
        live = {} if self.accepts_unsigned else self.secrets("signing_secret_arn").get("transactions", {})
        return next(iter(live.values()), "")

    def secrets(self, output: str) -> dict[str, dict[str, str]]:
        """Return the live signing secrets that one AWS secret contains, as name → secret → name of its sender.

        A name is that of a provider, or `transactions`. The result is empty if the AWS secret has no value yet. The
        name of a sender is empty if the sender has no name; these secrets come first.

        Args:
            output: name of the stack output that has the ARN of the AWS secret.

        Raises:
            botocore.exceptions.ClientError: if Secrets Manager rejects the call for any other reason.
        """
        value = self.secret_version(output)[0]
        found = {name: senders_of(name, held) for name, held in value.items()}
        return {name: dict(sorted(live.items(), key=itemgetter(1))) for name, live in found.items() if live}

    def secret_version(self, output: str) -> tuple[dict[str, Any], str | None]:
        """Return the whole value of an AWS secret, and the id of this version. Without a value: an empty one, and None.

        Args:
            output: name of the stack output that has the ARN of the AWS secret.

        Raises:
            botocore.exceptions.ClientError: if Secrets Manager rejects the call for any other reason.
        """
        try:
            answer = self.client("secretsmanager").get_secret_value(SecretId=self.outputs[output])
        except ClientError as error:
            if is_missing(error):
                return {}, None
            raise
        return json.loads(answer["SecretString"]), answer.get("VersionId")


def _on_this_machine(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def endpoints(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the API URL of each system in a stack, as `transactions` or `providers` → URL."""
    names = {"transactions": "webhook_url", "providers": "api_endpoint"}
    return {system: outputs[name] for system, name in names.items() if name in outputs}


def local_target(project: Project, stack: str) -> Target:
    """Return a stack that runs in local mode.

    Raises:
        UserError: if the emulator or the stack is not running.
    """
    found = outputs(project, stack)
    emulator = project.home.find()
    if emulator is None:
        raise UserError("the emulator is not running: start it with `hookline up`")
    return Target(found, emulator.cloud().client, project.home.certificate)


def aws_target(project: Project, stack: str) -> Target:
    """Return a stack on AWS. The Pulumi CLI gives the stack's outputs and its `aws:profile`.

    Without `aws:profile`, boto3 finds the credentials as the Pulumi CLI does, for example in `AWS_PROFILE`. The profile
    is also ignored if `AWS_ENDPOINT_URL` leads to this machine, as in a rehearsal: an emulator does not know its keys.

    Raises:
        UserError: if the Pulumi CLI is not installed or does not know the stack, if the stack is not deployed, or if
            this machine does not have the AWS profile.
    """
    found = _ask_pulumi(project, stack, "stack", "output")
    if not endpoints(found):
        raise UserError(f"the stack {stack} is not deployed: deploy it with `pulumi up --stack {stack}`")
    emulated = _on_this_machine(os.environ.get("AWS_ENDPOINT_URL", ""))
    profile = None if emulated else _ask_pulumi(project, stack, "config").get("aws:profile", {}).get("value")
    try:
        session = boto3.session.Session(region_name=REGION, profile_name=profile)
    except ProfileNotFound:
        raise UserError(
            f"this machine has no AWS profile {profile}, which the stack {stack} has as aws:profile"
        ) from None
    return Target(found, _cached_clients(session))


def _ask_pulumi(project: Project, stack: str, *words: str) -> dict[str, Any]:
    """Return the JSON object that a command of the Pulumi CLI prints about a stack."""
    command = ["pulumi", *words, "--json", "--stack", stack, "--cwd", str(project.path)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise UserError("the Pulumi CLI is not installed: see https://www.pulumi.com/docs/install/") from None
    except subprocess.CalledProcessError as error:
        raise UserError(f"`{' '.join(command)}` failed: {error.stderr.strip()}") from None
    return json.loads(answer.stdout)


def _cached_clients(session: boto3.session.Session) -> Callable[[str], Any]:
    """Return a function that creates and caches one boto3 client for each service.

    The function uses a lock, because a boto3 session is not thread-safe.
    """
    make, made, lock = cast("Callable[..., Any]", session.client), dict[str, Any](), threading.Lock()

    def client(service: str) -> Any:  # noqa: ANN401 - boto3 makes the type at run time
        with lock:
            if service not in made:
                made[service] = make(service, config=_AWS_CONFIG)
            return made[service]

    return client
