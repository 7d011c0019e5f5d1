"""The measurements of measure.py, each in a separate process. Results are lines of JSON on standard output."""
import fcntl
import glob
import json
import os
import platform
import statistics
import time

import torch
from torch import nn

from graphpnas_torch import Plan, Recipe, Training, build
from graphpnas_torch.augment import Normalization
from graphpnas_torch.data import Dataset
from graphpnas_torch.network import initialize
from graphpnas_torch.shared import SharedRecipe, SharedWeights
from graphpnas_torch.training import Tally

BATCHES = {"randwire": 256, "enas": 128, "enas-shared": 128, "nasbench201": 256, "darts-v2": 96}  # as published
ORDER = list(BATCHES)


def worth(file):
    """Returns a key that sorts published networks, the most interesting first."""
    name = os.path.basename(file)[: -len(".json")]
    return ORDER.index(name) if name in ORDER else len(ORDER)


context = {}  # what all results of this process say


def tell(**result):
    print(json.dumps({**context, **result}), flush=True)


def attempt(what, *args, **kwargs):
    """Calls a function, and reports an exception instead of raising it."""
    try:
        what(*args, **kwargs)
    except Exception as error:  # PyTorch raises exceptions of many types
        told = {k: v for k, v in kwargs.items() if isinstance(v, (str, bool, int))}
        tell(**told, error=f"{type(error).__name__}: {error}"[:300])
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def measure(args):
    """Runs the measurement that args.measure names."""
    what, *rest = args.measure
    {
        "machine": machine, "train": train, "compiled": compiled, "hand-written": hand_written, "agree": agree, "steps": steps,
    }[what](args, *rest)


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def machine(args):
    """Describes the machine."""
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")]
    tell(
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None, torch=torch.__version__,
        python=platform.python_version(), cpu=names[0] if names else platform.machine(), processors=os.cpu_count(),
    )


def read(args, *path):
    with open(os.path.join(args.plans, *path), encoding="utf-8") as file:
        return Plan(file.read())


def algorithms(precision, deterministic):
    """Sets the precision of the GPU, and returns the precision for Training."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = deterministic, not deterministic
    return "float32" if precision == "tf32" else precision


def training_of(plan, batch, steps, precision):
    """Returns a training on made-up images, with steps of one batch each in an epoch."""
    size = plan.input
    number = batch * steps
    images = torch.randint(256, (number, size.channels, size.height, size.width), dtype=torch.uint8)
    data = Dataset(images, torch.randint(size.classes, (number,)), size.classes)
    normalization = Normalization([127.0] * size.channels, [64.0] * size.channels)
    return Training(build(plan, 1), data, normalization, Recipe(epochs=10, batch=batch, rate=1e-3), 1, device(), precision)


def timed(lock, plan, batch, repetitions, precision, deterministic=True, form="eager"):
    """Trains for some epochs on made-up images, and returns images per second and GPU memory.

    images_per_second includes everything that the worker does; resident includes only steps on images already on the GPU.
    """
    training = training_of(plan, batch, repetitions, algorithms(precision, deterministic))
    training.forward = FORMS[form](training)
    begun = time.monotonic()
    training.train_epoch()
    first = time.monotonic() - begun
    with exclusive(lock):
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        seconds = []
        for _ in range(2):
            begun = time.monotonic()
            training.train_epoch()
            seconds.append(time.monotonic() - begun)
        images, labels, tally = training.data.images[:batch].to(device()), training.data.labels[:batch], Tally(device())
        resident = time_of(lambda: training.step(0, images, labels, tally), repetitions)
    tell(
        precision=precision, deterministic=deterministic, form=form, batch=batch, parameters=plan.count(),
        images_per_second=round(batch * repetitions / min(seconds)), resident=round(batch / resident),
        first_epoch_seconds=round(first, 1), **memory(),
    )


def share(plan, batch, repetitions):
    """Times a step of shared weights as in the worker: reading the plan, building the network and training it."""
    on_gpu = device().type == "cuda"
    precision = algorithms("float16" if on_gpu else "float32", deterministic=True)
    data = training_of(plan, batch, 4, "float32").data
    size = plan.input
    normalization = Normalization([127.0] * size.channels, [64.0] * size.channels)
    weights = SharedWeights("space", 1, SharedRecipe(batch=batch), data, data, normalization, device(), precision)
    for form, step in {
        "shared weights, step": lambda: weights.train(Plan(plan.document)),
        "shared weights, validation batch": lambda: weights.measure(Plan(plan.document), 1),
    }.items():
        seconds = time_of(step, repetitions)
        tell(precision=precision, deterministic=True, form=form, batch=batch, images_per_second=round(batch / seconds), **memory())


def memory():
    if not torch.cuda.is_available():
        return {}
    return {
        "peak_GiB": round(torch.cuda.max_memory_allocated() / 2**30, 2),
        "reserved_GiB": round(torch.cuda.max_memory_reserved() / 2**30, 2),
    }


def graphed(training):
    """Returns the eager network as CUDA graphs, which launch all its kernels at once."""
    plan = training.network.plan.input
    sample = torch.zeros(training.batch, plan.channels, plan.height, plan.width, device=device()).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device().type, dtype=training.autocast, enabled=training.autocast is not None, cache_enabled=False):
        return torch.cuda.make_graphed_callables(training.network.train(), (sample,), allow_unused_input=True)


# What computes the network of a training.
FORMS = {
    "eager": lambda training: training.network,
    "CUDA graphs": graphed,
    "torch.compile": lambda training: torch.compile(training.network),
    "torch.compile, CUDA graphs": lambda training: torch.compile(training.network, mode="reduce-overhead"),
}


class exclusive:
    """Makes parallel processes measure one at a time. path is the path of a lock file."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")

    def __enter__(self):
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


def time_of(step, repetitions, seconds=3.0, clock=time.perf_counter):
    """Returns the median duration of a step in seconds."""
    step()
    wait()
    found, end = [], time.monotonic() + seconds
    while len(found) < repetitions and (not found or time.monotonic() < end):
        begun = clock()
        step()
        wait()
        found.append(clock() - begun)
    return statistics.median(found)


def wait():
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def train(args, name):
    """Trains a published network in several precisions and with several batches."""
    context["network"] = name
    plan, batch, repetitions = sizes(args, name)
    lock = os.path.join(args.out, "lock")
    if name == "enas-shared":
        attempt(share, plan, batch, repetitions)
    if not torch.cuda.is_available():
        attempt(timed, lock, plan, batch, repetitions, precision="float32")
        return
    attempt(timed, lock, plan, batch, repetitions, precision="float16")  # as the worker does
    attempt(timed, lock, plan, batch, repetitions, precision="float16", form="CUDA graphs")
    for precision in "bfloat16", "tf32", "float32":
        attempt(timed, lock, plan, batch, repetitions, precision=precision)
    for other in batch // 2, 2 * batch:
        attempt(timed, lock, plan, other, repetitions, precision="float16")
    attempt(timed, lock, plan, batch, repetitions, precision="float16", deterministic=False)


def compiled(args, name):
    """Trains a published network with torch.compile."""
    context["network"] = name
    plan, batch, repetitions = sizes(args, name)
    lock = os.path.join(args.out, "lock")
    for form in "torch.compile", "torch.compile, CUDA graphs":
        torch.compiler.reset()
        attempt(timed, lock, plan, batch, repetitions, precision="float16" if torch.cuda.is_available() else "float32", form=form)


def sizes(args, name):
    """Returns the plan, the batch size and the number of steps in an epoch."""
    plan = read(args, "published", f"{name}.json")
    return (plan, 2, 2) if args.small else (plan, BATCHES.get(name, 128), 12)


def hand_written(args):
    """Compares the network of a plan with a module written for it."""
    import handwritten

    plan = read(args, "published", "nasbench201.json")
    places = [("cuda", 1)] * torch.cuda.is_available() + [("cpu", 1), ("cpu", os.cpu_count())]
    for place, threads in places:
        torch.set_num_threads(threads)
        batch = 2 if args.small else 256 if place == "cuda" else 16
        networks = [build(plan, 1).to(place), handwritten.network(16, 5).to(place)]
        assert len({sum(p.numel() for p in n.parameters()) for n in networks}) == 1
        size = plan.input
        images, labels = torch.rand(batch, size.channels, size.height, size.width, device=place), torch.zeros(batch, dtype=torch.long, device=place)
        seconds = [[], []]
        # The CPU time of one thread does not include other programs.
        clock = time.process_time if place == "cpu" and threads == 1 else time.perf_counter
        for _ in range(2 if args.small else 5):
            for network, found in zip(networks, seconds):
                found.append(time_of(lambda: forward_and_back(network, images, labels), 1, clock=clock))
        interpreted, written = (statistics.median(found) for found in seconds)
        tell(
            device=place, threads=threads, batch=batch, interpreter_ms=round(1e3 * interpreted, 2), hand_written_ms=round(1e3 * written, 2),
            ratio=round(interpreted / written, 3), ratio_of_minima=round(min(seconds[0]) / min(seconds[1]), 3),
        )


def forward_and_back(network, images, labels):
    network.zero_grad()
    nn.functional.cross_entropy(network(images), labels).backward()


def steps(args, threads):
    """Times forward and backward passes of 32 images on the CPU, as BenchmarkSteps does in Go."""
    torch.set_num_threads(int(threads))
    for path in sorted(glob.glob(os.path.join(args.plans, "steps", "*.json"))):
        plan = read(args, "steps", os.path.basename(path))
        network, size = build(plan, 1), plan.input
        images, labels = torch.randn(32, size.channels, size.height, size.width), torch.zeros(32, dtype=torch.long)
        seconds = time_of(lambda: forward_and_back(network, images, labels), 1 if args.small else 100, 1.0)
        tell(network=os.path.basename(path)[: -len(".json")], threads=int(threads), milliseconds=round(1e3 * seconds, 2))


def agree(args, shard, shards):
    """Compares forms of small networks, on the GPU if there is one, with eager float32 on the CPU.

    Differences of logits are relative to the largest logit of the image. Those of gradients are relative to the largest of the
    parameter, or to a tenth of the largest of all if that is more.
    """
    torch.set_num_threads(1)
    algorithms("float32", True)
    paths = sorted(glob.glob(os.path.join(args.plans, "members", "*.json")), key=lambda path: path[-7:-5] + path)
    spaces = len({path[:-8] for path in paths})
    for number, path in list(enumerate(paths))[int(shard) :: int(shards)]:
        context["network"] = os.path.basename(path)[: -len(".json")]
        attempt(compare, read(args, "members", os.path.basename(path)), number < 3 * spaces)


@torch.no_grad()
def disturb(network):
    """Moves the parameters and statistics away from their initial values, for which all channels are alike."""
    initialize(network, 1)
    generator = torch.Generator().manual_seed(1)
    for tensor in network.state_dict().values():
        tensor.add_(0.1 * torch.rand(tensor.shape, generator=generator))


def compare(plan, with_compile):
    """Returns the differences between the forms of one network."""
    networks = [build(plan), build(plan)]
    for network in networks:
        disturb(network)
    host, other = networks[0], networks[1].to(device())
    size, generator = plan.input, torch.Generator().manual_seed(2)
    images = torch.randn(8, size.channels, size.height, size.width, generator=generator)
    labels, found, begun = torch.arange(8) % size.classes, {}, time.monotonic()
    with torch.no_grad():
        wanted = host.eval()(images)
        found["eager"] = apart(wanted, other.eval()(images.to(device())))
        found["jit_script"] = apart(wanted, torch.jit.script(other)(images.to(device())))
        if with_compile:
            torch.compiler.reset()
            found["compile"] = apart(wanted, torch.compile(other, fullgraph=True, dynamic=False)(images.to(device())))
    wanted = gradients(host.train(), host, images, labels)
    found["gradient"] = gradients_apart(wanted, gradients(other.train(), other, images, labels))
    if with_compile:
        form = torch.compile(other, fullgraph=True, dynamic=False)
        found["compile_gradient"] = gradients_apart(wanted, gradients(form, other, images, labels))
    tell(**{name: float(f"{value:.2g}") for name, value in found.items()}, seconds=round(time.monotonic() - begun, 1))


def apart(wanted, got):
    return ((wanted - got.cpu()).abs().amax(1) / wanted.abs().amax(1)).max().item()


def gradients(form, network, images, labels):
    network.zero_grad()
    place = next(network.parameters()).device
    nn.functional.cross_entropy(form(images.to(place)), labels.to(place)).backward()
    return [p.grad.cpu() for p in network.parameters() if p.grad is not None]


def gradients_apart(wanted, got):
    least = 0.1 * max(g.abs().max().item() for g in wanted)
    return max((w - g).abs().max().item() / max(w.abs().max().item(), least) for w, g in zip(wanted, got))
