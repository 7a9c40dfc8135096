"""hedge actuator send and listen from the command line: a datagram's way, exit codes, one-line errors.

HEDGE_PROGRAM is the hedge binary; ctest sets it.
"""
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

HEDGE = os.environ["HEDGE_PROGRAM"]
PATIENCE = 30  # seconds, on a machine under load


def table(name, kind, **keys):
    lines = ["[[actuator]]", f'name = "{name}"', f'kind = "{kind}"']
    return "\n".join(lines + [f"{key} = {json.dumps(value)}" for key, value in keys.items()]) + "\n"


class ActuatorTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "p.toml"

    def run_hedge(self, *arguments):
        return subprocess.run([HEDGE, "actuator", *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def send(self, text, *arguments):
        self.file.write_text(text)
        return self.run_hedge("send", str(self.file), *arguments)

    def listener(self, *arguments):
        process = subprocess.Popen([HEDGE, "actuator", "listen", "--udp", "0", *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        return process, int(re.fullmatch(r"hedge: listening on 127\.0\.0\.1 port (\d+)\n", line)[1])

    def test_what_is_sent_is_heard_with_its_latency(self):
        listener, port = self.listener("--count", "1")
        sent = self.send(table("brake", "udp", host="127.0.0.1", port=port), "brake", "on", "--rule", "near")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.assertEqual(sent.stdout, "actuator 'brake' (udp): on sent; 1 messages\n")
        line = listener.communicate(timeout=PATIENCE)[0]
        self.assertRegex(line, r"^127\.0\.0\.1:\d+ +on +value 1 +rule [0-9a-f]{16} sequence 1 +\d+\.\d{3} ms after")
        self.assertEqual(listener.returncode, 0)

    def test_held_it_is_repeated_and_closed_as_the_table_says(self):
        listener, port = self.listener("--json")
        text = table("brake", "udp", host="127.0.0.1", port=port, repeat_ms=20, safe=77)
        sent = self.send(text, "brake", "on", "--hold", "0.3")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.assertIn("on sent, held, then safe", sent.stdout)
        seen = []
        while not seen or not seen[-1]["closing"]:
            seen.append(json.loads(listener.stdout.readline()))
        self.assertEqual({entry["state"] for entry in seen[:-1]}, {"on"})
        self.assertEqual([entry["repeat"] for entry in seen[:2]], [False, True])
        self.assertEqual((seen[-1]["state"], seen[-1]["value"]), ("safe", 77))
        self.assertEqual(sorted(entry["sequence"] for entry in seen), [entry["sequence"] for entry in seen])
        self.assertLess(seen[0]["latency_ms"], 1000 * PATIENCE)
        listener.send_signal(signal.SIGINT)
        self.assertEqual(listener.wait(PATIENCE), 0)

    def test_what_is_no_datagram_is_told_and_another_clock_gives_no_latency(self):
        listener, port = self.listener("--count", "1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"hello", ("127.0.0.1", port))
            self.assertRegex(listener.stderr.readline(), r"^hedge: from 127\.0\.0\.1:\d+: not a datagram of Hedge: 5 ")
            # By the format's text alone, with another machine's clock.
            body = struct.pack("<4sBBHQIIqqqQi", b"HACT", 1, 2, 0, 9, 1, 2, 3, 4, 5, 6, 7)
            sender.sendto(body + struct.pack("<I", crc32c(body)), ("127.0.0.1", port))
        line = listener.communicate(timeout=PATIENCE)[0]
        self.assertRegex(line, r"safe value 7 +rule 0000000000000006 sequence 9 +another machine's clock\n$")

    def test_stdout_gets_a_line_of_json(self):
        sent = self.send(table("out", "stdout", on="go"), "out", "on")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        message = json.loads(sent.stdout.splitlines()[0])
        self.assertEqual((message["actuator"], message["state"], message["value"], message["rule"]),
                         ("out", "on", "go", "manual"))

    def test_errors_are_one_line_with_their_exit_code(self):
        good = table("out", "stdout")
        with socket.socket() as closed:  # bound and not listening: whoever connects is refused
            closed.bind(("127.0.0.1", 0))
            plc = table("plc", "modbus", host="127.0.0.1", port=closed.getsockname()[1], table="coil", address=1,
                        off=0, on=1, safe=0)
            cases = [
                (good, ["lamp", "on"], 3, "no actuator is named 'lamp'; there are: out"),
                ("", ["lamp", "on"], 3, "there is none"),
                (good + "colour = 1\n", ["out", "on"], 4, "p.toml:4: unknown key 'colour'"),
                (good, ["out", "up"], 2, "up"),
                (plc, ["plc", "on", "--wait", "0.2"], 7, "Connection refused"),
            ]
            for text, arguments, code, expected in cases:
                sent = self.send(text, *arguments)
                self.assertEqual(sent.returncode, code, sent.stderr)
                self.assertEqual(sent.stderr.count("\n"), 1, sent.stderr)
                self.assertIn(expected, sent.stderr)
        self.assertEqual(self.run_hedge("send", "/no/such.toml", "a", "on").returncode, 3)
        self.assertEqual(self.run_hedge("listen", "--udp", "0", "--bind", "nohost").returncode, 2)
        self.assertEqual(self.run_hedge("listen", "--udp", "0", "--seconds", "0.05").returncode, 1)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


if __name__ == "__main__":
    unittest.main()
