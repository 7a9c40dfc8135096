"""Interleaved measuring: short bursts in turn, the order rotated each round, until the medians stand still.

What disturbs the machine meets every engine alike, and a drift of its clock cancels in the ratios.
"""
import statistics

BURST_SECONDS = 0.15
ROUNDS_MIN, ROUNDS_MAX = 5, 16
STABLE = 0.02  # the medians of the two halves differ by at most this
CALM_MIN = 5  # runs; with fewer that were not preempted, all count


class Samples:
    """Times of one engine in ms, burst by burst."""

    def __init__(self):
        self.bursts = []  # (times of calm runs, times of all runs)
        self.processor = []  # of all runs

    def add(self, answer):
        times = [ns / 1e6 for ns in answer["ns"]]
        preempted = set(answer["preempted"])
        self.processor += [ns / 1e6 for ns in answer["cpu_ns"]]
        self.bursts.append(([t for k, t in enumerate(times) if k not in preempted], times))

    def pooled(self, first=0, last=None):
        bursts = self.bursts[first:last]
        calm = [t for burst, _ in bursts for t in burst]
        return calm if len(calm) >= CALM_MIN else [t for _, burst in bursts for t in burst]

    def stable(self):
        middle = len(self.bursts) // 2
        before, after = (statistics.median(part) for part in (self.pooled(0, middle), self.pooled(middle)))
        return abs(before - after) <= STABLE * min(before, after)

    def summary(self):
        times = sorted(self.pooled())
        everything = sorted(t for _, burst in self.bursts for t in burst)
        medians = [statistics.median(burst or every) for burst, every in self.bursts]
        calm = sum(len(burst) for burst, _ in self.bursts)
        return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99), "min_ms": times[0],
                "cpu_ms": statistics.median(self.processor), "p99_all_ms": percentile(everything, 0.99),
                "best_burst_ms": min(medians), "bursts_ms": medians, "runs": len(everything),
                "calm_share": calm / len(everything)}


def percentile(ordered, share):
    """Nearest rank, as `hedge bench`."""
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]


def measure(workers, burst_seconds=BURST_SECONDS, rounds_max=ROUNDS_MAX):
    """workers: name -> Worker with inputs set. name -> summary, and whether all medians stood still."""
    samples = {name: Samples() for name in workers}
    order = list(workers)
    for count in range(1, max(rounds_max, ROUNDS_MIN) + 1):
        for name in order:
            samples[name].add(workers[name].ask("burst", seconds=burst_seconds, warmup=3, runs_min=3))
        order = order[1:] + order[:1]
        if count >= ROUNDS_MIN and all(sample.stable() for sample in samples.values()):
            break
    return {name: sample.summary() for name, sample in samples.items()}
