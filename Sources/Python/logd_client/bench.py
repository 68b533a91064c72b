"""LogdHandler against QueueHandler and QueueListener: `python3 -m logd_client.bench`.

Processes log to one file, in turns the one way and the other, and the time is taken from the start signal
until every record is in the file. Needs a daemon that writes to `--log-file`, or `--logd` to start one.
The queue is a multiprocessing.Queue, the listener a thread of the parent that writes with a FileHandler: the
way of the logging cookbook.
"""

import argparse
import logging
import logging.handlers
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time

from .handler import LogdHandler, install

MESSAGE = "request %d of the benchmark served, and the text is as long as the texts of log files usually are"
FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s %(message)s"


def work(handler, number, records, ready, start):
    root = logging.getLogger()
    root.handlers[:] = []
    install(handler, logging.INFO)
    log = logging.getLogger("bench")
    ready.release()
    start.wait()
    for n in range(records):
        log.info(MESSAGE, n)


def measure(handler, processes, records, wait_until_written):
    """Seconds from the start signal until everything is in the file."""
    ready, start = multiprocessing.Semaphore(0), multiprocessing.Event()
    crew = [
        multiprocessing.Process(target=work, args=(handler, n, records, ready, start)) for n in range(processes)
    ]
    for worker in crew:
        worker.start()
    for _ in crew:
        ready.acquire()
    began = time.perf_counter()
    start.set()
    for worker in crew:
        worker.join()
    wait_until_written()
    return time.perf_counter() - began


def lines(path):
    with open(path, "rb") as file:
        return sum(b"request " in line for line in file)


def queue_round(directory, processes, records):
    path = os.path.join(directory, "queue.log")
    queue = multiprocessing.Queue()
    file = logging.FileHandler(path, "w")
    file.setFormatter(logging.Formatter(FORMAT))
    listener = logging.handlers.QueueListener(queue, file)
    listener.start()
    seconds = measure(logging.handlers.QueueHandler(queue), processes, records, listener.stop)
    file.close()
    assert lines(path) == processes * records, "the queue lost records"
    os.unlink(path)
    return seconds


def logd_round(runtime_dir, log_file, processes, records):
    handler = LogdHandler("bench", runtime_dir=runtime_dir, timeout=None)
    before = lines(log_file)
    # A child closes its handler, which flushes, before it ends: then all is in the file.
    seconds = measure(handler, processes, records, lambda: None)
    handler.close()
    assert lines(log_file) - before == processes * records, "logd lost records"
    return seconds


def main():
    parser = argparse.ArgumentParser(description="LogdHandler against QueueHandler and QueueListener")
    parser.add_argument("--runtime-dir", help="of a daemon that runs")
    parser.add_argument("--log-file", help="the file that it writes")
    parser.add_argument("--logd", default="logd", help="the program to start when no daemon is named")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4, 32])
    parser.add_argument("--records", type=int, default=100_000, help="of all processes together")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    multiprocessing.set_start_method("fork")
    with tempfile.TemporaryDirectory(prefix="logd-bench-") as directory:
        daemon = None
        if options.runtime_dir is None:
            options.runtime_dir = os.path.join(directory, "run")
            options.log_file = os.path.join(directory, "logd.log")
            daemon = subprocess.Popen([
                options.logd, "--runtime-dir", options.runtime_dir, "--log-file", options.log_file,
            ])
            while not os.path.exists(options.runtime_dir + "/native.sock"):
                if daemon.poll() is not None:
                    sys.exit("%s has ended with %d" % (options.logd, daemon.returncode))
                time.sleep(0.01)
        try:
            table(options, directory)
        finally:
            if daemon:
                daemon.terminate()
                daemon.wait()


def table(options, directory):
    print("processes  queue krec/s  logd krec/s  ratio (median of %d rounds)" % options.rounds)
    for processes in options.processes:
        records = options.records // processes
        rounds = [
            (queue_round(directory, processes, records),
             logd_round(options.runtime_dir, options.log_file, processes, records))
            for _ in range(options.rounds)
        ]
        total = records * processes / 1000
        queue, logd = (total / statistics.median(column) for column in zip(*rounds))
        ratio = statistics.median(queue / logd for queue, logd in rounds)
        print("%9d  %12.0f  %11.0f  %5.1f" % (processes, queue, logd, ratio), flush=True)


if __name__ == "__main__":
    main()
