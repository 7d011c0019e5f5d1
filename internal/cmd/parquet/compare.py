"""Differential testing of internal/parquetfile against Polars, DuckDB and PyArrow.

    python3 -m pip install -r internal/cmd/parquet/requirements.txt
    python3 internal/cmd/parquet/compare.py --count 500

The three programs write random tables with all the compressions, versions and encodings that they offer. Go must read what was
written, name the kind of values of the columns that it skips, and reject nulls in text. Go writes other tables, which all three
programs must read alike.
"""

import argparse
import collections
import datetime
import decimal
import json
import math
import os
import random
import subprocess
import sys
import tempfile

import duckdb
import polars
import pyarrow
import pyarrow.parquet

INTEGERS = {
    "int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64,
}  # fmt: skip
NUMBERS = [*INTEGERS, "float32", "float64", "decimal"]
SKIPPED = {"bool": "Booleans", "date": "dates", "timestamp": "timestamps", "list": "lists", "struct": "structs"}
KINDS = ["text"] * 5 + NUMBERS * 2 + ["large"] + list(SKIPPED)


def arrow_type(kind):
    return {
        "text": pyarrow.string(), "large": pyarrow.int64(), "float32": pyarrow.float32(), "float64": pyarrow.float64(), "decimal": pyarrow.decimal128(9, 3),
        "bool": pyarrow.bool_(), "date": pyarrow.date32(), "timestamp": pyarrow.timestamp("us"),
        "list": pyarrow.list_(pyarrow.int32()), "struct": pyarrow.struct([("a", pyarrow.int32())]),
    }.get(kind) or getattr(pyarrow, kind)()  # fmt: skip


def draw_value(rng, kind):
    if kind == "text":
        return "".join(rng.choice("abcxyz|~+_0189 é∀\n,\"") for _ in range(rng.choice([0, 1, 5, 20, 200])))
    if kind in INTEGERS:
        bits = INTEGERS[kind]
        low, high = (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        low, high = max(low, -(2**53)), min(high, 2**53)
        return rng.choice([low, high, 0, 1, rng.randint(low, high), rng.randint(max(low, -50), 50)])
    if kind == "large":  # beyond 2^53, where not every integer is a float64
        return rng.choice([2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)])
    if kind in ("float32", "float64"):
        value = rng.choice([0.0, -0.0, math.nan, math.inf, -math.inf, rng.random(), rng.gauss(0, 1e6), 1e-300, 93.56, 2.0**-130])
        return pyarrow.scalar(value, pyarrow.float32()).as_py() if kind == "float32" else value
    if kind == "decimal":
        return decimal.Decimal(rng.randint(-(10**9) + 1, 10**9 - 1)).scaleb(-3)
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "date":
        return datetime.date(2024, 1, rng.randint(1, 31))
    if kind == "timestamp":
        return datetime.datetime(2024, 1, rng.randint(1, 31), 12, 30)
    if kind == "list":
        return [rng.randrange(9) for _ in range(rng.randrange(3))]
    return {"a": rng.randrange(9)}


def draw_column(rng, kind, rows):
    style = rng.choice(["random", "few values", "runs", "constant", "ascending"])
    if style == "ascending" and kind not in ("int32", "int64", "float64"):
        style = "random"
    if style == "random":
        values = [draw_value(rng, kind) for _ in range(rows)]
    elif style == "few values":
        few = [draw_value(rng, kind) for _ in range(rng.randint(1, 9))]
        values = [rng.choice(few) for _ in range(rows)]
    elif style == "runs":
        values = []
        while len(values) < rows:
            values += [draw_value(rng, kind)] * rng.choice([1, 2, 8, 30, 500])
        values = values[:rows]
    elif style == "constant":
        values = [draw_value(rng, kind)] * rows
    else:
        values = [(float if kind == "float64" else int)(i * 3) for i in range(rows)]
    nulls = rng.choice([0, 0, 0.1, 0.9, 1]) if kind != "text" or rng.random() < 0.1 else 0
    return [None if rng.random() < nulls else v for v in values]


def draw_table(rng):
    rows = rng.choice([0, 1, 2, 7, 8, 9, 100, 1000, 3000])
    kinds = [rng.choice(KINDS) for _ in range(rng.randint(1, 6))]
    columns = [draw_column(rng, kind, rows) for kind in kinds]
    names = [f"c{i}" for i in range(len(kinds))]
    arrays = [pyarrow.array(column, arrow_type(kind)) for kind, column in zip(kinds, columns)]
    return kinds, columns, pyarrow.table(arrays, names)


def write_polars(rng, table, path):
    options = {
        "compression": rng.choice(["uncompressed", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "row_group_size": rng.choice([None, 1, 10, 1000]) if table.num_rows < 200 else rng.choice([None, 100, 1000]),
        "data_page_size": rng.choice([None, 64, 1000, 10**6]),
        "statistics": rng.choice([True, False, "full"]),
    }
    polars.from_arrow(table).write_parquet(path, **options)
    return options


def write_duckdb(rng, table, path):
    options = {
        "COMPRESSION": rng.choice(["uncompressed", "snappy", "gzip", "brotli", "lz4", "lz4_raw", "zstd"]),
        "PARQUET_VERSION": rng.choice(["V1", "V2"]),
        "ROW_GROUP_SIZE": rng.choice([1, 2048, 122880]),
        "DICTIONARY_SIZE_LIMIT": rng.choice([1, 10, 100000]),
    }
    settings = ", ".join(f"{key} {value}" for key, value in options.items())
    with duckdb.connect() as db:
        db.register("written", table)
        db.execute(f"COPY written TO '{path}' (FORMAT parquet, {settings})")
    return options


def encodings_of(rng, kinds):
    """Draws an encoding for each column that PyArrow can write."""
    chosen = {}
    for i, kind in enumerate(kinds):
        offered = ["PLAIN"]
        if kind == "text":
            offered += ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]
        elif kind in INTEGERS:
            offered += ["DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"]
        elif kind in ("float32", "float64", "decimal"):
            offered += ["BYTE_STREAM_SPLIT"]
        if kind not in ("list", "struct"):
            chosen[f"c{i}"] = rng.choice(offered)
    return chosen


def write_pyarrow(rng, table, path, kinds):
    options = {
        "compression": rng.choice(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "version": rng.choice(["1.0", "2.4", "2.6"]),
        "data_page_version": rng.choice(["1.0", "2.0"]),
        "data_page_size": rng.choice([64, 1000, 10**6]),
        "row_group_size": rng.choice([1, 10, 1000]) if table.num_rows < 200 else rng.choice([100, 1000]),
        "write_page_checksum": rng.random() < 0.5,
        "store_decimal_as_integer": rng.random() < 0.5,
    }
    if rng.random() < 0.5:
        options |= {"use_dictionary": False, "column_encoding": encodings_of(rng, kinds)}
        if options["store_decimal_as_integer"]:
            options["column_encoding"] = {k: v for k, v in options["column_encoding"].items() if kinds[int(k[1:])] != "decimal"}
    pyarrow.parquet.write_table(table, path, **options)
    return options


def equal(kind, written, read, signed=True):
    """Compares a value; signed makes -0 differ from 0."""
    if kind == "text":
        return written == read
    if written is None or not math.isfinite(written):
        return read is None
    if read is None or float(written) != read:
        return False
    return not signed or math.copysign(1, written) == math.copysign(1, read)


def check_read(kinds, columns, answer, signed):
    """Returns what is wrong with Go's answer, or None."""
    if error := answer.get("error"):
        if any(kind == "text" and None in column for kind, column in zip(kinds, columns)) and "null" in error:
            return None
        return f"refused: {error}"
    if answer["rows"] != len(columns[0]) or len(answer["columns"]) != len(kinds):
        return f"{answer['rows']} rows and {len(answer['columns'])} columns"
    for kind, column, read in zip(kinds, columns, answer["columns"]):
        if kind in SKIPPED:
            if not read.get("skipped", "").endswith(" " + SKIPPED[kind]):
                return f"{read['name']} of {kind}: {read.get('skipped')}"
            continue
        if kind == "large" and any(v is not None for v in column):
            if not read.get("skipped", "").startswith("row "):
                return f"{read['name']} holds large integers and is not skipped"
            continue
        if "skipped" in read:
            return f"{read['name']} of {kind} is skipped: {read['skipped']}"
        values = read.get("texts" if kind == "text" else "numbers", [])
        if len(values) != len(column):
            return f"{read['name']} of {kind} has {len(values)} values"
        for row, (a, b) in enumerate(zip(column, values)):
            if not equal(kind, a, b, signed):
                return f"{read['name']} of {kind}, row {row + 1}: written {a!r}, read {b!r}"
    return None


def check_written(kinds, columns, path):
    """Returns what is wrong with how others read a file of Go, or None."""
    with duckdb.connect() as db:
        by_duckdb = db.execute(f"SELECT * FROM '{path}'").fetchall()
    for program, table in {
        "Polars": polars.read_parquet(path).rows(),
        "DuckDB": by_duckdb,
        "PyArrow": list(zip(*(c.to_pylist() for c in pyarrow.parquet.read_table(path).columns))),
    }.items():
        if len(table) != len(columns[0]):
            return f"{program} reads {len(table)} rows instead of {len(columns[0])}"
        for row, cells in enumerate(table):
            for kind, column, cell in zip(kinds, columns, cells):
                if not equal(kind, column[row], cell):
                    return f"{program}, row {row + 1}: written {column[row]!r}, read {cell!r}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as directory:
        tasks, requests = [], []
        for i in range(options.count):
            path = os.path.join(directory, f"{i}.parquet")
            writer = ["polars", "duckdb", "pyarrow", "go"][i % 4]
            if writer == "go":
                rows, kinds = rng.choice([1, 2, 100, 3000]), [rng.choice(["text", "float64"]) for _ in range(rng.randint(1, 6))]
                columns = [draw_column(rng, kind, rows) for kind in kinds]
                columns = [[v or "" for v in c] if kind == "text" else c for kind, c in zip(kinds, columns)]
                columns = [c if kind == "text" else [v if v is None or math.isfinite(v) else None for v in c] for kind, c in zip(kinds, columns)]
                named = [{"name": f"c{j}", "texts" if kind == "text" else "numbers": c} for j, (kind, c) in enumerate(zip(kinds, columns))]
                requests.append({"write": path, "columns": named})
                how = {}
            else:
                kinds, columns, table = draw_table(rng)
                how = {
                    "polars": lambda: write_polars(rng, table, path),
                    "duckdb": lambda: write_duckdb(rng, table, path),
                    "pyarrow": lambda: write_pyarrow(rng, table, path, kinds),
                }[writer]()
                requests.append({"read": path})
            tasks.append((writer, how, kinds, columns, path))
        text = "".join(json.dumps(r) + "\n" for r in requests)
        out = subprocess.run(["go", "run", "./internal/cmd/parquet"], input=text, stdout=subprocess.PIPE, check=True, text=True).stdout
        answers = [json.loads(line, parse_int=float) for line in out.splitlines()]  # -0 is a float
        assert len(answers) == len(tasks), (len(answers), len(tasks))
        for i, ((writer, how, kinds, columns, path), answer) in enumerate(zip(tasks, answers)):
            counts[writer] += 1
            if writer != "go":
                wrong = check_read(kinds, columns, answer, signed=writer != "duckdb")  # its dictionaries hold only one of -0 and 0
                counts["refused for a null in text"] += wrong is None and "error" in answer
            else:
                wrong = answer.get("error") or check_written(kinds, columns, path)
            if wrong:
                counts["violations"] += 1
                print(f"table {i} of {writer}, {how}: {wrong}")
    counts["violations"] += 0
    print(f"{options.count} tables:", ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    sys.exit(counts["violations"] > 0)


if __name__ == "__main__":
    main()
