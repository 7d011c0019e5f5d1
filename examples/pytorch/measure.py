#!/usr/bin/env python3
"""Measures networks of plans in PyTorch: training on a GPU, torch.compile, and steps on a CPU.

    go run ./evaluator/network/internal/plans -out plans
    go test -c -o steps.test ./evaluator/network/internal/plans
    python3 examples/pytorch/measure.py --plans plans --out measured --go ./steps.test

Every stage runs in separate processes and ends after a time limit. Results are lines of JSON on standard output and in
measured/measurements.jsonl. Their tables are written to measured/measurements.md at the end, and the output of libraries
to measured/log.txt. Only the stage "go" needs --go.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time

import measurements

# The stages in order, each with the time limit of one of its commands in seconds.
STAGES = {
    "machine": 30, "train": 60, "steps": 40, "go": 40, "hand-written": 40, "agree": 60, "compiled": 300, "others": 60,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", required=True, metavar="DIR", help="folder with published, steps and members")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--go", metavar="FILE", help="compiled test of evaluator/network/internal/plans")
    parser.add_argument("--stages", default=",".join(STAGES), help="of: %(default)s")
    parser.add_argument("--limit", type=float, default=600, help="seconds for everything, 600 by default")
    parser.add_argument("--small", action="store_true", help="tiny batches and few repetitions, to try the program")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)  # what one process of a stage measures
    args = parser.parse_args()
    if not set(args.stages.split(",")) <= set(STAGES):
        parser.error(f"--stages must be some of {', '.join(STAGES)}, got {args.stages}")
    return args


class Run:
    """The whole run: starts the processes of the stages and collects their output."""

    def __init__(self, args):
        os.makedirs(args.out, exist_ok=True)
        self.args, self.end, self.results = args, time.monotonic() + args.limit, []
        self.lines = open(os.path.join(args.out, "measurements.jsonl"), "a", encoding="utf-8")
        self.log = open(os.path.join(args.out, "log.txt"), "a", encoding="utf-8")
        self.lock = threading.Lock()

    def add(self, result):
        """Prints and records a result."""
        with self.lock:
            self.results.append(result)
            line = json.dumps(result)
            print(line, flush=True)
            print(line, file=self.lines, flush=True)

    def stage(self, name):
        """Runs the commands of a stage, in parallel if the stage allows it."""
        processors = os.cpu_count()
        networks = sorted(os.listdir(os.path.join(self.args.plans, "published")), key=measurements.worth)
        names = [file[: -len(".json")] for file in networks]
        shards = max(1, min(12, processors - 2))
        parallel, commands = {
            "machine": (False, [["machine"]]),
            "train": (False, [["train", n] for n in names[:3]]),
            "compiled": (True, [["compiled", n] for n in names[:2]]),
            "hand-written": (False, [["hand-written"]]),
            "agree": (True, [["agree", str(i), str(shards)] for i in range(shards)]),
            "steps": (False, [["steps", str(threads)] for threads in sorted({1, 2, processors})]),
            "go": (False, [["go", str(threads)] for threads in sorted({1, 2, processors})] if self.args.go else []),
            "others": (False, [["train", n] for n in names[3:]]),
        }[name]
        if parallel:
            threads = [threading.Thread(target=self.run, args=(name, command)) for command in commands]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            for command in commands:
                self.run(name, command)

    def run(self, stage, command):
        """Runs one command of a stage and collects its results until its time limit."""
        limit = min(STAGES[stage], self.end - time.monotonic())
        if limit < 5:
            self.add({"stage": stage, "skipped": command[1:]})
            return
        environment = dict(os.environ)
        if command[0] == "agree":  # enough processes
            environment.update(TORCHINDUCTOR_COMPILE_THREADS="1", OMP_NUM_THREADS="1")
        if command[0] == "go":
            environment["PLANS"] = os.path.abspath(os.path.join(self.args.plans, "steps"))
            line = [self.args.go, "-test.run", "-", "-test.bench", "Steps", "-test.cpu", command[1], "-test.benchtime"]
            line.append("1x" if self.args.small else "1s")
        else:
            line = [sys.executable, "-u", __file__, "--plans", self.args.plans, "--out", self.args.out, "--measure", *command]
            line += ["--small"] if self.args.small else []
        begun = time.monotonic()
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=self.log, env=environment, encoding="utf-8", start_new_session=True)
        timer = threading.Timer(limit, lambda: os.killpg(process.pid, 9))
        timer.start()
        for text in process.stdout:
            self.take(stage, command, text)
        status = process.wait()
        timer.cancel()
        self.add({"stage": stage, "finished": command[1:], "status": status, "seconds": round(time.monotonic() - begun, 1)})

    def take(self, stage, command, text):
        """Handles a line of a command's output."""
        found = re.match(r"BenchmarkSteps/(\S+?)(-\d+)?\s+\d+\s+([\d.]+) ns/op", text)
        if found:
            milliseconds = float(found[3]) / 1e6
            self.add({"stage": "go", "network": found[1], "threads": int(command[1]), "milliseconds": round(milliseconds, 2)})
        elif text.startswith("{"):
            self.add({"stage": stage, **json.loads(text)})
        else:
            self.log.write(text)

    def report(self):
        """Writes the tables."""
        with open(os.path.join(self.args.out, "measurements.md"), "w", encoding="utf-8") as file:
            for name in STAGES:
                rows = [r for r in self.results if r["stage"] == name and not {"finished", "skipped"} & r.keys()]
                keys = list(dict.fromkeys(key for row in rows for key in row if key != "stage"))
                print(f"\n## {name}\n\n| {' | '.join(keys)} |\n|{'---|' * len(keys)}", file=file)
                for row in rows:
                    print(f"| {' | '.join(str(row.get(key, '')) for key in keys)} |", file=file)


def main():
    args = arguments()
    if args.measure:
        measurements.measure(args)
        return
    run = Run(args)
    for name in STAGES:
        if name in args.stages.split(","):
            run.stage(name)
            run.report()


if __name__ == "__main__":
    main()
