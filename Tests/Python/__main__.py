"""Runs the tests of the Python package: `python3 Tests/Python [--events FILE] [NAME...]`.

With --events also writes what became of each test as Swift Testing does, for Tests/run-suites.
"""

import argparse
import json
import sys
import unittest

import support


class Result(unittest.TextTestResult):
    events = None

    def _tell(self, test, kind, **more):
        if self.events:
            event = {"kind": "event", "payload": {"kind": kind, "testID": test.id(), "messages": [], **more}}
            print(json.dumps(event), file=self.events, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self._failures = len(self.failures) + len(self.errors)
        self._tell(test, "testStarted")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._tell(test, "testSkipped")

    def stopTest(self, test):
        super().stopTest(test)
        if self.skipped and self.skipped[-1][0] is test:
            return
        failed = len(self.failures) + len(self.errors) > self._failures
        self._tell(test, "testEnded", messages=[{"symbol": "fail" if failed else "pass"}])


def each(tests):
    for test in tests:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    loader = unittest.TestLoader()
    loader.testNamePatterns = ["*%s*" % name for name in arguments.names] or None
    suite = loader.discover(support.HERE)
    if arguments.events:
        Result.events = open(arguments.events, "w")
        for test in each(suite):
            line = {"kind": "test", "payload": {"kind": "function", "id": test.id()}}
            print(json.dumps(line), file=Result.events)
    runner = unittest.TextTestRunner(resultclass=Result, verbosity=2)
    sys.exit(not runner.run(suite).wasSuccessful())


if __name__ == "__main__":  # processes that are spawned read this file too
    main()
