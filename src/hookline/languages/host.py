"""The plugin through which the Pulumi CLI reads the schema of the components, and makes them for other languages."""

from __future__ import annotations

import inspect
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
from pulumi import provider
from pulumi.errors import InputPropertyError
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from hookline.infra import SettingsError
from hookline.languages.arguments import descriptions
from hookline.languages.components import COMPONENTS

NAME = "hookline"


class Plugin(ComponentProvider):
    """Makes the components, and answers with their schema, in which each argument and output has a description."""

    def __init__(self) -> None:
        super().__init__(COMPONENTS, NAME, namespace=NAME, version=version(NAME))
        schema = json.loads(str(self.schema))
        for component in COMPONENTS:
            self._describe(component, schema["resources"][f"{NAME}:index:{component.__name__}"])
        self.schema = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> provider.ConstructResult:
        """Make a component. For a wrong setting, raise `InputPropertyError`: Pulumi prints it without a traceback."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, SettingsError):
                raise InputPropertyError(error.inner.key.partition(":")[2], str(error.inner)) from None
            raise

    def _describe(self, component: type[pulumi.ComponentResource], resource: dict[str, Any]) -> None:
        definition, docs = self._component_defs[component.__name__], descriptions()
        resource["description"] = inspect.getdoc(component)
        for name, field in definition.inputs_mapping.items():
            resource["inputProperties"][name]["description"] = docs[field]
        for name, attribute in definition.outputs_mapping.items():
            found = (self.analyzer.get_docstring(base, attribute) for base in component.__mro__)
            resource["properties"][name]["description"] = next(filter(None, found))


def serve() -> None:
    """Run the plugin until the Pulumi CLI ends it. The program's arguments are those that the CLI gives to a plugin."""
    provider.main(Plugin(), sys.argv[1:])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(str(Plugin().schema), "utf-8")
