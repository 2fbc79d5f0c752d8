from types import SimpleNamespace

from lamp.operator.priority import NICE, REAL_TIME, raise_priority


class System(SimpleNamespace):
    """An operating system that notes what it grants."""

    SCHED_RR, PRIO_PROCESS = 2, 0

    def __init__(self, grants):
        super().__init__(grants=grants, granted=[])

    def sched_param(self, priority):
        return priority

    def sched_setscheduler(self, process, policy, priority):
        self._grant("real time", (process, policy, priority))

    def setpriority(self, kind, process, nice):
        self._grant("nice", (kind, process, nice))

    def _grant(self, what, request):
        if what not in self.grants:
            raise PermissionError(what)
        self.granted.append(request)


def test_the_operator_asks_for_real_time():
    system = System({"real time", "nice"})
    assert raise_priority(system)
    assert system.granted == [(0, System.SCHED_RR, REAL_TIME)]


def test_without_real_time_it_asks_for_a_high_priority():
    system = System({"nice"})
    assert raise_priority(system)
    assert system.granted == [(System.PRIO_PROCESS, 0, NICE)]


def test_a_system_without_real_time_is_asked_for_a_high_priority():
    granted = []
    assert raise_priority(
        SimpleNamespace(PRIO_PROCESS=0, setpriority=lambda *what: granted.append(what))
    )
    assert granted == [(0, 0, NICE)]


def test_where_it_may_have_neither_it_goes_on_all_the_same():
    assert not raise_priority(System(set()))
