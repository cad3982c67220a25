"""What holds for every task, every flow and every deployment."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.callables import parameter_schema

import flows
import tasks
from deployments.registering import flow_of, flows_by_name, read_deployments
from tasks import policies
from tests.flows.surroundings import ROOT

pytestmark = pytest.mark.flow

#: Other people's scripts start runs by these names.
PROMISED = {
    "ingest/schedule",
    "notify/webhook",
    "reconcile/schedule",
    "refresh-token/schedule",
    "retention/schedule",
    "summary/schedule",
    "upkeep/schedule",
    "backfill/on-demand",
    "retry-failed/on-demand",
}
WORKING = {
    "ingest/schedule",
    "notify/webhook",
    "reconcile/schedule",
    "refresh-token/schedule",
    "retention/schedule",
    "retry-failed/on-demand",
    "summary/schedule",
    "upkeep/schedule",
}

POLICIES = {name: value for name, value in vars(policies).items() if isinstance(value, dict)}
POLICIES = {name: value for name, value in POLICIES.items() if not name.startswith("_")}


def members(package: Any, kind: type) -> Iterator[tuple[str, Any]]:
    """Everything of a kind in a package's modules, by its dotted name."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, kind):
                yield f"{module.name}.{name}", value


TASKS = dict(members(tasks, Task))
FLOWS = dict(members(flows, Flow))


def task_decorators() -> Iterator[tuple[str, ast.expr]]:
    """Every ``@task`` in the shell, with the place where it stands."""
    for path in [
        *ROOT.glob("tasks/*.py"),
        *ROOT.glob("flows/*.py"),
        *ROOT.glob("deployments/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if "task" in {
                        one.id for one in ast.walk(decorator) if isinstance(one, ast.Name)
                    }:
                        yield f"{path.parent.name}/{path.name} {node.name}", decorator


def policy_of(decorator: ast.expr) -> str:
    """The policy that a decorator names, as in ``@task(name="x", **policies.READ)``."""
    unpacked = [one.value for one in getattr(decorator, "keywords", []) if one.arg is None]
    return " ".join(ast.unparse(one) for one in unpacked)


# -- tasks


def test_every_task_names_its_policy() -> None:
    """Each task stands in tasks/ and unpacks exactly one policy, by its name."""
    found = {place: policy_of(decorator) for place, decorator in task_decorators()}

    assert len(TASKS) == len(found) > 0
    named = {f"policies.{name}" for name in POLICIES}
    assert {} == {place: said for place, said in found.items() if said not in named}
    assert all(place.startswith("tasks/") for place in found)


@pytest.mark.parametrize("name", TASKS)
def test_no_task_keeps_results(name: str) -> None:
    """A task's result is neither stored nor taken from a cache: the ledger is what is true."""
    task = TASKS[name]

    assert (NO_CACHE, False) == (task.cache_policy, task.persist_result)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_repeats_as_its_policy_says(name: str) -> None:
    """Retries and their pauses are those of a policy, and every retry has a pause."""
    task = TASKS[name]
    known = [(one["retries"], one.get("retry_delay_seconds", 0)) for one in POLICIES.values()]

    assert (task.retries, task.retry_delay_seconds) in known
    assert not task.retries or len(task.retry_delay_seconds) == task.retries


# -- flows


@pytest.mark.parametrize("name", FLOWS)
def test_no_flow_is_repeated(name: str) -> None:
    """A flow retry would run every task again, so no flow has one, and none keeps a result."""
    flow = FLOWS[name]

    assert (0, False) == (flow.retries, flow.persist_result)


@pytest.mark.parametrize("name", FLOWS)
def test_parameters_explain_themselves(name: str) -> None:
    """Every parameter of a flow has a type and a description, for whoever starts a run by hand."""
    flow = FLOWS[name]

    parameters = inspect.signature(flow.fn).parameters.values()
    assert [] == [one.name for one in parameters if one.annotation is one.empty]
    described = parameter_schema(flow).properties
    assert [] == [one.name for one in parameters if not described[one.name].get("description")]


# -- deployments


def test_deployments_have_the_promised_names() -> None:
    """The names are those that other people's scripts rely on, each once."""
    names = [f"{flow_of(one['entrypoint']).name}/{one['name']}" for one in read_deployments()]

    assert sorted(set(names)) == sorted(names)
    assert PROMISED >= set(names) >= WORKING


def test_entrypoints_are_module_paths() -> None:
    """Each deployment names a flow that can be imported, by its module and not by a file."""
    entrypoints = [one["entrypoint"] for one in read_deployments()]

    assert [] == [one for one in entrypoints if ":" in one or "/" in one]
    assert all(isinstance(flow_of(one), Flow) for one in entrypoints)


def test_every_flow_is_deployed() -> None:
    """No flow is left over, and the worker can execute each of them."""
    deployed = {one["entrypoint"] for one in read_deployments()}

    assert set(FLOWS) == deployed
    assert {flow.name for flow in FLOWS.values()} == set(flows_by_name())


def test_schedules_have_intervals() -> None:
    """What is called schedule has one, and nothing else has."""
    scheduled = {one["entrypoint"] for one in read_deployments() if one.get("schedules")}

    assert scheduled == {
        one["entrypoint"] for one in read_deployments() if one["name"] == "schedule"
    }
