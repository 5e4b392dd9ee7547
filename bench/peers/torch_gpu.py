#!/usr/bin/env python3
"""PyTorch's scaled_dot_product_attention on a GPU, on the inputs of ./attn bench bit for bit.

Every back end is forced and named: flash, efficient, cudnn, math. Each is held against a float64 reference
before it is timed, with the budget of docs/numerics.md; device times are CUDA events', one event pair a
call. Writes a report.json that ./attn report shows (docs/report.schema.json).

    python3 bench/peers/torch_gpu.py --n 1024..65536 --d 64,128 --mask full,causal --output attn-report

Q, K, V: element i of tensor T is a function of (seed, T, i) alone, splitmix64 of a counter: mix(), base() and
normal() are that function in plain Python, generate() the same in torch's wrapping 64-bit integers, and
every generated tensor is compared with the plain one in a few places. See SplitMix64.java. In half precision they are rounded to
the nearest, as ours are.
"""
import argparse
import datetime
import json
import math
import os
import platform
import shlex
import struct
import subprocess
import sys
import time

MASK = (1 << 64) - 1
GOLDEN_GAMMA = 0x9E3779B97F4A7C15
# A sum of four 16-bit uniforms has variance (2^32 - 1) / 3.
UNIT_VARIANCE = math.sqrt(3.0 / ((1 << 32) - 1))

SCHEMA_VERSION = 9
FLOP_CONVENTION = "2 * visible pairs * (D + Dv) per query head; exponentials are not counted"
BACKENDS = {"flash": "FLASH_ATTENTION", "efficient": "EFFICIENT_ATTENTION", "cudnn": "CUDNN_ATTENTION", "math": "MATH"}
# By the names of ./attn bench --dtype; PyTorch's own names are understood as well.
TYPES = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}
ELEMENT_BYTES = {"f32": 4, "f16": 2, "bf16": 2}
UNIT_ROUNDOFF = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
SMALLEST_NORMAL = {"f16": 2.0**-14, "bf16": 2.0**-126}
# A block of what reports call block density has so many queries and so many keys.
BLOCK = 64
CHECKED_ROWS = 1024
WARMUP_SECONDS = 0.5
SECONDS = 1.25
ITERATIONS = 10


# ---- Inputs: plain Python ------------------------------------------------------------------------

def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def base(seed, stream):
    """Where a stream's counter starts; the stream is the tensor's letter."""
    return mix((seed + mix((ord(stream) + GOLDEN_GAMMA) & MASK)) & MASK)


def normal(seed, stream, index):
    """Element `index` of [batch, heads, length, dim] in row-major order, as a float32."""
    bits = mix((base(seed, stream) + index * GOLDEN_GAMMA) & MASK)
    total = sum((bits >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
    return float32((total - 131070) * UNIT_VARIANCE)


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


# ---- Inputs: torch -------------------------------------------------------------------------------

def signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def shifted(z, count):
    """A logical shift to the right: torch's own fills with the sign."""
    return (z >> count) & ((1 << (64 - count)) - 1)


def generate(torch, seed, stream, shape, device):
    elements = math.prod(shape)
    z = torch.arange(elements, dtype=torch.int64, device=device)
    z = z * signed(GOLDEN_GAMMA) + signed(base(seed, stream))
    z = (z ^ shifted(z, 30)) * signed(0xBF58476D1CE4E5B9)
    z = (z ^ shifted(z, 27)) * signed(0x94D049BB133111EB)
    z = z ^ shifted(z, 31)
    total = (z & 0xFFFF) + ((z >> 16) & 0xFFFF) + ((z >> 32) & 0xFFFF) + shifted(z, 48)
    values = ((total - 131070).double() * UNIT_VARIANCE).float()
    for index in {0, 1, elements // 3, elements - 1}:
        if values[index].item() != normal(seed, stream, index):
            raise SystemExit(f"element {index} of {stream} is {values[index].item()!r}, not {normal(seed, stream, index)!r}")
    return values.view(shape)


# ---- Problems ------------------------------------------------------------------------------------

class Problem:
    def __init__(self, batch, heads, kv_heads, queries, keys, dim, mask, dtype="f32"):
        self.batch, self.heads, self.kv_heads = batch, heads, kv_heads
        self.queries, self.keys, self.dim, self.mask, self.dtype = queries, keys, dim, mask, dtype
        if heads % kv_heads:
            raise SystemExit(f"{heads} query heads do not divide among {kv_heads} key-value heads")
        # Query i stands at position i + keys - queries, bottom-right; PyTorch's is_causal is top-left.
        if mask == "causal" and queries not in (1, keys):
            raise SystemExit(f"causal with {queries} queries over {keys} keys: is_causal is top-left; leave --queries out")

    @property
    def is_causal(self):
        return self.mask == "causal" and self.queries > 1

    @property
    def rows(self):
        return self.batch * self.heads * self.queries

    @property
    def visible_pairs(self):
        pairs = self.queries * (self.queries + 1) // 2 if self.is_causal else self.queries * self.keys
        return self.batch * self.heads * pairs

    @property
    def flops(self):
        return 4.0 * self.visible_pairs * self.dim

    @property
    def key_value_bytes(self):
        return 2 * ELEMENT_BYTES[self.dtype] * self.dim * self.batch * self.kv_heads * self.keys

    @property
    def compulsory_bytes(self):
        return self.key_value_bytes + 2 * ELEMENT_BYTES[self.dtype] * self.dim * self.rows + 4 * self.rows

    @property
    def sparsity(self):
        """What causal leaves of a head's blocks: those at and below the diagonal, and of them all but the diagonal's whole."""
        if self.mask == "full":
            return None
        across, down = -(-self.keys // BLOCK), -(-self.queries // BLOCK)
        listed = full = across
        if self.is_causal:  # a diagonal block hides something unless one query and one key are all it has
            listed, full = down * (down + 1) // 2, down * (down - 1) // 2 + (self.queries % BLOCK == 1)
        heads = self.batch * self.heads
        return {
            "pairDensity": self.visible_pairs / (heads * self.queries * self.keys), "blockDensity": listed / (across * down),
            "blocks": heads * across * down, "listedBlocks": heads * listed, "fullBlocks": heads * full,
            "blockMap": None, "speedup": None, "quality": None,
        }

    @property
    def label(self):
        heads = str(self.heads) if self.heads == self.kv_heads else f"{self.heads}/{self.kv_heads}"
        length = str(self.queries) if self.queries == self.keys else f"{self.queries}x{self.keys}"
        return f"B{self.batch} H{heads} S{length} D{self.dim} {self.mask}" + ("" if self.dtype == "f32" else f" {self.dtype}")


# ---- The report ----------------------------------------------------------------------------------

def quantiles(values):
    """p10, median and p90 by linear interpolation between order statistics."""
    ordered = sorted(values)

    def at(share):
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return {"p10": at(0.1), "median": at(0.5), "p90": at(0.9), "samples": len(ordered)}


def half_width_percent(medians, median):
    """Half of the median's 95 % interval between order statistics, in percent of it."""
    if len(medians) < 2:
        return "Infinity"
    ordered, n, k = sorted(medians), len(medians), 1
    while sum(math.comb(n, i) for i in range(k + 1)) / 2**n <= 0.025:
        k += 1
    return max(0.0, 100 * (ordered[n - k] - ordered[k - 1]) / 2 / median)


def cell(backend, device, problem, status, note, measurement):
    return {
        "kernel": f"torch:{backend}",
        "deviceId": device["backend"] + ":" + str(device["index"]),
        "device": device["name"],
        "model": "",
        "shape": problem.label,
        "input": "normal",
        "batch": problem.batch, "queryHeads": problem.heads, "kvHeads": problem.kv_heads,
        "queryLength": problem.queries, "keyLength": problem.keys,
        "headDim": problem.dim, "valueDim": problem.dim,
        "dtype": problem.dtype, "kvDtype": problem.dtype,
        "mode": "", "pageSize": 0, "deterministic": False,
        "mask": problem.mask,
        "visiblePairs": problem.visible_pairs,
        "tileQueries": 0, "tileKeys": 0, "visitedTiles": 0,
        "status": status,
        "note": note,
        "measurement": measurement,
        "sparsity": problem.sparsity,
    }


def measurement(problem, samples, ceilings):
    """samples: iterations of (device, host) nanoseconds a call, and what the check and the allocator said."""
    kernel = quantiles([device for iteration in samples["iterations"] for device, _ in iteration])
    overhead = quantiles([max(0.0, host - device) for iteration in samples["iterations"] for device, host in iteration])
    medians = [quantiles([device for device, _ in iteration])["median"] for iteration in samples["iterations"]]
    width = half_width_percent(medians, kernel["median"])
    nothing = {"p10": 0.0, "median": 0.0, "p90": 0.0, "samples": 0}
    rate = problem.flops / kernel["median"]
    moved = problem.compulsory_bytes
    return {
        "kernelNanos": kernel,
        "coldKernelNanos": None, "plainFmaNanos": None, "plainReadNanos": None, "roundNanos": None,
        "hostOverheadNanos": overhead,
        "uploadNanos": nothing, "downloadNanos": nothing,
        "buildNanos": 0, "builtFromCache": True,
        "halfWidthPercent": width, "settled": width != "Infinity" and width <= 2,
        "forks": 1, "ceilingDropPercent": 0.0,
        "flops": problem.flops, "gflopsPerSecond": rate, "shareOfFmaCeiling": rate / ceilings["fma"],
        "compulsoryBytes": moved,
        "gigabytesPerSecond": moved / kernel["median"],
        "bandwidthLevel": "memory",
        "shareOfBandwidth": moved / kernel["median"] / ceilings["memory"],
        "scratchBytes": samples["scratchBytes"], "scratchFormulaBytes": samples["scratchBytes"],
        "deviceBytes": samples["deviceBytes"],
        "maxErrorOverBudget": samples["maxErrorOverBudget"],
        "checkedElements": samples["checkedRows"] * problem.dim, "checkedRows": samples["checkedRows"], "rows": problem.rows,
        "speedupOverJava": None, "tuning": "",
        "tokensPerSecond": problem.batch * problem.queries / (kernel["median"] / 1e9),
        "keyValueGigabytesPerSecond": problem.key_value_bytes / kernel["median"],
    }


def git(*words):
    folder = os.path.dirname(os.path.abspath(__file__))
    try:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def report(device, ceilings, versions, seed, command_line, cells, complete):
    """device, versions: as in the schema; ceilings: GFLOP/s of fma and GB/s of memory, with the bytes read."""
    status = git("status", "--porcelain")
    kernels = sorted({one["kernel"] for one in cells})
    return {
        "schemaVersion": SCHEMA_VERSION,
        "environment": {
            "tool": "attn4j",
            "version": versions,
            "gitCommit": git("rev-parse", "HEAD"),
            "gitDirty": status not in ("", "unknown"),
            "os": f"{platform.system()} {platform.release()} {platform.machine()}",
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count() or 1,
            "jdk": "none: Python " + platform.python_version(),
            "devices": [device],
            "startedAt": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "commandLine": command_line,
            "seed": seed,
        },
        "ceilings": [{
            "deviceId": device["backend"] + ":" + str(device["index"]),
            "fma": {
                "gflopsPerSecond": ceilings["fma"],
                "shape": ceilings["shape"],
                "javaGflopsPerSecond": 0,
                "driftPercent": ceilings["drift"],
                "shapes": [{"name": ceilings["shape"], "gflopsPerSecond": ceilings["fma"]}],
            },
            "bandwidth": [{
                "level": "memory", "bytes": ceilings["bytes"], "gigabytesPerSecond": ceilings["memory"],
                "shape": "torch.sum", "javaGigabytesPerSecond": None, "note": "",
            }],
        }],
        "flopConvention": FLOP_CONVENTION,
        "kernels": [
            {"kernel": name, "scratchFormula": "PyTorch's; counted", "keepsScores": name.startswith("torch:math")}
            for name in kernels
        ],
        "cells": cells,
        "growth": [], "crossovers": [],
        "noise": {"noisy": ceilings["drift"] > 5, "reasons": [f"the ceiling drifted by {ceilings['drift']:.1f} %"] if ceilings["drift"] > 5 else []},
        "complete": complete,
    }


# ---- Measuring -----------------------------------------------------------------------------------

def timed(torch, work):
    """Device nanoseconds, by CUDA events, and wall nanoseconds until the device is done."""
    before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    start = time.perf_counter_ns()
    before.record()
    work()
    after.record()
    torch.cuda.synchronize()
    return before.elapsed_time(after) * 1e6, time.perf_counter_ns() - start


def measure_ceilings(torch, before=None):
    """fp32 without TF32, as the attention is; the best of many, and how far runs lay apart."""
    size = 8192
    a, b = (torch.randn(size, size, device="cuda") for _ in range(2))
    product = torch.empty(size, size, device="cuda")
    nanos = min(timed(torch, lambda: torch.matmul(a, b, out=product))[0] for _ in range(10))
    fma = 2.0 * size**3 / nanos
    del a, b, product
    elements = 1 << 28
    data = torch.ones(elements, device="cuda")
    memory = 4.0 * elements / min(timed(torch, data.sum)[0] for _ in range(10))
    if before is None:
        return {"fma": fma, "memory": memory, "bytes": 4 * elements, "shape": "torch.matmul 8192 fp32", "drift": 0.0}
    best = max(fma, before["fma"])
    return {**before, "fma": best, "memory": max(memory, before["memory"]), "drift": 100 * (1 - min(fma, before["fma"]) / best)}


def largest_error(torch, problem, q, k, v, output):
    """The largest error as a share of its row's budget, over rows of every head, and how many rows.

    Whatever the type, sums are taken for float32's; O's own rounding is a term for itself.
    """
    roundoff = UNIT_ROUNDOFF["f32"]
    scale, group = 1 / math.sqrt(problem.dim), problem.heads // problem.kv_heads
    a_head = max(2, min(problem.queries, CHECKED_ROWS // (problem.batch * problem.heads)))
    rows = torch.linspace(0, problem.queries - 1, min(a_head, problem.queries), device=q.device).round().long().unique()
    worst, checked = 0.0, 0
    for b in range(problem.batch):
        for h in range(problem.heads):
            keys, values = k[b, h // group], v[b, h // group]
            last = rows if problem.is_causal else torch.full_like(rows, problem.keys - 1)
            hidden = torch.arange(problem.keys, device=q.device)[None, :] > last[:, None]

            def weights(dtype, stored=lambda x: x):
                scores = stored(q[b, h, rows].to(dtype) @ keys.to(dtype).T * scale).masked_fill(hidden, -math.inf)
                return scores, stored(torch.softmax(scores, -1))

            def narrow(x):  # sums in float32, what is stored in the type; an overflow buys nobody a budget
                narrowed = x.to(q.dtype).float()
                return torch.where(torch.isfinite(narrowed), narrowed, x)

            scores, p = weights(torch.float64)
            wide = values.double()
            exact = p @ wide
            plain = narrow(weights(torch.float32, narrow)[1] @ values.float()).double()
            norms = q[b, h, rows].double().norm(dim=-1)[:, None] * keys.double().norm(dim=-1)[None, :] * scale
            magnitude = torch.where(p > 0, norms + scores.abs(), 0.0)
            condition = ((p * (1 + magnitude)) @ wide.abs()).amax(-1)
            budget = (2 * (plain - exact).abs().amax(-1)
                      + roundoff * (4 * condition + (last + 1).double().sqrt() * (p @ wide.abs()).amax(-1)))
            if problem.dtype != "f32":
                budget = budget + UNIT_ROUNDOFF[problem.dtype] * exact.abs().amax(-1).clamp(min=SMALLEST_NORMAL[problem.dtype])
            error = (output[b, h, rows].double() - exact).abs().amax(-1) / budget
            if not torch.isfinite(error).all():
                return math.inf, checked
            worst, checked = max(worst, error.max().item()), checked + len(rows)
    return worst, checked


def run(torch, backend, device, problem, seed, ceilings):
    from torch.nn.attention import SDPBackend, sdpa_kernel
    import torch.nn.functional as functional

    kind = getattr(torch, TYPES[problem.dtype])
    kv_shape = (problem.batch, problem.kv_heads, problem.keys, problem.dim)
    q_shape = (problem.batch, problem.heads, problem.queries, problem.dim)
    try:
        q = generate(torch, seed, "Q", q_shape, "cuda").to(kind)
        k = generate(torch, seed, "K", kv_shape, "cuda").to(kind)
        v = generate(torch, seed, "V", kv_shape, "cuda").to(kind)

        def attention():
            return functional.scaled_dot_product_attention(
                q, k, v, is_causal=problem.is_causal, enable_gqa=problem.heads != problem.kv_heads)

        with torch.inference_mode(), sdpa_kernel([getattr(SDPBackend, BACKENDS[backend])]):
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            output = attention()
            torch.cuda.synchronize()
            peak = torch.cuda.max_memory_allocated()
            error, checked = largest_error(torch, problem, q, k, v, output)
            if error > 1:
                return cell(backend, device, problem, "FAILED", f"INCORRECT: {error:.3g} of the budget", None)
            output_bytes = output.numel() * output.element_size()
            end = time.perf_counter() + WARMUP_SECONDS
            while time.perf_counter() < end:
                timed(torch, attention)
            iterations = []
            for _ in range(ITERATIONS):
                iteration, end = [], time.perf_counter() + SECONDS / ITERATIONS
                while not iteration or time.perf_counter() < end:
                    iteration.append(timed(torch, attention))
                iterations.append(iteration)
            error_after, _ = largest_error(torch, problem, q, k, v, attention())
            if error_after > 1:
                return cell(backend, device, problem, "FAILED", f"INCORRECT at last: {error_after:.3g} of the budget", None)
    except torch.cuda.OutOfMemoryError as e:
        return cell(backend, device, problem, "OUT_OF_MEMORY", str(e), None)
    except RuntimeError as e:  # "No available kernel": what this back end does not compute
        return cell(backend, device, problem, "UNSUPPORTED", str(e), None)
    samples = {
        "iterations": iterations,
        "scratchBytes": max(0, peak - before - output_bytes),
        "deviceBytes": peak,
        "maxErrorOverBudget": max(error, error_after),
        "checkedRows": checked,
    }
    return cell(backend, device, problem, "MEASURED", "", measurement(problem, samples, ceilings))


def lengths(text):
    """1024,4096 or 1024..65536, which doubles."""
    found = []
    for part in text.split(","):
        low, _, high = part.partition("..")
        length = int(low)
        while length <= int(high or low):
            found.append(length)
            length *= 2
    return found


def types(text):
    """Names of ./attn bench --dtype, or PyTorch's."""
    labels = {name: label for label, name in TYPES.items()}
    return [labels.get(name, name) for name in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=lengths, default=lengths("1024..16384"))
    parser.add_argument("--d", type=lengths, default=[64, 128])
    parser.add_argument("--mask", type=lambda text: text.split(","), default=["full", "causal"])
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--kv-heads", type=int, help="default: --heads")
    parser.add_argument("--queries", type=int)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dtype", type=types, default=["f32"], help="f32, f16, bf16")
    parser.add_argument("--backend", type=lambda text: text.split(","), default=list(BACKENDS))
    parser.add_argument("--output", default="attn-report")
    options = parser.parse_args()
    for given, known in ((options.backend, BACKENDS), (options.dtype, TYPES), (options.mask, ("full", "causal"))):
        for name in given:
            if name not in known:
                parser.error(f"'{name}' is none of {', '.join(known)}")
    try:
        import torch
    except ImportError as e:
        print(f"PyTorch is missing ({e}); to install it: python3 -m pip install torch", file=sys.stderr)
        return 4
    if not torch.cuda.is_available():
        print("PyTorch finds no GPU; ./attn bench --peer torch measures it on the processor", file=sys.stderr)
        return 4
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    properties = torch.cuda.get_device_properties(0)
    device = {
        "backend": "torch", "index": 0, "name": properties.name, "kind": "GPU",
        "driver": f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}",
        "computeUnits": properties.multi_processor_count, "memoryBytes": properties.total_memory,
        "localBytes": 0, "largestWorkGroup": 1, "caches": [], "details": {"TF32": "off"},
    }
    command_line = shlex.join(["python3", *sys.argv])
    file = os.path.join(options.output, "report.json")
    os.makedirs(options.output, exist_ok=True)
    ceilings, cells, complete = measure_ceilings(torch), [], False
    try:
        for mask in options.mask:
            for dim in options.d:
                for keys in options.n:
                    for dtype in options.dtype:
                        problem = Problem(options.batch, options.heads, options.kv_heads or options.heads,
                                          options.queries or keys, keys, dim, mask, dtype)
                        for backend in options.backend:
                            row = run(torch, backend, device, problem, options.seed, ceilings)
                            cells.append(row)
                            figures = row["measurement"]
                            print(row["kernel"], row["shape"], f"{figures['kernelNanos']['median'] / 1e6:.3f} ms, "
                                  f"{figures['gflopsPerSecond']:.0f} GFLOP/s" if figures else f"{row['status']}: {row['note'].splitlines()[0]}", flush=True)
        complete = True
    finally:
        ceilings = measure_ceilings(torch, ceilings) if complete else ceilings
        with open(file, "w", encoding="utf-8") as out:
            json.dump(report(device, ceilings, f"torch_gpu.py with PyTorch {torch.__version__}", options.seed, command_line, cells, complete), out, indent=2)
        print(("report: " if complete else "interrupted; what was measured is kept: ") + file)
    if any(one["status"] == "FAILED" for one in cells):
        return 1
    return 0 if any(one["status"] == "MEASURED" for one in cells) else 3


if __name__ == "__main__":
    sys.exit(main())
