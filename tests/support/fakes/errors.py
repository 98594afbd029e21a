"""Errors as the clients raise them."""

from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from hookline.functions.aws.errors import AwsError


def aws_error(code: str, **answer: Any) -> AwsError:
    """Return the error that hookline's own client raises for a service's error code."""
    return AwsError(code, {"message": "no words of it may be logged", **answer})


def client_error(code: str, status: int = 400) -> ClientError:
    """Return the error that botocore raises for a service's error code."""
    answer = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "AnOperation")  # type: ignore[arg-type]


def unreachable() -> EndpointConnectionError:
    """Return the error that botocore raises when nothing listens."""
    return EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
