"""The Pulumi components: the two pipelines and their parts. Your own program can use each of them."""

from hookline.infra.api_gateway.account import ApiGatewayAccount, ApiGatewayAccountArgs
from hookline.infra.api_gateway.definition import Model, Route
from hookline.infra.api_gateway.domain import ApiAddress, ApiDomain, ApiDomainArgs
from hookline.infra.api_gateway.rest_api import RestApi, RestApiArgs
from hookline.infra.data_loss import LastUp
from hookline.infra.monitoring.alarm_topic import AlarmTopic, AlarmTopicArgs
from hookline.infra.monitoring.alarms import AlarmTopics
from hookline.infra.monitoring.dashboard import Dashboard, DashboardArgs
from hookline.infra.monitoring.dashboard_parts import MetricLine, Section, View, Widget
from hookline.infra.parts.aws_provider import aws_provider
from hookline.infra.parts.bucket import ArchiveBucket, ArchiveBucketArgs
from hookline.infra.parts.event_bus import EventBus, EventBusArgs, Rule
from hookline.infra.parts.function import Function, FunctionArgs
from hookline.infra.parts.policy import Statement
from hookline.infra.parts.queues import DeadLetters, DeadLettersArgs, QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.parts.role import RoleRules
from hookline.infra.parts.table import Table, TableArgs, TableWithStream
from hookline.infra.parts.targets import BusTarget, FunctionTarget, QueueTarget, StateMachineTarget
from hookline.infra.providers.pipeline import ProviderPipeline, ProviderPipelineArgs
from hookline.infra.providers.subscription import Subscription
from hookline.infra.settings.account import AccountSettings
from hookline.infra.settings.providers import ProvidersSettings
from hookline.infra.settings.setting import SettingsError
from hookline.infra.settings.stack import StackSettings
from hookline.infra.settings.transactions import TransactionsSettings
from hookline.infra.transactions.pipeline import TransactionPipeline, TransactionPipelineArgs

__all__ = [
    "AccountSettings",
    "AlarmTopic",
    "AlarmTopicArgs",
    "AlarmTopics",
    "ApiAddress",
    "ApiDomain",
    "ApiDomainArgs",
    "ApiGatewayAccount",
    "ApiGatewayAccountArgs",
    "ArchiveBucket",
    "ArchiveBucketArgs",
    "BusTarget",
    "Dashboard",
    "DashboardArgs",
    "DeadLetters",
    "DeadLettersArgs",
    "EventBus",
    "EventBusArgs",
    "Function",
    "FunctionArgs",
    "FunctionTarget",
    "LastUp",
    "MetricLine",
    "Model",
    "ProviderPipeline",
    "ProviderPipelineArgs",
    "ProvidersSettings",
    "QueueTarget",
    "QueueWithDeadLetters",
    "QueueWithDeadLettersArgs",
    "RestApi",
    "RestApiArgs",
    "RoleRules",
    "Route",
    "Rule",
    "Section",
    "SettingsError",
    "StackSettings",
    "StateMachineTarget",
    "Statement",
    "Subscription",
    "Table",
    "TableArgs",
    "TableWithStream",
    "TransactionPipeline",
    "TransactionPipelineArgs",
    "TransactionsSettings",
    "View",
    "Widget",
    "aws_provider",
]
