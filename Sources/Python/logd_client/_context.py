"""The action that is going on, shared by actions and the handler."""

import contextvars
import os

current = contextvars.ContextVar("logd_client.action", default=None)

# A child would count on where its parent counts too: it gets a place in the tree by continue_task.
os.register_at_fork(after_in_child=lambda: current.set(None))
