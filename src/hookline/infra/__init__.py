"""Pulumi components: the two pipelines, and the parts they are made of, for your own program too."""

from hookline.infra.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from hookline.infra.bucket import ArchiveBucket, ArchiveBucketArgs
from hookline.infra.dashboard import Dashboard, DashboardArgs
from hookline.infra.event_bus import EventBus, EventBusArgs, Rule
from hookline.infra.function import Function, FunctionArgs
from hookline.infra.policy import Statement
from hookline.infra.provider import stack_provider
from hookline.infra.provider_pipeline import ProviderPipeline, ProviderPipelineArgs
from hookline.infra.providers_settings import ProvidersSettings
from hookline.infra.queues import DeadLetters, DeadLettersArgs, QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.rest_api import RestApi, RestApiArgs
from hookline.infra.rest_api_definition import Model, Route
from hookline.infra.setting_values import SettingsError
from hookline.infra.settings import TransactionsSettings
from hookline.infra.stack_settings import StackSettings
from hookline.infra.table import Table, TableArgs, TableWithStream
from hookline.infra.transaction_pipeline import TransactionPipeline, TransactionPipelineArgs

__all__ = [
    "ApiGatewayAccount",
    "ApiGatewayAccountArgs",
    "ArchiveBucket",
    "ArchiveBucketArgs",
    "Dashboard",
    "DashboardArgs",
    "DeadLetters",
    "DeadLettersArgs",
    "EventBus",
    "EventBusArgs",
    "Function",
    "FunctionArgs",
    "Model",
    "ProviderPipeline",
    "ProviderPipelineArgs",
    "ProvidersSettings",
    "QueueWithDeadLetters",
    "QueueWithDeadLettersArgs",
    "RestApi",
    "RestApiArgs",
    "Route",
    "Rule",
    "SettingsError",
    "StackSettings",
    "Statement",
    "Table",
    "TableArgs",
    "TableWithStream",
    "TransactionPipeline",
    "TransactionPipelineArgs",
    "TransactionsSettings",
    "stack_provider",
]
