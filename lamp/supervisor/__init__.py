"""On a laptop: starts the processes, watches them, starts them again. On a board systemd does.

The operator is started first, ended last and never given up. When the learning side cannot
be made to run, the lamp is just a switch, and says so.
"""

from lamp.supervisor.child import Child, Spawn, spawn_process
from lamp.supervisor.managed_process import Limits
from lamp.supervisor.supervisor import Supervisor, run_until_told

__all__ = ["Child", "Limits", "Spawn", "Supervisor", "run_until_told", "spawn_process"]
