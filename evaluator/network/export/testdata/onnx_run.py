"""Checks ONNX models and runs them with ONNX Runtime.

    python3 onnx_run.py DIRECTORY

For each model.onnx in a folder of DIRECTORY, it reads images.bin (little-endian float32 values) and writes logits.bin,
first for all images together and then for the first one alone.
"""
import pathlib
import sys

import numpy
import onnx
import onnxruntime


def run(folder):
    path = str(folder / "model.onnx")
    onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (images,) = session.get_inputs()
    values = numpy.fromfile(folder / "images.bin", "<f4").reshape(-1, *images.shape[1:])
    logits = [session.run(["logits"], {"images": part})[0] for part in (values, values[:1])]
    numpy.concatenate(logits).astype("<f4").tofile(folder / "logits.bin")


for model in sorted(pathlib.Path(sys.argv[1]).glob("*/model.onnx")):
    run(model.parent)
