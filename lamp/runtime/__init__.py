"""What all five processes share: start and end, heartbeat, paths, and their names and states.

Nothing heavy is imported here, because the operator starts through it.
"""
