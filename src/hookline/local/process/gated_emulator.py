"""The emulator's process: ministack, which plays AWS, with the gate in front of its only port."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import cast

from ministack import app as ministack
from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts

from hookline.local.cloud import ACCOUNT, Credentials
from hookline.local.process.asgi import App
from hookline.local.process.gate import Gate


def main() -> None:
    """Run the emulator until it gets a signal."""
    root = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    ministack.app = Gate(cast("App", ministack.app), root)  # pyright: ignore[reportUnknownMemberType]

    def session(config: Mapping[str, str]) -> dict[str, str]:
        return give_session(config, root.secret_key)

    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = session
    ministack.main()


def give_session(config: Mapping[str, str], root_secret: str) -> dict[str, str]:
    """Register a session of a Lambda function's role in the emulator, and return the session's credentials.

    ministack itself calculates a session's credentials only from the names of the function and the role. So everybody
    who knows the names can calculate the credentials. `give_session` also uses the secret root key in the calculation,
    so that nobody can guess the credentials. All instances of a Lambda function share one session.

    Args:
        config: the function's configuration.
        root_secret: the root secret access key, from which the session is derived.

    Returns:
        The environment variables with the function's credentials.
    """
    role, name = config["Role"].rpartition("/")[2], config["FunctionName"]

    def derive(what: str) -> str:
        text = f"{what}:{config['FunctionArn']}:{config['Role']}"
        return hmac.new(root_secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    key, secret, token = "ASIA" + derive("key")[:16].upper(), derive("secret"), derive("token")
    sts.register_session(  # pyright: ignore[reportUnknownMemberType]
        key,
        {
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


if __name__ == "__main__":
    main()
