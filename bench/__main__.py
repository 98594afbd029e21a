"""The command line: `python -m bench` measures, `python -m bench guard` compares with the baseline."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import before, documents, guard, pipeline, prices, results, targets
from bench.check import check
from bench.counting import WARM_UP, count_all
from bench.deployments import FUNCTIONS, SOURCES, Deployment, archive_bytes, deploy, functions_of, variants
from bench.events import workload
from bench.measuring import Bench, Run, bench, has_valgrind
from bench.results import Samples

OUTPUT = SOURCES.parent / ".hookline" / "bench"
"""The folder to which a run writes its results; --record also writes to the repository."""

WIDTH = 150
"""Minimum width of the output in columns; a narrower terminal wraps the lines of the table."""

ROUNDS = 5
MEASURED = 60
"""Measured events in each round, after the warm-up."""

All = dict[tuple[str, str], Samples]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console(width=max(WIDTH, Console().width))


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    record: Annotated[bool, typer.Option(help="Update the snapshot, the picture and the documentation.")] = False,
    local: Annotated[bool, typer.Option(help="Also measure the whole pipeline in local mode.")] = True,
) -> None:
    """Measure all functions of all variants."""
    if context.invoked_subcommand:
        return
    if not has_valgrind():
        out.print("valgrind is not installed: the benchmark does not count instructions")
    found = results.document(_measure(), 1 + WARM_UP + MEASURED)
    out.print(results.table(found))
    for aim, function, measured, verdict in targets.rows(found):
        out.print(f"{verdict.strip('*'):<7} {function:<11} {aim}: {measured}", highlight=False)
    found["usd_per_million_events"] = prices.usd_per_million(found)
    out.print(prices.said(found["usd_per_million_events"]))
    results.write(OUTPUT / "results.json", found)
    if local:
        with out.status("local mode") as status:
            found["pipeline"] = pipeline.measure(OUTPUT / "project", status.update)
        out.print(pipeline.table(found["pipeline"]))
        results.write(OUTPUT / "results.json", found)
    if record:
        documents.record(found)
    out.print(f"written: {documents.SNAPSHOT if record else OUTPUT / 'results.json'}")


@app.command("worst")
def worst_command() -> None:
    """Measure the CPU time of the bodies that take longest."""
    from bench import worst  # noqa: PLC0415 - it imports the tests' deliveries, which only this command needs

    found = worst.table()
    with out.status("measuring") as status:
        for name, forged, genuine in worst.measure():
            status.update(f"measured {name}")
            found.add_row(
                name, forged.filling, f"{forged.milliseconds:.0f}", genuine.filling, f"{genuine.milliseconds:.0f}"
            )
    out.print(found)


@app.command("before")
def before_command(
    commit: Annotated[str, typer.Argument(help="The earlier commit, such as HEAD~1 or v1.0.0.")],
) -> None:
    """Measure hookline's functions at an earlier commit and as they are now, in one run."""
    found = before.table(commit)
    with out.status("measuring") as status:
        for function, when, figures in before.measure(commit, OUTPUT / "before"):
            status.update(f"measured {function}, {when}")
            found.add_row(function, when, *before.cells(figures), end_section=when == "now")
    out.print(found)


@app.command("guard")
def guard_command(
    update: Annotated[bool, typer.Option(help="Save the new counts as the baseline.")] = False,
) -> None:
    """Compare hookline's instruction counts with the committed baseline."""
    if not has_valgrind():
        out.print("guard skipped: valgrind is not installed, so instructions cannot be counted")
        return
    if update:
        with out.status("counting instructions"):
            results.write(guard.BASELINE, guard.to_json(guard.measure(OUTPUT)))
        out.print(f"written: {guard.BASELINE}")
        return
    baseline = guard.read_baseline()
    same = guard.is_comparable(baseline)
    with out.status("counting instructions"):
        found = guard.measure(OUTPUT, guard.VARIANTS[:1] if same else guard.VARIANTS)
    for function, counted in found["hookline"].items():
        out.print(f"  {function:<11} start {counted.cold / 1e6:6.1f} M   warm {counted.warm / 1e6:6.3f} M instructions")
    failures = guard.failures(found, baseline)
    for failure in failures:
        out.print(f"[red]✗[/] {failure}", soft_wrap=True)
    if failures:
        out.print(f"if the change is intended, run: {guard.UPDATE}")
        raise typer.Exit(1)
    compared = "counts" if same else "ratios to the floor"
    out.print(f"[green]✓[/] {compared} of {len(FUNCTIONS)} functions are within 5 % of the baseline")


def _measure() -> All:
    jobs = [
        deploy(variant, function, OUTPUT / "deployed")
        for function in FUNCTIONS
        for variant in variants()
        if function in functions_of(variant)
    ]
    samples: All = {(job.variant, job.function): Samples(archive_bytes=archive_bytes(job)) for job in jobs}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with bench(OUTPUT / "left") as left, bench(OUTPUT / "right") as right, Progress(*columns, console=out) as progress:
        for function in progress.track(FUNCTIONS, description="the same work"):
            check(left, [job for job in jobs if job.function == function])
        for job in progress.track(jobs * ROUNDS, description="times"):
            samples[job.variant, job.function].runs.append(_time(left, job))
        if has_valgrind():
            task = progress.add_task("instructions", total=len(jobs))
            for job, counted in count_all([left, right], jobs):
                sample = samples[job.variant, job.function]
                sample.cold_instructions, sample.warm_instructions = counted.cold, counted.warm
                progress.advance(task)
    return samples


def _time(where: Bench, job: Deployment) -> Run:
    return where.run(job, workload(job.function, 1 + WARM_UP + MEASURED), WARM_UP)


if __name__ == "__main__":
    app()
