"""Results as files: one JSON document a benchmark, and one Markdown table of all of them beside their goals."""

import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("temporalio", "fastapi", "uvicorn", "pydantic", "psycopg", "redis", "langchain-core")
TABLE = "results.md"


@dataclass(frozen=True)
class Row:
    """One figure. ``met`` is None where there is no goal."""

    figure: str
    measured: str
    goal: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "yes", False: "**no**", None: ""}[self.met]
        return f"| {self.figure} | {self.measured} | {self.goal} | {verdict} |"


def write(folder: Path, name: str, result: Mapping[str, object], load_before: float) -> None:
    """Write ``name.json`` and make the table anew from all documents in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"benchmark": name, "machine": machine(load_before), "result": result}
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / TABLE).write_text(table(folder))


def machine(load_before: float) -> dict[str, object]:
    """What a reader must know of where this was measured. ``load_before``: of others, over the minute before."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "load_before": round(load_before, 2),
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
    }


def table(folder: Path) -> str:
    documents = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    lines = ["# Results", "", "Made by `python -m bench`; [how to read them](../README.md).", ""]
    for name, document in documents.items():
        made = document["machine"]
        where = f"{made['cores']} cores, {made['memory_gib']} GiB; load before: {made['load_before']}"
        lines += [
            f"## {name}",
            "",
            f"{made['measured_at']}, {where}.",
            "",
            "| figure | measured | goal | met |",
            "|---|---|---|---|",
            *map(str, ROWS[document["benchmark"].partition("-")[0]](document["result"])),
            "",
        ]
    return "\n".join(lines)


def _throughput(result: Any) -> list[Row]:
    rows = []
    for level, found in result["summary"].items():
        ratio, extra = found["throughput_ratio"], found["extra_cpu_ms"]
        rates = f"{found['product_per_second']:.0f}/s beside {found['control_per_second']:.0f}/s"
        rows += [
            Row(f"{level} at once: throughput to the control's", f"{ratio:.2f} ({rates})", "≥ 0.85", ratio >= 0.85),
            Row(f"{level} at once: CPU of worker and API over the control's", f"{extra:+.1f} ms", "≤ 8 ms", extra <= 8),
        ]
    return rows


def _growth(result: Any) -> list[Row]:
    late, early = result["late"], result["early"]
    named = {"cpu_ms": "CPU, ms", "wal_bytes": "log, bytes of WAL", "history_bytes": "history, bytes"}
    return [
        Row(f"{text}: turns 181–210 to 31–60", f"{ratio:.2f} ({late[key]:g} to {early[key]:g})", "≤ 1.1", ratio <= 1.1)
        for key, text in named.items()
        if (ratio := result["ratios"][key]) is not None
    ]


def _idle(result: Any) -> list[Row]:
    plan, memory = result["plan"], result["over_fresh_mib"]
    worker = result["idle_cores"]["worker"]
    others = ", ".join(f"{name} {cores:.3f}" for name, cores in result["idle_cores"].items() if name != "worker")
    return [
        Row(
            f"worker's memory for {plan['for_memory']:,} open idle conversations",
            f"{memory:.0f} MiB over {result['fresh_mib']:.0f} MiB",
            "≤ 50 MiB",
            memory <= 50,
        ),
        Row("the same, beyond a worker that has had work before", f"{result['over_warm_mib']:.0f} MiB"),
        Row(f"worker's CPU for {plan['for_cpu']:,} idle", f"{worker:.3f} cores", "≤ 0.05 cores", worker <= 0.05),
        Row("CPU of the others meanwhile, cores", others),
    ]


def _kill(result: Any) -> list[Row]:
    plan, killed, calm = result["plan"], result["killed"], result["undisturbed"]
    extra = result["extra_p99_seconds"]
    return [
        Row("answered", f"{killed['answered']} of {plan['in_flight']}", "all", killed["answered"] == plan["in_flight"]),
        Row("p99 of the undisturbed drain", f"{calm['p99_seconds']:.1f} s"),
        Row("p99 with a kill -9", f"{killed['p99_seconds']:.1f} s", "≤ undisturbed + 7 s", extra <= 7),
        Row("answered before the kill", str(result["answered_before_the_kill"])),
    ]


PEER_GOALS = {(10, "fair"): 1.3, (200, "fair"): 5.0, (10, "shipped"): 3.0, (200, "shipped"): 3.0}


def _peer(result: Any) -> list[Row]:
    rows = []
    for mark in result["marks"]:
        for name, ratio in mark["ratios"].items():
            rates = f"{mark['per_second']['switchboard']:.0f}/s beside {mark['per_second'][name]:.0f}/s"
            goal = PEER_GOALS.get((mark["turn"], name))
            wanted = (f"≥ {goal:g}", ratio >= goal) if goal else ("", None)
            rows.append(
                Row(f"turn {mark['turn']}: throughput to LangGraph's, {name}", f"{ratio:.2f} ({rates})", *wanted)
            )
    return rows


ROWS: dict[str, Callable[[Any], list[Row]]] = {
    "throughput": _throughput,
    "growth": _growth,
    "idle": _idle,
    "kill": _kill,
    "peer": _peer,
}
"""By the benchmark's name up to the first dash."""
