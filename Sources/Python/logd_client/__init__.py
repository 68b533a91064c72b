"""Log records to logd, from any number of processes into one file.

>>> import logging, logd_client
>>> logging.basicConfig(level=logging.INFO, handlers=[logd_client.LogdHandler(ident="shop")])
>>> logging.info("order placed", extra={"order": 4711, "total": 19.9})

A log call copies the record into memory that is shared with the daemon: there is no queue, no listener
thread and no lock between processes. What was logged survives a ``kill -9`` of this process. See
`LogdHandler` for processes and options, `action` for records that form a tree.
"""

from .actions import Action, action, continue_task, current_action, log_call
from .handler import LogdHandler, install

__all__ = [
    "Action",
    "LogdHandler",
    "action",
    "continue_task",
    "current_action",
    "install",
    "log_call",
]
