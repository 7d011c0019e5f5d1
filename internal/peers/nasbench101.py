"""Measures the methods of Syne Tune and Optuna that evaluate at smaller budgets first, on a table of NAS-Bench-101.

The table is a CSV file of examples/convert with a row for each cell: its architecture, its validation accuracy after each number
of epochs, and the seconds that its training for 108 epochs took. examples/compare searches the same table by the same rules:

- Every training run starts from scratch and costs its share of the epochs of the full training run: training_time_108 * epochs / 108.
- A search starts no training run once those that have ended have cost as much as --evals full ones do on average. Training
  runs that are still going then finish, and count.
- Workers train in simulated time. Whenever one is free, it starts what the method asks for. The methods' own computation takes
  no time.

The methods with random cells draw the number of a cell. The others propose 26 categorical parameters: whether each of the 21
edges between 7 nodes exists, and the operations of 5 nodes. In both cases, the cell that is trained is the one with the smallest
Hamming distance to the proposal that the search has not trained yet, and the method is told the parameters of that cell.

Each search appends a line to the file --out. Searches of the same table with the same --evals that are already in the file are not
repeated. Those of other tables or with other --evals are left out of the report.
"""

import argparse
import csv
import datetime
import functools
import hashlib
import heapq
import itertools
import json
import logging
import math
import pathlib
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, Protocol

import numpy as np
import optuna
import syne_tune.config_space
from syne_tune.backend.trial_status import Trial
from syne_tune.optimizer.baselines import ASHA, BOHB
from syne_tune.optimizer.scheduler import SchedulerDecision

EPOCHS = [4, 12, 36, 108]
ETA = 3
NODES = 7
EDGES = [(i, j) for j in range(NODES) for i in range(j)]
OPERATIONS = ["none", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]  # "none": a cell with fewer nodes lacks this one
CHOICES = {f"edge{i}{j}": 2 for i, j in EDGES} | {f"operation{i}": len(OPERATIONS) for i in range(1, NODES - 1)}

Parameters = dict[str, int]


class Table:
    """The recorded cells: features (cells x 26), accuracy (cells x budgets) and cost in seconds (cells x budgets)."""

    def __init__(self, path: str) -> None:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        self.features = np.array([features(json.loads(row["arch"])["parts"][0]) for row in rows], dtype=np.int8)
        self.accuracy = np.array([[float(row[f"validation_accuracy_{e}"]) for e in EPOCHS] for row in rows])
        full = np.array([float(row["training_time_108"]) for row in rows])
        self.cost = full[:, None] * np.array(EPOCHS) / EPOCHS[-1]


@functools.cache
def read(path: str) -> Table:
    """Reads a table once."""
    return Table(path)


def features(cell: dict[str, Any]) -> list[int]:
    """Encodes a cell: a 0 or 1 for each edge, then the positions of the operations in OPERATIONS."""
    last = cell["nodes"] - 1
    place = [*range(last), NODES - 1]  # the output is always the last of the seven nodes
    edges = {(place[e["from"]], place[e["to"]]) for e in cell["edges"]}
    operations = [OPERATIONS.index(cell["node_ops"][i]) if i < last else 0 for i in range(1, NODES - 1)]
    return [int(edge in edges) for edge in EDGES] + operations


class Cells:
    """The search space as a method sees it: the number of a cell, or the parameters of its encoding."""

    def __init__(self, table: Table, encoded: bool) -> None:
        self.table, self.encoded = table, encoded
        self.choices = CHOICES if encoded else {"cell": len(table.features)}
        self.trained = np.zeros(len(table.features), dtype=bool)

    def take(self, proposal: Parameters) -> int:
        """Returns the nearest cell that has not been trained, and remembers that it now is."""
        wanted = [proposal[name] for name in CHOICES] if self.encoded else self.table.features[proposal["cell"]]
        distance = (self.table.features != np.array(wanted, dtype=np.int8)).sum(axis=1)
        cell = int(np.argmin(np.where(self.trained, len(CHOICES) + 1, distance)))
        self.trained[cell] = True
        return cell

    def parameters(self, cell: int) -> Parameters:
        return dict(zip(CHOICES, self.table.features[cell].tolist())) if self.encoded else {"cell": cell}


class Method(Protocol):
    def start(self) -> tuple[Any, int]:
        """Returns a new trial and its cell."""

    def report(self, trial: Any, epochs: int, accuracy: float) -> bool:
        """Reports a training run to the method, and returns whether to train the cell for more epochs."""


class SyneTune:
    def __init__(self, cells: Cells, seed: int, kind: type, brackets: int) -> None:
        np.random.seed(seed)  # the choice of a bracket and some draws of BOHB use the global generator
        self.cells, self.ids = cells, itertools.count()
        if cells.encoded:
            space = {name: syne_tune.config_space.choice(list(range(n))) for name, n in cells.choices.items()}
        else:
            space = {name: syne_tune.config_space.randint(0, n - 1) for name, n in cells.choices.items()}
        self.scheduler = kind(
            space, metric="accuracy", time_attr="epochs", max_t=EPOCHS[-1], grace_period=EPOCHS[0], reduction_factor=ETA,
            brackets=brackets, do_minimize=False, random_seed=seed,
        )

    def start(self) -> tuple[Trial, int]:
        cell = self.cells.take(self.scheduler.suggest().config)
        trial = Trial(next(self.ids), self.cells.parameters(cell), datetime.datetime.now())
        self.scheduler.on_trial_add(trial)
        return trial, cell

    def report(self, trial: Trial, epochs: int, accuracy: float) -> bool:
        decision = self.scheduler.on_trial_result(trial, {"epochs": epochs, "accuracy": accuracy})
        if decision == SchedulerDecision.CONTINUE:
            return True
        self.scheduler.on_trial_remove(trial)
        return False


class Optuna:
    def __init__(self, cells: Cells, seed: int, sampler: optuna.samplers.BaseSampler, pruner: optuna.pruners.BasePruner) -> None:
        self.cells = cells
        # The name decides the brackets of Hyperband, so it is as repeatable as the seed.
        self.study = optuna.create_study(study_name=f"seed {seed}", direction="maximize", sampler=sampler, pruner=pruner)

    def ask(self) -> tuple[optuna.Trial, Parameters]:
        trial = self.study.ask()
        if not self.cells.encoded:
            return trial, {name: trial.suggest_int(name, 0, n - 1) for name, n in self.cells.choices.items()}
        return trial, {name: trial.suggest_categorical(name, range(n)) for name, n in self.cells.choices.items()}

    def start(self) -> tuple[optuna.Trial, int]:
        trial, proposal = self.ask()
        cell = self.cells.take(proposal)
        if proposal != self.cells.parameters(cell):  # replace the trial by one of the cell, since a trial cannot be changed
            self.study.tell(trial, state=optuna.trial.TrialState.FAIL)
            self.study.enqueue_trial(self.cells.parameters(cell))
            trial, _ = self.ask()
        return trial, cell

    def report(self, trial: optuna.Trial, epochs: int, accuracy: float) -> bool:
        trial.report(accuracy, epochs)
        if epochs == EPOCHS[-1]:
            self.study.tell(trial, accuracy)
        elif trial.should_prune():
            self.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            return True
        return False


def halving() -> optuna.pruners.BasePruner:
    return optuna.pruners.SuccessiveHalvingPruner(min_resource=EPOCHS[0], reduction_factor=ETA)


def hyperband() -> optuna.pruners.BasePruner:
    return optuna.pruners.HyperbandPruner(min_resource=EPOCHS[0], max_resource=EPOCHS[-1], reduction_factor=ETA)


def random(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.RandomSampler(seed)


def tpe(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(seed=seed, constant_liar=True)  # as its documentation recommends for several workers


METHODS: dict[str, Callable[[Table, int], Method]] = {
    "Syne Tune ASHA": lambda t, seed: SyneTune(Cells(t, False), seed, ASHA, 1),
    "Syne Tune Hyperband": lambda t, seed: SyneTune(Cells(t, False), seed, ASHA, len(EPOCHS)),
    "Syne Tune BOHB": lambda t, seed: SyneTune(Cells(t, True), seed, BOHB, 1),
    "Optuna ASHA": lambda t, seed: Optuna(Cells(t, False), seed, random(seed), halving()),
    "Optuna Hyperband": lambda t, seed: Optuna(Cells(t, False), seed, random(seed), hyperband()),
    "Optuna TPE, Hyperband": lambda t, seed: Optuna(Cells(t, True), seed, tpe(seed), hyperband()),
}


def simulate(method: Method, table: Table, workers: int, limit: float) -> dict[str, Any]:
    """Runs a search until its training runs have cost limit seconds. Better lists each improvement among the full training runs."""
    running: list[tuple[float, int, Any, int, int]] = []  # the end of a training in seconds, its number, trial, cell and budget
    numbers = itertools.count()
    clock = spent = 0.0
    better: list[dict[str, float]] = []

    def begin(trial: Any, cell: int, budget: int) -> None:
        heapq.heappush(running, (clock + table.cost[cell, budget], next(numbers), trial, cell, budget))

    for _ in range(workers):
        begin(*method.start(), 0)
    while running:
        clock, _, trial, cell, budget = heapq.heappop(running)
        spent += table.cost[cell, budget]
        accuracy = float(table.accuracy[cell, budget])
        more = method.report(trial, EPOCHS[budget], accuracy)
        if budget == len(EPOCHS) - 1 and (not better or accuracy > better[-1]["value"]):
            better.append({"hours": clock / 3600, "share": spent / limit, "value": accuracy})
        if spent >= limit:
            continue
        if more:
            begin(trial, cell, budget + 1)
        else:
            begin(*method.start(), 0)
    return {"hours": clock / 3600, "trainings": next(numbers), "better": better}


def search(path: str, name: str, workers: int, seed: int, evals: int) -> dict[str, Any]:
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    table = read(path)
    begun = time.process_time()
    found = simulate(METHODS[name](table, seed), table, workers, evals * table.cost[:, -1].mean())
    return {"method": name, "workers": workers, "seed": seed, "cpu_seconds": time.process_time() - begun} | found


def after(record: dict[str, Any], share: float) -> float:
    """Returns the best accuracy after a share of the budget.

    If no full training run has ended by then, it is the accuracy of the first one, and NaN if the search has none.
    """
    better = record["better"]
    if not better:
        return math.nan
    return max([b["value"] for b in better if b["share"] <= share or share == 1], default=better[0]["value"])


def report(records: list[dict[str, Any]], best: float) -> None:
    for workers in sorted({r["workers"] for r in records}, reverse=True):
        print(f"\nWorkers: {workers}. Regret in percentage points of validation accuracy, mean ± standard error.\n")
        print("| method | seeds | after ¼ of the budget | after ½ | after all |\n|---|---|---|---|---|")
        for name in METHODS:
            own = [r for r in records if r["method"] == name and r["workers"] == workers]
            if len(own) < 2:
                continue
            regrets = [[100 * (best - after(r, share)) for r in own] for share in (0.25, 0.5, 1)]
            columns = [f"{np.mean(x):.3f} ± {np.std(x, ddof=1) / len(x) ** 0.5:.3f}" for x in regrets]
            print(f"| {name} | {len(own)} | {' | '.join(columns)} |")


def main() -> None:
    flags = argparse.ArgumentParser(description="Measures Syne Tune and Optuna on a table of NAS-Bench-101 with four budgets.")
    flags.add_argument("--table", required=True, help="CSV file of the recorded cells")
    flags.add_argument("--out", required=True, help="file of JSON lines, one for each search; it is continued")
    flags.add_argument("--methods", default=";".join(METHODS), help="names separated by semicolons")
    flags.add_argument("--workers", type=int, nargs="+", default=[16, 1], help="numbers of simulated workers")
    flags.add_argument("--seeds", type=int, default=30, help="searches of each method, with seeds from 0")
    flags.add_argument("--evals", type=int, default=150, help="budget of a search, in full training runs of average cost")
    flags.add_argument("--jobs", type=int, default=1, help="searches at a time")
    args = flags.parse_args()
    out = pathlib.Path(args.out)
    with open(args.table, "rb") as file:
        setting = {"table": hashlib.file_digest(file, "sha256").hexdigest(), "evals": args.evals}
    records = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    records = [r for r in records if setting.items() <= r.items()]
    done = {(r["method"], r["workers"], r["seed"]) for r in records}
    names = [name.strip() for name in args.methods.split(";")]
    if unknown := set(names) - METHODS.keys():
        flags.error(f"--methods: unknown {sorted(unknown)}; the methods are {list(METHODS)}")
    keys = [(name, workers, seed) for seed in range(args.seeds) for workers in args.workers for name in names]
    wanted = [key for key in keys if key not in done]
    best = read(args.table).accuracy[:, -1].max()
    with ProcessPoolExecutor(args.jobs) as pool, out.open("a") as file:
        for search_done in as_completed(pool.submit(search, args.table, *key, args.evals) for key in wanted):
            records.append(setting | search_done.result())
            print(json.dumps(records[-1]), file=file, flush=True)
    report(records, best)


if __name__ == "__main__":
    main()
