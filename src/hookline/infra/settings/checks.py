"""Checks of settings of the providers system that the kind of a setting cannot make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network

from hookline.core.providers.adyen import can_move_money
from hookline.infra.settings.setting import wrong


def require_signatures(event_types: Sequence[str] | None) -> None:
    """Raise `SettingsError` if `adyenUnsignedTypes` has an event type of Adyen that can move money."""
    for event_type in event_types or ():
        if can_move_money(event_type):
            raise wrong("adyenUnsignedTypes", event_types, f"{event_type} can move money, so it must have a signature")


def require_enabled(name: str, by_provider: Mapping[str, object] | None, providers: Sequence[str]) -> None:
    """Raise `SettingsError` if a setting has a key of a provider that is not enabled, because it would have no effect.

    Args:
        name: name of the setting in a stack file.
        by_provider: value of the setting: provider → anything. None if the setting is not set.
        providers: the enabled providers.
    """
    for each in by_provider or ():
        if each not in providers:
            raise wrong(name, by_provider, f"{each} is not in the setting providers, so it would have no effect")


def require_provider(name: str, value: object, provider: str, providers: Sequence[str]) -> None:
    """Raise `SettingsError` if a setting of one provider is set, but the provider is not enabled."""
    if value and provider not in providers:
        raise wrong(name, value, f"{provider} is not in the setting providers, so it would have no effect")


def require_different_paths(transactions_base_path: str, providers_base_path: str) -> None:
    """Raise `SettingsError` if both APIs have the same base path, so that one domain name cannot serve both."""
    if transactions_base_path == providers_base_path:
        raise wrong("providersBasePath", providers_base_path, "transactionsBasePath has the same value")


def require_addresses(by_provider: Mapping[str, Sequence[str]] | None) -> None:
    """Raise `SettingsError` if `allowedAddresses` has an impossible address, or a CIDR block with a wrong start.

    In a block, the bits after the prefix must be zero: 192.0.2.1/24 is probably a mistake for one address.
    """
    for address in (each for addresses in (by_provider or {}).values() for each in addresses):
        try:
            ip_network(address)
        except ValueError as problem:
            raise wrong("allowedAddresses", by_provider, str(problem)) from None
