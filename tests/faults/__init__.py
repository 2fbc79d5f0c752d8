"""The n-th operation of a process on its disk fails, for n = 1, 2, ...: as SQLite tests itself."""
