"""LogdHandler in many processes: nothing is lost, doubled or mixed up, however they are made and end."""

import collections
import concurrent.futures
import logging
import multiprocessing
import os
import random
import signal
import threading

from support import LogdTest, fields

import logd_client
import workers

WORKERS = 32
RECORDS = int(os.environ.get("LOGD_PYTHON_RECORDS", 20_000))
PARTS = 400


class ProcessesTest(LogdTest):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def parts(self):
        size = RECORDS // PARTS
        return [(first * size, size) for first in range(PARTS)]

    def check(self, pids):
        """Each number once, under the pid of who logged it, in the order of its calls."""
        records = [record for record in self.records() if record["msg"].startswith("record")]
        self.assertEqual(sorted(record["n"] for record in records), list(range(RECORDS)))
        self.assertEqual({record["pid"] for record in records}, set(pids))
        self.assertTrue(all(record["pid"] == record["own"] for record in records))
        self.assertTrue(all(record["msg"] == "record %d" % record["n"] for record in records))
        by_part = collections.defaultdict(list)
        for record in records:
            by_part[record["n"] * PARTS // RECORDS].append(record["n"])
        self.assertTrue(all(numbers == sorted(numbers) for numbers in by_part.values()))

    def pool(self, method):
        handler = self.handler(timeout=None)
        context = multiprocessing.get_context(method)
        with context.Pool(WORKERS, logd_client.install, (handler, logging.INFO)) as pool:
            pids = pool.starmap(workers.log_some, self.parts(), chunksize=1)
            pool.close()
            pool.join()
        self.check(pids)

    def test_a_pool_that_forks(self):
        self.pool("fork")

    def test_a_pool_that_spawns(self):
        self.pool("spawn")

    def test_a_pool_of_a_fork_server(self):
        self.pool("forkserver")

    def executor(self, method):
        handler = self.handler(timeout=None)
        with concurrent.futures.ProcessPoolExecutor(
            WORKERS, multiprocessing.get_context(method), logd_client.install, (handler, logging.INFO)
        ) as executor:
            jobs = [executor.submit(workers.log_some, *part) for part in self.parts()]
            pids = [job.result() for job in jobs]
        self.check(pids)

    def test_an_executor_that_forks(self):
        self.executor("fork")

    def test_an_executor_that_spawns(self):
        self.executor("spawn")

    def killed(self, method):
        handler = self.handler(timeout=None)
        context = multiprocessing.get_context(method)
        counts = {}
        for number in range(12):
            path = "%s/%d" % (self.place, number)
            worker = context.Process(target=workers.log_until_killed, args=(handler, path))
            worker.start()
            target = random.randint(1, 3000)
            self.wait(lambda: self.returned(path) >= target or not worker.is_alive(), "log")
            worker.kill()
            worker.join()
            counts[worker.pid] = self.returned(path)
        found = collections.defaultdict(list)
        for record in self.records():
            found[record["pid"]].append(record["n"])
        for pid, count in counts.items():
            # The last may be published while its call has not returned.
            self.assertIn(len(found[pid]), (count, count + 1))
            self.assertEqual(found[pid], list(range(len(found[pid]))))

    @staticmethod
    def returned(path):
        try:
            with open(path, "rb") as file:
                return int.from_bytes(file.read(8), "little")
        except FileNotFoundError:
            return 0

    def test_a_forked_worker_that_is_killed_loses_nothing(self):
        self.killed("fork")

    def test_a_spawned_worker_that_is_killed_loses_nothing(self):
        self.killed("spawn")

    def test_a_child_of_fork_while_threads_log(self):
        handler = self.handler(timeout=None)
        is_ending = threading.Event()

        def work(thread):
            counts[thread] = 0
            while not is_ending.is_set():
                logging.info("thread", extra={"worker": thread, "n": counts[thread]})
                counts[thread] += 1

        counts = {}
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        children = []
        for _ in range(30):
            child = os.fork()
            if child == 0:
                for number in range(3):
                    logging.info("child", extra={"own": os.getpid(), "n": number})
                handler.close()
                os._exit(0)
            children.append(child)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
        is_ending.set()
        for thread in threads:
            thread.join()
        handler.close()
        records = self.records()
        for thread, count in counts.items():
            own = [record["n"] for record in records if record.get("worker") == thread]
            self.assertEqual(own, list(range(count)))
        for child in children:
            own = [fields(record) for record in records if record["pid"] == child]
            self.assertEqual(own, [{"own": child, "n": number} for number in range(3)])

    def test_the_daemon_dies_and_comes_back_while_a_pool_logs(self):
        handler = self.handler(timeout=None)
        with multiprocessing.get_context("fork").Pool(8) as pool:
            jobs = pool.starmap_async(workers.log_some, self.parts(), chunksize=1)
            for _ in range(3):
                self.daemon.send_signal(signal.SIGKILL)
                self.daemon.wait()
                self.start_daemon()
            pids = jobs.get(60)
            pool.close()
            pool.join()
        self.assertEqual(handler.dropped, 0)
        self.check(pids)
