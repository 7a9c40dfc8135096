"""The driver's side of a worker: a process pinned to its cores, stopped whenever it is not its turn."""
import json
import os
import select
import signal
import subprocess


class WorkerError(Exception):
    pass


class Worker:
    def __init__(self, command, cores, log, timeout=600):
        self.timeout = timeout
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores), env={**os.environ, "OMP_NUM_THREADS": str(len(cores))})
        try:
            self.hello = self._read()
        except WorkerError:
            self.close()
            raise
        self.stop()

    def stop(self):
        """Threads that spin or tidy up after a run must not take time from the engine whose turn it is."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def ask(self, command, **arguments):
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self.process.stdin.flush()
        try:
            return self._read()
        finally:
            if self.process.poll() is None:
                self.stop()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()

    def _read(self):
        ready, _, _ = select.select([self.process.stdout], [], [], self.timeout)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            raise WorkerError("no answer in time" if not ready else f"ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer
