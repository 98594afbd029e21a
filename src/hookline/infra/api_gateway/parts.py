"""The parts of a REST API that API Gateway copies into a deployment, such as its paths, models and methods."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.infra.api_gateway.definition import Definition, Inputs


@dataclass(frozen=True)
class PartNames:
    """The names of a REST API's parts, such as its stage and its methods.

    Attributes:
        name: the start of every name.
        suffix: the end of every resource's name.
    """

    name: str
    suffix: str

    def part(self, part: str, path: str = "") -> str:
        """Return the name of a part, such as `stage`. The name contains the URL path if the part belongs to a path."""
        of_path = f"{path.replace('/', '-')}-" if path else ""
        return f"{self.name}-{of_path}{part}-{self.suffix}"


class RestApiParts:
    """The parts of one REST API, such as its methods and models. A deployment must wait for all of them.

    Attributes:
        made: the parts that `make` has made.
    """

    def __init__(self, api: aws.apigateway.RestApi, names: PartNames, parent: pulumi.Resource) -> None:
        """Prepare to make the parts of a REST API.

        Args:
            api: the API.
            names: the names of the parts.
            parent: the parent component of the parts.
        """
        self.made: list[pulumi.Resource] = []
        self._api, self._names, self._parent = api, names, parent
        self._child = pulumi.ResourceOptions(parent=parent)

    def make(self, definition: Definition, invoke_arn: pulumi.Input[str]) -> None:
        """Make every part of the REST API.

        Args:
            definition: the inputs of the parts.
            invoke_arn: the ARN of the function that every integration calls.
        """
        resources = self._make_resources(definition)
        models = self._make_models(definition)
        name = self._names.part("validator")
        validator = aws.apigateway.RequestValidator(
            name, rest_api=self._api.id, name=name, opts=self._child, **definition.validator
        )
        self.made += [*resources.values(), *models, validator]
        for path, inputs in definition.methods.items():
            self._make_method(path, resources[path], validator, models, inputs)
            self._make_integration(path, resources[path], invoke_arn, definition.integration)
        self._make_responses(definition)

    def _make_resources(self, definition: Definition) -> dict[str, aws.apigateway.Resource]:
        made: dict[str, aws.apigateway.Resource] = {}
        for path, inputs in definition.resources.items():
            above = path.rpartition("/")[0]
            made[path] = aws.apigateway.Resource(
                self._names.part("resource", path),
                rest_api=self._api.id,
                parent_id=made[above].id if above else self._api.root_resource_id,
                opts=self._child,
                **inputs,
            )
        return made

    def _make_models(self, definition: Definition) -> list[aws.apigateway.Model]:
        return [
            aws.apigateway.Model(self._names.part("model", path), rest_api=self._api.id, opts=self._child, **inputs)
            for path, inputs in definition.models.items()
        ]

    def _make_method(
        self,
        path: str,
        resource: aws.apigateway.Resource,
        validator: aws.apigateway.RequestValidator,
        models: list[aws.apigateway.Model],
        inputs: Inputs,
    ) -> None:
        method = aws.apigateway.Method(
            self._names.part("method", path),
            rest_api=self._api.id,
            resource_id=resource.id,
            request_validator_id=validator.id,
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=models),
            **inputs,
        )
        self.made.append(method)

    def _make_integration(
        self, path: str, resource: aws.apigateway.Resource, invoke_arn: pulumi.Input[str], inputs: Inputs
    ) -> None:
        integration = aws.apigateway.Integration(
            self._names.part("integration", path),
            rest_api=self._api.id,
            resource_id=resource.id,
            uri=invoke_arn,
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=self.made[-1:]),  # the last part is the method
            **inputs,
        )
        self.made.append(integration)

    def _make_responses(self, definition: Definition) -> None:
        for response_type, inputs in definition.responses.items():
            name = self._names.part(response_type.lower().replace("_", "-"))
            self.made.append(aws.apigateway.Response(name, rest_api_id=self._api.id, opts=self._child, **inputs))
