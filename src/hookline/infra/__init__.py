"""Pulumi components: the transactions pipeline, and the parts it is made of, for your own program too."""

from hookline.infra.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from hookline.infra.dashboard import Dashboard, DashboardArgs
from hookline.infra.function import Function, FunctionArgs
from hookline.infra.policy import Statement
from hookline.infra.provider import stack_provider
from hookline.infra.queues import DeadLetters, DeadLettersArgs, QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.rest_api import RestApi, RestApiArgs
from hookline.infra.settings import SettingsError, TransactionsSettings
from hookline.infra.table import TableWithStream, TableWithStreamArgs
from hookline.infra.transaction_pipeline import TransactionPipeline, TransactionPipelineArgs

__all__ = [
    "ApiGatewayAccount",
    "ApiGatewayAccountArgs",
    "Dashboard",
    "DashboardArgs",
    "DeadLetters",
    "DeadLettersArgs",
    "Function",
    "FunctionArgs",
    "QueueWithDeadLetters",
    "QueueWithDeadLettersArgs",
    "RestApi",
    "RestApiArgs",
    "SettingsError",
    "Statement",
    "TableWithStream",
    "TableWithStreamArgs",
    "TransactionPipeline",
    "TransactionPipelineArgs",
    "TransactionsSettings",
    "stack_provider",
]
