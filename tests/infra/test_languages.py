"""The components in other languages: their schema, their arguments, and the resources that they make."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.errors import InputPropertyError
from support.program import ACCOUNT, FUNCTION, ROOT, TOPIC, cloud_resources, deploy, run

from hookline import infra
from hookline.infra.settings.stack import all_settings
from hookline.languages import host
from hookline.languages.host import Plugin, serve
from hookline.program.engine import Deployment, ProgramError

FOLDER = ROOT / "plugin"
README = (ROOT / "README.md").read_text("utf-8")
OF_THE_WHOLE_STACK = {"systems", "forwardTransactions", "alarmEmail", "certificateArn", "tags"}
"""Settings that say which components the program makes besides the pipelines."""


def sent(**arguments: Any) -> dict[str, Any]:
    """Return arguments as Pulumi sends them to a plugin, with every number as a float."""
    return json.loads(json.dumps({"environmentSuffix": "dev", **arguments}), parse_int=float)


def construct(component: str, name: str = "shop", **arguments: Any) -> Deployment:
    """Return what the plugin registers for one component, with the component's outputs as the stack's."""

    def program() -> None:
        inputs = {key: value() if callable(value) else value for key, value in arguments.items()}
        made = Plugin().construct(name, f"hookline:index:{component}", inputs)
        for key, value in made.state.items():
            pulumi.export(key, value)

    return run(program, {}, project="elsewhere")


def made(deployment: Deployment) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the resources in AWS: type and name → inputs."""
    return {(each.type, each.name): each.inputs for each in cloud_resources(deployment)}


def schema() -> dict[str, Any]:
    """Return the schema that the plugin answers with."""
    return json.loads(str(Plugin().schema))


def test_the_schema_in_the_repository_is_that_of_the_plugin() -> None:
    """A change of the schema is visible in its diff."""
    assert (FOLDER / "schema.json").read_text("utf-8") == Plugin().schema, "`make fix` updates plugin/schema.json"


def test_each_setting_of_a_system_is_an_argument_with_its_description() -> None:
    """The component with both systems takes every setting except those that choose systems, and a name prefix."""
    pipelines = schema()["resources"]["hookline:index:Pipelines"]
    arguments = pipelines["inputProperties"]
    assert arguments.keys() == {each.name for each in all_settings()} - OF_THE_WHOLE_STACK | {"namePrefix"}
    assert pipelines["requiredInputs"] == ["environmentSuffix"]
    assert arguments["expiryDays"]["description"].endswith("(`untimedExpiryDays`). Default: `35`.")
    assert "](docs/" not in json.dumps(arguments)
    for each in arguments.values():
        assert each["description"]


def test_a_component_of_one_system_takes_the_settings_of_this_system() -> None:
    """An argument that would have no effect does not exist."""
    resources = schema()["resources"]
    transactions = resources["hookline:index:TransactionPipeline"]["inputProperties"].keys()
    providers = resources["hookline:index:ProviderPipeline"]["inputProperties"].keys()
    assert "expiryDays" in transactions - providers
    assert "ordering" in providers - transactions
    assert "namePrefix" in providers & transactions


def test_the_types_of_arguments_are_those_of_the_settings() -> None:
    """A choice of words is an enum; only what a setting takes as an output may be one."""
    found = schema()
    arguments = found["resources"]["hookline:index:Pipelines"]["inputProperties"]
    words = found["types"]["hookline:index:Ordering"]["enum"]
    assert [(word["name"], word["value"]) for word in words] == [("provider", "provider"), ("object", "object")]
    assert arguments["ordering"]["$ref"] == "#/types/hookline:index:Ordering"
    assert arguments["expiryDays"]["type"] == "integer"
    assert arguments["allowUnsigned"]["type"] == "boolean"
    assert arguments["providers"]["items"]["type"] == "string"
    assert arguments["allowedAddresses"]["additionalProperties"]["items"]["type"] == "string"
    not_plain = {name for name, each in arguments.items() if "plain" not in each}
    assert not_plain == {
        "alarmTopicArn",
        "domainName",
        "kmsKeyArn",
        "permissionsBoundaryArn",
        "squareNotificationUrl",
        "ticketTopicArn",
        "webAclArn",
    }


def test_a_setting_with_a_word_in_place_of_a_number_is_a_text() -> None:
    """A new account must be able to say `none`, and Pulumi's analyser takes no unions."""
    arguments = schema()["resources"]["hookline:index:Pipelines"]["inputProperties"]
    for each in all_settings():
        numbers = arguments.get(each.name, {}).get("type") in {"integer", "number"}
        assert not (numbers and each.kind.allowed.endswith((" or none", " or aws"))), each.name
    made = construct("Pipelines", **sent(validatorReservedConcurrency="none", apiTracePercent="aws"))
    (validator,) = [each for each in made.by_type(FUNCTION) if each.name == "validator-dev"]
    assert "reservedConcurrentExecutions" not in validator.inputs
    assert not made.by_type("aws:xray/samplingRule:SamplingRule")


def test_each_output_has_a_type_and_a_description() -> None:
    """The component with both systems has the outputs of the two others."""
    resources = schema()["resources"]
    both = resources["hookline:index:Pipelines"]["properties"]
    transactions = resources["hookline:index:TransactionPipeline"]["properties"]
    assert both == transactions | resources["hookline:index:ProviderPipeline"]["properties"]
    assert both["webhookUrl"] == {"description": "The URL that accepts events by POST.", "type": "string"}
    assert both["queueUrls"]["additionalProperties"] == {"type": "string"}
    assert all(each["description"] for each in both.values())


def test_both_pipelines_are_the_resources_of_the_program() -> None:
    """Every resource in AWS has the name and the arguments that hookline's own program gives it."""
    assert made(construct("Pipelines", **sent(namePrefix=""))) == made(deploy())


@pytest.mark.parametrize(
    ("component", "make"),
    [
        (
            "TransactionPipeline",
            lambda: infra.TransactionPipeline(
                "shop",
                infra.TransactionPipelineArgs(
                    infra.TransactionsSettings(environment_suffix="dev", expiry_days=90, api_gateway_logging="off"), "a"
                ),
            ),
        ),
        (
            "ProviderPipeline",
            lambda: infra.ProviderPipeline(
                "shop",
                infra.ProviderPipelineArgs(
                    infra.ProvidersSettings(environment_suffix="dev", api_gateway_logging="off"), name_prefix="a"
                ),
            ),
        ),
    ],
)
def test_a_component_makes_the_resources_of_the_component_in_python(component: str, make: Callable[[], object]) -> None:
    """Other languages get the same names and arguments of resources for the same settings."""
    arguments = {"expiryDays": 90} if component == "TransactionPipeline" else {}
    deployment = construct(component, **sent(namePrefix="a", apiGatewayLogging="off", **arguments))
    assert made(deployment) == made(run(make, {}))
    token = f"hookline:index:{component}"
    assert [each.name for each in deployment.resources if each.type == token] == ["shop"]
    assert all(token in each.urn for each in cloud_resources(deployment))


def test_values_of_every_form_arrive() -> None:
    """Numbers, lists, objects, words of an enum and outputs of other resources become the values of settings."""
    deployment = construct(
        "Pipelines",
        **sent(
            providers=["stripe", "standard_webhooks"],
            providerRateLimits={"stripe": 50},
            bookedAccounts={"stripe": ["own", "acct_1"]},
            ordering="object",
            ingestionReservedConcurrency="7",
        ),
        alarmTopicArn=lambda: pulumi.Output.from_input(TOPIC),
    )
    assert made(deployment) == made(
        deploy(
            providers='["stripe", "standard_webhooks"]',
            providerRateLimits='{"stripe": 50}',
            bookedAccounts='{"stripe": ["own", "acct_1"]}',
            ordering="object",
            ingestionReservedConcurrency="7",
            alarmTopicArn=TOPIC,
        )
    )


def test_the_outputs_are_those_of_the_pipelines() -> None:
    """Each output has the value of the program's output with this meaning."""
    outputs, program = construct("Pipelines", **sent()).outputs, deploy().outputs
    assert outputs == {
        "webhookUrl": program["webhook_url"],
        "queueUrls": {name: program[f"{name}_queue_url"] for name in ("payments", "refunds", "disputes")},
        "queueArns": {
            name: f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-queue-dev" for name in ("payments", "refunds", "disputes")
        },
        "deadLetterUrls": {name: program[f"{name}_dlq_url"] for name in ("payments", "refunds", "disputes")},
        "signingSecretArn": program["signing_secret_arn"],
        "apiEndpoint": program["api_endpoint"],
        "busArn": program["eventbridge_bus_arn"],
        "busName": "provider-events-dev",
        "secretsArn": program["provider_secrets_arn"],
        "transactionOutputs": {name: program[name] for name in outputs["transactionOutputs"]},
        "providerOutputs": {name: program[name] for name in outputs["providerOutputs"]},
    }
    assert {*outputs["transactionOutputs"], *outputs["providerOutputs"], "dashboard_name"} == program.keys()


@pytest.mark.parametrize(
    ("arguments", "property_path", "reason"),
    [
        ({"expiryDays": 0}, "expiryDays", "must be a whole number from 1 to 365"),
        ({"expiryDays": 1.5}, "expiryDays", "must be a whole number from 1 to 365"),
        ({"providers": ["strip"]}, "providers", "must be a list of one or more of"),
        ({"providers": "stripe"}, "providers", "must be a list of one or more of"),
        ({"namePrefix": "Shop"}, "namePrefix", "must be 1 to 10 lower-case letters"),
    ],
)
def test_a_wrong_argument_is_refused_by_its_name(arguments: dict[str, Any], property_path: str, reason: str) -> None:
    """Pulumi names the argument and says what is allowed, before anything is registered."""
    with pytest.raises(ProgramError) as raised:
        construct("Pipelines", **sent(**arguments))
    assert isinstance(raised.value.__cause__, InputPropertyError)
    assert raised.value.__cause__.property_path == property_path
    assert reason in raised.value.__cause__.reason


def test_an_output_is_refused_where_the_value_must_be_known() -> None:
    """The program decides with it which resources there are."""
    suffix = {"environmentSuffix": lambda: pulumi.Output.from_input("dev")}
    with pytest.raises(ProgramError) as raised:
        construct("Pipelines", **suffix)
    assert isinstance(raised.value.__cause__, InputPropertyError)
    assert raised.value.__cause__.property_path == "environmentSuffix"
    assert "must be known before the deployment" in raised.value.__cause__.reason


def test_a_fault_of_another_kind_is_not_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If the folder of the program cannot be written to, Pulumi shows the cause."""
    (tmp_path / ".hookline").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProgramError, match=r"\.hookline"):
        construct("Pipelines", **sent())


def test_the_archives_are_found_from_the_folder_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi runs a plugin in the folder of the user's program, which has no hookline; the archives hold files."""
    monkeypatch.chdir(tmp_path)
    functions = construct("Pipelines", **sent()).by_type(FUNCTION)
    assert len(functions) == 4
    for function in functions:
        assert "hookline/__init__.pyc" in function.inputs["code"].files
    assert [each.name for each in tmp_path.iterdir()] == [".hookline"]


def test_the_folder_of_the_plugin_starts_it(tmp_path: Path) -> None:
    """The program prints the port on which it answers, which is how Pulumi finds a plugin."""
    folder = shutil.copytree(FOLDER, tmp_path / "plugin")
    with subprocess.Popen([sys.executable, "-u", folder, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True) as plugin:
        assert plugin.stdout
        port = plugin.stdout.readline()
        plugin.terminate()
    assert int(port) > 0


def test_without_an_engine_the_plugin_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody who starts it by hand learns that Pulumi must start it."""
    monkeypatch.setattr(sys, "argv", ["plugin"])
    with pytest.raises(SystemExit):
        serve()
    assert "required: engine" in capsys.readouterr().err


def test_the_module_writes_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This is how `make fix` updates the file."""
    file = tmp_path / "schema.json"
    monkeypatch.setattr(sys, "argv", ["host", str(file)])
    runpy.run_path(host.__file__, run_name="__main__")
    assert file.read_text("utf-8") == (FOLDER / "schema.json").read_text("utf-8")


def readme(language: str) -> str:
    """Return the README's example in a language."""
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def test_the_readme_has_a_program_in_yaml_that_works() -> None:
    """Its component can be made, and its outputs exist."""
    program = yaml.safe_load(readme("yaml"))
    (resource,) = program["resources"].values()
    outputs = construct(resource["type"].partition(":")[2], **resource["properties"]).outputs
    assert {re.findall(r"\.(\w+)", each)[0] for each in program["outputs"].values()} <= outputs.keys()


def test_the_readme_has_a_program_in_typescript_with_known_names() -> None:
    """The package, the component, its arguments and its outputs are those of the schema."""
    program, found = readme("typescript"), schema()
    assert f'"@{found["namespace"]}/{found["name"]}"' in program
    ((component, arguments),) = re.findall(r"new hookline\.(\w+)\(\"\w+\", \{(.*)\}\)", program)
    resource = found["resources"][f"hookline:index:{component}"]
    assert {*re.findall(r"(\w+):", arguments)} <= resource["inputProperties"].keys()
    assert {*re.findall(r"= webhooks\.(\w+)", program)} <= resource["properties"].keys()


def test_the_plugin_installs_this_version() -> None:
    """Pulumi installs the requirements of the folder that the user names at a tag."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (FOLDER / "requirements.txt").read_text() == f"hookline=={project['version']}\n"
    assert schema()["version"] == project["version"]
    assert f"hookline.git/plugin@v{project['version']}\n" in README
