"""What the benchmark says of times it was given: no engine runs here. `python3 -m unittest` in this folder."""
import unittest
import xml.dom.minidom

import plot
import report
import rounds


def row(p50, **more):
    return {"p50_ms": p50, "min_ms": p50, "cpu_ms": p50, "p99_ms": p50,
            "best_burst_ms": p50, "build_ms": 1, "peak_mib": 2, "model_mib": 1,
            "null_call_us": 0.1, "version": "1", "calm_share": 1.0, "agreement": {"cosine": 1.0, "max_error": 0.0},
            **more}


def case(hedge, **peers):
    return {"model": "m", "kind": "int8", "macs": 1e6, "file_bytes": 2**20, "engine_file_bytes": None,
            "threads": {"1": {"hedge": hedge, **peers}}}


PEAKS = {"int8_gmacs": 10.0, "fp32_gmacs": 5.0}


class Percentiles(unittest.TestCase):
    def test_nearest_rank(self):
        hundred = list(range(1, 101))
        self.assertEqual([rounds.percentile(hundred, s) for s in (0, 0.5, 0.99, 1)], [1, 50, 99, 100])
        self.assertEqual(rounds.percentile([7], 0.99), 7)


class Bursts(unittest.TestCase):
    def test_preempted_runs_do_not_count(self):
        samples = rounds.Samples()
        samples.add({"ns": [1_000_000] * 30 + [9_000_000], "cpu_ns": [1], "preempted": [30]})
        summary = samples.summary()
        self.assertEqual((summary["p99_ms"], summary["p99_all_ms"], summary["runs"]), (1, 9, 31))
        self.assertAlmostEqual(summary["calm_share"], 30 / 31)

    def test_with_few_calm_runs_all_count(self):
        samples = rounds.Samples()
        samples.add({"ns": [1_000_000, 5_000_000, 5_000_000], "cpu_ns": [1], "preempted": [1, 2]})
        self.assertEqual(samples.summary()["p50_ms"], 5)

    def test_a_drift_is_not_stable(self):
        steady, drifting = rounds.Samples(), rounds.Samples()
        for k in range(6):
            steady.add({"ns": [1_000_000] * 30, "cpu_ns": [1], "preempted": []})
            drifting.add({"ns": [1_000_000 + 100_000 * k] * 30, "cpu_ns": [1], "preempted": []})
        self.assertTrue(steady.stable())
        self.assertFalse(drifting.stable())

    def test_the_order_rotates(self):
        asked = []

        class Stub:
            def __init__(self, name):
                self.name = name

            def ask(self, command, **_):
                asked.append(self.name)
                return {"ns": [1_000_000] * 30, "cpu_ns": [1], "preempted": []}

        rounds.measure({name: Stub(name) for name in "abc"})
        self.assertEqual("".join(asked[:9]), "abcbcacab")


class Report(unittest.TestCase):
    def test_ratio_is_to_the_fastest_peer(self):
        rows = case(row(2), openvino=row(3), onnxruntime=row(5), ncnn={"skipped": "why"})["threads"]["1"]
        self.assertEqual(report.ratio(rows), 1.5)
        self.assertEqual(report.best_peer(rows)[0], "openvino")

    def test_on_a_busy_machine_processor_times_are_compared(self):
        rows = case(row(2, cpu_ms=1), openvino=row(9, cpu_ms=3, calm_share=0.1))["threads"]["1"]
        self.assertEqual(report.ratio(rows), 3)
        self.assertEqual(report.ratio(rows, "p50_ms"), 4.5)

    def test_of_two_threads_the_least_times_are(self):
        rows = case(row(2, min_ms=1, threads=2), openvino=row(9, min_ms=4, calm_share=0.1, threads=2))["threads"]["1"]
        self.assertEqual(report.ratio(rows), 4)

    def test_without_peers_or_without_us_there_is_no_ratio(self):
        self.assertIsNone(report.ratio(case(row(2), ncnn={"skipped": "why"})["threads"]["1"]))
        self.assertIsNone(report.ratio(case({"skipped": "why"}, ncnn=row(1))["threads"]["1"]))

    def test_limit_is_the_macs_at_the_peak(self):
        self.assertAlmostEqual(report.percent_of_limit(case(row(1)), PEAKS, 1, 0.2), 50)
        self.assertAlmostEqual(report.percent_of_limit(case(row(1)), PEAKS, 2, 0.2), 25)

    def test_losses_and_refusals_are_shown(self):
        data = {"date": "2026-01-01", "cpu": "a & b", "cores": 2, "peaks": PEAKS,
                "cases": [case(row(2), openvino=row(1)), case({"skipped": "no such operator"}, openvino=row(1))]}
        text = report.markdown(data)
        self.assertIn("0.50 (loss)", text)
        self.assertIn("does not run: no such operator", text)
        self.assertIn("LOSS", report.text_table(data["cases"][0], 1, PEAKS))
        columns = {line.count("|") for line in text.splitlines() if line.startswith("|")}
        self.assertEqual(len(columns), 1)
        self.assertIn("0.50", plot.ratios_svg(data))
        xml.dom.minidom.parseString(plot.ratios_svg(data))


if __name__ == "__main__":
    unittest.main()
